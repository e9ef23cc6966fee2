import pytest

from core.domain.endpoint import CUSTOM_PROVIDER
from core.domain.model import Place
from core.errors import InputError, NotFound
from core.store.database import Database
from core.store.endpoints import Endpoints


def test_a_connection_is_known_until_it_is_removed(database: Database) -> None:
    endpoints = Endpoints(database)
    lab = endpoints.add(
        "lab", provider=CUSTOM_PROVIDER, base_url="http://127.0.0.1:8000/v1/", place=Place.LOCAL, person="Anna"
    )
    openai = endpoints.add("openai", provider="openai")
    assert (lab.base_url, lab.place, lab.custom) == ("http://127.0.0.1:8000/v1", Place.LOCAL, True)
    assert (openai.base_url, openai.place, openai.custom) == ("", Place.CLOUD, False)
    assert endpoints.active() == (lab, openai)
    endpoints.remove("lab")
    assert endpoints.active() == (openai,)
    with pytest.raises(NotFound, match="lab"):
        endpoints.remove("lab")


def test_connecting_again_under_a_name_replaces_the_connection(database: Database) -> None:
    endpoints = Endpoints(database)
    first = endpoints.add("lab", provider=CUSTOM_PROVIDER, base_url="http://10.0.0.1/v1", place=Place.PRIVATE)
    endpoints.remove("lab")
    second = endpoints.add(" lab ", provider=CUSTOM_PROVIDER, base_url="http://10.0.0.2/v1")
    assert second.id == first.id
    assert endpoints.active() == (second,)
    assert (second.base_url, second.place) == ("http://10.0.0.2/v1", Place.CLOUD)


@pytest.mark.parametrize("name", ["", "  ", "a/b"])
def test_a_name_that_no_model_could_carry_is_refused(database: Database, name: str) -> None:
    with pytest.raises(InputError, match="without a slash"):
        Endpoints(database).add(name, provider="openai")
    assert Endpoints(database).active() == ()
