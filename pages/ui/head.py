"""The head of an open run: what was asked, how far it is, what can be done with the whole of it."""

import streamlit as st

from core.domain.money import CostState
from core.domain.run import RunRecord, RunState, ShotState, Visibility
from core.runs.live import LiveView
from pages.ui.again import edit_as_new, run_again
from pages.ui.budget_lines import act
from pages.ui.page import Page
from pages.ui.text import draw_raw, safe_label
from pages.ui.words import NO_CHARGE, first_line, plural, run_words, seconds, sum_words, when

RUN_AGAIN = "Run again"
NEW_RUN = "New run"


def draw_title(page: Page, record: RunRecord, *, narrow: bool) -> None:
    """Fill the title line: what can be done with the run."""
    with page.actions:
        st.button(
            "Edit" if narrow else "Edit as new run",
            key=f"edit_{record.public_id}",
            icon=":material/edit:",
            on_click=edit_as_new,
            args=(page, record),
        )
        page.share("run", f"share_{record.public_id}", run=record.public_id)
        st.menu_button(
            "More",
            [RUN_AGAIN, NEW_RUN],
            key=f"menu_{record.public_id}",
            type="tertiary",
            on_click=_menu,
            args=(page, record),
        )


def draw_asked(record: RunRecord, *, hidden: bool, narrow: bool) -> None:
    """Draw what was asked as one line that opens to the whole prompt and its settings."""
    line = safe_label(first_line(record.prompt, longest=34 if narrow else 56))
    with st.popover(f"“{line}”", type="tertiary", key=f"asked_{record.public_id}", help="The prompt and its settings"):
        draw_raw(record.prompt)
        if record.settings.system:
            st.caption("System prompt")
            draw_raw(record.settings.system)
        st.caption(safe_label(settings_words(record, hidden=hidden)))


def settings_words(record: RunRecord, *, hidden: bool = False) -> str:
    """Give a run's settings on one line; with `hidden`, without those that name a model."""
    parts = [
        f"temperature {record.settings.temperature:g}",
        f"longest answer {record.settings.max_tokens:,} tokens",
    ]
    own_settings = () if hidden else record.per_model
    parts += [f"{model}: temperature {own.temperature:g}, {own.max_tokens:,} tokens" for model, own in own_settings]
    if record.tags:
        parts.append(f"tags: {', '.join(record.tags)}")
    parts.append("seen by: the team" if record.visibility is Visibility.TEAM else "seen by: me only")
    return " · ".join(parts)


def summary_words(record: RunRecord, view: LiveView) -> str:
    """Give a settled run on one line: `done · 6 answers · 6.1 s · $0.0042 · Anna · Spring campaign · 14:02`."""
    answers = sum(shot.state.answered for shot in view.shots)
    failed = sum(shot.state is ShotState.FAILED for shot in view.shots)
    parts = [
        f"**{run_words(view.state)}**",
        plural(answers, "answer") + (f", {failed} failed" if failed else ""),
        seconds(view.elapsed_s * 1000),
        _cost(view),
        safe_label(record.person) or "someone",
        safe_label(record.project),
        when(record.created_at),
    ]
    return " · ".join(part for part in parts if part).replace("$", r"\$").replace("~", r"\~")


def _cost(view: LiveView) -> str:
    """Give what a run cost; one that only own machines answered has no charge, which is no sum of $0."""
    charged = [shot for shot in view.shots if shot.state.answered]
    if charged and all(shot.cost_state is CostState.FREE for shot in charged) and not view.cost:
        return NO_CHARGE
    return sum_words(view.cost, unpriced=view.unpriced_shots, estimated=view.cost_is_estimate)


def draw_engine(page: Page) -> None:
    """Draw why a run waits while its engine starts or is down, with what to do."""
    engine = page.services.engine.status()
    if engine.state != "ready":
        icon = ":material/hourglass_top:" if engine.state == "starting" else ":material/error:"
        st.warning(f"{safe_label(engine.message)} {safe_label(engine.next_step)}".strip(), icon=icon)


def draw_settled(page: Page, record: RunRecord, view: LiveView, *, hidden: bool) -> None:
    """Draw a settled run on one line, with what can be done where answers failed or are missing."""
    public_id = record.public_id
    failed = sum(shot.state is ShotState.FAILED for shot in view.shots)
    missing = sum(shot.state in (ShotState.INTERRUPTED, ShotState.CANCELLED) for shot in view.shots)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_state"):
        words = "Names, costs and times are hidden until you pick." if hidden else summary_words(record, view)
        st.caption(words, width="content")
        if missing:
            why = "was interrupted" if view.state is RunState.INTERRUPTED else "was stopped"
            st.markdown(f"This run {why}; {plural(missing, 'answer')} not asked for to the end.", width="content")
            st.button(
                "Resume",
                key=f"resume_{public_id}",
                icon=":material/resume:",
                help="Asks only for what is missing.",
                on_click=act,
                args=(public_id, page.services.runs.resume),
            )
        if failed:
            st.button(
                f"Retry {failed} failed",
                key=f"retry_{public_id}",
                icon=":material/refresh:",
                on_click=act,
                args=(public_id, page.services.runs.retry_failed),
            )


def draw_stop(page: Page, public_id: str) -> None:
    """Draw the button that stops a whole run."""
    st.button(
        "Stop run",
        key=f"stop_run_{public_id}",
        icon=":material/stop_circle:",
        on_click=act,
        args=(public_id, page.services.runs.cancel),
        help="What has arrived is kept and counts.",
    )


def _menu(page: Page, record: RunRecord) -> None:
    chosen = st.session_state.get(f"menu_{record.public_id}")
    if chosen == RUN_AGAIN:
        run_again(page, record)
    elif chosen == NEW_RUN:
        st.query_params.pop("run", None)
        st.query_params.pop("hide", None)
