"""What is exposed equals the database, names no person and no run, and stays small whatever the history."""

from decimal import Decimal

import sqlalchemy as sa

from core.domain.run import ShotState
from core.metrics.figures import MODELS_AT_MOST, BudgetFigure
from core.metrics.prometheus import Exposition
from core.store import tables
from core.store.database import table
from core.store.known_models import Health, KnownModels
from core.store.metric_tables import ATTEMPT_TOTAL
from tests.scraped import NOW, figures, scrape, settled, total

CHAT = "gen_ai_client_operation_duration_seconds"


def test_the_counters_are_what_the_attempts_add_up_to(database, ledger):
    found, rows = scrape(database), settled(database)
    assert total(found, "claudeprompter_attempts_total") == len(rows)
    for outcome in ("done", "failed"):
        wanted = sum(row.state == outcome for row in rows)
        assert total(found, "claudeprompter_attempts_total", claudeprompter_outcome=outcome) == wanted > 0
    usage = "gen_ai_client_inference_usage"
    for model in {row.model for row in rows}:
        mine = [row for row in rows if row.model == model]
        for kind in ("input", "output"):
            wanted = sum(getattr(row, f"{kind}_tokens") for row in mine)
            assert total(found, f"{usage}_{kind}_tokens_total", gen_ai_request_model=model) == wanted
        cost = sum((row.cost or Decimal(0) for row in mine), Decimal(0))
        assert total(found, "claudeprompter_cost_usd_total", gen_ai_request_model=model) == float(cost)
        unpriced = sum(row.cost_state == "unpriced" for row in mine)
        assert total(found, "claudeprompter_unpriced_attempts_total", gen_ai_request_model=model) == unpriced
    assert total(found, "claudeprompter_retries_total") == sum(row.number > 1 for row in rows)


def test_histograms_have_the_conventions_buckets_and_the_attempts_sums(database, ledger):
    found, rows = scrape(database), settled(database)
    timed = [row.total_us for row in rows if row.total_us is not None]
    assert total(found, f"{CHAT}_count") == len(timed) > 0
    assert round(total(found, f"{CHAT}_sum"), 6) == round(sum(timed) / 1e6, 6)
    for edge in (0.01, 0.02, 10.24, 81.92):
        below = sum(each <= edge * 1e6 for each in timed)
        assert total(found, f"{CHAT}_bucket", le=str(edge)) == below
    limits = {dict(at)["le"] for name, at in found if name == f"{CHAT}_bucket"}
    assert len(limits) == 15
    first = sum(row.ttft_us is not None for row in rows)
    assert total(found, "gen_ai_client_operation_time_to_first_chunk_seconds_count") == first
    used = sum(row.input_tokens > 0 for row in rows)
    assert total(found, "gen_ai_client_token_usage_count", gen_ai_token_type="output") == used


def test_no_label_names_a_run_or_a_person(database, ledger):
    page, _ = Exposition(figures(database).families).text()
    assert len(settled(database)) > 5
    for name in ("Anna", "Ben", "run0", "run1"):
        assert name not in page.decode()


def test_an_attempt_with_an_error_says_of_what_kind_it_was(database, ledger):
    wanted = sum(row.error_kind == "stalled" and row.total_us is not None for row in settled(database))
    assert total(scrape(database), f"{CHAT}_count", error_type="stalled") == wanted > 0


def test_models_beyond_the_first_two_hundred_share_a_series(database, ledger):
    with database.write() as connection:
        row = dict(connection.execute(sa.select(ATTEMPT_TOTAL).limit(1)).one()._mapping)
        many = [row | {"model": f"x/{n}", "first_id": 10_000 + n, "attempts": 2} for n in range(MODELS_AT_MOST + 40)]
        connection.execute(sa.insert(ATTEMPT_TOTAL), many)
    found = scrape(database)
    models = {dict(at)["gen_ai_request_model"] for name, at in found if name == "claudeprompter_attempts_total"}
    known = len({each.model for each in settled(database)})
    assert len(models) == MODELS_AT_MOST + 1
    others = total(found, "claudeprompter_attempts_total", gen_ai_request_model="_OTHER")
    assert others == 2 * (40 + known)
    assert total(found, "claudeprompter_attempts_total") == len(settled(database)) + 2 * len(many)


def test_what_is_going_on_is_told_as_it_is_now(database, ledger):
    shot = table(tables.Shot)
    with database.write() as connection:
        ids = connection.execute(sa.select(shot.c.id).order_by(shot.c.id).limit(2)).scalars().all()
        connection.execute(sa.update(shot).values(state=ShotState.DONE))
        connection.execute(sa.update(shot).where(shot.c.id == ids[0]).values(state=ShotState.QUEUED))
        connection.execute(sa.update(shot).where(shot.c.id == ids[1]).values(state=ShotState.RUNNING))
    later = NOW.replace(year=2099)
    models = KnownModels(database)
    models.note_health("lab/one", Health(failures=5, paused_until=later, reason="Stalled"), NOW)
    models.note_health("lab/two", Health(failures=2, paused_until=None, reason=""), NOW)
    budgets = [BudgetFigure(name="team Data / month", spent=Decimal("1.5"), left=Decimal("8.5"))]
    found = scrape(database, lambda: budgets)
    assert total(found, "claudeprompter_shots_queued") == 1
    assert total(found, "claudeprompter_shots_in_flight") == 1
    assert total(found, "claudeprompter_breaker_open", gen_ai_request_model="lab/one") == 1
    assert total(found, "claudeprompter_breaker_open", gen_ai_request_model="lab/two") == 0
    assert total(found, "claudeprompter_breaker_failures") == 7
    assert total(found, "claudeprompter_budget_left_usd", claudeprompter_budget="team Data / month") == 8.5


def test_a_workspace_without_a_run_exposes_that_it_is_there(database):
    found = scrape(database)
    assert total(found, "claudeprompter_info", claudeprompter_workspace="team") == 1
    assert total(found, "claudeprompter_attempts_total") == 0


def test_two_scrapes_within_a_second_read_the_database_once(sqlite_database):
    reads = []
    whole = figures(sqlite_database)

    def counted():
        reads.append(1)
        return whole.families()

    exposition = Exposition(counted)
    first = exposition.text()
    assert exposition.text() == first
    assert len(reads) == 1
    page, content_type = exposition.text("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert page.endswith(b"# EOF\n")
