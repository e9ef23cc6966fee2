"""The sentences of the Label page: pure functions from values to what a person reads."""

from core.domain.labelling import NamesShown, Overlap
from core.domain.verdict import VerdictKind
from core.labels.views import Ending, Given, QueueCard, Said, Workload
from pages.ui.text import safe_label
from pages.ui.words import plural

OVERLAP_WORDS = {
    Overlap.SHARE: "One person, a fifth by two",
    Overlap.ONE: "One person",
    Overlap.TWO: "Two people",
    Overlap.EVERYONE: "Everyone",
}
NAMES_WORDS = {
    NamesShown.AFTER_EACH: "Shown after each",
    NamesShown.AT_THE_END: "Shown at the end",
    NamesShown.NEVER: "Never shown",
}


def said_words(kind: VerdictKind, number: int | None) -> str:
    """Give what was picked: `picked 2`, `called it a tie`."""
    return {
        VerdictKind.WINNER: f"picked {number}",
        VerdictKind.TIE: "called it a tie",
        VerdictKind.NONE: "found none good enough",
        VerdictKind.GOOD: "found it good enough",
        VerdictKind.NOT_GOOD: "found it not good enough",
    }[kind]


def last_words(given: Given, *, names: bool) -> str:
    """Give the line on the item before: what was picked and, where names are shown, whose each answer was."""
    said = said_words(given.kind, given.number)
    if not names:
        return f"Last one: you {said}."
    named = [f"{number} = {safe_label(name)}" for number, name in enumerate(given.names, start=1)]
    if given.number is None:
        return f"Last one: you {said}; {', '.join(named)}."
    own = named.pop(given.number - 1)
    said = f"picked {own}" if given.kind is VerdictKind.WINNER else f"{said}: {own}"
    return f"Last one: you {said}{'; ' + ', '.join(named) if named else ''}."


def progress_words(card: QueueCard, *, seconds: float) -> str:
    """Give how far a person is: `13 of 36 · about 9 min left`; the item on screen is counted."""
    here = min(card.mine, card.mine_done + 1)
    minutes = round((card.mine - card.mine_done) * seconds / 60)
    left = f"about {minutes} min left" if minutes else "nearly done"
    return f"{here} of {card.mine} · {left}"


def standing_words(card: QueueCard) -> str:
    """Give how far everybody is: `you 12 of 36 · team 61 of 144`."""
    mine = f"you {card.mine_done} of {card.mine}" if card.mine else "nothing for you"
    team = f"team {card.all_done} of {card.all}" if card.all else "nobody has begun"
    return f"{mine} · {team}"


def agreement_words(card: QueueCard) -> str:
    """Give how far people agree, or that it is too early to say."""
    agreed = "too early to say how far people agree"
    if card.agreement is not None:
        agreed = f"agreement {card.agreement.value:.0%}".replace("%", " %")
    return f"{agreed} · {card.to_settle} to settle" if card.to_settle else agreed


def ending_words(ending: Ending) -> str:
    """Give how people agree with each other, and the person with themself; empty where nothing can be said."""
    parts = []
    raw = ending.agreement.raw
    if raw is not None:
        parts.append(f"People agree with each other in {raw.value * 100:.0f} % of {plural(raw.number, 'item')}.")
    again = ending.repeated
    if again is not None:
        same = round(again.same_answer.value * again.same_answer.number)
        came = plural(again.same_answer.number, "item")
        parts.append(f"{came} came back with the sides swapped: you said the same on {same}.")
    return " ".join(parts)


def workload_words(found: Workload) -> str:
    """Give what a queue would mean: items, people, picks and minutes each, and what so many picks can show."""
    each = " each" if found.people > 1 else ""
    words = (
        f"{plural(found.items, 'item')}, {plural(found.people, 'person', 'people')}, {plural(found.each, 'pick')} and "
        f"about {plural(found.minutes, 'minute')}{each}"
    )
    if found.win_rate is None:
        return f"{words}; too few to tell two models apart."
    return f"{words}; enough to see a win rate of {found.win_rate:.0%}.".replace("%", " %")


def dispute_words(said: Said) -> str:
    """Give one person's word in a disagreement as Markdown."""
    note = f" — “{safe_label(said.note)}”" if said.note else ""
    return f"**{safe_label(said.person) or 'someone'}** {said_words(said.kind, said.number)}{note}"
