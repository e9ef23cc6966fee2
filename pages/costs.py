"""What did we spend, why did it change, what did we get? The monthly review, budgets, prices and bills."""

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui import costs_bills, costs_budgets, costs_present, costs_prices, costs_review
from pages.ui.problems import show_problem
from pages.ui.shell import open_page
from pages.ui.viewport import watch_width

page = open_page("costs")
step = costs_present.step_of(st.query_params.get("present", ""))

TABS = {
    "Review": costs_review.draw,
    "Budgets": costs_budgets.draw,
    "Prices": costs_prices.draw,
    "Bills": costs_bills.draw,
}

if step:
    try:
        costs_present.draw(page, step)
    except ClaudePrompterError as error:
        show_problem(error)
else:
    watch_width()
    for tab, draw in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
        if tab.open:
            with tab:
                try:
                    draw(page)
                except ClaudePrompterError as error:
                    show_problem(error)
