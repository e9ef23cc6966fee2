"""What of a text keeps it inside: numbers with their checksums, addresses, keys, and the team's own words.

Numbers are judged by maintained libraries that carry their tables with them and never reach the network. What is found
is named by its kind and shown only to whoever tries a text; it is never stored.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from core.router.rules import PATTERN_WORDS, Pattern, Rules

REMEMBERED = 512
_known: "OrderedDict[tuple[bytes, frozenset[Pattern], tuple[str, ...]], tuple[str, ...]]" = OrderedDict()
_lock = threading.Lock()

MOST_FOUND = 200
"""More matches than these tell nobody more."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_NUMBER = re.compile(r"(?<![\w.,-])\+?\(?\d(?:[ \t.()/–-]{0,3}\d){6,18}(?![\w])")
_CARD = re.compile(r"(?<![\w])\d(?:[ -]?\d){12,18}(?![\w])")
_ACCOUNT = re.compile(r"(?<![\w])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![\w])")
_FIGURE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\d{1,3}(?:\.\d{1,3}){3}|\d{1,3}(?:[ .]\d{3})+|\d+"
)
_ISSUERS = re.compile(r"(?:4|5[1-5]|2[2-7]|3[47]|3(?:0[0-5]|[68])|6(?:011|4[4-9]|5)|35|62|50|5[6-9]|6[0-9])")
_PASSWORD = re.compile(
    r"\b(?:password|passwort|passwd|pwd|secret|api[_ -]?key|access[_ -]?token)\b\s*(?:is|ist|[:=])\s*[\"']?"
    r"(?=\S*\d)(?=\S*[A-Z])[^\s\"']{8,}",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?<![\w-])(?:sk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}|AIza[A-Za-z0-9_-]{35}|gsk_[A-Za-z0-9]{40,})"
)

SHORTEST_ACCOUNT = 15
MOST_NUMBERS = 20_000
"""Different numbers that are looked at in one text."""

REGIONS: Final = ("US", "GB", "DE", "FR", "ES", "IT", "IN")
"""Where a number without its country's code may be from. With a code any country's is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that keeps a text inside: which kind in words, the text itself, and where it begins and ends."""

    name: str
    text: str
    start: int
    end: int


def find(text: str, rules: Rules) -> tuple[Found, ...]:
    """Give all that the rules find in a text, in its order; at most a few hundred."""
    found: list[Found] = []
    for pattern in sorted(rules.patterns):
        found += _named(PATTERN_WORDS[pattern], FINDERS[pattern](text), text)
    for word in rules.words:
        found += _named(f"“{word}”", (each.span() for each in _word(word).finditer(text)), text)
    return tuple(sorted(found, key=lambda each: (each.start, each.name))[:MOST_FOUND])


def kinds(text: str, rules: Rules) -> tuple[str, ...]:
    """Give the kinds of what the rules find in a text, each once.

    A text is looked through once for each state of the rules: page, press, start and every request ask the same.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    key = (digest, rules.patterns, rules.words)
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    present = [PATTERN_WORDS[each] for each in sorted(rules.patterns) if any(True for _ in FINDERS[each](text))]
    found = tuple(present + [f"“{word}”" for word in rules.words if _word(word).search(text)])
    with _lock:
        _known[key] = found
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return found


def _named(name: str, spans: Iterable[tuple[int, int]], text: str) -> Iterator[Found]:
    for number, (start, end) in enumerate(spans):
        if number >= MOST_FOUND:
            return
        yield Found(name=name, text=text[start:end], start=start, end=end)


@cache
def _word(word: str) -> re.Pattern[str]:
    spaced = r"\s+".join(map(re.escape, word.split()))
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    return (each.span() for each in _EMAIL.finditer(text)) if "@" in text else iter(())


def _cards(text: str) -> Iterator[tuple[int, int]]:
    from stdnum import luhn  # noqa: PLC0415 - only where a text is looked at

    for each in _CARD.finditer(text):
        digits = re.sub(r"[ -]", "", each.group())
        if _ISSUERS.match(digits) and len(set(digits)) > 1 and luhn.is_valid(digits):
            yield each.span()


def _accounts(text: str) -> Iterator[tuple[int, int]]:
    from stdnum import iban  # noqa: PLC0415

    known: dict[str, int] = {}
    for each in _ACCOUNT.finditer(text):
        whole = each.group()
        if whole not in known:
            ends = (end for end in _ends(whole) if _adds_up(whole[:end]) and iban.is_valid(whole[:end]))
            known[whole] = next(ends, 0)
        if known[whole]:
            yield each.start(), each.start() + known[whole]


def _ends(whole: str) -> Iterator[int]:
    """Give where an account number may end: words that follow it look like more of it."""
    yield len(whole)
    yield from reversed([each.start() for each in re.finditer(r"[ -]", whole)])


def _adds_up(number: str) -> bool:
    """Tell whether an account number's check digits hold (ISO 7064, mod 97-10): a quick look before the library's."""
    bare = re.sub(r"[ -]", "", number)
    return len(bare) >= SHORTEST_ACCOUNT and int("".join(str(int(each, 36)) for each in bare[4:] + bare[:4])) % 97 == 1


def _telephones(text: str) -> Iterator[tuple[int, int]]:
    known: dict[str, bool] = {}
    for each in _NUMBER.finditer(text):
        number = each.group()
        if number not in known:
            # Past a limit nobody waits for each to be looked at: the text counts as holding one.
            known[number] = len(known) >= MOST_NUMBERS or (not _rather_a_figure(number) and _is_telephone(number))
        if known[number]:
            yield each.span()


def _is_telephone(number: str) -> bool:
    import phonenumbers  # noqa: PLC0415

    for region in (None,) if number.startswith(("+", "(+")) else REGIONS:
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return True
    return False


def _rather_a_figure(number: str) -> bool:
    """Tell whether digits are rather a date, an address of the net or a plain figure: 2026-11-12, 10.0.0.1, 1234567."""
    return bool(_FIGURE.fullmatch(number)) and not number.startswith("0")


def _keys(text: str) -> Iterator[tuple[int, int]]:
    for each in _TOKEN.finditer(text):
        yield each.span()
    for each in _PASSWORD.finditer(text):
        yield each.span()
    for plugin in _plugins():
        for secret in plugin.analyze_string(text):
            start = max(0, text.find(secret))
            yield start, start + len(secret)


@cache
def _plugins() -> tuple[Any, ...]:
    """Give the detectors of keys that have a form of their own; they match by pattern and ask nobody."""
    import importlib  # noqa: PLC0415

    named = {
        "artifactory": "ArtifactoryDetector", "aws": "AWSKeyDetector", "azure_storage_key": "AzureStorageKeyDetector",
        "discord": "DiscordBotTokenDetector", "github_token": "GitHubTokenDetector",
        "gitlab_token": "GitLabTokenDetector",
        "jwt": "JwtTokenDetector", "mailchimp": "MailchimpDetector", "npm": "NpmDetector",
        "openai": "OpenAIDetector", "private_key": "PrivateKeyDetector", "pypi_token": "PypiTokenDetector",
        "sendgrid": "SendGridDetector", "slack": "SlackDetector", "square_oauth": "SquareOAuthDetector",
        "stripe": "StripeDetector", "telegram_token": "TelegramBotTokenDetector", "twilio": "TwilioKeyDetector",
    }  # fmt: skip
    return tuple(
        getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)() for module, name in named.items()
    )


FINDERS: Final[dict[Pattern, Callable[[str], Iterator[tuple[int, int]]]]] = {
    Pattern.EMAIL: _emails,
    Pattern.TELEPHONE: _telephones,
    Pattern.CARD: _cards,
    Pattern.ACCOUNT: _accounts,
    Pattern.KEY: _keys,
}
