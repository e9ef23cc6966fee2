"""Connect a model: a dialog from the model picker, the demo's line and Settings."""

from typing import Final

import streamlit as st

from core.bootstrap import Services
from core.domain.model import ModelCard, Place
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from core.llm.embedded import PROVIDER as PROVIDER_IN_APP
from core.llm.providers import Provider, known_providers
from core.runs.probe import ProbeResult
from pages.ui import connect_local, connecting, services, workspaces
from pages.ui.page import HOME, Page, script_of
from pages.ui.palette import place_badge, place_meaning, place_words
from pages.ui.problems import show_problem
from pages.ui.text import safe_label, safe_markdown
from pages.ui.words import NO_PRICE, plural, price_words, seconds

PROVIDER: Final = "A provider"
ADDRESS: Final = "A server's address"
OLLAMA: Final = "Ollama"
IN_APP: Final = "Inside the app"
KEPT: Final = "A key is kept already; a new one takes its place"
_KEY: Final = "_connect"


@st.dialog("Connect a model", width="medium", icon=":material/add_link:")
def connect_dialog(page: Page) -> None:
    """Choose what to connect, give its key or address, test it, and start in one's own workspace."""
    if not page.admin:
        names = safe_label(", ".join(page.settings.admins))
        st.markdown(f"Models are connected by {names}. Ask one of them to connect yours.")
        return
    if page.settings.forced_workspace is Workspace.DEMO:
        st.markdown("This server shows the demo alone: it was started with `CLAUDEPROMPTER_WORKSPACE=demo`.")
        return
    try:
        team = services.services_of(Workspace.TEAM.value)
        services.starter().look_after(team, Workspace.TEAM)
        kind = st.segmented_control(
            "What", [PROVIDER, ADDRESS, OLLAMA, IN_APP], default=PROVIDER, required=True, key="connect_kind",
            label_visibility="collapsed", width="stretch",
        )  # fmt: skip
        if kind == PROVIDER:
            _provider(page, team)
        elif kind == ADDRESS:
            _address(page, team)
        elif kind == OLLAMA:
            _ollama(page, team)
        else:
            _in_app(page, team)
    except ClaudePrompterError as error:
        show_problem(error)


def _provider(page: Page, team: Services) -> None:
    providers = {provider.id: provider for provider in known_providers()}
    chosen = providers[
        st.selectbox(
            "Provider", list(providers), format_func=lambda name: providers[name].label, key="connect_provider"
        )
    ]
    source = connecting.key_source(team, chosen)
    in_environment = source not in ("", "file")
    model = "" if chosen.listed else _model_name(chosen)
    if in_environment:
        st.markdown(f":material/key: The key in `{source}` is used; it wins over any pasted here.")
        key, pressed = "", _test_button()
    else:
        kept = KEPT if source else "Paste it here"
        note = f"{_where_kept(team, chosen.host)}  \n[Make a key at {chosen.label}]({chosen.page})"
        key, pressed = _key_and_test(chosen.id, kept, note)
    if pressed:
        name = connecting.connect_provider(team, chosen, key=key, person=page.person)
        _test(page, team, name, model=f"{chosen.id}/{model}" if model else "")
    else:
        _again(team, chosen.id)


def _model_name(provider: Provider) -> str:
    return str(st.text_input("Model", key=f"connect_model_{provider.id}", placeholder="Its name at the provider") or "")


def _address(page: Page, team: Services) -> None:
    address = st.text_input(
        "Address", key="connect_address", placeholder="http://127.0.0.1:8000/v1",
        help="Any server that speaks OpenAI's API: vLLM, LM Studio, llama.cpp, llamafile, or a gateway.",
    )  # fmt: skip
    address = (address or "").strip()
    usual = connecting.usual_place(address)
    left, right = st.columns([1, 2], vertical_alignment="top")
    with left:
        suggested = connecting.usual_name(address)
        name = st.text_input("Name", key="connect_name", placeholder=suggested or "lab", max_chars=40)
    with right:
        declared = st.segmented_control(
            "Where it is", list(Place), default=usual or Place.LOCAL, format_func=place_words, required=True,
            key=f"connect_place_{usual}", width="stretch",
        )  # fmt: skip
    place = Place(declared)
    st.caption(place_meaning(place))
    kept = KEPT if ((name or "").strip() or suggested) in team.credentials.names() else "Only if it needs one"
    key, pressed = _key_and_test("address", kept, _where_kept(team, "this address"))
    if pressed:
        chosen = (name or "").strip() or suggested
        connected = connecting.connect_server(
            team, name=chosen, address=address, place=place, key=key, person=page.person
        )
        st.session_state[_KEY] = connected
        _test(page, team, connected)
    elif connected := str(st.session_state.get(_KEY) or ""):
        _again(team, connected)


def _ollama(page: Page, team: Services) -> None:
    found = [card for card in team.known_models.all() if card.provider.startswith("ollama")]
    host = safe_label(page.settings.ollama_host)
    if not found:
        st.markdown(f"No Ollama was found at {host}.")
        st.caption("Start it (`ollama serve`, then `ollama pull qwen3`): it is found by itself within half a minute.")
        return
    st.markdown(
        f"Ollama at {host} has {plural(len(found), 'model')}: {safe_label(', '.join(c.label for c in found[:8]))}"
    )
    st.caption("They are ready to use, without a key. Test one, or start at once.")
    names = {card.name: card for card in found}
    model = st.selectbox("Model", list(names), format_func=lambda name: names[name].label, key="connect_ollama")
    if _test_button():
        _test(page, team, "ollama_chat", model=model)  # which draws the start button where it went well
    else:
        _start_button()


def _in_app(page: Page, team: Services) -> None:
    found = connect_local.draw(page, team, _start_button)
    if found is None:
        return
    if _test_button():
        _test(page, team, PROVIDER_IN_APP, model=f"{PROVIDER_IN_APP}/{found.name}")
    else:
        _again(team, PROVIDER_IN_APP)


def _key_and_test(name: str, hint: str, note: str) -> tuple[str, bool]:
    """Draw the key's field with the button, and give the key as typed and whether the button was pressed.

    A form, for outside of one a key is lost when Tab leads from its field to the eye beside it; the field is emptied.
    """
    with st.form(f"connect_form_{name}", border=False, clear_on_submit=True):
        key = st.text_input("Key", type="password", key=f"connect_key_{name}", placeholder=hint)
        st.caption(note)
        pressed = st.form_submit_button("Test", type="primary", icon=":material/bolt:")
    return key or "", pressed


def _test_button() -> bool:
    return st.button("Test", type="primary", icon=":material/bolt:", key="connect_test")


def _test(page: Page, team: Services, name: str, *, model: str = "") -> None:
    """Run the test, saying what is being done, and draw how it came out."""
    line = st.empty()
    last = None
    for last in connecting.try_out(team, name, model=model, person=page.person):
        if last.doing:
            line.markdown(f":shimmer[{safe_label(last.doing)} …]")
    line.empty()
    if last is not None and last.result is not None:
        st.session_state[f"{_KEY}_{name}"] = (last.result, last.card)
        _again(team, name)


def _again(team: Services, name: str) -> None:
    """Draw how the last test of this connection came out, as long as the dialog stands."""
    kept = st.session_state.get(f"{_KEY}_{name}")
    if kept is None:
        return
    result, card = kept
    if result.state == "ok":
        _success(team, name, result, card)
    else:
        _failure(team, name, result)


def _success(team: Services, name: str, result: ProbeResult, card: ModelCard | None) -> None:
    label = safe_label(card.label if card else result.model)
    taken = seconds((result.seconds or 0) * 1000)
    st.success(f"**{label}** answered in {taken}.", icon=":material/check_circle:")
    price = price_words(card) if card else NO_PRICE
    found = len(connecting.models_of(team, name))
    where = place_badge(card.place) if card else ""
    note = " Its cost is counted apart, never as nothing." if price == NO_PRICE else ""
    others = f" · {plural(found, 'model')} to choose from" if found > 1 else ""
    price = price.replace("$", r"\$")
    st.markdown(f"{where} {price}{others}.{note}")
    _start_button()


def _failure(team: Services, name: str, result: ProbeResult) -> None:
    st.error(f"**{safe_markdown(result.message)}**  \n{safe_markdown(result.next_step)}", icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if result.detail:
            with st.popover("Why?", type="tertiary"):
                st.code(result.detail, language=None, wrap_lines=True)
        st.button(
            "Remove it", key="connect_remove", type="tertiary", icon=":material/delete:", on_click=_remove,
            args=(team, name),
        )  # fmt: skip


def _remove(team: Services, name: str) -> None:
    st.session_state.pop(f"{_KEY}_{name}", None)
    st.session_state.pop(_KEY, None)
    try:
        connecting.disconnect(team, name)
    except ClaudePrompterError as error:
        st.toast(safe_markdown(str(error)), icon=":material/error:")


def _start_button() -> None:
    if st.button("Start in our own workspace", icon=":material/arrow_forward:", key="connect_start"):
        workspaces.switch(Workspace.TEAM)
        st.switch_page(script_of(HOME), query_params={workspaces.PARAMETER: Workspace.TEAM.value})


def _where_kept(team: Services, host: str) -> str:
    return (
        f":material/lock: Kept on this server in {safe_label(str(team.credentials.path))}, which its owner alone can "
        f"read; sent to {safe_label(host)} and nowhere else; never shown again. Everyone here can use it."
    )
