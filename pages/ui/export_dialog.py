"""Taking many runs out: what, in which form, and one button that makes the file."""

from typing import Final

import streamlit as st

from core.transfer.export_files import MOST_RECORDS, Taken, export_file, file_name
from core.transfer.rows import TableFormat
from pages.ui.history_ticks import Ticks
from pages.ui.words import plural

WHAT: Final = {
    Taken.ANSWERS: "Answers, a row each",
    Taken.LABELS: "Labels: picks, judgements and scores, a row each",
    Taken.BOTH: "Answers and labels, two sheets of a workbook",
    Taken.RECORDS: "Result files: Markdown, a folder for each run",
    Taken.PAIRS: "Preference pairs, for training: prompt, chosen, rejected",
}
FORMATS: Final = {
    TableFormat.CSV: "CSV",
    TableFormat.XLSX: "Excel",
    TableFormat.JSONL: "JSON lines",
    TableFormat.PARQUET: "Parquet",
}


@st.dialog("Export", icon=":material/download:")
def export_dialog(ticks: Ticks) -> None:
    """Open the dialog that makes a file of the ticked runs."""
    page = ticks.page
    st.caption(f"{plural(ticks.count, 'run')}{' of this view' if ticks.all else ' ticked'}.")
    taken = st.radio("What", list(Taken), format_func=WHAT.__getitem__, key="export_what") or Taken.ANSWERS
    kind = taken.formats[0] if taken.formats else None
    if len(taken.formats) > 1:
        kind = st.segmented_control(
            "Format", taken.formats, default=kind, format_func=FORMATS.__getitem__, key="export_format", required=True
        )
    if page.demo:
        st.caption(":material/science: Simulated: the file's name says so, and so does each row or file in it.")
    too_many = taken is Taken.RECORDS and ticks.count > MOST_RECORDS
    if too_many:
        st.caption(f"Result files are made of {MOST_RECORDS:,} runs at most; narrow the view, or take a table.")

    def make() -> bytes:
        return export_file(page.services.database, taken, kind, runs=ticks.runs(), viewer=page.person)

    st.download_button(
        "Download",
        data=make,
        file_name=file_name(taken, kind, simulated=page.demo),
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        key="export_download",
        disabled=too_many or not ticks.count,
    )
    if taken is Taken.ANSWERS:
        st.caption("The form that Import reads: `prompt`, `model`, `quality` and more.")
