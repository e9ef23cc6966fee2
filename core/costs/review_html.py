"""The review as one HTML file that prints on two A4 pages and needs nothing but itself: no script, no network.

Every text of a person or model is escaped; a content policy in the file forbids all loading besides. Sums are US
dollars, as the ledger's.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Final

from core.costs.amounts import Amounts, change_words, shares
from core.costs.bridge_sentence import day_words
from core.costs.decisions import Decision
from core.costs.ledger import ZERO
from core.costs.meeting import Meeting
from core.costs.meeting_parts import CAUSES, before_of, days_of, order_of, shares_of, steps_of, total_of
from core.costs.meeting_words import (
    arrived_words,
    coming_words,
    doubt_words,
    got_words,
    standing_words,
    unusual_words,
    why_words,
)
from core.costs.review_style import STYLE
from core.costs.rounding import rounded
from core.costs.svg import burn_up, colours_for, stacked_bars, value_dots, waterfall
from core.costs.unit_costs import FEWEST_JUDGED
from core.store.run_reads import label_of

DOLLARS: Final = Amounts()
MOST_ROWS: Final = 7
MARKS: Final = {"done": "☑", "open": "☐", "dropped": "–"}


def review_html(
    found: Meeting, *, whole_bill: bool = False, badge: str = "", made_at: datetime | None = None,
    colours: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Give the review as one HTML document. `badge` is the demo's; `colours` are known ones by a part's key."""
    mark = f' <span class="badge">{escape(badge)}</span>' if badge else ""
    made = f"{made_at:%-d %b %Y %H:%M} UTC" if made_at else f"{found.at:%-d %b %H:%M} UTC"
    lines = (standing_words(found), doubt_words(found, DOLLARS, at=made), *arrived_words(found, DOLLARS))
    first = [_tiles(found, whole_bill), _spent(found, whole_bill, colours or {}), _why(found, whole_bill)]
    second = [_got(found, colours or {}), _coming(found), _do(found)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Costs, {found.month.label}</title><style>{STYLE}</style></head><body>"
        f"<h1>Costs, {found.month.label}{mark}</h1>"
        f'<p class="quiet">against {escape(found.review.against_words)} · {"<br>".join(map(escape, lines))}</p>'
        f'{"".join(first)}<div class="second">{"".join(second)}</div></body></html>'
    )


def _tiles(found: Meeting, whole_bill: bool) -> str:
    bought, saved = found.review.bought, found.auto or found.review.saving
    whose = "Auto saved" if found.auto else "Own models saved"
    total, before = total_of(found, whole_bill=whole_bill), before_of(found, whole_bill=whole_bill)
    changed = change_words(total, before, DOLLARS) if before else "nothing before to compare with"
    tiles = [("Spent", DOLLARS.text(total), changed)]
    if found.budget:
        left = found.budget - found.review.totals.amount
        said = f"{DOLLARS.text(left)} left, not carried on" if left >= 0 else f"{DOLLARS.text(-left)} over"
        share = found.review.totals.amount / found.budget * 100
        tiles.append(("Of the budget", f"{share:.0f} % of {DOLLARS.whole(found.budget)}", said))
    else:
        tiles.append(("Per run", DOLLARS.each(bought.per_run), f"{bought.runs:,} runs"))
    judged = f"{(bought.judged_share or 0) * 100:.0f} % of runs judged" if bought.runs else "no run"
    tiles.append(("Per picked winner", DOLLARS.each(bought.per_winner), judged))
    if saved is None:
        tiles.append((whose, "–", "nothing to compare"))
    else:
        span = f"{DOLLARS.text(saved.low)} to {DOLLARS.text(saved.high)}"
        tiles.append((whose, span, f"against always {label_of(saved.baseline)}, an estimate"))
    boxes = (f"<div>{escape(name)}<b>{escape(value)}</b>{escape(below)}</div>" for name, value, below in tiles)
    return f'<div class="tiles">{"".join(boxes)}</div>'


def _spent(found: Meeting, whole_bill: bool, known: Mapping[str, str]) -> str:
    rows = shares_of(found, whole_bill=whole_bill)
    order = order_of(rows)
    days: dict[date, dict[str, Decimal]] = defaultdict(dict)
    for each in days_of(found, order, whole_bill=whole_bill):
        days[each.day][each.key] = each.amount
    chart = ""
    if len(days) > 1:
        every = (found.month.first.replace(day=number) for number in range(1, found.month.last.day + 1))
        chart = stacked_bars(
            [(day_words(day), days.get(day, {})) for day in every],
            dict(order),
            title=f"USD by day and {found.review.by}",
            colours=colours_for([key for key, _ in order], known),
            limit=found.budget / found.month.last.day if found.budget else None,
        )
    exact = {row.key: row.amount for row in rows}
    shown, percent = DOLLARS.parts(exact), shares(exact)
    total = sum(shown.values(), ZERO)
    lines = [
        _row(row.name, "no charge" if row.free else DOLLARS.part(shown[row.key], total=total),
             f"{percent[row.key]} %" if row.key in percent and not row.free else "",
             "" if row.answers is None else f"{row.answers:,}")
        for row in rows[:MOST_ROWS]
    ]  # fmt: skip
    rest = rows[MOST_ROWS:]
    if rest:
        amount = sum((shown[row.key] for row in rest), ZERO)
        answers = sum(row.answers or 0 for row in rest)
        share = f"{sum(percent.get(row.key, 0) for row in rest)} %" if percent else ""
        lines.append(_row(f"{len(rest)} others", DOLLARS.part(amount, total=total), share, f"{answers:,}"))
    whole = DOLLARS.part(total, total=total)
    foot = f"<tr><th>in all</th><th class=n>{whole}</th><th class=n>100 %</th><th></th></tr>" if rows else ""
    head = f"<tr><th>{found.review.by}</th><th class=n>spent</th><th class=n>share</th><th class=n>answers</th></tr>"
    return _section(found, "spent", "1 What did we spend?", f"{chart}<table>{head}{''.join(lines)}{foot}</table>")


def _why(found: Meeting, whole_bill: bool) -> str:
    words = f"<p class=say>{escape(why_words(found, DOLLARS))}</p>"
    movers = found.review.movers[:5] if found.review.before.amount else ()
    if not movers:
        return _section(found, "why", "2 Why did it change?", words)
    steps = [(step.name, step.amount, step.whole) for step in steps_of(found, DOLLARS, whole_bill=whole_bill)]
    rows = "".join(
        f"<tr><td>{escape(found.review.group_names.get(effect.group, 'no team'))}</td>"
        f"<td>{escape(label_of(effect.model))}</td><td>{CAUSES[effect.part]}</td>"
        f"<td class=n>{'+' if effect.amount > 0 else ''}{DOLLARS.say(rounded(effect.amount))}</td></tr>"
        for effect in movers
    )
    chart = waterfall(steps, title="Why the sum changed")
    return _section(found, "why", "2 Why did it change?", f"{words}{chart}<table>{rows}</table>")


def _got(found: Meeting, known: Mapping[str, str]) -> str:
    dots = [
        (label_of(buy.model), buy) for buy in found.review.buys if buy.judged >= FEWEST_JUDGED and buy.cost is not None
    ]
    keys = sorted(buy.model for buy in found.review.buys)
    chart = value_dots(dots, title="Cost of one answer against how many in 100 are picked or tied",
                       colours=colours_for(keys, known)) if len(dots) > 1 else ""  # fmt: skip
    rows = "".join(
        f"<tr><td>{escape(label_of(buy.model))}</td>"
        f"<td class=n>{'no charge' if buy.free else DOLLARS.each(buy.cost)}</td>"
        f"<td class=n>{_quality(buy.quality, buy.quality_low, buy.quality_high, buy.judged)}</td>"
        f"<td class=n>{buy.judged}</td><td>{'best buy' if buy.best else ''}</td></tr>"
        for buy in found.review.buys
    )
    heads = ("an answer", "picked or tied in 100", "judged")
    head = f"<tr><th>model</th>{''.join(f'<th class=n>{each}</th>' for each in heads)}<th></th></tr>"
    words = f"<p class=say>{escape(got_words(found))}</p>"
    return _section(found, "got", "3 What did we get?", f"{words}{chart}<table>{head}{rows}</table>")


def _coming(found: Meeting) -> str:
    ahead, chart = found.outlook, ""
    if ahead is not None and ahead.forecast.middle is not None:
        days, sums, total = dict(ahead.days), [], ZERO
        for number in range(1, max((day.day for day in days), default=0) + 1):
            total += days.get(ahead.month.first.replace(day=number), ZERO)
            sums.append(total)
        coming = [(day.day, low, middle, high) for day, low, middle, high in ahead.forecast.by_day]
        chart = burn_up(
            sums, coming, days=ahead.month.last.day, budget=ahead.budget, title=f"{ahead.month.label} day by day"
        )
    unusual = "".join(f"<p>{escape(unusual_words(each, DOLLARS))}</p>" for each in found.review.anomalies)
    words = f"<p class=say>{escape(coming_words(found, DOLLARS))}</p>"
    return _section(found, "coming", "4 What is coming?", f"{words}{chart}{unusual or '<p>No unusual hour.</p>'}")


def _do(found: Meeting) -> str:
    rows = "".join(
        f"<tr><td>{MARKS[each.state.value]} {escape(each.text)}</td><td>{escape(each.owner or 'no owner')}</td>"
        f"<td>{_until(each)}</td>"
        f"<td class=quiet>decided in {each.month.label}</td></tr>"
        for each in found.decisions
    )
    return _section(
        found, "do", "5 What shall we do?", f"<table>{rows}</table>" if rows else "<p>Nothing was decided.</p>"
    )


def _section(found: Meeting, name: str, title: str, body: str) -> str:
    note = found.notes.get(name, "")
    said = f"<blockquote>{escape(note)}</blockquote>" if note else ""
    return f"<section><h2>{title}</h2>{said}{body}</section>"


def _until(each: Decision) -> str:
    if each.ended_at is not None:
        return f"{each.state.value} {day_words(each.ended_at.date())}"
    return f"until {day_words(each.until)}" if each.until else "until the next review"


def _row(name: str, spent: str, share: str, answers: str) -> str:
    return f"<tr><td>{escape(name)}</td><td class=n>{spent}</td><td class=n>{share}</td><td class=n>{answers}</td></tr>"


def _quality(share: float | None, low: float | None, high: float | None, judged: int) -> str:
    if share is None or low is None or high is None:
        return "not judged"
    if judged < FEWEST_JUDGED:
        return f"{share * judged:.0f} of {judged}"
    return f"{share * 100:.0f} ({low * 100:.0f}–{high * 100:.0f})"
