"""Settings, About: what leaves this app and how far behind each destination is, models left alone, how busy it is."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.domain.model import ModelStatus
from core.errors import ClaudePrompterError
from core.metrics.status import Destination, Standing
from core.store.figures import BusyHour
from pages.ui.history_address import reader_zone
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark
from pages.ui.words import plural

if TYPE_CHECKING:
    import pandas as pd

_BADGES: Final = {
    Standing.WELL: ":green-badge[:material/check_circle: Delivered]",
    Standing.IDLE: ":gray-badge[:material/schedule: Nothing sent yet]",
    Standing.LATE: ":orange-badge[:material/hourglass_top: Behind]",
    Standing.FAILING: ":red-badge[:material/error: Not taken]",
}
METRICS: Final = "Metrics"
_UNITS: Final = {"Events": "events", METRICS: "times", "Traces": "spans"}
_NOTHING: Final = (
    "Nothing leaves this app by itself. Prometheus may read `/metrics`; events go where `CLAUDEPROMPTER_EVENTS` says, "
    "metrics and traces where `OTEL_EXPORTER_OTLP_ENDPOINT` says. `deploy/README.md` shows how."
)
_NOT_THE_DEMO: Final = (
    "Nothing of the demo leaves this app: made-up figures have no place beside real ones. Prometheus may read "
    "`/metrics?ws=demo`."
)


@st.fragment(run_every=5)
def draw(page: Page) -> None:
    """Draw it, looked at anew every five seconds."""
    left, right = st.columns(2, gap="medium")
    try:
        with left, st.container(border=True):
            _sent(page)
        with right, st.container(border=True):
            _left_alone(page)
            _busy(page)
    except ClaudePrompterError as error:
        st.error(problem_words(error))


def _sent(page: Page) -> None:
    st.markdown("##### Sent elsewhere")
    found = page.services.exports.destinations()
    for each in found:
        st.markdown(f"**{each.what}** to `{_code(each.where)}`  \n{_BADGES[each.standing]} {_counts(each)}")
        if each.error:
            st.caption(safe_label(each.error))
    if not found:
        st.caption(_NOTHING if page.services.exports.exported else _NOT_THE_DEMO)
    else:
        st.caption("Events that are not taken are kept for 7 days. No run waits for any of this.")


def _counts(each: Destination) -> str:
    parts = [f"{each.delivered:,} {_UNITS[each.what]}"] if each.delivered else []
    if each.waiting:
        since = f" for {_ago(each.waiting_since)}" if each.waiting_since else ""
        parts.append(f"{each.waiting:,} waiting{since}")
    if each.lost and each.what == METRICS:
        parts.append(f"not taken {plural(each.lost, 'time')}; the next time carries all")
    elif each.lost:
        parts.append(f"**{each.lost:,} dropped**")
    return ", ".join(parts)


def _left_alone(page: Page) -> None:
    st.markdown("##### Models left alone")
    paused = [card for card in page.services.known_models.all() if card.status is ModelStatus.PAUSED]
    for card in paused:
        st.markdown(f"**{safe_label(card.label)}** :orange-badge[:material/pause_circle: Paused]")
        st.caption(safe_label(card.status_reason))
    failing = {
        name: health.failures
        for name, health in page.services.known_models.health().items()
        if health.failures and name not in {card.name for card in paused}
    }
    for name, failures in sorted(failing.items()):
        st.markdown(f"{safe_label(name)}: the last {plural(failures, 'request')} failed")
    if not paused and not failing:
        st.caption("None: every model answered when last asked. One that fails five times running is left alone.")


def _busy(page: Page) -> None:
    st.markdown("##### How busy it was")
    hours = page.services.exports.busy_hours()
    if not hours:
        st.caption("No model was asked in the last 24 hours.")
        return
    most = max(hours, key=lambda hour: hour.at_once)
    from pages.ui import charts  # noqa: PLC0415 - plotly is slow to import

    words = f"At most {plural(most.at_once, 'answer')} under way at once in the last 24 hours."
    st.plotly_chart(
        charts.busy_hours(_every_hour(hours), dark=is_dark()),
        theme="streamlit",
        key="busy_hours",
        config={"displayModeBar": False},
        alt=words,
    )
    st.caption(words)


def _every_hour(hours: tuple[BusyHour, ...]) -> "pd.DataFrame":
    """Give a row for each of the last 24 hours and the running one, in the visitor's own time."""
    import pandas as pd  # noqa: PLC0415 - slow, and only this chart wants it

    known = {hour.began: hour for hour in hours}
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    each = [last - timedelta(hours=back) for back in range(24, -1, -1)]
    return pd.DataFrame(
        {
            "hour": [hour.astimezone(reader_zone()).replace(tzinfo=None) for hour in each],
            "at_once": [known[hour].at_once if hour in known else 0 for hour in each],
            "attempts": [known[hour].attempts if hour in known else 0 for hour in each],
        }
    )


def _ago(moment: datetime) -> str:
    gone = datetime.now(UTC) - moment
    if gone < timedelta(minutes=2):
        return plural(int(gone.total_seconds()), "second")
    if gone < timedelta(hours=2):
        return plural(int(gone.total_seconds() // 60), "minute")
    return plural(int(gone.total_seconds() // 3600), "hour")


def _code(text: str) -> str:
    return text.replace("`", "")
