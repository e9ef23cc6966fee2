"""Auto's past in the demo: chosen runs, what was saved, and two sends that were refused."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.costs.auto_saved import AutoSavings
from core.costs.prices import Prices
from core.costs.simulated_list import SimulatedPrices
from core.demo import cast
from core.demo.labelled import write_labels
from core.demo.routed import clear_refusals, write_routes
from core.domain.route import Basis, Rule
from core.store import tables
from core.store.database import table
from core.store.departures import COLUMNS, DepartureFilter, Departures
from core.store.routes import StoredRoutes
from core.store.rule_hits import RuleHits
from tests.core.demo.conftest import NOW


@pytest.fixture(scope="module")
def routed(filled, history):
    write_labels(filled, seed=history.seed, now=NOW)
    write_routes(filled, history.story, seed=history.seed)
    yield filled
    clear_refusals(filled, everything=True)
    with filled.write() as connection:
        for each in (tables.RouteRow, tables.RunPin, tables.RuleHit):
            connection.execute(sa.delete(table(each)))


def test_auto_has_a_past_with_learning_evidence_and_people_who_chose_otherwise(routed):
    past = StoredRoutes(routed).past()
    assert len(past) > 60
    assert {each.basis for each in past} == {Basis.EVIDENCE, Basis.LEARNING}
    assert 0 < sum(each.overridden for each in past) < len(past) / 4
    assert past == tuple(sorted(past, key=lambda each: each.created_at))
    route = StoredRoutes(routed).of_run(past[-1].run)
    assert route.reason
    assert route.candidate(route.baseline).picks > 20


def test_what_auto_saved_is_a_range_against_a_named_model(routed):
    savings = AutoSavings(routed, Prices(routed, simulated=SimulatedPrices()))
    found = savings.between(NOW - timedelta(days=30), NOW)
    assert found.saved.baseline == "simulated/sage"
    assert 0 < found.saved.low <= found.saved.high
    assert found.runs == len(StoredRoutes(routed).past())
    nothing = savings.between(NOW - timedelta(days=400), NOW - timedelta(days=300))
    assert (nothing.runs, nothing.saved) == (0, None)


def test_people_matters_stays_inside_and_two_sends_were_refused(routed):
    departures = Departures(routed)
    refused = departures.page(DepartureFilter(place="refused"))
    assert [(each.who, each.project, each.model, each.refused) for each in refused] == [
        (cast.GRACE.name, cast.PEOPLE, "Grand", True),
        (cast.GRACE.name, cast.PEOPLE, "Sage", True),
    ]
    sent = departures.page(DepartureFilter(project=cast.PEOPLE), limit=1000)
    assert {each.place.value for each in sent if not each.refused} <= {"local", "private"}
    assert {each.rule for each in sent} == {f"project {cast.PEOPLE}"}
    spoken = RuleHits(routed).spoken(since=NOW - timedelta(days=90))
    assert spoken[0].rule is Rule.INSIDE
    assert spoken[0].refused == 2


def test_every_request_is_in_the_export_once_newest_first(routed):
    rows = list(Departures(routed).rows(DepartureFilter()))
    assert set(rows[0]) == set(COLUMNS)
    times = [row["when"] for row in rows]
    assert times == sorted(times, reverse=True)
    with routed.read() as connection:
        attempts = connection.execute(sa.select(sa.func.count()).select_from(table(tables.Attempt))).scalar_one()
    assert len(rows) == attempts + 2
