"""Figures of the pages: a DataFrame in, a plotly figure out, coloured by Streamlit's theme and drawn in one way."""

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from pages.ui.palette import SERIES_DARK, SERIES_LIGHT

CONFIG: Final = {"displayModeBar": False}
ROW_PIXELS: Final = 52


def wins_matrix(wins: pd.DataFrame) -> Any:
    """Give how often each model was picked or tied against each other one.

    `wins` has the columns `model`, `against`, `share` (in [0, 1]) and `words` (what stands in the cell), one row for
    each ordered pair that was compared; models stand in the order in which they first come.
    """
    order = list(dict.fromkeys(wins["model"]))
    shares = wins.pivot_table(index="model", columns="against", values="share", sort=False).reindex(
        order, columns=order
    )
    words = wins.pivot_table(index="model", columns="against", values="words", aggfunc="first", sort=False)
    words = words.reindex(order, columns=order).fillna("")
    figure = go.Figure(
        go.Heatmap(
            z=shares.to_numpy() * 100,
            x=order,
            y=order,
            text=words.to_numpy(),
            texttemplate="%{text}",
            zmin=0,
            zmax=100,
            xgap=3,
            ygap=3,
            hovertemplate="%{y} against %{x}: picked or tied in %{z:.0f} in 100<extra></extra>",
            showscale=False,
            textfont={"size": 12},
        )
    )
    figure.update_layout(
        height=70 + ROW_PIXELS * len(order),
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        xaxis={"side": "top", "showgrid": False},
        yaxis={"autorange": "reversed", "showgrid": False},
    )
    return figure


def busy_hours(hours: pd.DataFrame, *, dark: bool = False) -> Any:
    """Give how many answers were under way at most at once, a bar an hour.

    `hours` has the columns `hour` (local time) and `at_once` and `attempts` (whole numbers), with a row for every hour.
    """
    figure = go.Figure(
        go.Bar(
            x=hours["hour"],
            y=hours["at_once"],
            customdata=hours["attempts"],
            marker={"color": (SERIES_DARK if dark else SERIES_LIGHT)[0], "line": {"width": 0}},
            hovertemplate="%{x|%H:%M}: at most %{y} at once, %{customdata} requests in the hour<extra></extra>",
        )
    )
    figure.update_layout(
        height=180,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        bargap=0.25,
        xaxis={"tickformat": "%H:%M", "showgrid": False, "fixedrange": True, "nticks": 8},
        yaxis={"rangemode": "tozero", "fixedrange": True, "tickformat": "d", "nticks": 4},
    )
    return figure
