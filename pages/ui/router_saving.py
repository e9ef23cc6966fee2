"""Saving: what Auto would have cost and kept on past judged runs, by one slider; nothing changes until it is used."""

from typing import Final

import streamlit as st

from core.router.replay_view import Learning, Replay, Setting
from core.router.rules import KEEP
from core.store.history_filter import HistoryFilter
from core.store.recent import Recent
from pages.ui import router_figures, router_setting
from pages.ui.charts import CONFIG
from pages.ui.history_address import reader_zone
from pages.ui.model_names import names_of
from pages.ui.page import Page
from pages.ui.palette import colours_of
from pages.ui.router_charts import cost_quality
from pages.ui.router_words import mix_words, saving_words, sure_words
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark
from pages.ui.words import plural

LOOK_SECONDS: Final = 2.0
PERIODS: Final = (Recent.THIS_MONTH, Recent.LAST_MONTH, Recent.LAST_30_DAYS, Recent.LAST_7_DAYS)
PERIOD_KEY: Final = "period"
KEEP_KEY: Final = "keep"
LEAST_KEEP: Final = 90.0


def address() -> dict[str, str]:
    """Give what a link to this page must say: tab, period and slider."""
    state = st.session_state
    return {key: str(state[key]) for key in ("tab", PERIOD_KEY, KEEP_KEY) if state.get(key) is not None}


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the tab. Raises StoreError."""
    learning = page.services.replays.learning()
    if learning.state == "early":
        _early(page, learning)
        _watch(page, learning)
        return
    if learning.state == "failed":
        st.warning(f"{safe_label(learning.message)} {safe_label(learning.next_step)}", icon=":material/error:")
        return
    if learning.state == "first":
        _first()
        _watch(page, learning)
        return
    period = st.selectbox(
        "Past runs", PERIODS, index=None, key=PERIOD_KEY, bind="query-params", placeholder="All past runs",
        format_func=lambda each: str(each).capitalize(), label_visibility="collapsed", width=200,
    )  # fmt: skip
    wanted = HistoryFilter(
        recent=Recent(period) if period else None, zone=str(reader_zone()) if period else "", viewer=page.person
    )
    with st.skeleton(height=420):
        found = page.services.replays.of(wanted)
    if found is None:
        _nothing(page)
        return
    _slider_and_all(page, found, renewing=learning.state == "renewing", narrow=narrow)


@st.fragment
def _slider_and_all(page: Page, found: Replay, *, renewing: bool, narrow: bool) -> None:
    """Draw what hangs on the slider; moving it redraws this alone."""
    names = names_of(page)
    head = st.container()
    in_use = 100 * page.services.routes.rules.rules().keep
    with st.container(horizontal=not narrow, vertical_alignment="bottom", gap="medium", key="keep_row"):
        keep = st.slider(
            "Keep at least … in 100 of the best model's quality", LEAST_KEEP, 100.0, max(LEAST_KEEP, in_use), step=0.5,
            key=KEEP_KEY,
            bind="query-params", format="%g", width="stretch",
            help="Further left is cheaper, further right is better. Moving it changes this page alone.",
        )  # fmt: skip
        router_setting.draw(page, KEEP, float(keep) / 100, in_use=in_use / 100)
    setting = found.at(float(keep))
    with head:
        sentence, likely = saving_words(found, setting, names)
        st.markdown(f"##### {safe_label(sentence)}")
        st.markdown(safe_label(likely))
    words = mix_words(setting, names)
    renew = " · newer picks are being read" if renewing else ""
    st.caption(safe_label(words + renew))
    _chart(found, setting, names)
    _tasks(page, setting, names, narrow=narrow)
    _worse(page, setting, names)
    router_figures.draw(page, found, setting, names)


def _chart(found: Replay, setting: Setting, names: dict[str, str]) -> None:
    figure = cost_quality(
        found, setting, names, colours_of([dot.name for dot in found.models], dark=is_dark()), dark=is_dark()
    )
    alt = "Mean cost of a run against quality: Auto's line with its likely band, and a dot for each model."
    st.plotly_chart(figure, theme="streamlit", config=CONFIG, key="router_curve", alt=alt)
    st.caption(
        f"Over {plural(found.runs, 'judged run')}. The band holds what is likely (95 in 100). Auto never sees the run "
        "it decides, nor another one of the same prompt."
    )


def _tasks(page: Page, setting: Setting, names: dict[str, str], *, narrow: bool) -> None:
    if not setting.tasks:
        return
    st.markdown("##### By kind of task")
    if narrow:
        for line in setting.tasks:
            with st.container(border=True, gap="xsmall"):
                st.markdown(f"**{safe_label(line.task or 'No task named')}** · {plural(line.judged, 'judged run')}")
                kept = f"keeps {100 * line.kept:.0f} in 100, saves {100 * line.saved:.0f} %"
                st.caption(f"{safe_label(names[line.asks])} · {kept} · {sure_words(line, names)}")
        return
    rows = [
        {
            "Task": line.task or "No task named",
            "Judged": line.judged,
            "Auto asks": names[line.asks],
            "Keeps": f"{100 * line.kept:.0f} in 100",
            "Saves": f"{100 * line.saved:.0f} %",
            "Sure?": sure_words(line, names),
        }
        for line in setting.tasks
    ]
    st.dataframe(
        rows, hide_index=True, width="stretch", height="content", key="router_tasks",
        alt="What Auto asks, keeps and saves for each kind of task.",
    )  # fmt: skip
    if any(line.more for line in setting.tasks):
        page.link("label", "Label where more picks would tell", icon=":material/rate_review:")


def _worse(page: Page, setting: Setting, names: dict[str, str]) -> None:
    if not setting.worse_runs:
        return
    title = f"Prompts that would have got a worse answer ({setting.worse:,})"
    with st.expander(title, key="router_worse", on_change="rerun") as expander:
        if not expander.open:
            return
        from pages.ui.router_worse import draw_worse  # noqa: PLC0415 - only for who opens it

        draw_worse(page, setting, names)


def _early(page: Page, learning: Learning) -> None:
    with st.container(border=True, key="router_early"):
        st.markdown(
            f"##### Auto is still learning: {learning.picks} of about {learning.needed} picks\n"
            "Until then it asks your best model, and one cheaper one where that teaches something."
        )
        st.progress(min(1.0, learning.picks / learning.needed))
        page.link("label", "Label 10 now", icon=":material/rate_review:")
    with st.container(border=True, key="router_early_slider"):
        st.slider("Keep at least … in 100 of the best model's quality", LEAST_KEEP, 100.0, 98.0, step=0.5,
                  key="keep_early", format="%g", disabled=True)  # fmt: skip
        st.caption("This will start to matter once there are enough picks.")


def _first() -> None:
    st.markdown(":shimmer[Learning from your past picks …]")
    st.caption("Reads what each past prompt means, then decides every judged run again. It takes about half a minute.")


@st.fragment(run_every=LOOK_SECONDS)
def _watch(page: Page, before: Learning) -> None:
    """Draw the tab anew once learning has come further; looked at every two seconds."""
    if page.services.replays.learning() != before:
        st.rerun()


def _nothing(page: Page) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="router_nothing"):
        st.markdown("**No run of this period can be compared**", width="content")
        st.caption("A run counts when your best model and a cheaper one were judged on it.", width="content")
        page.link("label", "Label some", icon=":material/rate_review:")
