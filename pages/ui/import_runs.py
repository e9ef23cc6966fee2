"""Bringing past runs in from result files: what came, what was there already, what could not be read."""

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from core.errors import ClaudePrompterError
from core.transfer.records import ImportReport, import_records
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import plural


def draw_import(page: Page) -> None:
    """Draw the popover that takes result files."""
    with st.popover("Import", icon=":material/upload:", key="import_runs"):
        files = st.file_uploader(
            "Result files (Markdown), one per model",
            type=["md"],
            accept_multiple_files=True,
            key="import_files",
            max_upload_size=5,
        )
        st.caption("Files of one run become one run. What is here already is not added twice.")
        if files and st.button("Import", key="import_now", type="primary"):
            for kind, words in report_words(_take_in(page, [(file.name, file.getvalue()) for file in files])):
                (st.success if kind == "came" else st.warning)(words)


def report_words(report: ImportReport) -> list[tuple[str, str]]:
    """Give an import's report as lines, each with whether something came or something is to be told."""
    lines = []
    if report.imported:
        lines.append(("came", f"{plural(len(set(report.imported)), 'run')} imported."))
    lines += [("told", f"{safe_label(source)}: {safe_label(why)}") for source, why in report.skipped]
    lines += [("told", f"{safe_label(source)}: {safe_label(doubt)}") for source, doubt in report.warnings]
    return lines


def _take_in(page: Page, files: list[tuple[str, bytes]]) -> ImportReport:
    imported: list[str] = []
    skipped: list[tuple[str, str]] = []
    warnings: list[tuple[str, str]] = []
    with TemporaryDirectory() as folder:
        for name, data in files:
            path = Path(folder) / Path(name).name
            path.write_bytes(data)
            try:
                report = import_records(page.services.database, path)
            except ClaudePrompterError as error:
                skipped.append((name, str(error)))
                continue
            imported += report.imported
            skipped += report.skipped
            warnings += report.warnings
    return ImportReport(imported=tuple(imported), skipped=tuple(skipped), warnings=tuple(warnings))
