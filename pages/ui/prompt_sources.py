"""Where a prompt can come from: a sample (in the demo), a recent or a saved prompt, a text file."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError, InputError, UnreadableFile
from pages.ui.draft import Draft
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import first_line

SAMPLES_SHOWN: Final = 4
LARGEST_FILE_MB: Final = 4
FILE_TYPES: Final = ("txt", "md", "csv")


def draw_sources(page: Page, draft: Draft, *, narrow: bool) -> None:
    """Draw the row under the prompt."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="prompt_sources"):
        if page.demo:
            _samples(draft, narrow=narrow)
        _recent(page, draft)
        _saved(page, draft)
        _file(draft)


def _samples(draft: Draft, *, narrow: bool) -> None:
    from core.demo.samples import samples  # noqa: PLC0415 - the team's workspace never reads the demo's texts

    found = samples()
    shown = () if narrow else found[:SAMPLES_SHOWN]
    if shown:
        st.caption("Samples", width="content")
    for sample in shown:
        st.button(
            sample.title,
            key=draft.key(f"sample_{sample.slug}"),
            on_click=_take,
            args=(draft, sample.prompt, dict(sample.variables)),
        )
    rest = found[len(shown) :]

    def take(key: str) -> None:
        sample = next((sample for sample in rest if sample.title == st.session_state.get(key)), None)
        if sample is not None:
            _take(draft, sample.prompt, dict(sample.variables))

    _menu("Samples" if narrow else "More samples", [sample.title for sample in rest], draft.key("samples"), take)


def _recent(page: Page, draft: Draft) -> None:
    try:
        recent = page.services.prompts.recent(page.person, limit=20)
    except ClaudePrompterError:
        recent = ()
    if not recent:
        return
    labels = [
        f"{number}. {safe_label(first_line(entry.text, longest=60))}"
        + (f" · :small[won: {safe_label(entry.winner)}]" if entry.winner else "")
        for number, entry in enumerate(recent, start=1)
    ]

    def take(key: str) -> None:
        chosen = st.session_state.get(key)
        if chosen in labels:
            entry = recent[labels.index(chosen)]
            _take(draft, entry.text, {})

    _menu("Recent", labels, draft.key("recent"), take)


def _saved(page: Page, draft: Draft) -> None:
    with st.popover("Saved", type="tertiary", key=draft.key("saved"), on_change="rerun") as popover:
        if not popover.open:
            return
        for prompt in page.services.prompts.all():
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.button(
                    safe_label(prompt.name),
                    key=draft.key(f"saved_{prompt.id}"),
                    type="tertiary",
                    width="stretch",
                    on_click=_take_saved,
                    args=(draft, prompt.text, prompt.system),
                )
                st.button(
                    "Remove",
                    key=draft.key(f"unsave_{prompt.id}"),
                    type="tertiary",
                    icon=":material/delete:",
                    on_click=page.services.prompts.remove,
                    args=(prompt.id,),
                )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
            st.text_input("Keep this prompt as", key=draft.key("save_as"), placeholder="A name", width=240)
            st.button("Save", key=draft.key("save"), on_click=_save, args=(page, draft))


def _file(draft: Draft) -> None:
    with st.popover("Add a text file", type="tertiary", icon=":material/attach_file:", key=draft.key("add_file")):
        st.file_uploader(
            "A text file: txt, md or csv",
            type=list(FILE_TYPES),
            key=draft.key("upload"),
            max_upload_size=LARGEST_FILE_MB,
            on_change=_take_file,
            args=(draft,),
        )
        st.caption("It fills a {{field}} of the prompt; a prompt without one gets it at its end.")


def read_text(name: str, data: bytes) -> str:
    """Give a file's text, in UTF-8 or UTF-16. Raises UnreadableFile."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{name} is no text in UTF-8.", next_step="Save it as UTF-8 and add it again.") from error
    if "\x00" in text or not text.strip():
        words = "is empty" if not text.strip() else "is no text file"
        raise UnreadableFile(f"{name} {words}.", next_step="Add another file.")
    return text.replace("\r\n", "\n")


def _take_file(draft: Draft) -> None:
    uploaded = st.session_state.get(draft.key("upload"))
    if uploaded is None:
        return
    try:
        draft.take_file(PurePath(uploaded.name).name, read_text(uploaded.name, uploaded.getvalue()))
        draft.problem = None
    except InputError as error:
        draft.problem = error


def _take(draft: Draft, text: str, values: dict[str, str]) -> None:
    draft.take(text, values)


def _take_saved(draft: Draft, text: str, system: str) -> None:
    draft.take(text)
    st.session_state[draft.key("system")] = system


def _save(page: Page, draft: Draft) -> None:
    name = str(st.session_state.get(draft.key("save_as")) or "").strip()
    try:
        if not name:
            raise InputError("A saved prompt needs a name.", next_step="Type one and save again.")
        if not draft.text.strip():
            raise InputError("There is no prompt to save yet.", next_step="Type one first.")
        page.services.prompts.save(name, draft.text, system=draft.settings.system, person=page.person)
        st.session_state[draft.key("save_as")] = ""
        st.toast(f"Saved as {safe_label(name)}.", icon=":material/bookmark:")
    except ClaudePrompterError as error:
        draft.problem = error


def _menu(label: str, options: list[str], key: str, take: Callable[[str], None]) -> None:
    st.menu_button(label, options, key=key, type="tertiary", on_click=take, args=(key,))
