"""Figures of the Router page: cost against quality, calibration, the map of prompts. Plain values in, plotly out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.domain.route import Basis
from core.router.replay_view import Calibration, Dot, Place, Replay, Setting
from core.store.routes import PastRoute
from pages.ui.costs_charts import quiet

HEIGHT: Final = 340
AUTO_LIGHT, AUTO_DARK = "#4338CA", "#A5A1FF"
BAND_LIGHT, BAND_DARK = "rgba(67, 56, 202, 0.12)", "rgba(165, 161, 255, 0.18)"
BASES: Final = {
    Basis.EVIDENCE: "on similar runs",
    Basis.LEARNING: "to learn",
    Basis.PRIOR: "the best model",
}
CONTROLS: Final = {"oracle": "perfect choice", "random": "by lot", "shuffled": "Auto's mix by lot"}


def cost_quality(
    found: Replay, setting: Setting, names: Mapping[str, str], colours: Mapping[str, str], *, dark: bool = False
) -> Any:
    """Give Auto's line with its likely band over mean cost per run, a dot per model, and the perfect choice.

    Quality stands as "in 100"; the ring marks the setting on the slider.
    """
    line, band = (AUTO_DARK, BAND_DARK) if dark else (AUTO_LIGHT, BAND_LIGHT)
    points = sorted(found.curve, key=lambda each: each.cost)
    costs = [each.cost for each in points]
    figure = go.Figure()
    high, low = [100 * each.quality.high for each in points], [100 * each.quality.low for each in points]
    figure.add_scatter(x=costs + costs[::-1], y=high + low[::-1], fill="toself", fillcolor=band, line={"width": 0},
                       hoverinfo="skip", showlegend=False)  # fmt: skip
    figure.add_scatter(
        x=costs, y=[100 * each.quality.value for each in points], mode="lines", name="Auto",
        line={"color": line, "width": 3, "shape": "hv"},
        hovertemplate="Auto: $%{x:.4f} a run, %{y:.0f} in 100<extra></extra>",
    )  # fmt: skip
    for dot in found.models:
        _dot(figure, dot, names[dot.name], colours.get(dot.name, quiet(dark)), symbol="circle")
    for dot in found.controls:
        if dot.name == "oracle":
            _dot(figure, dot, CONTROLS[dot.name], quiet(dark), symbol="star")
    here_cost = float(setting.cost) / max(1, found.runs)
    here = 100 * setting.kept.value * found.baseline_quality
    figure.add_scatter(
        x=[here_cost], y=[here], mode="markers", showlegend=False,
        marker={"size": 16, "color": "rgba(0,0,0,0)", "line": {"color": line, "width": 3}},
        hovertemplate="This setting: $%{x:.4f} a run, %{y:.0f} in 100<extra></extra>",
    )  # fmt: skip
    figure.update_layout(height=HEIGHT, margin={"l": 0, "r": 16, "t": 8, "b": 0}, showlegend=False)
    figure.update_xaxes(title="cost of a run", tickprefix="$", rangemode="tozero", zeroline=False)
    figure.update_yaxes(title="in 100 picked or tied", zeroline=False)
    return figure


def calibration(found: Calibration, *, dark: bool = False) -> Any:
    """Give what was predicted against what came, in bins of like size; on the line, predictions mean what they say."""
    line = AUTO_DARK if dark else AUTO_LIGHT
    figure = go.Figure()
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", line={"color": quiet(dark), "dash": "dot", "width": 1},
                       hoverinfo="skip")  # fmt: skip
    figure.add_scatter(
        x=[100 * each.predicted for each in found.bins], y=[100 * each.actual for each in found.bins],
        mode="lines+markers", line={"color": line}, customdata=[each.count for each in found.bins],
        hovertemplate="said %{x:.0f}, came %{y:.0f} in 100 (%{customdata} answers)<extra></extra>",
    )  # fmt: skip
    figure.update_layout(height=280, margin={"l": 0, "r": 8, "t": 8, "b": 0}, showlegend=False)
    figure.update_xaxes(title="predicted, in 100", range=[0, 100])
    figure.update_yaxes(title="came true, in 100", range=[0, 100])
    return figure


def prompt_map(
    places: tuple[Place, ...], names: Mapping[str, str], colours: Mapping[str, str], *, dark: bool = False
) -> Any:
    """Give past prompts by meaning, near ones alike, coloured by who won; each point carries its run."""
    figure = go.Figure()
    winners = sorted({place.winner for place in places}, key=lambda name: (name == "", name))
    for winner in winners:
        own = [place for place in places if place.winner == winner]
        figure.add_scatter(
            x=[place.x for place in own], y=[place.y for place in own], mode="markers",
            name=names[winner] if winner else "no single winner",
            marker={"size": 7, "opacity": 0.75, "color": colours.get(winner, quiet(dark)) if winner else quiet(dark)},
            customdata=[[place.run, _short(place.prompt)] for place in own],
            hovertemplate="%{customdata[1]}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_layout(height=420, margin={"l": 0, "r": 0, "t": 8, "b": 0}, legend={"orientation": "h", "y": 1.08})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def _dot(figure: Any, dot: Dot, name: str, colour: str, *, symbol: str) -> None:
    figure.add_scatter(
        x=[dot.cost], y=[100 * dot.quality], mode="markers+text", text=[_plain(name)], textposition="top center",
        cliponaxis=False, marker={"size": 11, "color": colour, "symbol": symbol},
        hovertemplate=f"{_plain(name)}: $%{{x:.4f}} a run, %{{y:.0f}} in 100, {dot.runs:,} runs<extra></extra>",
    )  # fmt: skip


def _plain(text: str) -> str:
    """Give a name that plotly shows as it is: it reads < as a tag."""
    return text.replace("<", "‹").replace(">", "›")


def _short(prompt: str) -> str:
    return _plain(" ".join(prompt.split())[:90])


def routes_by_day(routes: Sequence[PastRoute]) -> Any:
    """Give Auto's choices by day as stacked bars, by what they rested on."""
    days = sorted({each.created_at.date() for each in routes})
    figure = go.Figure()
    for basis, words in BASES.items():
        counts = Counter(each.created_at.date() for each in routes if each.basis == basis)
        if counts:
            figure.add_bar(x=days, y=[counts[day] for day in days], name=words,
                           hovertemplate="%{x|%a %-d %b}: %{y} " + words + "<extra></extra>")  # fmt: skip
    figure.update_layout(height=220, margin={"l": 0, "r": 0, "t": 8, "b": 0}, barmode="stack", bargap=0.25,
                         legend={"orientation": "h", "y": 1.15})  # fmt: skip
    figure.update_xaxes(showgrid=False)
    return figure
