"""The review as one HTML file that prints on two A4 pages and needs nothing but itself: no script, no network.

Every text of a person or model is escaped; a content policy in the file forbids all loading besides.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape

from core.costs.bridge import Part
from core.costs.bridge_sentence import day_words, money
from core.costs.decisions import Decision
from core.costs.ledger import ZERO
from core.costs.review import MonthReview
from core.costs.rounding import rounded
from core.costs.svg import stacked_bars, waterfall
from core.store.run_reads import label_of

MOST_GROUPS = 7
"""More would not be told apart; the rest is one group, so that the bars still add up."""

REST = "\x00rest"
STEPS = {Part.VOLUME: "answers", Part.LENGTH: "length", Part.MIX: "model mix", Part.PRICE: "price"}
STYLE = """
@page { size: A4; margin: 13mm 14mm }
* { box-sizing: border-box } body { font: 11px/1.4 system-ui, sans-serif }
body { color: #1d2126; max-width: 182mm; margin: auto }
h1 { font-size: 20px; margin: 0 } h2 { font-size: 14px; margin: 14px 0 4px } p { margin: 4px 0 }
section { break-inside: avoid } .second { break-before: page } .quiet, .legend { color: #5b6470 }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin: 8px 0 }
.tiles div { border: 1px solid #d5d9de; border-radius: 6px; padding: 6px 8px }
.tiles b { font-size: 16px; display: block }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: 2px 6px; border-bottom: 1px solid #e3e5e8 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } svg { width: 100%; height: auto }
.legend span { margin-right: 12px } .legend i { display: inline-block; width: 9px; height: 9px; margin-right: 4px }
.badge { background: #ffe9b8; border-radius: 4px; padding: 1px 6px; font-size: 11px }
"""


def review_html(
    review: MonthReview, *, decisions: Sequence[Decision] = (), notes: Mapping[str, str] | None = None,
    standing: str = "", badge: str = "", made_at: datetime | None = None,
) -> str:  # fmt: skip
    """Give the review as one HTML document. `standing` is "closed by Cara on 3 Nov" or empty, `badge` the demo's."""
    said = notes or {}
    mark = f' <span class="badge">{escape(badge)}</span>' if badge else ""
    made = f" · made {made_at:%Y-%m-%d %H:%M} UTC" if made_at else ""
    first = [_tiles(review), _spent(review), _note(said, "spent"), _why(review), _note(said, "why")]
    second = [
        _got(review),
        _note(said, "got"),
        _coming(review),
        _note(said, "coming"),
        _do(decisions),
        _note(said, "do"),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Costs, {review.month.label}</title><style>{STYLE}</style></head><body>"
        f"<h1>Costs, {review.month.label}{mark}</h1>"
        f'<p class="quiet">against {review.against.label} · {escape(standing or "open")} · list prices, before tax · '
        f"month in UTC{made}<br>{_doubts(review)}</p>"
        f'{"".join(first)}<div class="second">{"".join(second)}</div></body></html>'
    )


def _tiles(review: MonthReview) -> str:
    bought, saved = review.bought, review.saving
    change = rounded(review.totals.amount) - rounded(review.before.amount)
    share = f" ({abs(change) / review.before.amount:.0%})" if review.before.amount else ""
    tiles = [
        (
            "Spent",
            money(rounded(review.totals.amount)),
            f"{'up' if change >= 0 else 'down'} {money(abs(change))}{share}",
        )
    ]
    tiles.append(("Per run", _dollars(bought.per_run), f"{bought.runs:,} runs"))
    judged = "no run was judged" if not bought.judged_share else f"{bought.judged_share:.0%} of runs judged"
    tiles.append(("Per picked winner", _dollars(bought.per_winner), judged))
    if saved is None:
        tiles.append(("Own machines saved", "–", "no baseline with a price"))
    else:
        span = f"{money(rounded(saved.low))} to {money(rounded(saved.high))}"
        tiles.append(("Own machines saved", span, f"against {label_of(saved.baseline)}, an estimate"))
    boxes = (f"<div>{escape(name)}<b>{escape(value)}</b>{escape(below)}</div>" for name, value, below in tiles)
    return f'<div class="tiles">{"".join(boxes)}</div>'


def _spent(review: MonthReview) -> str:
    names = {group.key: group.label or "nobody named" for group in review.groups[:MOST_GROUPS]}
    if len(review.groups) > MOST_GROUPS:
        names[REST] = "others"
    days: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for row in review.days:
        days[row.day][row.key if row.key in names else REST] += row.amount
    columns = [(str(day.day), days[day]) for day in sorted(days)]
    chart = stacked_bars(columns, names, title=f"USD by day and {review.by}") if columns else ""
    rows = "".join(
        f"<tr><td>{escape(group.label or 'nobody named')}</td><td class=n>"
        f"{'no charge' if group.free else money(review.shown[group.key])}</td><td class=n>{group.answers:,}</td></tr>"
        for group in review.groups[:12]
    )
    rest = review.groups[12:]
    if rest:
        amount = sum((review.shown[group.key] for group in rest), ZERO)
        rows += f"<tr><td>{len(rest)} others</td><td class=n>{money(amount)}</td><td></td></tr>"
    whole = f"<tr><th>in all</th><th class=n>{money(sum(review.shown.values(), ZERO))}</th><th></th></tr>"
    head = f"<tr><th>{review.by}</th><th class=n>spent</th><th class=n>answers</th></tr>"
    return f"<section><h2>1 What did we spend?</h2>{chart}<table>{head}{rows}{whole}</table></section>"


def _why(review: MonthReview) -> str:
    parts = review.bridge.shown
    before = rounded(review.bridge.before)
    steps = [(review.against.label, before, True)]
    steps += [(STEPS[part], parts[part], False) for part in STEPS]
    steps.append((review.month.label, before + sum(parts.values(), ZERO), True))
    movers = "".join(
        f"<tr><td>{escape(review.group_names.get(effect.group, 'no team'))}</td>"
        f"<td>{escape(label_of(effect.model))}</td><td>{STEPS[effect.part]}</td>"
        f"<td class=n>{money(rounded(effect.amount))}</td></tr>"
        for effect in review.movers
    )
    chart = waterfall(steps, title="Why the sum changed") if any(parts.values()) else ""
    return f"<section><h2>2 Why did it change?</h2><p>{escape(review.why)}</p>{chart}<table>{movers}</table></section>"


def _got(review: MonthReview) -> str:
    rows = "".join(
        f"<tr><td>{escape(label_of(buy.model))}</td><td class=n>{'no charge' if buy.free else _dollars(buy.cost)}</td>"
        f"<td class=n>{_quality(buy.quality, buy.quality_low, buy.quality_high)}</td><td class=n>{buy.judged}</td>"
        f"<td>{'best buy' if buy.best else ''}</td></tr>"
        for buy in review.buys
    )
    heads = ("an answer", "picked or tied", "judged")
    head = f"<tr><th>model</th>{''.join(f'<th class=n>{each}</th>' for each in heads)}<th></th></tr>"
    return f"<section><h2>3 What did we get?</h2><table>{head}{rows}</table></section>"


def _coming(review: MonthReview) -> str:
    ahead, words = review.forecast, []
    if ahead is not None and ahead.middle is not None and ahead.low is not None and ahead.high is not None:
        words.append(f"{review.month.label}: {money(ahead.middle)}, likely {money(ahead.low)} to {money(ahead.high)}.")
        if ahead.runs_out_on:
            words.append(f"At this pace the budget ends on {day_words(ahead.runs_out_on)}.")
    elif ahead is not None:
        words.append(ahead.missing)
    words += [
        f"Unusual: {day_words(each.hour.start.date())} {each.hour.start:%H:00} UTC, {each.why} on "
        f"{label_of(each.hour.model)}, {money(rounded(each.hour.amount))} in an hour."
        for each in review.anomalies
    ]
    lines = "".join(f"<p>{escape(each)}</p>" for each in words) or "<p>Nothing unusual.</p>"
    return f"<section><h2>4 What is coming?</h2>{lines}</section>"


def _do(decisions: Sequence[Decision]) -> str:
    rows = "".join(
        f"<tr><td>{'☑' if each.state == 'done' else '☐' if each.state == 'open' else '–'} {escape(each.text)}</td>"
        f"<td>{escape(each.owner)}</td><td>{day_words(each.until) if each.until else 'next review'}</td>"
        f"<td class=quiet>{each.month.label}</td></tr>"
        for each in decisions
    )
    table = f"<table>{rows}</table>" if rows else "<p>Nothing was decided.</p>"
    return f"<section><h2>5 What shall we do?</h2>{table}</section>"


def _doubts(review: MonthReview) -> str:
    total = review.totals
    words = [f"{total.attempts:,} attempts"]
    if total.unpriced_attempts:
        words.append(f"{total.unpriced_attempts} without a price ({total.unpriced_tokens:,} tokens), in no sum")
    if total.silent:
        words.append(f"{total.silent} calls ended without usage, could add {money(rounded(total.could_add))}")
    if total.without_project:
        words.append(f"{money(rounded(total.without_project))} without a project")
    return escape(" · ".join(words))


def _note(notes: Mapping[str, str], section: str) -> str:
    text = notes.get(section, "")
    return f"<p><i>{escape(text)}</i></p>" if text else ""


def _quality(share: float | None, low: float | None, high: float | None) -> str:
    if share is None or low is None or high is None:
        return "not judged"
    return f"{share * 100:.0f} in 100 ({low * 100:.0f}–{high * 100:.0f})"


def _dollars(amount: Decimal | None) -> str:
    if amount is None:
        return "–"
    return money(rounded(amount)) if amount >= 1 else f"${amount:.4f}"
