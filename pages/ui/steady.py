"""Whether a model says the same each time: one line under the answers of a run with several shots."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.domain.run import RunRecord, ShotRecord
from core.errors import ClaudePrompterError
from core.labels.agreement_of_shots import ShotAgreement, agreement_of_shots
from core.labels.steadiness import Steady
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import first_line

SAME_MEANING: Final = 0.9
NEAR_MEANING: Final = 0.75


def draw_steadiness(page: Page, record: RunRecord) -> None:
    """Draw how the shots of each model agree, once the run is settled; nothing for a run of one shot a model."""
    if record.shots_per_model < 2 or not record.state.settled:
        return
    try:
        known = page.services.steadiness.of_run(record.id)
    except ClaudePrompterError:
        known = {}
    lines = []
    for model in dict.fromkeys(shot.model for shot in record.shots):
        own = [shot for shot in record.shots if shot.model == model and shot.state.answered and shot.text]
        if len(own) > 1:
            lines.append(f"{safe_label(own[0].label)} {steady_words(own, known.get(model))}")
    if lines:
        st.caption(":material/graph_3: Between shots: " + " · ".join(lines))


def steady_words(own: Sequence[ShotRecord], known: Steady | None) -> str:
    """Give how the answers of one model agree; `known` is what was found by meaning, where it was read already."""
    found = agreement_of_shots([shot.text for shot in own])
    if len(found.folds) == 1:
        return f"said the very same ×{len(own)}"
    if found.by == "words":
        return _by_words(own, found)
    if known is None or known.agreement is None or known.shots != len(own):
        return "gave different texts"
    share = f"{known.agreement * 100:.0f} in 100 alike"
    odd = next((shot.shot_index for shot in own if shot.id == known.odd_shot), None)
    apart = f", shot {odd} stands apart" if odd else ""
    if known.agreement >= SAME_MEANING:
        return f"said the same in other words ({share}{apart})"
    return f"said {'nearly the same' if known.agreement >= NEAR_MEANING else 'different things'} ({share}{apart})"


def _by_words(own: Sequence[ShotRecord], found: ShotAgreement) -> str:
    if found.most_said is None or found.vote_share is None:
        return "said something else each time"
    votes = round(found.vote_share * len(own))
    odd = "" if found.odd_one_out is None else f", shot {own[found.odd_one_out].shot_index} stands apart"
    return f"said “{safe_label(first_line(found.most_said, longest=40))}” {votes} of {len(own)} times{odd}"
