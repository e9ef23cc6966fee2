"""What is configured, discovered and known becomes one list of models, each with one safe way to it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.domain.endpoint import CUSTOM_PROVIDER, EndpointRecord
from core.domain.model import Capability, ModelStatus, Place, PriceState
from core.errors import BadAddress, MissingKey, UnknownModel
from core.llm.catalogue import Catalogue
from core.llm.credentials import Credentials
from core.llm.litellm_map import chat_models, mapped
from core.llm.providers import known_providers
from core.llm.simulated_models import simulated_cards
from core.settings import Settings
from tests.servers.ollama_server import CLOUD_MODEL, OllamaServer
from tests.servers.openai_server import OpenAIServer

NOWHERE = "http://127.0.0.1:9"


class Book:
    """Connections made on the page, as a list."""

    def __init__(self, *rows: EndpointRecord) -> None:
        self.rows = rows

    def active(self) -> tuple[EndpointRecord, ...]:
        return self.rows


Build = Callable[..., Catalogue]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    monkeypatch.setattr("core.llm.discovery.WELL_KNOWN", ())

    def _build(
        *rows: EndpointRecord,
        environ: Mapping[str, str] | None = None,
        endpoints: str = "",
        ollama: str = NOWHERE,
        keys: tuple[tuple[str, str, str], ...] = (),
    ) -> Catalogue:
        settings = Settings(
            _env_file=None,
            CLAUDEPROMPTER_ENDPOINTS=endpoints,
            OLLAMA_HOST=ollama,
            CLAUDEPROMPTER_DATA=tmp_path,
        )
        credentials = Credentials(settings.credentials_path, environ or {})
        for name, host, key in keys:
            credentials.save(name, host=host, key=key)
        return Catalogue(settings=settings, credentials=credentials, environ=environ or {}, book=Book(*rows))

    return _build


def custom(name: str, url: str, place: Place = Place.LOCAL) -> EndpointRecord:
    return EndpointRecord(id=1, name=name, provider=CUSTOM_PROVIDER, base_url=url, place=place)


def test_without_keys_and_servers_there_is_nothing_but_what_could_be_connected(build: Build) -> None:
    catalogue = build()
    assert catalogue.cards() == ()
    assert {"openai", "anthropic", "gemini"} <= {account.provider.id for account in catalogue.providers()}
    assert not any(account.connected for account in catalogue.providers())


def test_a_key_in_the_environment_brings_the_providers_models(build: Build) -> None:
    catalogue = build(environ={"OPENAI_API_KEY": "sk-env"})
    card = catalogue.card("openai/gpt-4o-mini")
    assert card in catalogue.cards()
    assert (card.label, card.place, card.host) == ("gpt-4o-mini", Place.CLOUD, "api.openai.com")
    assert card.price_state is PriceState.UNPRICED
    assert card.context_tokens == 128000
    assert Capability.VISION in card.capabilities
    connection = catalogue.connection("openai/gpt-4o-mini")
    assert (connection.key, connection.api_base, connection.host) == ("sk-env", None, "api.openai.com")
    assert "sk-env" not in repr(connection)
    assert {card.provider for card in catalogue.cards()} == {"openai"}


def test_a_pasted_key_serves_its_provider(build: Build) -> None:
    catalogue = build(keys=(("anthropic", "api.anthropic.com", "sk-ant"),))
    assert catalogue.connection("anthropic/claude-haiku-4-5").key == "sk-ant"
    state = next(account for account in catalogue.providers() if account.provider.id == "anthropic")
    assert state.connected_by == "file"


def test_a_pasted_key_never_goes_to_an_address_that_the_environment_names(build: Build) -> None:
    catalogue = build(
        environ={"OPENAI_BASE_URL": "http://gateway.example/v1"}, keys=(("openai", "api.openai.com", "sk-pasted"),)
    )
    with pytest.raises(MissingKey):
        catalogue.connection("openai/gpt-4o-mini")


def test_a_key_of_the_environment_never_goes_to_an_address_typed_on_the_page(build: Build) -> None:
    row = EndpointRecord(id=1, name="openai", provider="openai", base_url="https://elsewhere.example/v1")
    catalogue = build(row, environ={"OPENAI_API_KEY": "sk-env"})
    with pytest.raises(MissingKey):
        catalogue.connection("openai/gpt-4o-mini")


def test_a_gateway_of_the_environment_gets_the_environments_key_and_stays_outside(build: Build) -> None:
    environ = {"OPENAI_API_KEY": "sk-env", "OPENAI_API_BASE": "http://127.0.0.1:4000/v1/"}
    connection = build(environ=environ).connection("openai/gpt-4o-mini")
    assert (connection.api_base, connection.host) == ("http://127.0.0.1:4000/v1", "127.0.0.1:4000")
    assert connection.place is Place.CLOUD


def test_a_connected_provider_serves_models_that_nobody_lists(build: Build) -> None:
    catalogue = build(environ={"OPENAI_API_KEY": "sk-env"})
    assert catalogue.card("openai/gpt-99").context_tokens is None
    assert catalogue.connection("openai/gpt-99").adapter_model == "openai/gpt-99"


def test_a_missing_key_and_an_unknown_model_are_told_apart(build: Build) -> None:
    catalogue = build()
    with pytest.raises(MissingKey, match="OpenAI"):
        catalogue.connection("openai/gpt-4o-mini")
    for name in ("nobody/model", "gpt-4o-mini", "", "/", "lab/"):
        with pytest.raises(UnknownModel):
            catalogue.connection(name)
        with pytest.raises(UnknownModel):
            catalogue.card(name)


def test_a_provider_that_only_litellm_knows_is_connected_by_its_variable(build: Build) -> None:
    catalogue = build(environ={"HYPERBOLIC_API_KEY": "k"})
    assert any(card.name.startswith("hyperbolic/") for card in catalogue.cards())
    assert catalogue.connection("hyperbolic/anything").key == "k"


async def test_a_server_of_the_environment_lists_its_models_under_its_name(build: Build) -> None:
    with OpenAIServer(models=("qwen3", "org/llama"), key="lab-key") as server:
        catalogue = build(environ={"LAB_KEY": "lab-key"}, endpoints=f"lab={server.base_url};key=LAB_KEY")
        await catalogue.refresh()
        cards = catalogue.cards()
        connection = catalogue.connection("lab/org/llama")
    assert [(card.name, card.label, card.status) for card in cards] == [
        ("lab/qwen3", "qwen3", ModelStatus.UP),
        ("lab/org/llama", "llama", ModelStatus.UP),
    ]
    assert {card.price_state for card in cards} == {PriceState.FREE}
    assert {card.place for card in cards} == {Place.LOCAL}
    assert (connection.adapter_model, connection.api_base) == ("hosted_vllm/org/llama", server.base_url)
    assert connection.key == "lab-key"


async def test_a_server_that_goes_down_keeps_its_models_on_the_list_and_says_why(build: Build) -> None:
    with OpenAIServer(models=("qwen3",)) as server:
        catalogue = build(custom("lab", server.base_url))
        await catalogue.refresh()
    await catalogue.refresh()
    (card,) = catalogue.cards()
    assert (card.status, card.status_reason) == (ModelStatus.DOWN, "Nothing listens there.")
    (state,) = [state for state in catalogue.servers() if state.name == "lab"]
    assert (state.up, state.models, state.source) == (False, 1, "page")


async def test_what_an_earlier_process_saw_is_remembered(build: Build) -> None:
    with OpenAIServer(models=("qwen3",)) as server:
        before = build(custom("lab", server.base_url))
        await before.refresh()
    after = build(custom("lab", server.base_url))
    after.remember(before.cards())
    (card,) = after.cards()
    assert (card.name, card.status, card.context_tokens) == ("lab/qwen3", ModelStatus.DOWN, 32768)
    forgotten = build()
    forgotten.remember(before.cards())
    assert forgotten.cards() == ()


def test_a_server_can_be_asked_before_anybody_looked(build: Build) -> None:
    catalogue = build(custom("lab", "http://10.0.0.5:8000/v1", Place.PRIVATE))
    assert catalogue.connection("lab/any").place is Place.PRIVATE


def test_an_address_that_may_not_be_called_gives_no_way_to_it(build: Build) -> None:
    catalogue = build(custom("lab", "http://169.254.169.254/v1", Place.PRIVATE))
    with pytest.raises(BadAddress):
        catalogue.connection("lab/any")


async def test_ollamas_models_are_named_without_latest_and_its_cloud_models_are_outside(build: Build) -> None:
    with OllamaServer(models=("qwen3:latest", "llama3:8b", CLOUD_MODEL)) as server:
        catalogue = build(ollama=server.address)
        await catalogue.refresh()
        cards = {card.name: card for card in catalogue.cards()}
        places = {name: catalogue.connection(name).place for name in cards}
    assert list(cards) == ["ollama_chat/qwen3", "ollama_chat/llama3:8b", f"ollama_chat/{CLOUD_MODEL}"]
    assert {name: card.place for name, card in cards.items()} == places
    assert list(places.values()) == [Place.LOCAL, Place.LOCAL, Place.CLOUD]
    assert cards[f"ollama_chat/{CLOUD_MODEL}"].price_state is PriceState.UNPRICED
    connection = catalogue.connection("ollama_chat/qwen3")
    assert (connection.adapter_model, connection.key) == ("ollama_chat/qwen3", None)


async def test_a_provider_with_a_list_of_its_own_is_asked_for_it_once_with_its_key(build: Build) -> None:
    with OpenAIServer(models=("vendor/new-model",)) as server:
        environ = {"OPENROUTER_API_KEY": "sk-or", "OPENROUTER_API_BASE": server.base_url}
        catalogue = build(environ=environ)
        await catalogue.refresh()
        await catalogue.refresh()
        (request,) = server.requests
    assert request.headers["authorization"] == "Bearer sk-or"
    card = catalogue.card("openrouter/vendor/new-model")
    assert (card.context_tokens, card.place) == (32768, Place.CLOUD)
    assert card in catalogue.cards()


async def test_what_is_found_at_well_known_ports_is_offered_not_used(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(models=("qwen3",)) as server:
        monkeypatch.setattr("core.llm.discovery.WELL_KNOWN", (("LM Studio", server.base_url),))
        catalogue = build()
        await catalogue.refresh()
    (offer,) = catalogue.offers()
    assert (offer.label, offer.models) == ("LM Studio", ("qwen3",))
    assert catalogue.cards() == ()


def test_the_shell_can_look_without_a_loop(build: Build) -> None:
    with OpenAIServer(models=("qwen3",)) as server:
        catalogue = build(custom("lab", server.base_url))
        catalogue.look()
    assert [card.name for card in catalogue.cards()] == ["lab/qwen3"]


def test_the_demo_has_simulated_models_and_nothing_else(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "sk-env"}
    settings = Settings(_env_file=None, CLAUDEPROMPTER_DATA=tmp_path)
    catalogue = Catalogue(
        settings=settings,
        credentials=Credentials(settings.credentials_path, environ),
        environ=environ,
        simulated=simulated_cards(),
    )
    catalogue.look()
    assert catalogue.cards() == simulated_cards()
    assert catalogue.connection("simulated/sage").provider == "simulated"
    assert catalogue.providers() == ()
    for name in ("openai/gpt-4o-mini", "simulated/nobody"):
        with pytest.raises(UnknownModel):
            catalogue.connection(name)


def test_every_provider_of_the_table_has_a_key_variable_and_a_page() -> None:
    assert len(known_providers()) >= 20
    for provider in known_providers():
        assert all(name.isupper() for name in provider.key_names)
        assert provider.key_names
        assert provider.page.startswith("https://")


def test_the_bundled_map_is_read_as_a_file() -> None:
    models = chat_models()
    assert len(models) > 50
    assert all(model.name.startswith(f"{provider}/") for provider, listed in models.items() for model in listed)
    known = mapped("anthropic/claude-haiku-4-5")
    assert known is not None
    assert known.context_tokens
    assert mapped("nobody/nothing") is None
    assert not any("audio" in model.name for model in models["openai"])
