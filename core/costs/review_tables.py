"""A review as tables with all digits: one CSV file of days, or an Excel workbook with a sheet for each section."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.costs.decisions import Decision
from core.costs.review import MonthReview
from core.store.run_reads import label_of

Cell = str | int | float | Decimal | date | None
Table = list[list[Cell]]

RUNNABLE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula at the start of a text."""


def tables(
    review: MonthReview, *, decisions: Sequence[Decision] = (), standing: str = "", badge: str = ""
) -> dict[str, Table]:
    """Give the review's tables by section, each with its head. `standing` says whether the month is closed."""
    total = review.totals
    names = {group.key: group.label or "nobody named" for group in review.groups}
    spent: Table = [
        ["Month", review.month.label],
        ["State", standing or "open"],
        ["Data", badge or "the team's own"],
        ["Spent, USD", total.amount],
        [f"{review.against.label}, USD", review.before.amount],
        ["Change, USD", review.difference],
        ["Attempts", total.attempts],
        ["Attempts without a known price (not in the sum)", total.unpriced_attempts],
        ["Tokens without a known price", total.unpriced_tokens],
        ["Of it our own count, USD", total.estimated_amount],
        ["Calls that ended without usage", total.silent],
        ["They could add, USD", total.could_add],
        ["Without a project, USD", total.without_project],
        ["Runs", review.bought.runs],
        ["Judged runs", review.bought.judged_runs],
        ["Per run, USD", review.bought.per_run],
        ["Per accepted answer, USD", review.bought.per_accepted],
        ["Per picked winner, USD", review.bought.per_winner],
    ]
    groups: Table = [[review.by.value, "key", "USD", "shown", "attempts", "answers", "tokens"]]
    groups += [
        [
            names[group.key],
            group.key,
            group.amount,
            review.shown[group.key],
            group.attempts,
            group.answers,
            group.tokens,
        ]
        for group in review.groups
    ]
    why: Table = [["part", "team", "model", "USD"]]
    why += [
        [effect.part.value, review.group_names.get(effect.group, ""), effect.model, effect.amount]
        for effect in review.bridge.effects
    ]
    got: Table = [["model", "USD an answer", "low", "high", "picked or tied", "low", "high", "judged", "best buy"]]
    got += [
        [
            label_of(buy.model), buy.cost, buy.cost_low, buy.cost_high, buy.quality, buy.quality_low, buy.quality_high,
            buy.judged, "yes" if buy.best else "",
        ]
        for buy in review.buys
    ]  # fmt: skip
    coming: Table = [["what", "value"]]
    if review.forecast is not None:
        ahead = review.forecast
        coming += [["Forecast, USD", ahead.middle], ["likely from", ahead.low], ["likely to", ahead.high]]
        coming += [["Budget ends on", ahead.runs_out_on], ["What is missing", ahead.missing]]
    coming += [
        [f"Unusual: {each.hour.start:%Y-%m-%d %H:00} UTC, {label_of(each.hour.model)}, {each.why}", each.hour.amount]
        for each in review.anomalies
    ]
    do: Table = [["decision", "owner", "until", "state", "decided in"]]
    do += [[each.text, each.owner, each.until, each.state.value, each.month.label] for each in decisions]
    return {
        "Spent": spent, "Groups": groups, "Why": [["sentence", review.why], [], *why], "Got": got, "Coming": coming,
        "Do": do, "Days": _days(review, names),
    }  # fmt: skip


def review_csv(review: MonthReview) -> str:
    """Give the cost of each day and group as CSV, amounts in USD with all digits."""
    names = {group.key: group.label or "nobody named" for group in review.groups}
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    for row in _days(review, names):
        writer.writerow([_safe(cell) if isinstance(cell, str) else _plain(cell) for cell in row])
    return out.getvalue()


def review_xlsx(
    review: MonthReview, *, decisions: Sequence[Decision] = (), standing: str = "", badge: str = ""
) -> bytes:
    """Give the review as an Excel workbook: one sheet for each section, and one of the days.

    Excel keeps 15 digits of a number; sums beyond that are in the CSV and FOCUS files.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - heavy, and needed by this export alone
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook()
    book.remove(book.active)
    for name, rows in tables(review, decisions=decisions, standing=standing, badge=badge).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_safe(cell) if isinstance(cell, str) else cell for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        sheet.column_dimensions["A"].width = 44
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _days(review: MonthReview, names: dict[str, str]) -> Table:
    rows: Table = [["day", review.by.value, "key", "USD", "attempts", "answers", "tokens"]]
    rows += [
        [each.day, names.get(each.key, each.key), each.key, each.amount, each.attempts, each.answers, each.tokens]
        for each in review.days
    ]
    return rows


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in RUNNABLE else text


def _plain(cell: Cell) -> Cell:
    """Give a number as it is to be read: plain notation, no exponent."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else cell
