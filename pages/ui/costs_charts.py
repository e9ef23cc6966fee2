"""The figures of the review: DataFrames in, plotly figures out, one look. Words and money come in as text."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd
import plotly.graph_objects as go

HEIGHT: Final = 280
LARGE: Final = 440
NEAR_COST: Final = 0.15
NEAR_QUALITY: Final = 10
FREE_APART: Final = 5.0
"""What costs nothing has no place on a scale of factors: it stands so far left of the cheapest."""
QUIET_LIGHT, QUIET_DARK = "#98A0B3", "#667085"
UP_LIGHT, UP_DARK = "#B45309", "#F2B35E"
DOWN_LIGHT, DOWN_DARK = "#0F766E", "#4FD1C0"
LINE_LIGHT, LINE_DARK = "#B42318", "#FFB3AC"


class Dot(NamedTuple):
    """One model of the chart of cost against quality; ranges are NaN where they are not known."""

    model: str
    name: str
    cost: float
    cost_low: float
    cost_high: float
    quality: float
    low: float
    high: float
    best: bool
    words: str


def quiet(dark: bool) -> str:
    """Give the grey of what has no colour of its own: others, nobody named, elsewhere."""
    return QUIET_DARK if dark else QUIET_LIGHT


def day_bars(
    days: pd.DataFrame, order: Sequence[tuple[str, str]], colours: Mapping[str, str], *, sign: str,
    span: tuple[Any, Any], limit: float | None = None, dark: bool = False, large: bool = False,
) -> Any:  # fmt: skip
    """Give stacked bars by day. `days` has `day`, `key`, `amount` and `words`; `order` is (key, name), below first.

    Each bar carries (day, key) as its custom data. `limit` is what a day may cost, drawn as a line; `span` are the
    first and last day shown.
    """
    figure = go.Figure()
    for key, name in order:
        own = days[days["key"] == key]
        if own.empty:
            continue
        figure.add_bar(
            x=own["day"],
            y=own["amount"],
            name=name,
            marker={"color": colours.get(key, quiet(dark)), "line": {"width": 0}},
            customdata=own[["iso", "key"]].to_numpy(),
            text=own["words"],
            textposition="none",
            hovertemplate="%{x|%a %-d %b} · " + _plain(name) + ": %{text}<extra></extra>",
        )
    if limit is not None:
        ends = (f"{span[0]} 00:00", f"{span[1]} 23:59")
        _level(figure, limit, f"budget a day {sign}{limit:,.2f}", ends, dark=dark)
    _look(figure, sign=sign, large=large)
    figure.update_layout(barmode="relative", bargap=0.25)
    figure.update_xaxes(range=[f"{span[0]} 00:00", f"{span[1]} 23:59"], tickformat="%-d %b", showgrid=False)
    figure.update_xaxes(tickvals=[str(day) for day in pd.date_range(span[0], span[1], freq="7D")])
    figure.update_traces(xperiod=86_400_000, xperiodalignment="middle", selector={"type": "bar"})
    return figure


def waterfall(steps: pd.DataFrame, *, sign: str, dark: bool = False, large: bool = False) -> Any:
    """Give a waterfall. `steps` has `name`, `amount`, `words` and `whole` (a level, not a step), in order."""
    tops, level = [], 0.0
    for amount, whole in zip(steps["amount"], steps["whole"], strict=True):
        start = 0.0 if whole else level
        level = amount if whole else level + amount
        tops.append(max(start, level))
    figure = go.Figure(
        go.Waterfall(
            x=steps["name"],
            y=steps["amount"],
            measure=["absolute" if whole else "relative" for whole in steps["whole"]],
            text=steps["words"],
            textposition="outside",
            cliponaxis=False,
            increasing={"marker": {"color": UP_DARK if dark else UP_LIGHT}},
            decreasing={"marker": {"color": DOWN_DARK if dark else DOWN_LIGHT}},
            totals={"marker": {"color": quiet(dark)}},
            connector={"line": {"color": quiet(dark), "width": 1}},
            hovertemplate="%{x}: %{text}<extra></extra>",
        )
    )
    _look(figure, sign=sign, large=large)
    figure.update_layout(showlegend=False, waterfallgap=0.35)
    figure.update_yaxes(range=[0, max(tops, default=1.0) * 1.15], showticklabels=False, showgrid=False)
    figure.update_xaxes(showgrid=False)
    return figure


def value_dots(
    dots: pd.DataFrame, colours: Mapping[str, str], *, sign: str, dark: bool = False, large: bool = False
) -> Any:
    """Give cost for one answer against how many in 100 are picked or tied, with likely ranges; best buys are joined.

    `dots` has `model`, `name`, `cost`, `cost_low`, `cost_high`, `quality`, `low`, `high` (in 100), `best`, `words`.
    """
    figure = go.Figure()
    rows = [Dot(*line) for line in dots[list(Dot._fields)].itertuples(index=False)]
    free = min((row.cost for row in rows if row.cost > 0), default=1.0) / FREE_APART
    place = {row.model: row.cost or free for row in rows}
    best = sorted((row for row in rows if row.best), key=lambda row: place[row.model])
    if len(best) > 1:
        figure.add_scatter(
            x=[place[row.model] for row in best], y=[row.quality for row in best], mode="lines", hoverinfo="skip",
            line={"color": quiet(dark), "width": 2, "dash": "dot"}, showlegend=False,
        )  # fmt: skip
    sides = _sides(rows, place)
    for row in rows:
        colour = colours.get(row.model, quiet(dark))
        figure.add_scatter(
            x=[place[row.model]],
            y=[row.quality],
            mode="markers+text",
            text=[_plain(row.name)],
            textposition=sides[row.model],
            marker={
                "color": colour, "size": 13, "symbol": "circle" if row.best else "circle-open",
                "line": {"width": 2, "color": colour},
            },
            error_x=_range(row.cost, row.cost_low, row.cost_high, colour) if row.cost > 0 else None,
            error_y=_range(row.quality, row.low, row.high, colour),
            hovertext=[row.words],
            hovertemplate="%{hovertext}<extra></extra>",
            cliponaxis=False,
            showlegend=False,
        )  # fmt: skip
    _look(figure, sign=sign, large=large)
    ends = [free if any(not row.cost for row in rows) else free * FREE_APART]
    ends += [max(row.cost, row.cost_high) for row in rows if row.cost > 0]
    low, high = math.log10(min(ends)), math.log10(max(ends))
    ticks = [10.0**power for power in range(math.ceil(low), math.floor(high) + 1) if 10.0**power > free * 1.5]
    names = [f"{sign}{tick:,.10f}".rstrip("0").rstrip(".") for tick in ticks]
    if any(not row.cost for row in rows):
        ticks, names = [free, *ticks], ["no charge", *names]
    room = 0.12 * max(high - low, 1.0)
    figure.update_xaxes(
        title="cost of one answer, each step ten times as much", type="log", range=[low - room, high + 2 * room],
        tickvals=ticks, ticktext=names, showgrid=False,
    )  # fmt: skip
    figure.update_yaxes(
        title="picked or tied in 100", tickprefix="", range=[0, 104], tickvals=[0, 25, 50, 75, 100], tickformat="d"
    )
    return figure


def burn_up(
    spent: pd.DataFrame, ahead: pd.DataFrame, *, sign: str, budget: float | None, colour: str, dark: bool = False,
    large: bool = False,
) -> Any:  # fmt: skip
    """Give the sum since the month began (`day`, `amount`), and its likely range (`day`, `low`, `middle`, `high`)."""
    figure = go.Figure()
    if not ahead.empty:
        figure.add_scatter(x=ahead["day"], y=ahead["high"], mode="lines", line={"width": 0}, hoverinfo="skip",
                           showlegend=False)  # fmt: skip
        figure.add_scatter(
            x=ahead["day"], y=ahead["low"], mode="lines", line={"width": 0}, fill="tonexty", name="likely",
            fillcolor=_pale(colour), hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=ahead["day"], y=ahead["middle"], mode="lines", name="at this pace",
            line={"color": colour, "width": 2, "dash": "dot"}, text=ahead["words"],
            hovertemplate="%{x|%-d %b}: %{text}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=spent["day"], y=spent["amount"], mode="lines", name="spent", line={"color": colour, "width": 3},
        text=spent["words"], hovertemplate="%{x|%-d %b}: %{text}<extra></extra>",
    )  # fmt: skip
    if budget is not None:
        ends = (spent["day"].min(), max(spent["day"].max(), ahead["day"].max() if len(ahead) else spent["day"].max()))
        _level(figure, budget, f"budget {sign}{budget:,.2f}".removesuffix(".00"), ends, dark=dark)
    _look(figure, sign=sign, large=large)
    figure.update_xaxes(tickformat="%-d %b", showgrid=False)
    return figure


def _look(figure: Any, *, sign: str, large: bool) -> None:
    figure.update_layout(
        height=LARGE if large else HEIGHT,
        margin={"l": 0, "r": 8, "t": 24, "b": 0},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hovermode="closest",
        dragmode=False,
        font={"size": 17 if large else 13},
    )
    figure.update_yaxes(tickprefix=sign, rangemode="tozero", zeroline=True, nticks=5)
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)


def _level(figure: Any, level: float, words: str, days: Sequence[Any], *, dark: bool) -> None:
    """Draw a level as a dashed line that the legend names: a word in the plot would lie on the bars."""
    figure.add_scatter(
        x=list(days), y=[level] * len(days), mode="lines", name=words, hoverinfo="skip",
        line={"color": LINE_DARK if dark else LINE_LIGHT, "width": 1.5, "dash": "dash"},
    )  # fmt: skip


def _range(middle: float, low: float, high: float, colour: str) -> dict[str, Any] | None:
    if math.isnan(low) or math.isnan(high):
        return None
    return {
        "type": "data", "symmetric": False, "array": [high - middle], "arrayminus": [middle - low], "color": colour,
        "thickness": 1.2, "width": 4,
    }  # fmt: skip


def _sides(dots: Sequence[Dot], place: Mapping[str, float]) -> dict[str, str]:
    """Give each dot the side on which its name stands: above it, or away from a dot nearby."""
    at = {model: math.log10(cost) for model, cost in place.items()}
    wide = max(at.values()) - min(at.values()) or 1.0
    found = {}
    for one in dots:
        near = [
            other
            for other in dots
            if other.model != one.model
            and abs(at[other.model] - at[one.model]) < wide * NEAR_COST
            and abs(other.quality - one.quality) < NEAR_QUALITY
        ]
        above = all((one.quality, one.model) > (other.quality, other.model) for other in near)
        found[one.model] = "top right" if above else "bottom right"
    return found


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"


def _plain(name: str) -> str:
    """Give a name without what plotly would take for markup."""
    return name.replace("<", "‹").replace(">", "›").replace("%{", "% {")
