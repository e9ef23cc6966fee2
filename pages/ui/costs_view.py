"""What the review shows, as chosen on the page and as it stands in the address: month, split, filters, currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from core.costs.amounts import Amounts
from core.costs.currency import Rate
from core.costs.meeting_parts import NOBODY
from core.costs.month import Month, against_words, opening_month
from core.costs.sums import ALL, Group, Scope
from pages.ui.page import Page

SPLITS: Final = (Group.MODEL, Group.TEAM, Group.PROJECT, Group.PERSON)
HERE: Final = "Runs here"
WHOLE: Final = "Whole bill"
BY: Final = {f"By {group}": group for group in SPLITS}
KINDS: Final = (Group.TEAM, Group.PROJECT, Group.PERSON)
KEYS: Final = ("month", "split", "bill", "of_team", "of_project", "of_person", "currency")
PRESENT: Final = "present"
SHOWN: Final = "shown"
"""What a presentation's address holds the view in, as one part: Streamlit takes those of filters that are not drawn."""
USD: Final = "USD"
Width = int | Literal["stretch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One look at the review. `filters` are the names of team, project and person that are asked for."""

    month: Month
    by: Group
    whole_bill: bool
    scope: Scope
    filters: tuple[tuple[Group, str], ...]
    amounts: Amounts
    narrow: bool
    now: datetime
    step: int = 0

    @property
    def presenting(self) -> bool:
        """Tell whether one section a screen is shown."""
        return self.step > 0

    def parameters(self) -> dict[str, str]:
        """Give the whole view for a link; the month always, because another one is opened next month."""
        found = {
            "month": self.month.label,
            "split": "" if self.by is Group.MODEL else f"By {self.by}",
            "bill": WHOLE if self.whole_bill else "",
            "currency": "" if self.amounts.currency == USD else self.amounts.currency,
            **{f"of_{group.value}": name for group, name in self.filters},
        }
        return {name: value for name, value in found.items() if value}


def present(view: View, step: int = 1) -> None:
    """Show one screen of a view's presentation; for callbacks."""
    st.query_params[PRESENT] = str(step)
    st.query_params[SHOWN] = urlencode(view.parameters())


def end_presenting(view: View) -> None:
    """Show the whole page of a view again; for callbacks."""
    for key in (PRESENT, SHOWN):
        st.query_params.pop(key, None)
    for key, value in view.parameters().items():
        st.session_state[key] = value


def clock() -> datetime:
    """Give the moment of this look."""
    return datetime.now(UTC)


def seed(key: str, value: str) -> None:
    """Give a choice its first value, where neither the address nor the person gave one.

    A widget with a default of its own could not be set from elsewhere, as the end of a presentation does.
    """
    if key not in st.session_state and key not in st.query_params:
        st.session_state[key] = value


def opening(months: Sequence[Month], now: datetime) -> Month:
    """Give the month that the page opens on: the opening month, or the newest with spending where it has none."""
    wanted = opening_month(now)
    return wanted if wanted in months else months[0]


def read_view(page: Page, months: Sequence[Month], *, narrow: bool, step: int = 0) -> View:
    """Give the view that a presentation's address holds, where no filter is drawn. Raises StoreError."""
    asked = dict(parse_qsl(str(st.query_params.get(SHOWN, ""))))
    return view_of(page, months, asked, narrow=narrow, step=step)


def view_of(page: Page, months: Sequence[Month], asked: dict[str, str], *, narrow: bool, step: int = 0) -> View:
    """Give the view that the parts of an address ask for; what is not known there asks for nothing."""
    now = clock()
    known = {month.label: month for month in months}
    names = {group: asked.get(f"of_{group.value}", "") for group in KINDS}
    keys = {group: _key(page, group, name) for group, name in names.items() if name}
    filters = tuple((group, names[group]) for group, key in keys.items() if key is not None)
    scope = Scope(person=keys.get(Group.PERSON), team=keys.get(Group.TEAM), project=keys.get(Group.PROJECT))
    rate = _rate(page, asked.get("currency", ""), now)
    return View(
        month=known.get(asked.get("month", "")) or opening(months, now),
        by=BY.get(asked.get("split", ""), Group.MODEL),
        whole_bill=asked.get("bill") == WHOLE and scope == ALL,
        scope=scope,
        filters=filters,
        amounts=Amounts(rate),
        narrow=narrow,
        now=now,
        step=step,
    )


def draw_view(page: Page, months: Sequence[Month], *, narrow: bool) -> View:
    """Draw month, split and filters and give the view they ask for. Raises StoreError."""
    now = clock()
    known = {month.label: month for month in months}
    first = opening(months, now).label
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="costs_head"):
        chosen = _month_picker(known, first)
        st.caption(f"against {against_words(chosen, now)}", width="content")
        if narrow:
            with st.popover("Filters", icon=":material/tune:", width="stretch"):
                _filters(page, width="stretch")
        else:
            _filters(page, width=132)
    asked = {key: str(st.session_state.get(key) or st.query_params.get(key, "")) for key in KEYS}
    return view_of(page, months, asked, narrow=narrow)


def _month_picker(known: dict[str, Month], first: str) -> Month:
    order = list(known)
    seed("month", first)
    chosen = str(st.session_state.get("month") or st.query_params.get("month", ""))
    place = order.index(chosen if chosen in known else first)
    st.button(
        ":material/chevron_left:", key="month_before", type="tertiary", on_click=_show,
        args=(order[min(place + 1, len(order) - 1)],), disabled=place + 1 >= len(order), help="The month before",
    )  # fmt: skip
    st.selectbox(
        "Month", order, key="month", bind="query-params", width=160,
        label_visibility="collapsed",
    )  # fmt: skip
    st.button(
        ":material/chevron_right:", key="month_after", type="tertiary", on_click=_show,
        args=(order[max(place - 1, 0)],), disabled=place == 0, help="The month after",
    )  # fmt: skip
    return known[order[place]]


def _show(month: str) -> None:
    st.session_state["month"] = month


def _filters(page: Page, *, width: Width) -> None:
    seed("bill", HERE)
    st.segmented_control(
        "What is counted", [HERE, WHOLE], required=True, key="bill",
        bind="query-params", label_visibility="collapsed",
        help="Whole bill adds what the bills of your providers list beyond the runs made here.",
    )  # fmt: skip
    for group in KINDS:
        st.selectbox(
            group.value.capitalize(),
            [*sorted(page.services.reviews.names(group).values(), key=str.casefold), NOBODY[group]],
            index=None,
            key=f"of_{group.value}",
            bind="query-params",
            placeholder=f"{group.value.capitalize()}: all",
            label_visibility="collapsed",
            width=width,
        )
    currencies = page.services.rates.currencies()
    if currencies:
        st.selectbox(
            "Currency", [USD, *currencies], key="currency", bind="query-params", label_visibility="collapsed",
            width="stretch" if width == "stretch" else 90,
        )  # fmt: skip


def _key(page: Page, group: Group, name: str) -> int | None:
    if name == NOBODY[group]:
        return 0
    keys = {label: int(key) for key, label in page.services.reviews.names(group).items()}
    return keys.get(name)


def _rate(page: Page, currency: str, now: datetime) -> Rate | None:
    return page.services.rates.at(currency, now.date()) if currency and currency != USD else None
