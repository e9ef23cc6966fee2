"""A review as tables with all digits: one CSV file of days, or an Excel workbook with a sheet for each section."""

import csv
import io
from datetime import date
from decimal import Decimal

from core.costs.meeting import Meeting
from core.store.run_reads import label_of

Cell = str | int | float | Decimal | date | None
Table = list[list[Cell]]

OWN = "the team's own"
RUNNABLE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula at the start of a text."""


def tables(found: Meeting, *, whole_bill: bool = False, badge: str = "") -> dict[str, Table]:
    """Give the review's tables by section, each with its head. `badge` is the demo's."""
    review = found.review
    total = review.totals
    names = {group.key: group.label or "nobody named" for group in review.groups}
    spent: Table = [
        ["Month", review.month.label],
        ["State", found.standing],
        ["Data", badge or OWN],
        ["Spent, USD", total.amount],
        ["Spent elsewhere by the bills, USD", found.bill.amount if found.bill else None],
        [f"{review.against_words}, USD", review.before.amount],
        ["Change, USD", review.difference],
        ["Budget, USD", found.budget],
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
    if found.outlook is not None:
        ahead = found.outlook.forecast
        coming += [[f"Forecast of {found.outlook.month.label}, USD", ahead.middle]]
        coming += [["likely from", ahead.low], ["likely to", ahead.high]]
        coming += [["Budget ends on", ahead.runs_out_on], ["What is missing", ahead.missing]]
    coming += [
        [f"Unusual: {each.hour.start:%Y-%m-%d %H:00} UTC, {label_of(each.hour.model)}, {each.why}", each.hour.amount]
        for each in review.anomalies
    ]
    do: Table = [["decision", "owner", "until", "state", "decided in"]]
    do += [[each.text, each.owner, each.until, each.state.value, each.month.label] for each in found.decisions]
    return {
        "Spent": spent, "Groups": groups, "Why": [["sentence", review.why], [], *why], "Got": got, "Coming": coming,
        "Do": do, "Days": _days(found, whole_bill, badge),
    }  # fmt: skip


def review_csv(found: Meeting, *, whole_bill: bool = False, badge: str = "") -> str:
    """Give the cost of each day and group as CSV, amounts in USD with all digits."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    for row in _days(found, whole_bill, badge):
        writer.writerow([_safe(cell) if isinstance(cell, str) else _plain(cell) for cell in row])
    return out.getvalue()


def review_xlsx(found: Meeting, *, whole_bill: bool = False, badge: str = "") -> bytes:
    """Give the review as an Excel workbook: one sheet for each section, and one of the days.

    Excel keeps 15 digits of a number; sums beyond that are in the CSV and FOCUS files.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - heavy, and needed by this export alone
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook()
    book.remove(book.active)
    for name, rows in tables(found, whole_bill=whole_bill, badge=badge).items():
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


def _days(found: Meeting, whole_bill: bool, badge: str) -> Table:
    review, data = found.review, badge or OWN
    names = {group.key: group.label or "nobody named" for group in review.groups}
    rows: Table = [["day", review.by.value, "key", "USD", "attempts", "answers", "tokens", "state", "data"]]
    rows += [
        [
            each.day, names.get(each.key, each.key), each.key, each.amount, each.attempts, each.answers, each.tokens,
            found.standing, data,
        ]
        for each in review.days
    ]  # fmt: skip
    if whole_bill and found.bill is not None:
        rows += [
            [day, "elsewhere", "", amount, None, None, None, found.standing, data]
            for day, amount in found.bill.by_day.items()
        ]
    return rows


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in RUNNABLE else text


def _plain(cell: Cell) -> Cell:
    """Give a number as it is to be read: plain notation, no exponent."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else cell
