"""Turns the picks that the story needs into words of people on shots."""

from datetime import timedelta
from random import Random

from core.demo.cast import GRACE, MEMBERS, PEOPLE, Member
from core.demo.made import MadePick, MadeRun, MadeShot
from core.demo.picks import GOOD, NONE, NOT_GOOD, NOTES, TIE
from core.demo.story import Story
from core.domain.run import ShotState
from core.domain.verdict import VerdictKind

KINDS = {TIE: VerdictKind.TIE, NONE: VerdictKind.NONE, GOOD: VerdictKind.GOOD, NOT_GOOD: VerdictKind.NOT_GOOD}
WITH_NOTE = 0.12


def picks_of(run: MadeRun, chance: Random, tale: Story) -> tuple[MadePick, ...]:
    """Give what people said of a run: nothing, one word, or the words of two."""
    asked = run.plan.asked
    if asked is None:
        return ()
    shown = [shot for shot in run.shots if ShotState(shot.end.state).answered and shot.end.text]
    first, second = _judges(run, chance)
    said = [_pick(run, shown, first, chance, outcome=asked.outcome, note=asked.notes[0], blind=run.blind)]
    if asked.second:
        # A colleague who is asked later sees no names.
        said.append(_pick(run, shown, second, chance, outcome=asked.second, note=asked.notes[1], blind=True))
    return tuple(pick for pick in said if pick.at < tale.now)


def _judges(run: MadeRun, chance: Random) -> tuple[Member, Member]:
    pickers = [member for member in MEMBERS if member.picks]
    own = run.plan.member
    if run.plan.group == PEOPLE:
        own = GRACE
    first = own if own.picks and chance.random() < 0.7 else chance.choice(pickers)
    return first, chance.choice([member for member in pickers if member is not first])


def _pick(
    run: MadeRun, shown: list[MadeShot], judge: Member, chance: Random, *, outcome: str, note: str, blind: bool
) -> MadePick:
    kind = KINDS.get(outcome, VerdictKind.WINNER)
    chosen = None
    if kind is VerdictKind.WINNER:
        chosen = chance.choice([shot for shot in shown if shot.model.name == outcome]).ordinal
    elif kind in (VerdictKind.GOOD, VerdictKind.NOT_GOOD):
        chosen = shown[0].ordinal
    order = [shot.ordinal for shot in shown]
    if blind:
        chance.shuffle(order)
    if not note and chance.random() < WITH_NOTE:
        note = chance.choice(NOTES[outcome])
    return MadePick(
        person=judge.name,
        kind=kind.value,
        ordinal=chosen,
        compared=tuple(order),
        blind=blind,
        note=note,
        at=run.finished_at + timedelta(seconds=chance.uniform(15, 1500)),
    )
