"""What the demo tells can be read from its tables."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.demo.filling import PERSON, PROJECT, TEAM
from core.demo.history import History
from core.demo.office.piece import Task
from core.demo.rows import ATTEMPT, CHARGE, RUN, SHOT, VERDICT
from core.metrics.revisions import changes
from core.metrics.rollups import MeasureFilter, Measures
from core.metrics.unusual import unusual_days, with_hours
from core.store.buckets import Kind
from core.store.daily_measures import Cut
from core.store.database import Database
from core.store.verdicts import Verdicts

HOUR = timedelta(hours=1)


def spent(rows: Connection, begin: datetime, end: datetime, *more: sa.ColumnElement[bool]) -> Decimal:
    total = rows.execute(
        sa.select(sa.func.sum(ATTEMPT.c.cost))
        .join(RUN, RUN.c.id == ATTEMPT.c.run_id)
        .where(ATTEMPT.c.started_at >= begin, ATTEMPT.c.started_at < end, *more)
    ).scalar()
    return total or Decimal(0)


def test_performance_finds_the_bad_day_the_storm_and_grands_new_version(filled: Database, history: History) -> None:
    tale, measures = history.story, Measures(filled)
    measured = measures.read(MeasureFilter())
    bad = {each.day: each for each in unusual_days(measured) if each.failing}
    assert {tale.bad_day.date(), tale.storm.date()} <= set(bad)
    day = tale.bad_day.date()
    hours = measures.read(MeasureFilter(since=day, until=day + timedelta(days=1)), cut=Cut.HOUR)
    (trouble,) = with_hours([bad[day]], hours)
    assert (trouble.model, trouble.slow) == ("simulated/sage", True)
    assert trouble.hours == (tale.bad_day.hour, tale.bad_day.hour + 3)
    (change,) = changes(measured)
    assert (change.model, change.day) == ("simulated/grand", tale.renewed.date())
    before, after = (side.spread(Kind.FIRST).percentile(0.5) for side in (change.before, change.after))
    assert before is not None
    assert after is not None
    assert after < 0.8 * before


def test_it_is_about_two_thousand_runs_and_seven_thousand_shots(rows: Connection) -> None:
    runs = rows.execute(sa.select(sa.func.count()).select_from(RUN)).scalar_one()
    shots = rows.execute(sa.select(sa.func.count()).select_from(SHOT)).scalar_one()
    assert 1600 < runs < 2400
    assert 6000 < shots < 8500


def test_seven_people_three_teams_five_projects(rows: Connection) -> None:
    counts = [
        rows.execute(sa.select(sa.func.count()).select_from(each)).scalar_one() for each in (PERSON, TEAM, PROJECT)
    ]
    assert counts == [7, 3, 5]


def test_most_prompts_are_unlike_any_other(rows: Connection) -> None:
    runs, prompts = rows.execute(sa.select(sa.func.count(), sa.func.count(RUN.c.prompt_sha256.distinct()))).one()
    assert prompts > 0.85 * runs


def test_the_bill_rises_when_support_moves_to_sage(rows: Connection, history: History) -> None:
    tale = history.story
    assert spent(rows, tale.last_month, tale.this_month) > Decimal("1.3") * spent(rows, tale.begins, tale.last_month)
    used = {}
    for name, begin, end in (("before", tale.begins, tale.switch), ("after", tale.switch, tale.now)):
        used[name] = Counter(
            rows.execute(
                sa.select(SHOT.c.label)
                .join(RUN, RUN.c.id == SHOT.c.run_id)
                .join(TEAM, TEAM.c.id == RUN.c.team_id)
                .where(TEAM.c.name == "Support", RUN.c.created_at >= begin, RUN.c.created_at < end)
            ).scalars()
        )
    assert used["before"]["Swift"] > 1.5 * used["before"]["Sage"]
    assert used["after"]["Sage"] > 1.5 * used["after"]["Swift"]


def test_a_month_costs_tens_of_dollars(rows: Connection, history: History) -> None:
    tale = history.story
    assert spent(rows, tale.begins, tale.last_month) > 20
    assert spent(rows, tale.last_month, tale.this_month) > 50


def test_swift_became_cheaper_on_one_day(rows: Connection, history: History) -> None:
    cut = history.story.price_cut
    prices: dict[tuple[str, bool], set[Decimal]] = {}
    for token_class, price, at in rows.execute(
        sa.select(CHARGE.c.token_class, CHARGE.c.unit_price, ATTEMPT.c.finished_at)
        .join(ATTEMPT, ATTEMPT.c.id == CHARGE.c.attempt_id)
        .where(ATTEMPT.c.model == "simulated/swift")
    ):
        prices.setdefault((token_class, at >= cut), set()).add(price)
    assert all(len(found) == 1 for found in prices.values())
    for token_class in ("input", "output"):
        assert prices[token_class, True] < {*prices[token_class, True], *prices[token_class, False]}
        assert min(prices[token_class, False]) == 3 * min(prices[token_class, True])


def test_one_week_was_busy(rows: Connection, history: History) -> None:
    weeks = Counter(
        (at - history.story.busy) // timedelta(days=7) for at in rows.execute(sa.select(RUN.c.created_at)).scalars()
    )
    whole = [count for week, count in weeks.items() if week not in (0, min(weeks), max(weeks))]
    assert weeks[0] > 1.7 * median(whole)


def test_one_hour_of_retries_on_grand_costs_more_than_any_other(rows: Connection, history: History) -> None:
    storm = history.story.storm
    by_hour: Counter[int] = Counter()
    for at, cost in rows.execute(sa.select(ATTEMPT.c.started_at, ATTEMPT.c.cost).where(ATTEMPT.c.cost.is_not(None))):
        by_hour[(at - storm) // HOUR] += cost
    assert by_hour.most_common(1)[0][0] == 0
    retried = rows.execute(
        sa.select(sa.func.count()).where(
            ATTEMPT.c.model == "simulated/grand",
            ATTEMPT.c.state == "failed",
            ATTEMPT.c.started_at.between(storm, storm + HOUR),
        )
    ).scalar_one()
    assert retried >= 6


def test_thirteen_in_a_hundred_dollars_have_no_project(rows: Connection, history: History) -> None:
    tale = history.story
    for begin, end in ((tale.begins, tale.last_month), (tale.last_month, tale.this_month), (tale.this_month, tale.now)):
        share = spent(rows, begin, end, RUN.c.project_id.is_(None)) / spent(rows, begin, end)
        assert Decimal("0.12") < share <= Decimal("0.1301")


def test_three_attempts_have_no_price(rows: Connection) -> None:
    unpriced = rows.execute(sa.select(ATTEMPT).where(ATTEMPT.c.cost_state == "unpriced")).all()
    assert len(unpriced) == 3
    assert sum(attempt.input_tokens + attempt.output_tokens for attempt in unpriced) > 20_000


def test_a_provider_was_slow_and_failing_for_three_hours(rows: Connection, history: History) -> None:
    begin = history.story.bad_day
    found = rows.execute(
        sa.select(ATTEMPT.c.state, ATTEMPT.c.ttft_us, ATTEMPT.c.started_at).where(
            ATTEMPT.c.host == "orchard.simulated", ATTEMPT.c.model == "simulated/sage"
        )
    ).all()
    bad = [each for each in found if begin <= each.started_at < begin + 3 * HOUR]
    usual = [each for each in found if each.started_at < begin]
    assert sum(each.state == "failed" for each in bad) / len(bad) > 0.15
    assert sum(each.state == "failed" for each in usual) / len(usual) < 0.02
    assert median(each.ttft_us for each in bad if each.ttft_us) > 3 * median(
        each.ttft_us for each in usual if each.ttft_us
    )


def test_one_run_was_interrupted_and_nothing_is_left_going(rows: Connection) -> None:
    states = Counter(rows.execute(sa.select(RUN.c.state)).scalars())
    assert states["interrupted"] == 1
    assert states["cancelled"] >= 2
    assert not states["queued"] + states["running"]
    shots = rows.execute(
        sa.select(SHOT.c.state).join(RUN, RUN.c.id == SHOT.c.run_id).where(RUN.c.state == "interrupted")
    ).scalars()
    assert Counter(shots) == {"done": 3, "interrupted": 3}


def test_people_matters_never_left_the_building(rows: Connection) -> None:
    places = rows.execute(
        sa.select(PROJECT.c.inside_only, ATTEMPT.c.place, SHOT.c.label)
        .join(RUN, RUN.c.id == ATTEMPT.c.run_id)
        .join(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .join(SHOT, SHOT.c.id == ATTEMPT.c.shot_id)
        .where(PROJECT.c.name == "People matters")
        .distinct()
    ).all()
    assert {tuple(row) for row in places} == {(True, "local", "Pine"), (True, "private", "Fern")}


def test_one_pair_is_settled_one_mostly_ties_and_one_needs_more_picks(filled: Database) -> None:
    verdicts = Verdicts(filled)
    settled = verdicts.standing("simulated/sage", "simulated/pine")
    assert settled.wins >= 36
    assert settled.wins > 3 * settled.losses
    level = verdicts.standing("simulated/sage", "simulated/swift")
    assert level.ties > 0.6 * level.runs
    # Difference of the win shares with its 95 % bound, normal approximation: at most 8 in 100.
    share = abs(level.wins - level.losses) / level.runs
    spread = ((level.wins + level.losses) / level.runs - share**2) ** 0.5 / level.runs**0.5
    assert share + 1.96 * spread <= 0.08
    open_pair = verdicts.standing("simulated/sage", "simulated/grand")
    assert 10 <= open_pair.runs <= 30
    assert open_pair.losses >= 3


def test_the_free_model_wins_one_task_and_the_cheap_one_fails_another(history: History) -> None:
    outcomes: Counter[tuple[Task, bool, str]] = Counter(
        (run.task, "pine" in run.asked.models, run.asked.outcome)
        for run in history.plan
        if run.asked and len(run.asked.models) > 1
    )
    facts_against_pine = outcomes[Task.FACTS, True, "swift"] + outcomes[Task.FACTS, True, "sage"]
    assert outcomes[Task.FACTS, True, "pine"] > 2 * facts_against_pine
    assert outcomes[Task.NUMBERS, False, "sage"] > 5 * outcomes[Task.NUMBERS, False, "swift"]
    assert abs(outcomes[Task.SQL, False, "sage"] - outcomes[Task.SQL, False, "swift"]) <= 3


def test_six_people_judged_about_a_quarter_of_the_runs_some_without_names(rows: Connection) -> None:
    assert rows.execute(sa.select(sa.func.count(VERDICT.c.person_id.distinct()))).scalar_one() == 6
    judged = rows.execute(sa.select(sa.func.count(VERDICT.c.run_id.distinct()))).scalar_one()
    runs = rows.execute(sa.select(sa.func.count()).select_from(RUN)).scalar_one()
    assert 0.2 < judged / runs < 0.4
    blind = Counter(rows.execute(sa.select(VERDICT.c.blind)).scalars())
    assert min(blind[True], blind[False]) > 150
    notes = [note for note in rows.execute(sa.select(VERDICT.c.note)).scalars() if note]
    assert len(notes) > 40
    assert len(set(notes)) > 20


def test_on_five_runs_two_people_disagree_and_say_why(rows: Connection) -> None:
    picked = SHOT.alias("picked")
    by_run: dict[int, list[tuple[str, str, str]]] = {}
    for run, person, model, note in rows.execute(
        sa.select(VERDICT.c.run_id, PERSON.c.name, picked.c.model, VERDICT.c.note)
        .join(PERSON, PERSON.c.id == VERDICT.c.person_id)
        .join(picked, picked.c.id == VERDICT.c.shot_id)
        .where(VERDICT.c.kind == "winner")
    ):
        by_run.setdefault(run, []).append((person, model, note))
    disputed = [words for words in by_run.values() if len({model for _, model, _ in words}) > 1]
    assert len(disputed) == 5
    for first, second in disputed:
        assert first[0] != second[0]
        assert first[2]
        assert second[2]


def test_some_models_say_the_same_twice(rows: Connection) -> None:
    same = rows.execute(
        sa.select(SHOT.c.run_id).group_by(SHOT.c.run_id, SHOT.c.model, SHOT.c.text).having(sa.func.count() > 1)
    ).all()
    assert len(same) > 100
