"""The form of a new queue, and under it the line that says what it means before it is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import streamlit as st

from core.domain.labelling import NamesShown, Overlap, StopRule
from core.domain.run import RunState
from core.errors import ClaudePrompterError
from core.labels.checks import Check
from core.labels.views import NewQueue
from core.store.history_filter import HistoryFilter
from pages.ui.label_check_form import draw_check_form
from pages.ui.label_judge import Material, draw_judge_choice, order_of
from pages.ui.label_queues import open_queue
from pages.ui.label_words import NAMES_WORDS, OVERLAP_WORDS, workload_words
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem
from pages.ui.words import plural

MOST_RUNS: Final = 500
TICKED: Final = "The runs just ticked"
NEVER: Final = "Never judged"
DAYS: Final = {"Last 7 days": 7, "Last 30 days": 30, "Any time": 0}
STOP_WORDS: Final = {StopRule.CLEAR_WINNER: "When the winner is clear", StopRule.ALL: "After all items"}
QUESTION: Final = "Which reply would you send?"


def draw_new(page: Page, *, leave: Callable[[], None]) -> None:
    """Draw the form. Raises StoreError."""
    with st.container(border=True, gap="small", key="new_queue_form", width=860):
        st.markdown("#### New queue")
        wanted = _texts()
        wanted = replace(wanted, runs=_runs(page))
        wanted = _people(page, wanted)
        st.caption(plural(len(wanted.runs), "run") + " chosen")
        raters = _second_raters(page)
        with st.container(key="new_queue_meaning"):
            _meaning(page, wanted)
        with st.container(horizontal=True, gap="small"):
            st.button("Make the queue", type="primary", key="make_queue", on_click=_make, args=(page, wanted, raters))
            st.button("Cancel", type="tertiary", key="cancel_queue", on_click=leave)


def _texts() -> NewQueue:
    left, right = st.columns(2)
    name = left.text_input("Name", key="queue_name", placeholder="Complaint replies", max_chars=120)
    question = right.text_input("Question", key="queue_question", value=QUESTION, max_chars=200)
    guide = st.text_area(
        "Guide",
        key="queue_guide",
        placeholder="What counts, with two examples. People open it with H.",
        height=90,
    )
    return NewQueue(name=name or "", question=question or "", guide=guide or "", runs=())


def _runs(page: Page) -> tuple[str, ...]:
    ticked = tuple(run for run in st.query_params.get("runs", "").split(",") if run)
    views = {f"View “{view.name}”": view for view in page.services.views.all()}
    options = [TICKED] * bool(ticked) + [NEVER, *DAYS, *views]
    asked = next((name for name, view in views.items() if str(view.id) == st.query_params.get("view")), None)
    left, middle, right = st.columns(3)
    start = options.index(asked) if asked else 0
    chosen = left.selectbox("Runs", options, index=start, key="queue_runs", format_func=_run_words(len(ticked)))
    if chosen == TICKED:
        return ticked
    if chosen in views:
        wanted = replace(views[chosen].wanted, viewer=page.person)
        return page.services.history.ids(wanted, most=MOST_RUNS)
    projects = middle.multiselect(
        "Project", [each.name for each in page.services.people.projects()], key="queue_projects", placeholder="Any"
    )
    tags = right.multiselect("Tag", page.services.people.tags(), key="queue_tags", placeholder="Any")
    days = DAYS.get(chosen or "", 0)
    wanted = HistoryFilter(
        judged=False if chosen == NEVER else None,
        states=(RunState.DONE,),
        projects=tuple(projects),
        tags=tuple(tags),
        since=datetime.now(UTC) - timedelta(days=days) if days else None,
        viewer=page.person,
    )
    return page.services.history.ids(wanted, most=MOST_RUNS)


def _run_words(ticked: int) -> Callable[[str], str]:
    return lambda name: f"{name} ({ticked:,})" if name == TICKED else name


def _people(page: Page, wanted: NewQueue) -> NewQueue:
    left, right = st.columns(2)
    known = page.services.people.names()
    people = left.multiselect(
        "People",
        known,
        default=[page.person] if page.person in known else [],
        key="queue_people",
        placeholder="Whoever comes",
        accept_new_options=True,
    )
    most = right.number_input("Items at most", min_value=1, max_value=2_000, value=120, step=10, key="queue_most")
    one, two, three = st.columns(3)
    overlap = one.selectbox("Seen by", list(OVERLAP_WORDS), format_func=OVERLAP_WORDS.__getitem__, key="queue_overlap")
    names = two.selectbox("Names", list(NAMES_WORDS), format_func=NAMES_WORDS.__getitem__, key="queue_names")
    stop = three.selectbox("Stop", list(STOP_WORDS), format_func=STOP_WORDS.__getitem__, key="queue_stop")
    return replace(
        wanted,
        people=tuple(people),
        overlap=Overlap(overlap or Overlap.SHARE),
        names_shown=NamesShown(names or NamesShown.AFTER_EACH),
        stop=StopRule(stop or StopRule.CLEAR_WINNER),
        most=int(most),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raters:
    """Who else judges: a model by name, or nobody, by what it goes; and a check, where its form is filled in."""

    judge: str = ""
    rubric: str = ""
    check: Callable[[], Check] | None = None


def _second_raters(page: Page) -> _Raters:
    with st.expander("AI judge and checks", type="compact", key="queue_raters"):
        st.caption("Second opinions, kept apart from what people say. They can be added later too.")
        judge = draw_judge_choice(page, "queue_judge", none="No AI judge")
        rubric = ""
        if judge is not None:
            rubric = st.text_area("What counts for it", key="queue_rubric", height=70, placeholder="As in the guide")
        checking = st.toggle("Add a check", key="queue_checking")
        return _Raters(
            judge=judge.name if judge else "",
            rubric=rubric or "",
            check=draw_check_form("queue_check") if checking else None,
        )


def _meaning(page: Page, wanted: NewQueue) -> None:
    try:
        found = page.services.labelling.plan(wanted)
    except ClaudePrompterError as error:
        show_problem(error, icon=":material/info:")
        return
    st.markdown(f":material/info: {workload_words(found)}")


def _make(page: Page, wanted: NewQueue, raters: _Raters) -> None:
    try:
        # What cannot be checked is said before anything is made.
        check = raters.check() if raters.check else None
        made = page.services.labelling.create(wanted, by=page.person)
        if check is not None:
            page.services.assessments.check(check, queue=made, person=page.person)
        if raters.judge:
            page.services.assessments.ask(order_of(page, Material(queue=made), raters.judge, rubric=raters.rubric))
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    for name in ("new", "runs"):
        st.query_params.pop(name, None)
    if page.person in wanted.people or not wanted.people:
        open_queue(made)
