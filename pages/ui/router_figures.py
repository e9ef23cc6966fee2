"""How this is computed: what was compared, controls, the field's own figures, calibration, and the map of prompts."""

from collections.abc import Mapping

import streamlit as st

from core.router.replay_view import Replay, Setting
from pages.ui.charts import CONFIG
from pages.ui.page import Page
from pages.ui.palette import colours_of
from pages.ui.router_charts import CONTROLS, calibration, prompt_map
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark
from pages.ui.words import plural


def draw(page: Page, found: Replay, setting: Setting, names: Mapping[str, str]) -> None:
    """Draw the folded part, its charts only once it is opened."""
    with st.expander("How this is computed", key="router_how", on_change="rerun") as expander:
        if not expander.open:
            return
        st.markdown(_method(found, names))
        _controls(found, names)
        _figures(found, setting, names)
        _calibration(found)
        _map(page, found, names)


def _method(found: Replay, names: Mapping[str, str]) -> str:
    left = f" {plural(found.left_out, 'run')} of this period could not be compared." if found.left_out else ""
    return (
        f"**What was compared.** {plural(found.runs, 'judged run')} on {plural(found.prompts, 'prompt')} where "
        f"{safe_label(names[found.baseline])}, your best single model, and at least one other were judged.{left} "
        "Each was decided again by what is learned from the other prompts alone; the same prompt never stands on both "
        "sides. Auto may only take an answer that was judged. Intervals come from resampled prompts. "
        "The slider's λ was found on the other runs, not on those it is shown for."
    )


def _controls(found: Replay, names: Mapping[str, str]) -> None:
    rows = [
        {"Way": CONTROLS.get(dot.name, dot.name), "Quality": f"{100 * dot.quality:.1f} in 100",
         "Cost of a run": f"${dot.cost:.5f}"}
        for dot in found.controls
    ]  # fmt: skip
    rows += [
        {"Way": f"always {names[dot.name]}", "Quality": f"{100 * dot.quality:.1f} in 100",
         "Cost of a run": f"${dot.cost:.5f}"}
        for dot in found.models
    ]  # fmt: skip
    st.markdown("**Controls.** A router that knows something must beat its own mix dealt by lot.")
    st.dataframe(rows, hide_index=True, width="stretch", height="content", key="router_controls",
                 alt="Quality and cost of each single model and of the controls.")  # fmt: skip


def _figures(found: Replay, setting: Setting, names: Mapping[str, str]) -> None:
    parts = [f"AIQ {found.aiq:.3f}", f"λ {setting.price:,.3g} of quality per US dollar"]
    if found.pair is not None and found.pair.apgr is not None:
        pair = found.pair
        parts.append(
            f"{names[pair.strong]} against {names[pair.weak]} on {plural(pair.runs, 'run')}: APGR {pair.apgr:.3f}"
        )
        parts += [f"CPT(50) {pair.cpt50:.0f} %"] if pair.cpt50 is not None else []
        parts += [f"CPT(80) {pair.cpt80:.0f} %"] if pair.cpt80 is not None else []
    st.markdown(f"**The field's figures.** {safe_label(' · '.join(parts))}")
    st.caption(
        "APGR and CPT as RouteLLM defines them (0.5 is by lot; CPT is the share of calls to the stronger model that "
        "closes half, or four fifths, of the gap); AIQ as RouterBench: the area under cost and quality."
    )


def _calibration(found: Replay) -> None:
    made = found.calibration
    st.markdown(f"**Do predictions mean what they say?** Brier {made.brier:.3f} · ECE {made.ece:.3f}")
    st.plotly_chart(calibration(made, dark=is_dark()), theme="streamlit", config=CONFIG, key="router_calibration",
                    alt="Predicted quality against what came true, in ten bins.")  # fmt: skip


def _map(page: Page, found: Replay, names: Mapping[str, str]) -> None:
    if not found.places:
        return
    st.markdown("**Past prompts by meaning.** Near points ask for like things; the colour is who won.")
    colours = colours_of([place.winner for place in found.places if place.winner], dark=is_dark())
    chosen = st.plotly_chart(
        prompt_map(found.places, names, colours, dark=is_dark()), theme="streamlit", config=CONFIG, key="router_map",
        on_select="rerun", selection_mode="points", alt="Past prompts by meaning, coloured by winner.",
    )  # fmt: skip
    points = chosen["selection"]["points"] if chosen else []
    for point in points[:3]:
        run, prompt = point["customdata"][0], point["customdata"][1]
        page.link("history", safe_label(str(prompt)), run=str(run))
