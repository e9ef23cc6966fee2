"""The figures of Performance: DataFrames in, plotly figures out, in one look. Times are seconds."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

HEIGHT: Final = 290
HALF_DAY: Final = pd.Timedelta(hours=14)
Span = tuple[date, date]
MARK_LIGHT, MARK_DARK = "#B42318", "#FFB3AC"
FAULT_COLOURS_LIGHT: Final = ("#B91C1C", "#B45309", "#7E22CE", "#1D6FB8", "#4D7C0F", "#BE185D", "#0F766E", "#667085")
FAULT_COLOURS_DARK: Final = ("#FB9C94", "#F2B35E", "#D3A6FB", "#7CC0F5", "#B5DB6C", "#F59AC4", "#4FD1C0", "#98A0B3")


def ranges(rows: pd.DataFrame, colours: Mapping[str, str]) -> Any:
    """Give a dot with its likely range for each model, the strongest on top.

    `rows` has `model`, `label`, `share`, `low`, `high` in 100 and `words`, strongest first.
    """
    figure = go.Figure()
    for row in rows.to_dict("records"):
        colour = colours[row["model"]]
        figure.add_scatter(
            x=[row["share"]], y=[row["label"]], mode="markers+text", text=[row["words"]], textposition="top center",
            marker={"color": colour, "size": 13}, showlegend=False, cliponaxis=False, customdata=[row["model"]],
            error_x={"type": "data", "symmetric": False, "array": [row["high"] - row["share"]],
                     "arrayminus": [row["share"] - row["low"]], "color": colour, "thickness": 2, "width": 6},
            hovertemplate=f"{_plain(row['label'])}: {row['words']} in 100 picked or tied<extra></extra>",
        )  # fmt: skip
    _look(figure, height=70 + 52 * len(rows))
    figure.update_xaxes(range=[0, 104], tickvals=[0, 25, 50, 75, 100], title="picked or tied, in 100 comparisons")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def trade_off(rows: pd.DataFrame, colours: Mapping[str, str], *, unit: str) -> Any:
    """Give quality against speed, one dot a model with its likely range.

    `rows` has `model`, `label`, `x`, `share`, `low`, `high` (in 100) and `words`; `unit` names the horizontal axis.
    """
    figure = go.Figure()
    widest, least = float(rows["x"].max()), float(rows["x"].min())
    dots = rows.to_dict("records")
    for row in dots:
        colour = colours[row["model"]]
        crowded = any(
            0 <= other["x"] - row["x"] < 0.12 * (widest - least) and abs(other["share"] - row["share"]) < 9
            for other in dots
            if other is not row
        )
        figure.add_scatter(
            x=[row["x"]], y=[row["share"]], mode="markers+text", text=[f" {_plain(row['label'])} "],
            textposition="middle left" if crowded or row["x"] == widest else "middle right",
            marker={"color": colour, "size": 13}, showlegend=False, cliponaxis=False, customdata=[row["model"]],
            error_y={"type": "data", "symmetric": False, "array": [row["high"] - row["share"]],
                     "arrayminus": [row["share"] - row["low"]], "color": colour, "thickness": 1.4, "width": 4},
            hovertemplate=f"{_plain(row['label'])}: {_plain(row['words'])}<extra></extra>",
        )  # fmt: skip
    _look(figure, height=HEIGHT)
    margin = (widest - least or widest) * 0.18
    figure.update_xaxes(range=[max(0.0, least - margin), widest + margin], title=unit)
    figure.update_yaxes(range=[0, 108], tickvals=[0, 25, 50, 75, 100], title="picked or tied, in 100")
    return figure


def over_days(
    rows: pd.DataFrame, labels: Mapping[str, str], colours: Mapping[str, str], *, unit: str,
    marks: pd.DataFrame | None = None, span: Span | None = None, dark: bool = False,
) -> Any:  # fmt: skip
    """Give one line a model over days, unusual days marked.

    `rows` has `model`, `day`, `value` and `words`; `marks` has `day`, `value` and `words`. Points carry (model, day).
    """
    figure = go.Figure()
    for model, own in rows.groupby("model", sort=False):
        figure.add_scatter(
            x=own["day"], y=own["value"], name=_plain(labels[str(model)]), mode="lines+markers",
            line={"color": colours[str(model)], "width": 2}, marker={"size": 5}, connectgaps=False,
            customdata=own[["model", "iso"]].to_numpy(), text=own["words"],
            hovertemplate="%{x|%a %-d %b} · " + _plain(labels[str(model)]) + ": %{text}<extra></extra>",
        )  # fmt: skip
    if marks is not None and len(marks):
        figure.add_scatter(
            x=marks["day"], y=marks["value"], name="unusual", mode="markers", text=marks["words"],
            marker={"symbol": "circle-open", "size": 15, "color": MARK_DARK if dark else MARK_LIGHT,
                    "line": {"width": 2}},
            customdata=marks[["model", "iso"]].to_numpy(), hovertemplate="%{text}<extra></extra>", cliponaxis=False,
        )  # fmt: skip
    _look(figure, height=HEIGHT)
    figure.update_yaxes(rangemode="tozero", title=unit, nticks=6)
    _days(figure, span)
    return figure


def by_hour(rows: pd.DataFrame, labels: Mapping[str, str], colours: Mapping[str, str], *, unit: str) -> Any:
    """Give one line a model over the hours of the day. `rows` has `model`, `hour`, `value`, `words`."""
    figure = go.Figure()
    for model, own in rows.groupby("model", sort=False):
        figure.add_scatter(
            x=own["hour"], y=own["value"], name=_plain(labels[str(model)]), mode="lines+markers",
            line={"color": colours[str(model)], "width": 2}, marker={"size": 6}, text=own["words"],
            hovertemplate="%{x}:00 · " + _plain(labels[str(model)]) + ": %{text}<extra></extra>",
        )  # fmt: skip
    _look(figure, height=HEIGHT)
    hours = sorted(set(rows["hour"]))
    figure.update_yaxes(rangemode="tozero", title=unit, nticks=6)
    shown = hours[:: max(1, len(hours) // 10)]
    figure.update_xaxes(tickvals=shown, ticktext=[f"{hour}:00" for hour in shown], showgrid=False)
    return figure


def faults_by_slot(
    rows: pd.DataFrame, words: Mapping[str, str], *, by: str, span: Span | None = None, dark: bool = False
) -> Any:
    """Give failed attempts by kind as stacked bars over `by` ("day" or "hour").

    `rows` has that column, `kind`, `count` and `iso` (the day). Bars carry (kind, day). A kind keeps its colour:
    `words` names them in the order of the colours, and those beyond are grey. `span` are the first and last day shown.
    """
    palette = FAULT_COLOURS_DARK if dark else FAULT_COLOURS_LIGHT
    order = list(words)
    kinds = sorted(set(rows["kind"]), key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
    figure = go.Figure()
    for kind in kinds:
        place = order.index(kind) if kind in order else len(order)
        own = rows[rows["kind"] == kind]
        when = "%{x|%a %-d %b}" if by == "day" else "%{x}:00 UTC"
        figure.add_bar(
            x=own[by], y=own["count"], name=_plain(words.get(str(kind), str(kind))),
            marker={"color": palette[min(place, len(palette) - 1)], "line": {"width": 0}},
            customdata=own[["kind", "iso"]].to_numpy(),
            hovertemplate=when + " · " + _plain(words.get(str(kind), str(kind))) + ": %{y}<extra></extra>",
        )  # fmt: skip
    _look(figure, height=HEIGHT)
    figure.update_layout(barmode="stack", bargap=0.25)
    figure.update_yaxes(rangemode="tozero", nticks=5, title="failed attempts")
    if by == "day":
        _days(figure, span)
    else:
        figure.update_xaxes(showgrid=False, ticksuffix=":00", dtick=1)
    return figure


def steps(rows: pd.DataFrame, *, colours: Sequence[str]) -> Any:
    """Give prices over time as steps. `rows` has `name`, `day` and `price` in USD per million tokens."""
    figure = go.Figure()
    for place, (name, own) in enumerate(rows.groupby("name", sort=False)):
        figure.add_scatter(
            x=own["day"], y=own["price"], name=str(name), mode="lines", cliponaxis=False,
            line={"shape": "hv", "width": 2, "color": colours[place % len(colours)]},
            hovertemplate="%{x|%-d %b %Y} · " + str(name) + ": $%{y:,.4~f} per million tokens<extra></extra>",
        )  # fmt: skip
    _look(figure, height=220)
    figure.update_yaxes(rangemode="tozero", tickprefix="$", nticks=5, title="per million tokens")
    figure.update_xaxes(tickformat="%-d %b", showgrid=False, nticks=8)
    return figure


def counts(rows: pd.DataFrame, *, title: str) -> Any:
    """Give bars of counts. `rows` has `number` and `count`."""
    figure = go.Figure(
        go.Bar(x=rows["number"], y=rows["count"], hovertemplate="%{x} going: %{y} requests<extra></extra>")
    )
    _look(figure, height=200)
    figure.update_xaxes(title=title, dtick=max(1, int(rows["number"].max()) // 12), showgrid=False)
    figure.update_yaxes(title="requests", nticks=4)
    return figure


def _days(figure: Any, span: Span | None) -> None:
    figure.update_xaxes(tickformat="%-d %b", showgrid=False, nticks=8)
    if span is not None:
        figure.update_xaxes(range=[pd.Timestamp(span[0]) - HALF_DAY, pd.Timestamp(span[1]) + HALF_DAY])


def _look(figure: Any, *, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 8, "t": 24, "b": 0},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hovermode="closest",
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)


def _plain(name: str) -> str:
    """Give a name without what plotly would take for markup."""
    return name.replace("<", "‹").replace(">", "›").replace("%{", "% {")
