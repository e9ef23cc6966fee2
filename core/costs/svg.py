"""Charts of the printed review as inline SVG: no script, no font and no picture from anywhere else."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from core.costs.ledger import ZERO
from core.costs.unit_costs import Buy

COLOURS = ("#4F46E5", "#B45309", "#0F766E", "#BE185D", "#1D6FB8", "#4D7C0F", "#7E22CE", "#B91C1C")
UP, DOWN, WHOLE, LIMIT, QUIET, LINE = "#B45309", "#0F766E", "#98A0B3", "#B42318", "#4B5263", "#E2E4EB"
WIDTH, HEIGHT, FOOT, LEFT, TOP = 680, 176, 18, 40, 14
FREE_APART = 5.0


def colours_for(keys: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Give each key its colour: the one that is known, else the next of the series; grey where a key is no real one."""
    given = {}
    for place, key in enumerate(keys):
        given[key] = known.get(key) or (WHOLE if key.startswith("\x00") else COLOURS[place % len(COLOURS)])
    return given


def stacked_bars(
    columns: Sequence[tuple[str, Mapping[str, Decimal]]], names: Mapping[str, str], *, title: str,
    colours: Mapping[str, str], limit: Decimal | None = None,
) -> str:  # fmt: skip
    """Give bars of one column each (a label and USD by key), stacked in the order of `names` (key to name).

    What is less than nothing hangs below the line. `limit` is drawn as a dashed level.
    """
    tops = [sum((amount for amount in parts.values() if amount > 0), ZERO) for _, parts in columns]
    lows = [sum((amount for amount in parts.values() if amount < 0), ZERO) for _, parts in columns]
    highest, lowest = max([*tops, limit or ZERO], default=ZERO), min(lows, default=ZERO)
    step = (WIDTH - LEFT) / max(1, len(columns))
    drawn = []
    for place, (label, parts) in enumerate(columns):
        above = below = ZERO
        x = LEFT + place * step
        for key, name in names.items():
            amount = parts.get(key, ZERO)
            if not amount:
                continue
            start = above if amount > 0 else below
            end = start + amount
            y, tall = _y(max(start, end), highest, lowest), abs(_y(start, highest, lowest) - _y(end, highest, lowest))
            words = escape(f"{label}, {name}: {_dollars(amount)}")
            drawn.append(_bar(x + step * 0.12, y, step * 0.76, tall, colour=colours[key], words=words))
            above, below = (end, below) if amount > 0 else (above, end)
        if place % 7 == 0:
            drawn.append(_text(x + step * 0.5, HEIGHT - 4, label, anchor="middle"))
    if limit is not None:
        y = _y(limit, highest, lowest)
        drawn.append(
            f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LIMIT}" stroke-dasharray="5 4"/>'
        )
    legend = {name: colours[key] for key, name in names.items()}
    more = {f"budget a day {_dollars(limit)}": LIMIT} if limit is not None else {}
    return _legend(legend | more) + _chart(title, [*_scale(highest, lowest), *drawn])


def waterfall(steps: Sequence[tuple[str, Decimal, bool]], *, title: str) -> str:
    """Give a waterfall of (label, USD, whether it is a whole and not a step)."""
    level = lowest = highest = ZERO
    spans = []
    for label, amount, whole in steps:
        start = ZERO if whole else level
        level = amount if whole else level + amount
        spans.append((label, amount, whole, start, level))
        lowest, highest = min(lowest, start, level), max(highest, start, level)
    step = WIDTH / max(1, len(spans))
    drawn = []
    for place, (label, amount, whole, start, end) in enumerate(spans):
        x, top = place * step + step * 0.15, _y(max(start, end), highest, lowest)
        tall = max(1.0, _y(min(start, end), highest, lowest) - top)
        colour = WHOLE if whole else UP if amount > 0 else DOWN
        sign = "" if whole else "+" if amount > 0 else "−"
        words = f"{sign}{_dollars(abs(amount))}"
        drawn.append(_bar(x, top, step * 0.7, tall, colour=colour, words=escape(f"{label}: {words}")))
        drawn.append(_text(x + step * 0.35, top - 4, words, anchor="middle", strong=True))
        drawn.append(_text(x + step * 0.35, HEIGHT - 4, label, anchor="middle"))
    return _chart(title, drawn)


def value_dots(buys: Sequence[tuple[str, Buy]], *, title: str, colours: Mapping[str, str]) -> str:
    """Give (name, buy) as dots: cost by factors of ten against how many in 100 are picked or tied, with ranges."""
    costs = [float(buy.cost) for _, buy in buys if buy.cost]
    free = min(costs, default=1.0) / FREE_APART
    low, high = math.log10(free), math.log10(max([*costs, free * 10]))
    room = (high - low) * 0.1

    def x_of(cost: float) -> float:
        return LEFT + (WIDTH - LEFT) * (math.log10(max(cost, free)) - low + room) / (high - low + 3 * room)

    def y_of(share: float) -> float:
        return TOP + (HEIGHT - FOOT - TOP) * (1 - share)

    drawn = [
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y_of(share):.1f}" y2="{y_of(share):.1f}" stroke="{LINE}"/>'
        + _text(LEFT - 5, y_of(share) + 3, f"{share * 100:.0f}", anchor="end")
        for share in (0.0, 0.5, 1.0)
    ]
    ticks = [10.0**power for power in range(math.ceil(low), math.floor(high) + 1)]
    drawn += [_text(x_of(at), HEIGHT - 4, f"${at:.6f}".rstrip("0").rstrip("."), anchor="middle") for at in ticks]
    if any(not buy.cost for _, buy in buys):
        drawn.append(_text(x_of(free), HEIGHT - 4, "no charge", anchor="middle"))
    best = sorted((buy for _, buy in buys if buy.best), key=lambda buy: float(buy.cost or 0))
    points = " ".join(f"{x_of(float(buy.cost or 0)):.1f},{y_of(buy.quality or 0):.1f}" for buy in best)
    drawn.append(
        f'<polyline points="{points}" fill="none" stroke="{WHOLE}" stroke-width="1.5" stroke-dasharray="2 3"/>'
    )
    for name, buy in buys:
        x, y, colour = x_of(float(buy.cost or 0)), y_of(buy.quality or 0), colours[buy.model]
        top, foot = y_of(buy.quality_high or 0), y_of(buy.quality_low or 0)
        drawn.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{foot:.1f}" stroke="{colour}"/>')
        fill = colour if buy.best else "#fff"
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
        drawn.append(_text(x + 8, y - 5, name, anchor="start", strong=True))
    return _chart(title, drawn)


def burn_up(
    spent: Sequence[Decimal], ahead: Sequence[tuple[int, Decimal, Decimal, Decimal]], *, days: int,
    budget: Decimal | None, title: str,
) -> str:  # fmt: skip
    """Give the sum after each day so far, and (day, low, middle, high) of the days to come, in USD."""
    highest = max([*spent, *(high for *_, high in ahead), budget or ZERO], default=ZERO)

    def x_of(day: int) -> float:
        return LEFT + (WIDTH - LEFT - 8) * (day - 1) / max(1, days - 1)

    def line(points: Sequence[tuple[int, Decimal]]) -> str:
        return " ".join(f"{x_of(day):.1f},{_y(amount, highest):.1f}" for day, amount in points)

    colour = COLOURS[0]
    drawn = _scale(highest, ZERO)
    band = [(day, high) for day, *_, high in ahead] + [(day, low) for day, low, *_ in reversed(ahead)]
    drawn.append(f'<polygon points="{line(band)}" fill="{colour}" fill-opacity="0.16"/>')
    middle = line([(day, middle) for day, _, middle, _ in ahead])
    drawn.append(
        f'<polyline points="{middle}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="3 3"/>'
    )
    so_far = line([(day, amount) for day, amount in enumerate(spent, start=1)])
    drawn.append(f'<polyline points="{so_far}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
    if budget is not None:
        y = _y(budget, highest)
        drawn.append(
            f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LIMIT}" stroke-dasharray="5 4"/>'
        )
        drawn.append(_text(LEFT + 4, y + 11, f"budget {_dollars(budget)}", anchor="start"))
    drawn += [_text(x_of(day), HEIGHT - 4, str(day), anchor="middle") for day in range(1, days + 1, 7)]
    return _chart(title, drawn)


def _chart(title: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(drawn)}</svg>'
    )


def _legend(colours: Mapping[str, str]) -> str:
    entries = (f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in colours.items())
    return f'<p class="legend">{"".join(entries)}</p>'


def _scale(highest: Decimal, lowest: Decimal) -> list[str]:
    if not highest:
        return []
    step = _round_step(highest / 3)
    levels = [step * at for at in range(int(highest / step) + 1)]
    return [
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{_y(at, highest, lowest):.1f}" y2="{_y(at, highest, lowest):.1f}" '
        f'stroke="{LINE}"/>' + _text(LEFT - 5, _y(at, highest, lowest) + 3, f"${at.normalize():f}", anchor="end")
        for at in levels
    ]


def _round_step(least: Decimal) -> Decimal:
    """Give the smallest of 1, 2, 5, 10, 20, … (and tenths of them) that is at least so large."""
    power = Decimal(1).scaleb(least.adjusted())
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


def _y(amount: Decimal, highest: Decimal, lowest: Decimal = ZERO) -> float:
    span = highest - lowest
    share = float((amount - lowest) / span) if span else 0.0
    return TOP + (HEIGHT - FOOT - TOP) * (1 - share)


def _bar(x: float, y: float, width: float, height: float, *, colour: str, words: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">'
        f"<title>{words}</title></rect>"
    )


def _text(x: float, y: float, words: str, *, anchor: str, strong: bool = False) -> str:
    colour = "#1B1F2A" if strong else QUIET
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="9" fill="{colour}">{escape(words)}</text>'


def _dollars(amount: Decimal) -> str:
    return f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"
