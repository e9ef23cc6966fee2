"""What the Label page is handed: queues, the item on screen, what a pick said, and what all picks settled. No rows."""

from dataclasses import dataclass, field

from core.domain.labelling import NamesShown, Overlap, StopRule
from core.domain.verdict import VerdictKind
from core.labels.agreement import Agreement, Repeats, Share
from core.store.queues import QueueRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQueue:
    """A queue that somebody wants. `runs` are public ids; no `people` means whoever comes.

    `most` caps the number of items, drawn by lot; `per_run` those of one run.
    """

    name: str
    question: str
    runs: tuple[str, ...]
    guide: str = ""
    people: tuple[str, ...] = ()
    overlap: Overlap = Overlap.SHARE
    share: float = 0.2
    names_shown: NamesShown = NamesShown.AFTER_EACH
    stop: StopRule = StopRule.CLEAR_WINNER
    most: int | None = None
    per_run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a queue would ask of people: items, picks for each person, about how many minutes that takes them.

    `win_rate` is the smallest share of wins, in [0, 1], that so many picks would usually show, None where none would.
    """

    items: int
    people: int
    each: int
    minutes: int
    win_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCard:
    """A queue in the list. `agreement` is None while too few items have been judged by two; `waits` counts my items."""

    queue: QueueRecord
    mine: int
    mine_done: int
    all: int
    all_done: int
    to_settle: int
    agreement: Share | None

    @property
    def waits(self) -> int:
        """Give how many items wait for the person."""
        return self.mine - self.mine_done


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """One answer of an item, by the number it has on the page; names are hidden in its text."""

    number: int
    shot_id: int
    text: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item as one person sees it. `named` says that they have seen the run's names; `single` that it is one answer.

    `names` are the models' labels by number, which a page shows only after the pick.
    """

    id: str
    run: str
    prompt: str
    answers: tuple[ShownAnswer, ...]
    named: bool
    names: tuple[str, ...] = field(repr=False)

    @property
    def single(self) -> bool:
        """Tell whether there is one answer, which is good enough or not."""
        return len(self.answers) == 1

    def number_of(self, shot_id: int | None) -> int | None:
        """Give the number of a shot on the page, None for one that is not on it."""
        return next((answer.number for answer in self.answers if answer.shot_id == shot_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A pick just given: its item, what was said, and whose answer each number was."""

    item: str
    kind: VerdictKind
    number: int | None
    names: tuple[str, ...]
    blind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a queue's picks settled. `stopped` says that some items are needed no more, because the winner is clear.

    `sentences` is empty where names are never shown. `agreement` is how people agree with each other, `repeated` how
    the person did on items that came back with their sides swapped, None where none did.
    """

    done: int
    total: int
    sentences: tuple[str, ...]
    to_settle: int
    stopped: bool
    agreement: Agreement
    repeated: Repeats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One person's word in a disagreement; `number` is the answer they picked, None for none or a tie."""

    person: str
    kind: VerdictKind
    number: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """An item on which people said different things."""

    item: ItemView
    said: tuple[Said, ...]
