"""Re-run on …: another model for past prompts, one estimate, and the winners of then beside the new answers."""

from decimal import Decimal
from typing import Final

import streamlit as st

from core.domain.model import ModelCard
from core.errors import ClaudePrompterError
from core.runs.rerun import MOST_RERUN, PastRun, Rerun, RerunEstimate
from pages.ui.history_address import put
from pages.ui.history_ticks import Ticks, tick_only
from pages.ui.model_list import ASKABLE, cards_of
from pages.ui.palette import place_words
from pages.ui.problems import problem_words, show_problem
from pages.ui.words import NO_CHARGE, NO_PRICE, about_dollars, plural, price_words

STARTED: Final = "_rerun"
"""The workspace, tag and model's label of the re-run that this tab started last."""
REFUSED: Final = "_rerun_refused"
CHOSEN: Final = "rerun_model"
_VIEW: Final = "_view_to_open"


@st.dialog("Re-run on …", icon=":material/replay:")
def rerun_dialog(ticks: Ticks) -> None:
    """Open the dialog that asks another model the prompts of the ticked runs."""
    page = ticks.page
    if ticks.count > MOST_RERUN:
        st.markdown(f"{ticks.count:,} runs are ticked; {MOST_RERUN} are asked again at once. Tick fewer.")
        return
    try:
        cards = {name: card for name, card in cards_of(page).items() if card.status in ASKABLE}
        past = page.services.reruns.past(ticks.runs(), viewer=page.person)
    except ClaudePrompterError as error:
        show_problem(error)
        return
    if not cards or not past:
        st.markdown("No model is connected." if not cards else "None of these runs can be asked again.")
        return
    chosen = st.selectbox(
        "Model", list(cards), index=None, key=CHOSEN, placeholder="Choose a model",
        format_func=lambda name: _model_words(cards[name]),
    )  # fmt: skip
    shots = st.segmented_control("Shots", [1, 2, 3], default=1, key="rerun_shots", required=True) or 1
    if not chosen:
        st.caption(f"{plural(len(past), 'prompt')} will be asked again; the winner of then comes along at no cost.")
        return
    _before(ticks, past, cards[chosen], int(shots))


def _before(ticks: Ticks, past: tuple[PastRun, ...], card: ModelCard, shots: int) -> None:
    """Draw what it takes and the button that starts it."""
    page = ticks.page
    try:
        estimate = page.services.reruns.estimate(past, card, shots=shots)
    except ClaudePrompterError as error:
        show_problem(error)
        return
    st.markdown(along_words(estimate))
    if not st.button(
        f"Run {plural(estimate.calls, 'shot')} · {cost_words(estimate)}".replace("$", r"\$"),
        type="primary", icon=":material/play_arrow:", key="rerun_start",
    ):  # fmt: skip
        return
    try:
        done = page.services.reruns.start(
            past, card, shots=shots, person=page.person, team=page.team, strategy=page.strategy
        )
    except ClaudePrompterError as error:
        show_problem(error)
        return
    _started(ticks, done, card)


def _started(ticks: Ticks, done: Rerun, card: ModelCard) -> None:
    if not done.started:
        show_problem(done.refused[0][1])
        return
    st.session_state[STARTED] = (ticks.page.workspace.value, done.tag, card.label)
    st.session_state[REFUSED] = [problem_words(error) for _, error in done.refused]
    tick_only(ticks.page, ())
    if ticks.page.name != "history":
        ticks.page.go("history", tag=done.tag)
    st.session_state[_VIEW] = {"tag": [done.tag]}
    st.rerun()


def open_waiting_view() -> None:
    """Show the view that a dialog asked for; to be called before any filter is drawn."""
    asked = st.session_state.pop(_VIEW, None)
    if asked:
        put(asked)


def along_words(estimate: RerunEstimate) -> str:
    """Give what comes along with the new answers."""
    said = [f"**{plural(estimate.winners, 'past winner')}** come{'s' if estimate.winners == 1 else ''} along"]
    if estimate.others:
        one = estimate.others == 1
        said.append(f"{estimate.others:,} without a winner {'brings its' if one else 'bring their'} first answer")
    if estimate.alone:
        stands = "stands" if estimate.alone == 1 else "stand"
        said.append(f"{estimate.alone:,} {stands} alone, because the same model answered then or nobody did")
    return "; ".join(said) + ". They are dated, and cost nothing."


def cost_words(estimate: RerunEstimate) -> str:
    """Give what the new answers will cost: `about $0.42`, or that they are free or have no known price."""
    if estimate.unpriced:
        return NO_PRICE
    return f"about {about_dollars(estimate.amount)}" if estimate.amount > Decimal(0) else NO_CHARGE


def _model_words(card: ModelCard) -> str:
    return f"{card.label} · {place_words(card.place)} · {price_words(card)}"
