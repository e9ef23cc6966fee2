"""Connect a model that runs inside the app: no server, no key, and once it is here no network."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from core.bootstrap import Services
from core.domain.local_model import LocalModelRecord, LocalModelState
from core.errors import ClaudePrompterError, InputError
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import safe_label
from pages.ui.words import bytes_words

USUAL: Final = "Qwen/Qwen3-0.6B"
USUAL_BYTES: Final = 1_520_000_000
"""What the usual model takes, so that the button can say it before anything was asked of the hub."""

HUB: Final = "From the hub"
FOLDER: Final = "From a folder"
_NAME: Final = "connect_local_name"


def draw(page: Page, team: Services, start: Callable[[], None]) -> LocalModelRecord | None:
    """Draw the choice and how far the chosen model is; give it once it can be asked. Raises StoreError.

    `start` draws the button that leads on, for a model that arrives while the dialog stands.
    """
    st.markdown(
        "A small open model runs inside this app: **no server, no key, no charge, nothing leaves this machine.** "
        "It writes a few words a second and knows less than the large ones."
    )
    kind = st.segmented_control(
        "Where from", [HUB, FOLDER], default=HUB, required=True, key="connect_local_from", label_visibility="collapsed"
    )
    if kind == FOLDER:
        return _folder(page, team)
    name = st.text_input(
        "Model", value=USUAL, key=_NAME, help="Its name at huggingface.co, or at the hub that HF_ENDPOINT names."
    )
    name = (name or "").strip()
    found = team.local_models.named(name)
    if found is not None and found.state is LocalModelState.READY:
        _here(found)
        return found
    if name:
        _arriving(page, team, name, start)
    return None


def _folder(page: Page, team: Services) -> LocalModelRecord | None:
    path = st.text_input("Folder", key="connect_local_folder", placeholder="/models/Qwen3-0.6B",
                         help="A folder with config.json, a tokenizer and safetensors weights.")  # fmt: skip
    if st.button("Use this folder", type="primary", icon=":material/folder:", key="connect_local_use"):
        try:
            st.session_state["_connect_local_used"] = use_folder(team, (path or "").strip(), person=page.person)
        except ClaudePrompterError as error:
            show_problem(error)
            return None
    used = team.local_models.named(str(st.session_state.get("_connect_local_used") or ""))
    return used if used is not None and used.folder == (path or "").strip() else None


def use_folder(team: Services, path: str, *, person: str) -> str:
    """Use a folder that holds a model, and give the model's name. Raises InputError for one that holds none."""
    from core.inference.fetching import context_of  # noqa: PLC0415 - nobody else needs it

    try:
        context = context_of(Path(path))
    except (OSError, ValueError) as error:
        raise InputError(
            "This folder holds no model that can be used.",
            next_step="Give a folder of this server with config.json, a tokenizer and safetensors weights.",
            detail=str(error),
        ) from error
    return team.local_models.add_folder(path, context_tokens=context, person=person)


@st.fragment(run_every=1)
def _arriving(page: Page, team: Services, name: str, start: Callable[[], None]) -> None:
    """Draw one model of the hub: its size, the click that fetches it, how far it is. Looked at every second."""
    try:
        found = team.local_models.named(name)
    except ClaudePrompterError as error:
        show_problem(error)
        return
    state = found.state if found is not None else None
    if found is None or state in (LocalModelState.SIZED, LocalModelState.ASKED):
        _offer(page, team, name, found)
    elif state in (LocalModelState.WANTED, LocalModelState.FETCHING):
        _progress(team, found)
    elif state is LocalModelState.FAILED:
        _failure(page, team, found)
    else:
        _here(found)
        start()


def _here(found: LocalModelRecord) -> None:
    st.success(f"**{safe_label(found.name)}** is on this machine.", icon=":material/check_circle:")


def _offer(page: Page, team: Services, name: str, found: LocalModelRecord | None) -> None:
    size = found.size_bytes if found is not None else USUAL_BYTES if name == USUAL else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if found is not None and found.state is LocalModelState.ASKED:
            st.markdown(":shimmer[Asking the hub how large it is …]")
        elif size is None:
            st.button("How large is it?", icon=":material/straighten:", key="connect_local_ask", on_click=_ask,
                      args=(team, name, page.person))  # fmt: skip
            st.caption("Asks the hub for its size and fetches nothing.")
        else:
            about = "about " if found is None else ""
            st.button(f"Download {about}{bytes_words(size)}", type="primary", icon=":material/download:",
                      key="connect_local_fetch", on_click=team.local_models.want, args=(name,),
                      kwargs={"size_bytes": None if found is None else size, "person": page.person})  # fmt: skip
            st.caption(f"Kept in {safe_label(str(page.settings.models_path))}; a download that breaks off goes on.")


def _ask(team: Services, name: str, person: str) -> None:
    try:
        team.local_models.ask_size(name, person=person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _progress(team: Services, found: LocalModelRecord) -> None:
    size = found.size_bytes or 0
    share = min(1.0, found.received_bytes / size) if size else 0.0
    words = f"{bytes_words(found.received_bytes)} of {bytes_words(size)}" if size else "Starting"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=f"Downloading {safe_label(found.name)} · {words}", width="stretch")
        st.button("Stop", key="connect_local_stop", type="tertiary", on_click=_stop, args=(team, found.name))
    st.caption("It goes on when this window is closed.")


def _stop(team: Services, name: str) -> None:
    try:
        team.local_models.remove(name)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _failure(page: Page, team: Services, found: LocalModelRecord) -> None:
    st.error(f"**{safe_label(found.message)}**  \n{safe_label(found.next_step)}", icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Try again", icon=":material/refresh:", key="connect_local_again", on_click=_again,
                  args=(team, found, page.person))  # fmt: skip
        if found.detail:
            with st.popover("Why?", type="tertiary"):
                st.code(found.detail, language=None, wrap_lines=True)


def _again(team: Services, found: LocalModelRecord, person: str) -> None:
    try:
        if found.size_bytes:
            team.local_models.want(found.name, size_bytes=found.size_bytes, person=person)
        else:
            team.local_models.ask_size(found.name, person=person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
