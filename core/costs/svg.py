"""Charts of the printed review as inline SVG: no script, no font and no picture from anywhere else."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from core.costs.ledger import ZERO

COLOURS = ("#3b6fb6", "#d9822b", "#4c9a6a", "#8f5fb0", "#b5524f", "#7a7f87", "#c2a83e", "#3f9aa8")
UP, DOWN, WHOLE = "#b5524f", "#4c9a6a", "#5b6470"
WIDTH, HEIGHT, FOOT, LEFT = 680, 190, 18, 46


def stacked_bars(columns: Sequence[tuple[str, Mapping[str, Decimal]]], names: Mapping[str, str], *, title: str) -> str:
    """Give bars of one column each (a label and USD by key), stacked in the order of `names` (key to name)."""
    highest = max((sum(parts.values(), ZERO) for _, parts in columns), default=ZERO)
    colours = {key: COLOURS[place % len(COLOURS)] for place, key in enumerate(names)}
    step = (WIDTH - LEFT) / max(1, len(columns))
    drawn = []
    for place, (label, parts) in enumerate(columns):
        base = ZERO
        x = LEFT + place * step
        for key, name in names.items():
            amount = parts.get(key, ZERO)
            if amount > 0:
                top, tall = _y(base + amount, highest), _y(base, highest) - _y(base + amount, highest)
                words = escape(f"{label}, {name}: ${amount:,.2f}")
                drawn.append(_bar(x, top, step * 0.8, tall, colour=colours[key], words=words))
                base += amount
        if place % max(1, len(columns) // 10) == 0:
            drawn.append(_text(x + step * 0.4, HEIGHT - 4, label, anchor="middle"))
    return _chart(title, [*_scale(highest), *drawn]) + _legend({name: colours[key] for key, name in names.items()})


def waterfall(steps: Sequence[tuple[str, Decimal, bool]], *, title: str) -> str:
    """Give a waterfall of (label, USD, whether it is a whole and not a step)."""
    level = lowest = highest = ZERO
    spans = []
    for label, amount, whole in steps:
        start = ZERO if whole else level
        level = amount if whole else level + amount
        spans.append((label, amount, whole, start, level))
        lowest, highest = min(lowest, start, level), max(highest, start, level)
    step = (WIDTH - LEFT) / max(1, len(spans))
    drawn = []
    for place, (label, amount, whole, start, end) in enumerate(spans):
        x, top = LEFT + place * step, _y(max(start, end), highest, lowest)
        tall = max(1.0, _y(min(start, end), highest, lowest) - top)
        colour = WHOLE if whole else UP if amount > 0 else DOWN
        sign = "" if whole else "+" if amount > 0 else "−"
        drawn.append(_bar(x, top, step * 0.7, tall, colour=colour, words=escape(f"{label}: {sign}${abs(amount):,.2f}")))
        drawn.append(_text(x + step * 0.35, top - 4, f"{sign}${abs(amount):,.2f}", anchor="middle"))
        drawn.append(_text(x + step * 0.35, HEIGHT - 4, label, anchor="middle"))
    return _chart(title, drawn)


def _chart(title: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(drawn)}</svg>'
    )


def _legend(colours: Mapping[str, str]) -> str:
    entries = (
        f'<span><i style="background:{colour}"></i>{escape(name or "nobody named")}</span>'
        for name, colour in colours.items()
    )
    return f'<p class="legend">{"".join(entries)}</p>'


def _scale(highest: Decimal) -> list[str]:
    return [
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{_y(at, highest):.1f}" y2="{_y(at, highest):.1f}" stroke="#e3e5e8"/>'
        + _text(LEFT - 4, _y(at, highest) + 3, f"${at:,.2f}", anchor="end")
        for at in (highest * share / 2 for share in range(3))
        if highest
    ]


def _y(amount: Decimal, highest: Decimal, lowest: Decimal = ZERO) -> float:
    span = highest - lowest
    share = float((amount - lowest) / span) if span else 0.0
    return 14 + (HEIGHT - FOOT - 14) * (1 - share)


def _bar(x: float, y: float, width: float, height: float, *, colour: str, words: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">'
        f"<title>{words}</title></rect>"
    )


def _text(x: float, y: float, words: str, *, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="9" fill="#5b6470">{escape(words)}</text>'
