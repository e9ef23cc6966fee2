"""Auto's strip under the models: whom it would ask, why, at what cost, and one click to ask otherwise."""

import streamlit as st

from core.domain.route import Basis, Route
from core.domain.run import RunPlan
from core.errors import ClaudePrompterError
from pages.ui.auto_draft import AutoDraft
from pages.ui.look_again import look_again
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.receipt import draw_receipt
from pages.ui.receipt_words import expected_words, headline, labels_of, network_words, score_words
from pages.ui.text import safe_label


def draw_strip(page: Page, plan: RunPlan) -> Route | None:
    """Draw what Auto would do with the plan, and give it; None where there is no prompt yet."""
    auto = AutoDraft(page)
    try:
        route = auto.look(plan)
    except ClaudePrompterError as error:
        st.caption(safe_label(problem_words(error)))
        return None
    with st.container(border=True, gap="xsmall", key="auto_strip"):
        if route is None:
            st.markdown(":material/alt_route: Auto chooses when you press Run, and says why.")
            return None
        st.markdown(f":material/alt_route: **{safe_label(headline(route))}**")
        if route.basis is Basis.NOTHING:
            _nothing(page, route)
        else:
            _numbers(route)
            _ways(page, auto, route)
    if auto.waits:
        look_again(route.prompt_sha256)
    return route


def _numbers(route: Route) -> None:
    facts = " · ".join(filter(None, (score_words(route), expected_words(route))))
    if facts:
        st.markdown(safe_label(facts))
    if route.pinned:
        st.caption(":material/home: Rules keep this prompt inside.")
    elif cut := network_words(route):
        st.caption(f":material/cloud_off: {safe_label(cut)}")
    if route.challenger is not None:
        st.caption(safe_label(f"And one extra answer, of {route.challenger.label}, to keep learning."))


def _ways(page: Page, auto: AutoDraft, route: Route) -> None:
    labels, instead = labels_of(route), auto.instead()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="auto_ways"):
        if instead:
            names = " and ".join(labels.get(name, name) for name in instead)
            st.markdown(safe_label(f"You ask {names} instead."), width="content")
            st.button("Back to Auto's choice", key="auto_back", type="tertiary", on_click=auto.ask_instead, args=((),))
        else:
            other = _other(route)
            if other is not None:
                st.button(f"Use {safe_label(labels[other])}", key="auto_other", on_click=auto.ask_instead,
                          args=((other,),))  # fmt: skip
                if len(route.choice) == 1:
                    both = (route.choice[0], other)
                    st.button("Ask both", key="auto_both", on_click=auto.ask_instead, args=(both,))
        with st.popover("Why?", type="tertiary", key="auto_why", on_change="rerun") as why:
            if why.open:
                draw_receipt(page, route, key="auto", narrow=True)


def _other(route: Route) -> str | None:
    """Give the model offered beside the choice: the runner-up, or the second of two that are asked to learn."""
    if len(route.choice) > 1:
        return route.choice[0]
    return route.runner_up if route.runner_up not in route.choice else None


def _nothing(page: Page, route: Route) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        page.link("router", "See the rule", icon=":material/gavel:", tab="Rules")
        page.link("settings", "See what is connected", icon=":material/lan:")
        with st.popover("Why?", type="tertiary", key="auto_why_not", on_change="rerun") as why:
            if why.open:
                draw_receipt(page, route, key="auto_not", narrow=True)
