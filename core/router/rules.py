"""The rules as data: each part is a setting of its own, with who changed it, when and from what."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from core.domain.route import Rule
from core.errors import InputError
from core.store.people import tidy_name
from core.store.preferences import Change, Preferences

INSIDE_PATTERNS: Final = "rule_inside_patterns"
INSIDE_TAGS: Final = "rule_inside_tags"
INSIDE_WORDS: Final = "rule_inside_words"
BUDGET_ON: Final = "rule_budget"
UP_ON: Final = "rule_up"
VALUE_ON: Final = "rule_value"
KEEP: Final = "route_keep"
CHALLENGERS: Final = "route_challengers"
CLASSIFIER: Final = "route_classifier"
INSIDE_KEYS: Final = (INSIDE_PATTERNS, INSIDE_TAGS, INSIDE_WORDS)


class Pattern(StrEnum):
    """What a prompt may hold that keeps it inside."""

    EMAIL = "email"
    TELEPHONE = "telephone"
    CARD = "card"
    ACCOUNT = "account"
    KEY = "key"


PATTERN_WORDS: Final = {
    Pattern.EMAIL: "e-mail addresses",
    Pattern.TELEPHONE: "telephone numbers",
    Pattern.CARD: "card numbers",
    Pattern.ACCOUNT: "account numbers",
    Pattern.KEY: "keys and passwords",
}

USUAL_PATTERNS: Final = (Pattern.CARD, Pattern.ACCOUNT, Pattern.KEY)
"""What keeps a prompt inside before anybody has set anything: what no team sends out on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that is set. `keep` is the share of the best model's quality to keep, in [0.5, 1].

    `words` are the team's own words and phrases that keep a prompt inside, found whatever their case. `challengers` is
    the share of Auto's runs that get one extra answer, `classifier` whether a language model may be asked.
    """

    patterns: frozenset[Pattern] = frozenset(USUAL_PATTERNS)
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    budget: bool = True
    up: bool = True
    value: bool = True
    keep: float = 0.98
    challengers: float = 0.05
    classifier: bool = True


USUAL: Final = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """How one part of the rules stands in the settings: its name among the rules, to JSON and back."""

    name: str
    rule: Rule
    read: Any = field(repr=False)
    write: Any = field(repr=False)


def _patterns(value: Any) -> frozenset[Pattern]:
    known = {each.value for each in Pattern}
    return frozenset(Pattern(each) for each in value if each in known)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in (tidy_name(str(each)) for each in value) if text))


def _share(low: float, high: float) -> Any:
    def read(value: Any) -> float:
        share = float(value)
        if not low <= share <= high:
            raise InputError(f"{share:g} is not between {low:g} and {high:g}.", next_step="Choose a share in between.")
        return share

    return read


FIELDS: Final = {
    INSIDE_PATTERNS: _Field(name="patterns", rule=Rule.INSIDE, read=_patterns, write=sorted),
    INSIDE_TAGS: _Field(name="tags", rule=Rule.INSIDE, read=_texts, write=list),
    INSIDE_WORDS: _Field(name="words", rule=Rule.INSIDE, read=_texts, write=list),
    BUDGET_ON: _Field(name="budget", rule=Rule.BUDGET, read=bool, write=bool),
    UP_ON: _Field(name="up", rule=Rule.UP, read=bool, write=bool),
    VALUE_ON: _Field(name="value", rule=Rule.VALUE, read=bool, write=bool),
    KEEP: _Field(name="keep", rule=Rule.VALUE, read=_share(0.5, 1.0), write=float),
    CHALLENGERS: _Field(name="challengers", rule=Rule.VALUE, read=_share(0.0, 0.5), write=float),
    CLASSIFIER: _Field(name="classifier", rule=Rule.VALUE, read=bool, write=bool),
}


class RuleBook:
    """The rules of one workspace: read, changed, undone. Raises StoreError and its kinds."""

    def __init__(self, preferences: Preferences) -> None:
        """Keep the settings."""
        self._preferences = preferences

    def rules(self) -> Rules:
        """Give the rules as they stand; a part that cannot be read counts as nobody having set it."""
        found: dict[str, Any] = {}
        for key, value in self._preferences.several(FIELDS).items():
            part = FIELDS[key]
            try:
                found[part.name] = part.read(value)
            except (InputError, TypeError, ValueError):
                continue
        return Rules(**found)

    def set(self, key: str, value: Any, *, person: str) -> Rules:
        """Change one part (a key of FIELDS) and give the rules after it. Raises InputError for what it cannot be."""
        part = FIELDS[key]
        try:
            read = part.read(value)
        except (TypeError, ValueError) as error:
            raise InputError("The rule cannot be set to this.", next_step="Choose another value.") from error
        self._preferences.set(key, part.write(read), person=person)
        return self.rules()

    def undo(self, key: str, *, person: str) -> Rules:
        """Take the last change of one part back. Raises NotFound where there was none."""
        self._preferences.undo(key, person=person)
        return self.rules()

    def history(self, key: str, *, limit: int = 20) -> tuple[Change, ...]:
        """Give the changes of one part, newest first."""
        return self._preferences.history(key, limit=limit)
