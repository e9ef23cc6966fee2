"""What was said of a run's answers: people first; the AI judge and checks in a block of their own, never mixed."""

import streamlit as st

from core.domain.labelling import JudgementSource
from core.domain.run import RunRecord
from core.domain.verdict import Verdict, VerdictKind
from core.store.judgements import Judgement
from pages.ui.answer_words import title_of
from pages.ui.history_address import reader_zone
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import when

_SAID = {
    VerdictKind.TIE: "called it a tie",
    VerdictKind.NONE: "found none good enough",
    VerdictKind.GOOD: "found it good enough",
    VerdictKind.NOT_GOOD: "found it not good enough",
}


def draw_picks(page: Page, record: RunRecord) -> None:
    """Draw who picked what, and what judges and checks said. Raises NotFound, StoreError."""
    names = {shot.id: title_of(shot) for shot in record.shots}
    given = page.services.verdicts.of_run(record.public_id, viewer=page.person)
    if not given:
        st.markdown("Nobody has picked yet.")
    for verdict in given:
        st.markdown(verdict_words(verdict, names))
        if verdict.note:
            st.caption(f"“{safe_label(verdict.note)}”")
    judgements = page.services.judgements.of_run(record.id)
    if not judgements:
        return
    with st.container(border=True, gap="xsmall", key="drawer_judgements"):
        st.markdown(":material/smart_toy: **AI judge and checks**")
        st.caption("These are no people's picks and never count as such.")
        labels = page.services.history.models()
        for judgement in judgements:
            st.markdown(judgement_words(judgement, names, by=labels.get(judgement.name, judgement.name)))
            if judgement.reason:
                st.caption(safe_label(judgement.reason))


def verdict_words(verdict: Verdict, names: dict[int, str]) -> str:
    """Give a person's word on a run in a line: who, what, names hidden or seen, when."""
    said = _SAID.get(verdict.kind) or f"picked {safe_label(names.get(verdict.shot_id or 0, 'an answer'))}"
    seen = "names hidden" if verdict.blind else "names seen"
    who = safe_label(verdict.person or "someone")
    where = " · in a queue" if verdict.item_id is not None else ""
    return f"**{who}** {said} · {seen}{where} · {when(verdict.created_at, zone=reader_zone())}"


def judgement_words(judgement: Judgement, names: dict[int, str], *, by: str) -> str:
    """Give what a judge or a check said in a line."""
    about = " against ".join(safe_label(names[shot]) for shot in judgement.compared if shot in names)
    who = f"{'AI judge' if judgement.source is JudgementSource.JUDGE else 'Check'} {safe_label(by)}"
    score = "" if judgement.score is None else f" · {judgement.score * 100:.0f} of 100"
    flipped = " · said otherwise when the order was turned, so it counts as a tie" if judgement.flipped else ""
    return f"**{who}**: {_outcome(judgement, names)} · {about}{score}{flipped}"


def _outcome(judgement: Judgement, names: dict[int, str]) -> str:
    if judgement.outcome is None:
        return "could not be read"
    words = {
        VerdictKind.TIE: "a tie",
        VerdictKind.NONE: "none good enough",
        VerdictKind.GOOD: "good enough",
        VerdictKind.NOT_GOOD: "not good enough",
    }
    return words.get(judgement.outcome) or f"picked {safe_label(names.get(judgement.shot_id or 0, 'an answer'))}"
