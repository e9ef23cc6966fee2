"""Is everything connected? Models and keys, people, workspace and data, and what this is."""

import streamlit as st

from pages.ui import settings_about, settings_data, settings_models, settings_people
from pages.ui.shell import open_page

page = open_page("settings")

TABS = {
    "Models and keys": settings_models.draw,
    "People": settings_people.draw,
    "Workspace and data": settings_data.draw,
    "About": settings_about.draw,
}

with page.actions:
    page.share("settings", "share_settings", tab=str(st.session_state.get("tab") or ""))

for tab, draw in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
    if tab.open:
        with tab:
            draw(page)
