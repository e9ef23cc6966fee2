from datetime import UTC, datetime

from core.domain.model import ModelStatus, Place
from core.llm.simulated_models import simulated_cards
from core.store.database import Database
from core.store.known_models import Health, KnownModels
from core.store.simulated_network import CUT, OFF, SimulatedNetwork

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_everything_is_within_reach_until_somebody_cuts_it(database: Database) -> None:
    broken = SimulatedNetwork(database).broken()
    assert not broken
    assert [broken.why(place) for place in Place] == ["", "", ""]


def test_cutting_the_network_takes_what_is_outside_and_leaves_what_is_inside(database: Database) -> None:
    network = SimulatedNetwork(database)
    network.cut(person="Ada")
    assert {place: network.broken().why(place) for place in Place} == {
        Place.CLOUD: CUT, Place.PRIVATE: "", Place.LOCAL: "",
    }  # fmt: skip
    network.switch_off_inside(person="Ada")
    assert network.broken().why(Place.LOCAL) == OFF
    network.restore(person="Ada", outside=False)
    assert (network.broken().outside, network.broken().inside) == (True, False)
    network.restore(person="Ada")
    assert not network.broken()


def test_models_out_of_reach_stay_on_the_list_with_the_reason_and_come_back(database: Database) -> None:
    network = SimulatedNetwork(database)
    known = KnownModels(database, network)
    known.replace_all(simulated_cards(), NOW)
    network.cut(person="Ada")
    for card in known.all(now=NOW):
        told = (card.status, card.status_reason)
        assert told == ((ModelStatus.UP, "") if card.place.inside else (ModelStatus.DOWN, CUT)), card.name
    network.restore(person="Ada")
    assert {card.status for card in known.all(now=NOW)} == {ModelStatus.UP}


def test_a_pause_is_said_where_the_model_is_within_reach(database: Database) -> None:
    network = SimulatedNetwork(database)
    known = KnownModels(database, network)
    known.replace_all(simulated_cards(), NOW)
    known.note_health("simulated/pine", Health(failures=5, paused_until=NOW.replace(hour=13), reason="No."), NOW)
    pine = next(card for card in known.all(now=NOW) if card.name == "simulated/pine")
    assert pine.status is ModelStatus.PAUSED
