"""The end of a queue: what the picks settled, in sentences, and what to do next."""

import streamlit as st

from core.domain.verdict import VerdictKind
from core.labels.views import Ending
from pages.ui.label_desk import MOST_UNDONE, Desk, desk_of
from pages.ui.label_judge_words import agrees_words
from pages.ui.label_keys import undo
from pages.ui.label_words import ending_words, last_words
from pages.ui.look_again import look_again
from pages.ui.model_names import names_of
from pages.ui.page import Page
from pages.ui.router_words import kind_words
from pages.ui.text import safe_label


def draw_end(page: Page, queue: str, ending: Ending, desk: Desk) -> None:
    """Draw the card of a queue that has no more items for this person."""
    with st.container(border=True, gap="small", key="label_end"):
        if not ending.total:
            st.markdown("**Nothing here is for you**")
            st.caption("The items of this queue were shared out among others.")
        else:
            st.markdown(f":material/task_alt: **Done: {ending.done} of {ending.total}**")
        if ending.stopped:
            st.markdown("The winner is clear, so the other items are needed no more.")
        for sentence in ending.sentences:
            st.markdown(safe_label(sentence))
        if ending.sentences:
            _auto(page, queue)
        for figures in page.services.second_raters.judges_of_queue(queue):
            st.caption(f":material/smart_toy: {safe_label(agrees_words(figures))}.")
        if ending.total and not ending.sentences:
            st.markdown("Thank you. The names stay hidden in this queue.")
        _agreement(ending)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="label_end_steps"):
            page.link("performance", "See the table", icon=":material/leaderboard:")
            if ending.to_settle:
                number = ending.to_settle
                words = "Settle 1 disagreement" if number == 1 else f"Settle {number} disagreements"
                page.link("label", words, icon=":material/balance:", queue=queue, settle="1")
            st.button("AI judge and checks", key=f"judge_{queue}", type="tertiary", icon=":material/smart_toy:",
                      on_click=_judge, args=(queue,))  # fmt: skip
            page.link("label", "Start another queue", icon=":material/list:")
            st.space("stretch")
            if ending.done:
                st.button(
                    "Undo",
                    key=f"undo_end_{queue}",
                    type="tertiary",
                    icon=":material/undo:",
                    shortcut="U",
                    disabled=desk.undone >= MOST_UNDONE,
                    on_click=undo,
                    args=(page, queue, queue),
                )


def _auto(page: Page, queue: str) -> None:
    """Draw what Auto makes of picks like these, as measured on past runs; or why that cannot be said yet."""
    replays = page.services.replays
    learning = replays.learning()
    if learning.state == "early":
        st.markdown(f"Auto is still learning: {learning.picks} of about {learning.needed} picks.")
        return
    if learning.state in ("first", "renewing"):
        st.markdown(":gray[Auto is reading these picks …]")
        look_again(f"end_{queue}")
        return
    runs = page.services.labelling.run_keys(queue)
    found = replays.kind_of(runs, 100 * page.services.routes.rules.rules().keep)
    if found is not None:
        best, line = found
        st.markdown(f":material/alt_route: {safe_label(kind_words(line, best, names_of(page)))}")


def _agreement(ending: Ending) -> None:
    """Draw how far people agree with each other, and a person with themself."""
    words = ending_words(ending)
    if not words:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="label_end_agreement"):
        st.caption(words, width="content")
        with st.popover("How this is computed", type="tertiary", icon=":material/help:"):
            alpha = ending.agreement.alpha
            st.markdown(
                "**Agreement** is the share of pairs of people who said the same of an item. Every twentieth item "
                "comes back later with its sides swapped, to see whether the same answer is picked at its new place."
            )
            if alpha is not None:
                st.markdown(
                    f"**Krippendorff's α** is {alpha:.2f}: 1 is full agreement, 0 what chance alone would give."
                )


def _judge(queue: str) -> None:
    st.query_params.from_dict({**st.query_params.to_dict(), "queue": queue, "judge": "1"})


def draw_thanks(page: Page, desk: Desk) -> None:
    """Draw what a colleague sees who was asked about one run."""
    given = desk.last
    if given is None:
        return
    with st.container(border=True, gap="small", key="label_thanks"):
        counted = "names hidden" if given.blind else "names seen"
        st.markdown(f":material/task_alt: **Thank you, your pick is recorded** ({counted}).")
        st.markdown(last_words(given, names=True).replace("Last one: you", "You"))
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            view = page.services.labelling.item(given.item, person=page.person)
            page.link("run", "Open the run", icon=":material/open_in_full:", run=view.run)
            page.link("label", "Label more", icon=":material/rate_review:")
            if given.kind is not VerdictKind.NONE or len(given.names) > 1:
                st.button("Pick again", key=f"again_{given.item}", type="tertiary", on_click=_again, args=(given.item,))


def _again(item: str) -> None:
    desk = desk_of(item)
    desk.last = None
    desk.clear()
