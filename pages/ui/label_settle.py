"""Disagreements to settle: the same item, who picked what and why; the lead's pick becomes the team's."""

from collections.abc import Sequence

import streamlit as st

from core.domain.verdict import VerdictKind
from core.errors import ClaudePrompterError
from core.labels.second_raters import JudgeSaid
from core.labels.views import Dispute, ShownAnswer
from pages.ui.cards import LONGEST_DRAWN
from pages.ui.label_judge import draw_contradictions
from pages.ui.label_judge_words import judge_words
from pages.ui.label_words import dispute_words
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import draw_text, safe_label, safe_markdown
from pages.ui.words import first_line, plural

CARD_PIXELS = 320
SETTLED = "_settled_item"


def draw_settle(page: Page, queue: str) -> None:
    """Draw the first disagreement of a queue; the next one comes when it is settled. Raises NotFound, StoreError."""
    labelling = page.services.labelling
    disputes = labelling.disputes(queue, person=page.person)
    _undo_line(page)
    if not disputes:
        with st.container(border=True, gap="small", key="all_settled"):
            st.markdown(":material/task_alt: **Nothing left to settle**")
            st.caption("Where people disagreed, the lead's pick counts; both originals are kept.")
            page.link("label", "Back to all queues", icon=":material/arrow_back:")
        draw_contradictions(page, queue)
        return
    question = labelling.queue(queue, person=page.person).queue.question
    st.markdown(f"#### {safe_label(question)}")
    st.caption(f"{plural(len(disputes), 'disagreement')} to settle. Your pick becomes the team's; theirs are kept.")
    judged = page.services.second_raters.words_on(queue, person=page.person)
    _dispute(page, disputes[0], judged.get(disputes[0].item.id, ()))
    draw_contradictions(page, queue)


def _dispute(page: Page, dispute: Dispute, judged: Sequence[JudgeSaid]) -> None:
    view = dispute.item
    with st.expander(f"Prompt: {safe_label(first_line(view.prompt, longest=110))}", type="compact"):
        draw_text(view.prompt[:LONGEST_DRAWN])
    grid = st.grid(max(2, len(view.answers)), min_column_width=240)
    for answer in view.answers:
        with grid.cell():
            _card(answer)
    with st.container(border=True, gap="xsmall", key="who_said_what"):
        for said in dispute.said:
            st.markdown(dispute_words(said))
        labels = {card.name: card.label for card in page.services.known_models.all()} if judged else {}
        for word in judged:
            st.markdown(judge_words(word, labels.get(word.judge, word.judge)))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="picks"):
        st.markdown("**The team's pick**", width="content")
        for answer in view.answers:
            number = str(answer.number)
            _word(page, view.id, "Answer", VerdictKind.WINNER, number, number=answer.number)
        _word(page, view.id, "Tie", VerdictKind.TIE, "T")
        _word(page, view.id, "None is good enough", VerdictKind.NONE, "N")


def _card(answer: ShownAnswer) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{answer.number}**")
        with st.container(height=CARD_PIXELS, border=False):
            st.markdown(safe_markdown(answer.text[:LONGEST_DRAWN]))


def _word(page: Page, item: str, label: str, kind: VerdictKind, shortcut: str, *, number: int | None = None) -> None:
    st.button(
        label,
        key=f"settle_{item}_{kind.value}_{number or 0}",
        shortcut=shortcut,
        on_click=_settle,
        args=(page, item, kind, number),
    )


def _settle(page: Page, item: str, kind: VerdictKind, number: int | None) -> None:
    try:
        page.services.labelling.settle(item, person=page.person, kind=kind, number=number)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    st.session_state[SETTLED] = item


def _undo_line(page: Page) -> None:
    item = st.session_state.get(SETTLED)
    if not item:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="settled_line"):
        st.caption("Settled. What both said is kept.", width="content")
        st.button("Undo", key="unsettle", type="tertiary", icon=":material/undo:", shortcut="U", on_click=_unsettle,
                  args=(page, item))  # fmt: skip


def _unsettle(page: Page, item: str) -> None:
    st.session_state.pop(SETTLED, None)
    try:
        page.services.labelling.unsettle(item)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
