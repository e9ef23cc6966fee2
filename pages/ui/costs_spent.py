"""Section 1, what did we spend: four tiles, bars by day, parts that add up, and what is booked to nobody."""

from datetime import date
from decimal import Decimal
from typing import Final

import pandas as pd
import streamlit as st

from core.costs.amounts import change_words, shares
from core.costs.behind import Slice
from core.costs.ledger import ZERO
from core.costs.meeting import Meeting
from core.costs.meeting_parts import ELSEWHERE, DayShare, before_of, days_of, order_of, shares_of, slices_key, total_of
from core.costs.savings import Saving
from core.costs.sums import Group
from core.store.run_reads import label_of
from pages.ui import costs_charts
from pages.ui.charts import CONFIG
from pages.ui.costs_assign import draw_unbooked
from pages.ui.costs_runs import ask, key_of, runs_button
from pages.ui.costs_view import BY, View, seed
from pages.ui.page import Page
from pages.ui.palette import SERIES_DARK, SERIES_LIGHT, colours_of
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark
from pages.ui.words import NO_CHARGE, count, plural

FEWEST_DAYS: Final = 2
SHOWN_ROWS: Final = 9


def draw_tiles(page: Page, view: View, found: Meeting) -> None:
    """Draw spent, of the budget, per picked winner, saved; on a phone the first two as one."""
    if view.narrow:
        _narrow_tile(view, found)
        return
    with st.grid(4, min_column_width=190):
        _spent_tile(view, found)
        _budget_tile(page, view, found)
        _winner_tile(view, found)
        _saved_tile(view, found)


def draw_spent(page: Page, view: View, found: Meeting) -> None:
    """Draw the month by day and by part."""
    rows = shares_of(found, whole_bill=view.whole_bill)
    if not rows:
        st.markdown("Nothing was spent in this view.")
        return
    if not view.presenting:
        seed("split", next(iter(BY)))
        st.segmented_control(
            "Split by", list(BY), required=True, key="split", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
    order = order_of(rows)
    days = days_of(found, order, whole_bill=view.whole_bill)
    several = len({day.day for day in days}) >= FEWEST_DAYS
    left, right = (st.container(), st.container()) if view.narrow else st.columns([3, 2], gap="medium")
    if several:
        with left:
            _bars(view, found, order, days)
    with right if several else left:
        _table(view, found)
    if view.narrow:
        _saved_tile(view, found)
    draw_unbooked(page, view, found)


def whole_month(view: View, *parts: tuple[Group, str]) -> Slice:
    """Give the slice of the month looked at, within the filters."""
    return Slice(first=view.month.first, last=view.month.last, parts=parts).within(view.scope)


def colours_by_key(view: View, order: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Give each part its colour: a model keeps its own, others follow the order of their names."""
    keys = [key for key, _ in order if not key.startswith("\x00") and key != "0"]
    if view.by is Group.MODEL:
        return colours_of(keys, dark=is_dark())
    series = SERIES_DARK if is_dark() else SERIES_LIGHT
    return {key: series[place % len(series)] for place, key in enumerate(sorted(keys))}


def _spent_tile(view: View, found: Meeting) -> None:
    total = total_of(found, whole_bill=view.whole_bill)
    before = before_of(found, whole_bill=view.whole_bill)
    with st.container(border=True, height="stretch", gap="xsmall", key="tile_spent"):
        st.metric("Spent", view.amounts.text(total))
        words = "" if not before else f"{change_words(total, before, view.amounts)}"
        if view.whole_bill and found.bill is not None:
            words = f"{words} · {view.amounts.text(found.bill.amount)} of it elsewhere".removeprefix(" · ")
        st.caption(safe_label(words or "nothing before to compare with"))
        runs_button(plural(found.review.bought.runs, "run"), whole_month(view), key="runs_of_month")


def _narrow_tile(view: View, found: Meeting) -> None:
    with st.container(border=True, gap="xsmall", key="tile_spent"):
        total = total_of(found, whole_bill=view.whole_bill)
        before = before_of(found, whole_bill=view.whole_bill)
        st.metric("Spent", view.amounts.text(total))
        if before:
            st.caption(safe_label(change_words(total, before, view.amounts)))
        if found.budget:
            share = float(found.review.totals.amount / found.budget)
            words = f"{share * 100:.0f} % of {view.amounts.whole(found.budget)}"
            st.progress(min(1.0, share), text=safe_label(words))
        runs_button(plural(found.review.bought.runs, "run"), whole_month(view), key="runs_of_month")


def _budget_tile(page: Page, view: View, found: Meeting) -> None:
    with st.container(border=True, height="stretch", gap="xsmall", key="tile_budget"):
        if not found.budget:
            st.metric("Of the budget", "–")
            st.caption("no budget for this month")
            if not found.over:
                page.link("costs", "Set one", icon=":material/add:", tab="Budgets")
            return
        spent = found.review.totals.amount
        share = spent / found.budget
        st.metric("Of the budget", f"{share * 100:.0f} % of {view.amounts.whole(found.budget)}")
        st.progress(min(1.0, float(share)))
        left = found.budget - spent
        said = f"{view.amounts.text(left)} left, not carried on" if left >= 0 else f"{view.amounts.text(-left)} over"
        st.caption(safe_label(said))


def _winner_tile(view: View, found: Meeting) -> None:
    bought, before = found.review.bought, found.review.bought_before
    with st.container(border=True, height="stretch", gap="xsmall", key="tile_winner"):
        st.metric("Per picked winner", view.amounts.each(bought.per_winner))
        if bought.per_winner is None:
            st.caption("no winner was picked yet")
        elif before.per_winner is not None:
            change = bought.per_winner - before.per_winner
            st.caption(safe_label(f"{'up' if change > 0 else 'down'} {view.amounts.each(abs(change))}"))
        if bought.runs:
            st.caption(f"{(bought.judged_share or 0) * 100:.0f} % of runs judged")


def _saved_tile(view: View, found: Meeting) -> None:
    """Draw what Auto saved, or own models while Auto has routed nothing: a range, its baseline, an estimate."""
    auto, own = found.auto, found.review.saving
    saved, name = (auto, "Auto saved") if auto is not None else (own, "Own models saved")
    with st.container(border=True, height="stretch", gap="xsmall", key="tile_saved"):
        if saved is None:
            st.metric(name, "–")
            st.caption("no answer of Auto or of an own model to hold against a priced one")
            return
        low, high = (view.amounts.text(amount) for amount in (saved.low, saved.high))
        st.metric(name, low if low == high else f"{low} to {high}")
        st.caption(safe_label(f"against always {label_of(saved.baseline)}"))
        st.caption("an estimate, in no sum", help=_saving_help(saved, "chosen by Auto" if auto else "of own models"))


def _saving_help(saved: Saving, whose: str) -> str:
    baseline = safe_label(label_of(saved.baseline))
    return (
        f"What {plural(saved.answers, 'answer')} {whose} would have cost more on {baseline} at the prices paid this "
        f"month: with the same tokens, and with answers as long as those of {baseline} usually are. Nobody knows what "
        "it would have answered."
    )


def _bars(view: View, found: Meeting, order: tuple[tuple[str, str], ...], days: tuple[DayShare, ...]) -> None:
    frame = pd.DataFrame(
        [
            {
                "day": each.day,
                "iso": each.day.isoformat(),
                "key": each.key,
                "amount": float(view.amounts.of(each.amount)),
                "words": view.amounts.each(each.amount),
            }
            for each in days
        ]
    )
    limit = view.amounts.of(found.budget) / view.month.last.day if found.budget else None
    key = key_of("costs_days")
    st.plotly_chart(
        costs_charts.day_bars(
            frame,
            order,
            colours_by_key(view, order),
            sign=view.amounts.sign,
            span=(view.month.first, view.month.last),
            limit=None if limit is None else float(limit),
            dark=is_dark(),
            large=view.presenting,
        ),
        theme="streamlit",
        config=CONFIG,
        key=key,
        on_select=lambda: _clicked(view, key),
        selection_mode="points",
        alt=f"What each day of {view.month.label} cost, by {view.by}. Click a bar for its runs.",
    )


def _clicked(view: View, key: str) -> None:
    points = st.session_state[key].selection.points
    if points and points[0].get("customdata"):
        day, part = points[0]["customdata"][:2]
        if part != ELSEWHERE:
            wanted = Slice(first=date.fromisoformat(day), last=date.fromisoformat(day), parts=slices_key(view.by, part))
            ask(wanted.within(view.scope))


def _table(view: View, found: Meeting) -> None:
    rows = shares_of(found, whole_bill=view.whole_bill)
    exact = {row.key: row.amount for row in rows}
    shown, percent = view.amounts.parts(exact), shares(exact)
    total = sum(shown.values(), ZERO)
    lines = [
        {
            "name": row.name,
            "spent": _spent_words(view, row.free, row.unpriced, shown[row.key], total),
            "share": f"{percent[row.key]} %" if row.key in percent and not row.free else "",
            "answers": "" if row.answers is None else f"{row.answers:,}",
            "tokens": "" if row.tokens is None else count(row.tokens),
        }
        for row in rows
    ]
    answers = sum(row.answers or 0 for row in rows)
    lines.append(
        {
            "name": "in all",
            "spent": view.amounts.part(total, total=total),
            "share": "100 %" if percent else "",
            "answers": f"{answers:,}",
            "tokens": count(sum(row.tokens or 0 for row in rows)),
        }
    )
    key = key_of("costs_parts")
    st.dataframe(
        pd.DataFrame(lines),
        column_config={
            "name": st.column_config.TextColumn(view.by.value.capitalize()),
            **{
                name: st.column_config.TextColumn(label, alignment="right")
                for name, label in (
                    ("spent", "Spent"),
                    ("share", "Share"),
                    ("answers", "Answers"),
                    ("tokens", "Tokens"),
                )
            },
        },
        hide_index=True,
        width="stretch",
        height="content" if len(lines) <= SHOWN_ROWS else 36 * (SHOWN_ROWS + 1),
        key=key,
        on_select=lambda: _picked(view, key, [row.key for row in rows]),
        selection_mode="single-cell",
        alt=f"What {view.month.label} cost by {view.by}; the parts add up to the total. Click a number for its runs.",
    )
    unpriced = sum(row.unpriced for row in rows)
    st.caption(
        "Click a number for its runs."
        + (f" {plural(unpriced, 'attempt')} without a known price in no sum." if unpriced else "")
    )


def _spent_words(view: View, free: bool, unpriced: int, shown: Decimal, total: Decimal) -> str:
    if free:
        return NO_CHARGE
    if unpriced and not shown:
        return "no price known"
    return view.amounts.part(shown, total=total)


def _picked(view: View, key: str, keys: list[str]) -> None:
    cells = st.session_state[key].selection.cells
    if cells:
        row = int(cells[0][0])
        if row >= len(keys):
            ask(whole_month(view))
        elif keys[row] != ELSEWHERE:
            ask(whole_month(view, *slices_key(view.by, keys[row])))
