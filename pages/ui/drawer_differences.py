"""Any two answers of a run, word by word."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.run import RunRecord, ShotRecord
from core.domain.verdict import VerdictKind
from pages.ui.answer_words import title_of
from pages.ui.differences import likeness, marked_differences
from pages.ui.page import Page


def draw_differences(page: Page, record: RunRecord) -> None:
    """Draw the choice of two answers and what the second says otherwise. Raises NotFound, StoreError."""
    shots = {shot.id: shot for shot in record.shots if shot.text}
    if len(shots) < 2:
        st.markdown("There are no two answers to compare.")
        return
    first, second = _usual(page, record, list(shots.values()))
    left, right = st.columns(2)
    base = _choose(left, "From", shots, first, key=f"differs_from_{record.public_id}")
    other = _choose(right, "To", shots, second, key=f"differs_to_{record.public_id}")
    if base.text == other.text:
        st.markdown("They are the same, word for word.")
        return
    share = likeness(base.text, other.text)
    st.caption(
        f"{share * 100:.0f} in 100 words in common. :green-background[Green] is new in the second, "
        ":red-background[~~red~~] is not in it."
    )
    with st.container(border=True):
        st.markdown(marked_differences(base.text, other.text))


def _choose(at: DeltaGenerator, label: str, shots: dict[int, ShotRecord], usual: int, *, key: str) -> ShotRecord:
    chosen = at.selectbox(
        label,
        list(shots),
        index=list(shots).index(usual),
        format_func=lambda shot_id: title_of(shots[shot_id]),
        key=key,
    )
    return shots[chosen]


def _usual(page: Page, record: RunRecord, shots: list[ShotRecord]) -> tuple[int, int]:
    """Give the two answers to begin with: who won and the first of another model, else the first two."""
    given = page.services.verdicts.of_run(record.public_id, viewer=page.person)
    won = {verdict.shot_id for verdict in given if verdict.kind is VerdictKind.WINNER}
    base = next((shot for shot in shots if shot.id in won), shots[0])
    rest = [shot for shot in shots if shot.id != base.id]
    other = next((shot for shot in rest if shot.model != base.model), rest[0])
    return base.id, other.id
