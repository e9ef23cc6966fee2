"""What a replay of past runs found, frozen: plain numbers that pages draw; nothing heavy is imported here."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A figure with its 95 % interval, from resampled prompts."""

    value: float
    low: float
    high: float


class Sure(StrEnum):
    """How sure the line of a task is: Auto's answers hold, the cheaper model loses here, or more picks would tell."""

    YES = "yes"
    LOSES = "loses"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One kind of task at one setting. `asks` is the model Auto asks most; `kept` and `saved` are shares, 1 is all.

    Where it asks the best model anyway, `rival` is the cheaper one it was weighed against ("" where none was judged
    often enough), and LOSES is about that one. `more` is how many more picks would tell, None where no number would.
    """

    task: str
    judged: int
    asks: str
    kept: float
    saved: float
    sure: Sure
    rival: str = ""
    more: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorseRun:
    """A run in which Auto's model gave the worse answer. Costs in USD, of one answer each."""

    run: str
    prompt: str
    asked: str
    better: str
    cost: Decimal
    better_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What "keep at least `keep` in 100" comes to. `cost` is Auto's bill in USD over all compared runs.

    `saved` and `kept` are shares of the baseline's cost and quality. `faster` is mean seconds saved per run, negative
    where slower, None where no times are known. `price` is λ: quality given up for one US dollar. `mix` has the share
    of runs by model, the largest first. `worse` and `better` count runs against the baseline's answer.
    """

    keep: float
    price: float
    cost: Decimal
    saved: Span
    kept: Span
    worse: int
    better: int
    faster: float | None
    mix: tuple[tuple[str, float], ...]
    tasks: tuple[TaskLine, ...]
    worse_runs: tuple[WorseRun, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Mean cost in USD and mean quality of one λ, with the quality's 95 % band."""

    cost: float
    quality: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A single model, or a control: mean cost in USD of a run and mean quality, over `runs` compared runs."""

    name: str
    cost: float
    quality: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """RouteLLM's figures for the two models most often compared. `apgr` is 0.5 for lots; CPTs are percents of calls."""

    weak: str
    strong: str
    runs: int
    apgr: float | None
    cpt50: float | None
    cpt80: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Predictions of like size: their mean, what truly came, and how many."""

    predicted: float
    actual: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Whether predicted qualities mean what they say: Brier score, expected calibration error, and ten bins."""

    brier: float
    ece: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A past prompt on the map of meanings; `winner` is "" where no one model was best."""

    x: float
    y: float
    prompt: str
    winner: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Past runs decided again by what was learned from the other prompts.

    `runs` were compared: the baseline and at least one other model were judged on them, and have a price or are free;
    Auto may only take an answer that was judged. `left_out` others of the chosen period could not be compared.
    `baseline_cost` is what always asking the best model would have cost over these runs, USD.
    """

    runs: int
    left_out: int
    prompts: int
    baseline: str
    baseline_cost: Decimal
    baseline_quality: float
    settings: tuple[Setting, ...]
    curve: tuple[CurvePoint, ...]
    models: tuple[Dot, ...]
    controls: tuple[Dot, ...]
    pair: Pair | None
    aiq: float
    calibration: Calibration
    places: tuple[Place, ...]

    def at(self, keep: float) -> Setting:
        """Give the setting nearest to "keep at least so many in 100"."""
        return min(self.settings, key=lambda each: abs(each.keep - keep))


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How far learning is. `picks` judged runs that teach, of about `needed`.

    `state`: "early" below that; "first" while the first replay is made (draw a skeleton); "ready"; "renewing" while
    there is one and a newer is being made; "failed" with what to do about it in `message` and `next_step`.
    """

    state: Literal["early", "first", "ready", "renewing", "failed"]
    picks: int
    needed: int
    message: str = ""
    next_step: str = ""
