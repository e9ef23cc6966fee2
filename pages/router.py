"""How does Auto choose, and what does it save? The slider, a prompt to try, the rules, and where prompts went."""

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui import auto_for_all, router_rules, router_saving, router_try, router_where
from pages.ui.problems import show_problem
from pages.ui.shell import open_page
from pages.ui.viewport import watch_width

page = open_page("router")
narrow = watch_width()

TABS = {
    "Saving": router_saving.draw,
    "Try a prompt": router_try.draw,
    "Rules": router_rules.draw,
    "Where prompts went": router_where.draw,
}

with page.actions:
    auto_for_all.draw(page, narrow=narrow)
    page.share("router", "share_router", **router_saving.address())

for tab, draw in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
    if tab.open:
        with tab:
            try:
                draw(page, narrow=narrow)
            except ClaudePrompterError as error:
                show_problem(error)
