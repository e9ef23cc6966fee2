"""Who asks what, when, and of which models: the list of runs that the demo's history is made of."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from core.demo import cast
from core.demo.cast import Member
from core.demo.chance import chance_of
from core.demo.office.piece import Task
from core.demo.picks import AskedPick, asked_picks
from core.demo.story import DAY, WORK_BEGINS, Story

RUNS_A_DAY = 30
WEEKEND = 0.09
HOURS = (8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17)
LAST_RUN_BEFORE_END = timedelta(minutes=14)

TEAM_SHARES = {"Support": 0.46, "Marketing": 0.24, "Data": 0.25, cast.PEOPLE: 0.05}
TASKS: dict[str, dict[Task, float]] = {
    "Support": {Task.REPLY: 78, Task.SORT: 9, Task.SUMMARY: 6, Task.FACTS: 7},
    "Marketing": {Task.DRAFT: 50, Task.REPLY: 14, Task.SUMMARY: 18, Task.FACTS: 9, Task.NUMBERS: 9},
    "Data": {Task.NUMBERS: 30, Task.SQL: 18, Task.FACTS: 23, Task.CONTRACT: 20, Task.SUMMARY: 12},
    cast.PEOPLE: {Task.PEOPLE: 1},
}


@dataclass(slots=True)
class PlannedRun:
    """One run to be made. `long` asks for a prompt with a large text in it, `calm` that nothing fails."""

    index: int
    at: datetime
    group: str
    member: Member
    task: Task
    models: tuple[str, ...] = ()
    shots: int = 1
    long: bool = False
    calm: bool = False
    asked: AskedPick | None = None
    ending: str = ""
    tags: list[str] = field(default_factory=list)


def planned_runs(tale: Story, *, seed: int) -> list[PlannedRun]:
    """Give all runs in order of time; the same seed and end give the same list."""
    chance = chance_of(seed, "plan")
    runs = [_run(chance, at, tale) for at in _times(chance, tale)]
    runs += _special_runs(chance, tale)
    runs.sort(key=lambda run: run.at)
    for index, run in enumerate(runs):
        run.index = index
    _ask_for_picks(chance_of(seed, "picks"), runs, tale)
    for run in runs:
        if not run.models:
            _choose_models(chance, run, tale)
    return runs


def _times(chance: Random, tale: Story) -> list[datetime]:
    times, day = [], tale.begins
    while day <= tale.now:
        weight = 1.0 if day.weekday() < 5 else WEEKEND
        if tale.in_busy_week(day + DAY / 2):
            weight *= 2.1
        count = round(RUNS_A_DAY * weight * chance.uniform(0.86, 1.14))
        for _ in range(count):
            minutes = chance.choice(HOURS) * 60 + chance.random() * 60
            times.append(day + timedelta(minutes=minutes))
        day += DAY
    latest = tale.now - LAST_RUN_BEFORE_END
    return [*(at for at in times if at < latest), latest]


def _run(chance: Random, at: datetime, tale: Story) -> PlannedRun:
    shares = dict(TEAM_SHARES)
    if tale.in_busy_week(at):
        shares["Marketing"] *= 3.2
    group = chance.choices(list(shares), list(shares.values()))[0]
    tasks = TASKS[group]
    task = chance.choices(list(tasks), list(tasks.values()))[0]
    return PlannedRun(index=0, at=at, group=group, member=_member(chance, group), task=task)


def _member(chance: Random, group: str) -> Member:
    if group == cast.PEOPLE:
        return cast.GRACE
    members = [member for member in cast.MEMBERS if member.team == group and member is not cast.GRACE]
    return chance.choice(members)


def _choose_models(chance: Random, run: PlannedRun, tale: Story) -> None:
    """Give a run that nobody will judge its models, as its team was used to at the time."""
    run.long = chance.random() < {Task.REPLY: 0.55, Task.NUMBERS: 0.3}.get(run.task, 0.0)
    with_fern = run.at >= tale.fern_arrives
    if run.group == cast.PEOPLE:
        run.models, run.shots = (("pine", "fern") if with_fern else ("pine",)), chance.choice((1, 2, 3))
    elif run.group == "Support":
        main = "sage" if tale.support_asks_sage(run.at) else "swift"
        other = "swift" if main == "sage" else "sage"
        run.models, run.shots = chance.choices(
            (((main,), 3), ((main, other), 2), ((main, other, "pine"), 2), (("pine",), 3), ((main, "fern"), 2)),
            (62, 16, 10, 7, 5 if with_fern else 0),
        )[0]
    elif run.task is Task.CONTRACT:
        run.models, run.shots = chance.choices(
            ((("grand",), 2), (("grand", "sage"), 1), (("sage",), 3), (("sage", "swift"), 2)), (35, 30, 20, 15)
        )[0]
    else:
        run.models, run.shots = chance.choices(
            (
                (("sage", "swift", "pine"), 2),
                (("swift", "pine"), 2),
                (("swift",), 5),
                (("sage", "swift"), 2),
                (("sage",), 3),
                (("sage", "grand"), 1),
                (("swift", "fern"), 2),
            ),
            (16, 20, 16, 20, 15, 8, 5 if with_fern else 0),
        )[0]
    if run.member.name == "David" and "grand" not in run.models and chance.random() < 0.06:
        run.models, run.shots = ("grand",), 2


def _ask_for_picks(chance: Random, runs: list[PlannedRun], tale: Story) -> None:
    """Hand every pick that the story needs to a run of a team that does such work."""
    free = [run for run in runs if not run.models]
    chance.shuffle(free)
    for asked in asked_picks(chance):
        fitting = (
            place
            for place, run in enumerate(free)
            if asked.task in TASKS[run.group] and not ("fern" in asked.models and run.at < tale.fern_arrives)
        )
        place = next(fitting, None)
        if place is None:
            continue
        run = free.pop(place)
        run.task, run.models, run.shots = asked.task, asked.models, asked.shots
        run.calm, run.asked = True, asked
        run.long = asked.task is Task.REPLY and len(asked.models) > 1 and not asked.notes[0] and chance.random() < 0.3


def _special_runs(chance: Random, tale: Story) -> list[PlannedRun]:
    """The runs that the story tells of one by one: the storm on Grand, the one without a price, what was stopped."""

    def special(at: datetime, member: Member, task: Task, models: tuple[str, ...], **more: object) -> PlannedRun:
        run = PlannedRun(index=0, at=at, group=member.team, member=member, task=task, models=models)
        for name, value in more.items():
            setattr(run, name, value)
        return run

    storm = [
        special(
            tale.storm + timedelta(minutes=2 + 17 * place + chance.random() * 4),
            (cast.CARA, cast.DAVID)[place % 2],
            Task.CONTRACT,
            ("grand",),
            shots=3,
            long=True,
        )
        for place in range(3)
    ]
    unpriced = special(tale.unpriced, cast.CARA, Task.CONTRACT, ("grand",), shots=3, long=True, ending="unpriced")
    interrupted = special(
        tale.interrupted, cast.BEN, Task.REPLY, ("sage", "swift", "pine"), shots=2, ending="interrupted", calm=True
    )
    stopped = [
        special(
            tale.begins + share * (tale.now - tale.begins),
            member,
            Task.DRAFT,
            ("sage", "grand"),
            shots=2,
            ending="cancelled",
            calm=True,
        )
        for share, member in ((0.31, cast.ANNA), (0.62, cast.FEMI), (0.9, cast.ANNA))
    ]
    slow = [
        special(
            tale.bad_day + timedelta(minutes=9 + 24 * place),
            (cast.BEN, cast.ELIF)[place % 2],
            Task.REPLY,
            ("sage",),
            shots=3,
        )
        for place in range(7)
    ]
    for run in stopped:
        run.at = run.at.replace(hour=WORK_BEGINS + 3, minute=17)
    return [run for run in (*storm, *slow, unpriced, interrupted, *stopped) if run.at < tale.now - LAST_RUN_BEFORE_END]
