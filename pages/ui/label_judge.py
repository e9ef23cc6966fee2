"""An AI judge and checks over a queue's answers, or over runs: asked here, watched, and set beside what people say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.domain.labelling import AssessmentState, JudgementSource
from core.domain.model import ModelCard, ModelStatus
from core.domain.run import Strategy
from core.errors import ClaudePrompterError
from core.labels.assessments import JudgeOrder
from core.labels.check_passes import CheckFigures
from core.labels.checks import Check
from core.labels.judge_figures import JudgeFigures
from core.labels.second_raters import Contradiction
from core.store.assessments import AssessmentRecord
from pages.ui.label_check_form import draw_check_form
from pages.ui.label_judge_words import (
    agrees_words,
    beside_words,
    contradiction_words,
    judge_words,
    progress_words,
    quote_words,
)
from pages.ui.label_words import dispute_words
from pages.ui.page import Page
from pages.ui.palette import place_words
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import draw_text, safe_label, safe_markdown
from pages.ui.words import first_line, plural, price_words

FOLLOW_SECONDS: Final = 1.0
SHOWN: Final = 20
LONGEST: Final = 4_000
SIMULATED: Final = "The judges of the demo are simulated: they know nothing of what they read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is judged: a queue by its public id, or runs by theirs."""

    queue: str = ""
    runs: tuple[str, ...] = ()
    question: str = ""
    rubric: str = ""


def draw_judge(page: Page, material: Material) -> None:
    """Draw the page of second raters. Raises NotFound, StoreError."""
    with st.container(gap="medium", key="second_raters"):
        _requests(page, material)
        if material.queue:
            draw_contradictions(page, material.queue)
        left, right = st.columns(2)
        with left.container(border=True, gap="small", key="ask_judge"):
            _judge_form(page, material)
        with right.container(border=True, gap="small", key="ask_check"):
            _check_form(page, material)


def draw_judge_choice(page: Page, key: str, *, none: str = "") -> ModelCard | None:
    """Draw the choice of a judging model and give it; `none` is the word for no judge, where that is a choice."""
    cards = {card.name: card for card in judging_models(page)}
    options = ["", *cards] if none else list(cards)
    if not cards:
        st.caption("No model is connected that could judge.")
        page.link("settings", "Connect a model", icon=":material/add_link:")
        return None
    chosen = st.selectbox(
        "Judge",
        options,
        format_func=lambda name: _card_words(cards[name]) if name else none,
        key=key,
        help="Any connected model. Every pair is asked in both orders; what it contradicts itself on is a tie.",
    )
    return cards.get(chosen or "")


def judging_models(page: Page) -> tuple[ModelCard, ...]:
    """Give the models that may judge here, the dearest first: a judge should know more than those it judges."""
    found = [
        card
        for card in page.services.known_models.all()
        if card.status is not ModelStatus.NO_KEY and (card.place.inside or page.strategy is not Strategy.OFFLINE)
    ]
    return tuple(sorted(found, key=lambda card: (-(card.output_price or 0), card.label.casefold())))


def order_of(page: Page, material: Material, judge: str, *, rubric: str = "") -> JudgeOrder:
    """Give an order to judge this material, booked to this person."""
    return JudgeOrder(
        model=judge,
        queue=material.queue,
        runs=material.runs,
        question=material.question,
        rubric=rubric or material.rubric,
        person=page.person,
        team=page.team,
        strategy=page.strategy,
    )


def _judge_form(page: Page, material: Material) -> None:
    st.markdown("##### :material/smart_toy: Ask an AI judge")
    judge = draw_judge_choice(page, "judge_model")
    if judge is None:
        return
    with st.expander("What counts", type="compact", key="judge_rubric_fold"):
        rubric = st.text_area(
            "Rubric", value=material.rubric, key="judge_rubric", height=120, label_visibility="collapsed",
            placeholder="What makes an answer better, in the words that you would give to a colleague",
        )  # fmt: skip
    order = order_of(page, material, judge.name, rubric=rubric or "")
    try:
        quote = page.services.assessments.quote(order)
    except ClaudePrompterError as error:
        show_problem(error, icon=":material/info:")
        return
    st.caption(quote_words(quote).replace("$", r"\$"))
    if quote.own:
        st.caption(f"{safe_label(judge.label)} wrote some of these answers, and judges tend to favour their own.")
    if page.demo:
        st.caption(f":material/science: {SIMULATED}")
    st.button(f"Ask {safe_label(judge.label)}", key="ask_judge_now", type="primary", on_click=_ask, args=(page, order))


def _check_form(page: Page, material: Material) -> None:
    st.markdown("##### :material/rule: Add a check")
    st.caption("A check looks at each answer by itself, costs nothing and asks no model.")
    make = draw_check_form("check")
    st.button("Check all answers", key="add_check", on_click=_check, args=(page, material, make))


def _requests(page: Page, material: Material) -> None:
    found = _found(page, material)
    if not found:
        st.caption(
            "People decide. An AI judge or a check is a second opinion: kept apart from picks, with its agreement with "
            "people beside every figure."
        )
        return
    with st.container(border=True, gap="small", key="assessments"):
        going = any(each.going for each in found)
        # The whole page comes back when the last one is done, with what it found.
        st.fragment(_draw_requests, run_every=FOLLOW_SECONDS if going else None)(page, material, going)


def _found(page: Page, material: Material) -> tuple[AssessmentRecord, ...]:
    if material.queue:
        return page.services.assessments.of_queue(material.queue)
    named = st.query_params.get("assessment", "")
    return (page.services.assessments.get(named),) if named else ()


def _draw_requests(page: Page, material: Material, going: bool) -> None:
    found = _found(page, material)
    if going and not any(each.going for each in found):
        st.rerun()
    labels = {card.name: card.label for card in page.services.known_models.all()}
    for request in found:
        label = labels.get(request.name, request.name.rpartition("/")[2])
        if request.source is JudgementSource.JUDGE:
            _draw_judge(page, request, label)
        else:
            _draw_check(page, request)


def _draw_judge(page: Page, request: AssessmentRecord, label: str) -> None:
    _standing(page, request, f"AI judge {label}")
    for figures in page.services.second_raters.judges_of(request):
        draw_judge_figures(figures, demo=page.demo)


def draw_judge_figures(figures: JudgeFigures, *, demo: bool) -> None:
    """Draw a judge's agreement with people, and what stands beside it."""
    st.markdown(f":material/smart_toy: **{safe_label(agrees_words(figures))}**")
    st.caption(safe_label(beside_words(figures)) + (" · simulated" if demo else ""))


def _draw_check(page: Page, request: AssessmentRecord) -> None:
    _standing(page, request, f"An answer that {request.name}")
    figures = page.services.second_raters.checks_of(request)
    if figures:
        st.markdown(f":material/rule: **{safe_label(request.name)}**: " + " · ".join(map(_passes, figures)))


def _passes(figures: CheckFigures) -> str:
    label = safe_label(figures.label)
    if figures.passed is None:
        return f"{label} cannot be told"
    return f"{label} {figures.passed.value * 100:.0f} % of {figures.passed.number}"


def _standing(page: Page, request: AssessmentRecord, label: str) -> None:
    if request.state is AssessmentState.DONE and not request.failed and not request.left_out:
        return
    words = safe_label(progress_words(request, label))
    if request.going:
        st.progress(request.done / max(1, request.total), text=words)
        _button(page, request, "Stop", "stop")
        return
    st.caption(words)
    if request.state is AssessmentState.STOPPED:
        st.warning(
            f"**{safe_markdown(request.message)}**  \n{safe_markdown(request.next_step)}",
            icon=":material/pause_circle:",
        )
    _button(page, request, "Go on" if request.state is AssessmentState.STOPPED else "Try these again", "go_on")


def _button(page: Page, request: AssessmentRecord, label: str, act: str) -> None:
    st.button(label, key=f"{act}_{request.public_id}", on_click=_act, args=(page, act, request.public_id))


def draw_contradictions(page: Page, queue: str) -> None:
    """Draw the items on which an AI judge says something else than people, the plainest first."""
    found = page.services.second_raters.contradictions(queue, person=page.person)
    if not found:
        return
    labels = {card.name: card.label for card in page.services.known_models.all()}
    with st.container(border=True, gap="xsmall", key="judge_differs"):
        st.markdown(f"**The AI judge differs from people on {plural(len(found), 'item')}**")
        for each in found[:SHOWN]:
            _contradiction(each, labels)
        if len(found) > SHOWN:
            st.caption(f"And {len(found) - SHOWN} more.")


def _contradiction(found: Contradiction, labels: dict[str, str]) -> None:
    label = labels.get(found.judge.judge, found.judge.judge.rpartition("/")[2])
    people = contradiction_words(found)
    with st.expander(f"{people} :gray[· {safe_label(first_line(found.item.prompt))}]", key=f"differs_{found.item.id}"):
        st.markdown(judge_words(found.judge, label))
        for said in found.said:
            st.markdown(dispute_words(said))
        if found.settled:
            st.caption("Settled: the lead's pick counts for the team.")
        grid = st.grid(max(2, len(found.item.answers)), min_column_width=240)
        for answer in found.item.answers:
            with grid.cell(), st.container(border=True, gap="xsmall"):
                st.markdown(f"**{answer.number}**")
                draw_text(answer.text[:LONGEST])


def _card_words(card: ModelCard) -> str:
    return f"{card.label} · {place_words(card.place)} · {price_words(card)}"


def _ask(page: Page, order: JudgeOrder) -> None:
    _open(lambda: page.services.assessments.ask(order))


def _check(page: Page, material: Material, make: Callable[[], Check] | None) -> None:
    if make is None:
        st.toast("Fill in what the answer must be or hold.", icon=":material/info:")
        return
    _open(
        lambda: page.services.assessments.check(
            make(),
            queue=material.queue,
            runs=material.runs,
            person=page.person,
        ),
    )


def _open(act: Callable[[], str]) -> None:
    try:
        made = act()
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    if not st.query_params.get("queue"):
        st.query_params["assessment"] = made


def _act(page: Page, act: str, public_id: str) -> None:
    try:
        getattr(page.services.assessments, act)(public_id)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def material_of(page: Page, queue: str, runs: tuple[str, ...]) -> Material:
    """Give what an address asks to judge. Raises NotFound."""
    if not queue:
        return Material(runs=runs)
    record = page.services.labelling.queue(queue, person=page.person).queue
    return replace(Material(queue=queue), question=record.question, rubric=record.guide)
