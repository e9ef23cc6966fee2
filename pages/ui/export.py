"""A run as files: result Markdown, one file per model in a zip, and JSON. What is simulated says so in its name."""

import streamlit as st

from core.domain.run import RunRecord
from core.transfer.result_markdown import export_run, zip_of
from core.transfer.run_json import run_to_json


def draw_export(record: RunRecord) -> None:
    """Draw the popover with both downloads; the files are made when one is asked for."""
    name = f"{'simulated-' if record.simulated else ''}run-{record.public_id}"
    with st.popover("Export", icon=":material/download:", key=f"export_{record.public_id}"):
        st.download_button(
            "Markdown, a file per model (zip)",
            data=lambda: zip_of(export_run(record)),
            file_name=f"{name}.zip",
            mime="application/zip",
            on_click="ignore",
            key=f"export_zip_{record.public_id}",
            width="stretch",
        )
        st.download_button(
            "JSON",
            data=lambda: run_to_json(record),
            file_name=f"{name}.json",
            mime="application/json",
            on_click="ignore",
            key=f"export_json_{record.public_id}",
            width="stretch",
        )
