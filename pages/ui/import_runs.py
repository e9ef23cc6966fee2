"""Bringing past runs in: files or a folder, a preview with the bad rows named, then one button."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from core.errors import ClaudePrompterError
from core.transfer.arrivals import Arrivals, ArrivingFile, TakenIn, look_through, take_in
from core.transfer.outcomes import OutcomesPreview
from pages.ui.history_address import reader_zone
from pages.ui.page import Page
from pages.ui.problems import show_problem
from pages.ui.text import safe_label
from pages.ui.words import first_line, plural, when

FILES: Final = "Files"
FOLDER: Final = "A folder"
TYPES: Final = ("md", "json", "zip", "csv", "tsv", "jsonl", "ndjson", "parquet", "xlsx", "gz")
LARGEST_MB: Final = 100
MOST_TOLD: Final = 8
_SEEN: Final = "_import_seen"
_DONE: Final = "_import_done"
_TURN: Final = "_import_turn"


def _forget() -> None:
    """Let the next dialog begin without files."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    for key in (_SEEN, _DONE):
        st.session_state.pop(key, None)


@st.dialog("Import", width="medium", icon=":material/upload:", on_dismiss=_forget)
def import_dialog(page: Page) -> None:
    """Open the dialog that brings past runs and outcomes in."""
    if page.demo:
        st.warning(
            "This is the demo: what you bring in here stands among made-up runs. Open our own workspace for real ones.",
            icon=":material/science:",
        )
    source = st.segmented_control("From", [FILES, FOLDER], default=FILES, key="import_from", required=True)
    files = st.file_uploader(
        "Files" if source == FILES else "Folder",
        type=list(TYPES) if source == FILES else None,
        accept_multiple_files=True if source == FILES else "directory",
        key=f"import_{source}_{st.session_state.get(_TURN, 0)}",
        max_upload_size=LARGEST_MB,
        label_visibility="collapsed",
    )
    if not files:
        st.caption(
            "**Past runs**: result files or record folders of the earlier tool, also as a zip.  \n"
            "**Outcomes**: a table as CSV, JSON lines, Parquet or Excel with the columns `prompt`, `model` and "
            "`quality` (0 to 1); also read are `answer`, `task`, `tags`, `cost_usd`, `created_at`."
        )
        return
    arriving = [ArrivingFile(name=file.name, content=file, size=file.size) for file in files]
    marks = tuple(file.file_id for file in files)
    try:
        done = st.session_state.get(_DONE)
        if done and done[0] == marks:
            _report(done[1])
            return
        found = _seen(page, marks, arriving)
        _preview(found)
        _commit(page, marks, arriving, found)
    except ClaudePrompterError as error:
        show_problem(error)


def _seen(page: Page, marks: tuple[str, ...], files: Sequence[ArrivingFile]) -> Arrivals:
    """Look through the files once, however often the dialog is drawn."""
    kept = st.session_state.get(_SEEN)
    if kept and kept[0] == marks:
        return kept[1]  # type: ignore[no-any-return]
    with st.spinner("Reading …"):
        found = look_through(page.services.database, files)
    st.session_state[_SEEN] = (marks, found)
    return found


def _preview(found: Arrivals) -> None:
    if found.runs:
        st.markdown(f"**{plural(len(found.runs), 'past run')}**")
        zone = reader_zone()
        _table(
            {
                "Made": [when(run.made_at, zone=zone) for run in found.runs],
                "Prompt": [first_line(run.prompt, longest=70) for run in found.runs],
                "Models": [", ".join(run.models) for run in found.runs],
                "Answers": [run.answers for run in found.runs],
                "Here": ["already" if run.here else "new" for run in found.runs],
            },
            alt="The past runs that were found",
            widths=(95, 250, 170, 70, 95),
        )
        for run in found.runs:
            for doubt in run.doubts:
                st.caption(f":material/info: {safe_label(run.source)}: {safe_label(doubt)}")
    for table in found.outcomes:
        _outcomes(table)
    _listed(found.unread)


def _outcomes(table: OutcomesPreview) -> None:
    st.markdown(
        f"**{safe_label(table.name)}**: {plural(table.rows, 'outcome')} of {plural(table.prompts, 'prompt')}, "
        f"{plural(len(table.models), 'model')}"
    )
    if table.first:
        _table(
            {
                "Row": [row.number for row in table.first],
                "Prompt": [first_line(row.prompt, longest=60) for row in table.first],
                "Model": [row.model for row in table.first],
                "Quality": ["—" if row.quality is None else f"{row.quality:g}" for row in table.first],
                "Task": [row.task for row in table.first],
            },
            alt="The first rows of the table",
            widths=(55, 300, 130, 70, 110),
        )
    if table.bad_rows:
        st.markdown(f":red[:material/error:] **{plural(table.bad_rows, 'bad row')}**")
        rows: dict[str, list[Any]] = {
            "Row": [bad.number for bad in table.bad],
            "Why": [bad.reason for bad in table.bad],
        }
        _table(rows, alt="The rows that cannot be used, and why", widths=(55, 620))
    if table.unanswered:
        st.caption(f"{plural(table.unanswered, 'row')} without answer or quality: passed over.")
    if table.ignored:
        st.caption(f"Columns that mean nothing here: {safe_label(', '.join(table.ignored))}.")


def _commit(page: Page, marks: tuple[str, ...], files: Sequence[ArrivingFile], found: Arrivals) -> None:
    """Draw the button that takes everything in."""
    bad = sum(table.bad_rows for table in found.outcomes)
    pass_over = bool(bad) and st.checkbox(
        f"Pass over {plural(bad, 'bad row')} and import the rest", key="import_pass_over",
        help="Otherwise a table with a bad row adds nothing.",
    )  # fmt: skip
    ready = found.runs or any(table.rows for table in found.outcomes)
    if not ready or (bad and not pass_over and not found.runs and all(table.bad_rows for table in found.outcomes)):
        st.caption("Nothing of this can be imported as it stands.")
        return
    if st.button(_button_words(found), key="import_now", type="primary", icon=":material/upload:"):
        who = page.services.people.person(page.person) if page.person else None
        with st.spinner("Importing …"):
            report = take_in(
                page.services.database, files, person=page.person, person_id=who, pass_over_bad=bool(pass_over)
            )
        st.session_state[_DONE] = (marks, report)
        st.rerun(scope="fragment")


def _report(report: TakenIn) -> None:
    """Draw what came of an import."""
    for kind, words in report_words(report):
        (st.success if kind == "came" else st.warning if kind == "wrong" else st.caption)(words)
    if st.button("Close", key="import_close", type="primary"):
        _forget()
        st.rerun()


def _button_words(found: Arrivals) -> str:
    parts = [plural(len(found.runs), "run")] if found.runs else []
    rows = sum(table.rows for table in found.outcomes)
    parts += [plural(rows, "outcome")] if rows else []
    return f"Import {' and '.join(parts)}"


def report_words(report: TakenIn) -> list[tuple[str, str]]:
    """Give what an import did as lines, each with its kind: "came", "told" or "wrong"."""
    lines = []
    if report.runs:
        lines.append(("came", f"{plural(len(report.runs), 'run')} imported."))
    for name, each in report.outcomes:
        if each.shots:
            grown = f", {plural(each.grown, 'run')} here grew" if each.grown else ""
            lines.append(
                (
                    "came",
                    f"{safe_label(name)}: {plural(each.shots, 'outcome')} in {plural(each.runs, 'new run')}{grown}.",
                )
            )
        if each.here_already:
            lines.append(
                ("told", f"{safe_label(name)}: {plural(each.here_already, 'row')} here already, not added again.")
            )
        if each.passed_over:
            lines.append(("told", f"{safe_label(name)}: {plural(each.passed_over, 'bad row')} passed over."))
    if report.nothing_new:
        lines.insert(0, ("came", "Nothing new: all of this is here already. A second import adds nothing."))
    elif report.here_already:
        lines.append(("told", f"{plural(len(report.here_already), 'record')} here already, not added again."))
    lines += [("wrong", f"{safe_label(source)}: {safe_label(why)}") for source, why in report.unread[:MOST_TOLD]]
    if len(report.unread) > MOST_TOLD:
        lines.append(("wrong", f"And {len(report.unread) - MOST_TOLD:,} more that could not be read."))
    lines += [("told", f"{safe_label(source)}: {safe_label(doubt)}") for source, doubt in report.doubts[:MOST_TOLD]]
    return lines


def _listed(unread: Sequence[tuple[str, str]]) -> None:
    for source, why in unread[:MOST_TOLD]:
        st.warning(f"**{safe_label(source)}**: {safe_label(why)}", icon=":material/error:")
    if len(unread) > MOST_TOLD:
        st.caption(f"And {len(unread) - MOST_TOLD:,} more that cannot be read.")


def _table(columns: dict[str, list[Any]], *, alt: str, widths: Sequence[int] = ()) -> None:
    import pandas as pd  # noqa: PLC0415 - only an import shows a table here

    rows = len(next(iter(columns.values())))
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height=min(35 * (rows + 1) + 3, 260),
        column_config={
            name: st.column_config.Column(width=width) for name, width in zip(columns, widths, strict=False)
        },
        alt=alt,
    )
