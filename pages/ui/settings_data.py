"""Settings, Workspace and data: where it is kept, how large it is, a copy of it, the bin, and the demo made anew."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from core.store.backup import backup_to, keep_copy
from core.store.database import Database
from core.store.history_filter import HistoryFilter
from core.store.retention import KEPT_IN_BIN
from core.store.size import measure
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import safe_label
from pages.ui.words import bytes_words, first_line, plural, sum_words, when

BIN_SHOWN: Final = 20
_ASKED: Final = "_reset_asked"


def draw(page: Page) -> None:
    """Draw the tab."""
    left, right = st.columns(2, gap="medium")
    with left:
        _kept(page)
        if page.demo:
            _demo(page)
    with right:
        _bin(page)


def _kept(page: Page) -> None:
    database = page.services.database
    with st.container(border=True):
        st.markdown("##### What is kept")
        try:
            runs = page.services.history.page(HistoryFilter(viewer=page.person), limit=1)
            size = bytes_words(measure(database).bytes)
        except ClaudePrompterError as error:
            show_problem(error)
            return
        total = sum_words(runs.total_cost, unpriced=runs.unpriced_shots).replace("$", r"\$")
        st.markdown(f"{plural(runs.total_runs, 'run')} · {total} · {runs.judged:,} judged")
        st.caption(f"{safe_label(_where(database))} · {size}")
        if database.path is not None and page.admin:
            _backup(database)
        elif database.path is None:
            st.caption("Backups of a PostgreSQL database are made where it runs, with pg_dump.")


def _backup(database: Database) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%d")
    with st.container(horizontal=True):
        st.download_button(
            "Download a copy",
            data=lambda: copy_of(database),
            file_name=f"claudeprompter-{database.path.stem if database.path else 'data'}-{stamp}.db",
            mime="application/vnd.sqlite3",
            icon=":material/download:",
            help="The whole database as one file, taken while everyone works on. Keys are not in it.",
            on_click="ignore",
        )
        st.button(
            "Keep a copy here",
            icon=":material/save:",
            help="The same, written to the folder `backups` beside the database.",
            on_click=_keep,
            args=(database,),
        )


def _keep(database: Database) -> None:
    try:
        path = keep_copy(database, "by-hand")
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    else:
        st.toast(f"Kept as {safe_label(str(path))}.", icon=":material/check:")


def copy_of(database: Database) -> bytes:
    """Give a whole copy of an SQLite database. Raises StoreError where it cannot be taken."""
    with tempfile.TemporaryDirectory() as folder:
        return backup_to(database, Path(folder) / "copy.db").read_bytes()


def _where(database: Database) -> str:
    return str(database.path) if database.path is not None else database.url.render_as_string(hide_password=True)


def _bin(page: Page) -> None:
    with st.container(border=True):
        st.markdown("##### Bin")
        st.caption(f"Deleted runs can be taken back for {KEPT_IN_BIN.days} days. Their costs stay counted.")
        try:
            found = page.services.history.page(HistoryFilter(viewer=page.person, in_bin=True), limit=BIN_SHOWN)
        except ClaudePrompterError as error:
            show_problem(error)
            return
        if not found.rows:
            st.markdown(":gray[:material/delete: The bin is empty.]")
            return
        for row in found.rows:
            with st.container(horizontal=True, vertical_alignment="center"):
                words = f"{safe_label(first_line(row.prompt, longest=48))}  \n:gray[:small[{when(row.created_at)}]]"
                st.markdown(words, width="stretch")
                st.button("Take back", key=f"restore_{row.public_id}", on_click=_restore, args=(page, row.public_id))
        if found.total_runs > BIN_SHOWN:
            st.caption(f"and {found.total_runs - BIN_SHOWN:,} more")


def _restore(page: Page, public_id: str) -> None:
    try:
        page.services.history.restore(public_id, page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    else:
        st.toast("The run is back in History.", icon=":material/check:")


def _demo(page: Page) -> None:
    with st.container(border=True):
        st.markdown("##### The demo")
        state = page.services.demo.state()
        if state.state == "making":
            st.progress(state.done / max(state.total, 1), text=f"Making up the history: {state.done} of {state.total}")
        st.caption("Made-up models and two months of made-up history, ending today. Your own workspace is not touched.")
        if not st.session_state.get(_ASKED):
            st.button("Make the demo anew", icon=":material/restart_alt:", on_click=_ask, args=(True,))
            return
        st.markdown("**Make it anew?** Runs and picks made in the demo go; its history is made again.")
        with st.container(horizontal=True):
            st.button("Make it anew", type="primary", on_click=_reset, args=(page,))
            st.button("Keep it", on_click=_ask, args=(False,))


def _ask(asked: bool) -> None:
    st.session_state[_ASKED] = asked


def _reset(page: Page) -> None:
    _ask(False)
    try:
        page.services.demo.reset()
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    else:
        st.toast("The demo is being made anew.", icon=":material/check:")
