"""Connecting a model without a browser: what is kept, under which name, and which model is asked first."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from core.bootstrap import Services, build
from core.domain.model import ModelCard, ModelStatus, Place, PriceState
from core.domain.workspace import Workspace
from core.errors import BadAddress, BadKey, InputError
from core.llm.providers import provider_of
from pages.ui import connecting
from pages.ui.connections import connections_of

LAB = {"name": "lab", "address": "http://127.0.0.1:8000/v1/", "place": Place.LOCAL, "key": "", "person": "Anna"}


@pytest.fixture
def team(settings) -> Iterator[Services]:
    services = build(settings, Workspace.TEAM)
    yield services
    services.database.close()


def test_a_server_is_kept_with_its_place_and_without_a_key(team):
    assert connecting.connect_server(team, **LAB) == "lab"
    found = connections_of(team)
    assert [(each.name, each.address, each.place, each.key) for each in found] == [
        ("lab", "http://127.0.0.1:8000/v1", Place.LOCAL, "")
    ]


def test_a_key_is_bound_to_the_one_host_it_was_given_for(team):
    connecting.connect_server(team, **(LAB | {"key": "sk-1"}))
    assert team.credentials.key_for("lab", host="127.0.0.1:8000") == "sk-1"
    assert team.credentials.key_for("lab", host="127.0.0.1:9000") is None
    assert connections_of(team)[0].key == "key kept here"


def test_another_machine_declared_as_this_one_is_our_network(team):
    connecting.connect_server(team, **(LAB | {"address": "http://10.1.2.3:8000/v1"}))
    assert connections_of(team)[0].place is Place.PRIVATE


@pytest.mark.parametrize("address", ["http://169.254.169.254/v1", "file:///etc/passwd", "http://a:b@lab/v1", ""])
def test_an_address_that_may_not_be_called_keeps_nothing(team, address):
    with pytest.raises(BadAddress):
        connecting.connect_server(team, **(LAB | {"address": address, "key": "sk-1"}))
    assert connections_of(team) == ()
    assert team.credentials.names() == ()


@pytest.mark.parametrize("name", ["openai", "OpenAI", "simulated", "ollama_chat", "a/b", " "])
def test_a_name_that_belongs_to_somebody_else_keeps_nothing(team, name):
    with pytest.raises(InputError):
        connecting.connect_server(team, **(LAB | {"name": name, "key": "sk-1"}))
    assert connections_of(team) == ()
    assert team.credentials.names() == ()


def test_a_provider_needs_a_key_once(team):
    provider = provider_of("groq")
    with pytest.raises(InputError):
        connecting.connect_provider(team, provider, key=" ", person="Anna")
    connecting.connect_provider(team, provider, key="gsk-1", person="Anna")
    connecting.connect_provider(team, provider, key="", person="Ben")
    assert team.credentials.key_for("groq", host=provider.host, variables=()) == "gsk-1"
    assert [each.key for each in connections_of(team)] == ["key kept here"]


def test_what_is_no_key_is_refused(team):
    with pytest.raises(BadKey):
        connecting.connect_provider(team, provider_of("groq"), key="two words", person="Anna")


def test_disconnecting_forgets_address_and_key(team):
    connecting.connect_server(team, **(LAB | {"key": "sk-1"}))
    connecting.disconnect(team, "lab")
    connecting.disconnect(team, "lab")
    assert connections_of(team) == ()
    assert team.credentials.names() == ()


CARD = ModelCard(name="lab/a", label="a", place=Place.CLOUD, provider="lab", status=ModelStatus.UP)


def test_the_cheapest_model_that_is_up_is_asked_first():
    dear = replace(CARD, name="lab/b", price_state=PriceState.PRICED, input_price=Decimal(3), output_price=Decimal(9))
    cheap = replace(dear, name="lab/c", input_price=Decimal("0.1"))
    down = replace(cheap, name="lab/d", input_price=Decimal(0), status=ModelStatus.DOWN)
    assert connecting.first_to_ask((CARD, dear, cheap, down)) == cheap
    assert connecting.first_to_ask((CARD, down)) == CARD
    assert connecting.first_to_ask(()) is None


@pytest.mark.parametrize(
    ("address", "name", "place"),
    [
        ("http://127.0.0.1:8000/v1", "here", Place.LOCAL),
        ("https://llm.example.com/v1", "llm", Place.CLOUD),
        ("http://10.0.0.5:8000/v1", "lab", Place.CLOUD),
        ("nonsense", "", None),
    ],
)
def test_name_and_place_are_proposed_from_the_address(address, name, place):
    assert connecting.usual_name(address) == name
    assert connecting.usual_place(address) is place
