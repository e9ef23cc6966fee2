"""The made-up world of the benchmarks: models nobody sells, people nobody knows, and a skew as in real use.

Names are invented so that no figure here can be taken for one of a real model.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

PICO = 1_000_000
"""Pico-dollars a token for one dollar per million tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpModel:
    """One model: how often it is chosen, what it costs (USD per million tokens), how it answers, how good it is.

    `first_word` is in seconds, `speed` in tokens a second, `answer` the median of its output tokens. `quality` orders
    the models when a person picks. Prices are None where nobody knows one, 0 where the model is declared free.
    """

    name: str
    label: str
    place: str
    provider: str
    host: str
    weight: float
    input_price: float | None
    cached_price: float | None
    output_price: float | None
    first_word: float
    speed: float
    answer: int
    quality: float
    failing: float
    thinking: bool = False


def _cloud(
    name: str, label: str, weight: float, prices: tuple[float, float, float] | None, **more: object
) -> MadeUpModel:
    provider = name.partition("/")[0]
    low, cached, high = prices or (None, None, None)
    figures = {"input_price": low, "cached_price": cached, "output_price": high}
    return MadeUpModel(
        name=name, label=label, place="cloud", provider=provider, host=f"api.{provider}.invalid", weight=weight,
        **figures, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _own(name: str, label: str, place: str, provider: str, host: str, weight: float, **more: object) -> MadeUpModel:
    return MadeUpModel(
        name=name, label=label, place=place, provider=provider, host=host, weight=weight,
        input_price=0, cached_price=0, output_price=0, **more,  # type: ignore[arg-type]
    )  # fmt: skip


MODELS = (
    _cloud("north/atlas", "Atlas", 20, (3, 0.3, 15), first_word=0.7, speed=70, answer=320, quality=1.0, failing=0.02,
           thinking=True),
    _cloud("north/atlas-mini", "Atlas mini", 26, (0.15, 0.075, 0.6), first_word=0.3, speed=150, answer=240,
           quality=0.55, failing=0.015),
    _cloud("north/summit", "Summit", 4, (15, 1.5, 75), first_word=1.6, speed=45, answer=420, quality=1.15,
           failing=0.05, thinking=True),
    _cloud("south/bolt", "Bolt", 18, (0.5, 0.25, 2), first_word=0.2, speed=220, answer=200, quality=0.6, failing=0.02),
    _cloud("south/bolt-pro", "Bolt pro", 9, (2, 1, 8), first_word=0.5, speed=95, answer=300, quality=0.9,
           failing=0.025),
    _cloud("east/river", "River", 7, (1.25, 0.125, 10), first_word=0.9, speed=120, answer=380, quality=0.95,
           failing=0.03),
    _cloud("east/brook", "Brook", 5, (0.1, 0.025, 0.4), first_word=0.25, speed=200, answer=260, quality=0.5,
           failing=0.03),
    _cloud("west/new-thing", "New thing", 1, None, first_word=0.8, speed=80, answer=300, quality=0.7, failing=0.06),
    _own("ollama_chat/pebble", "Pebble", "local", "ollama", "127.0.0.1", 5, first_word=1.4, speed=22, answer=180,
         quality=0.3, failing=0.04),
    _own("ollama_chat/boulder", "Boulder", "local", "ollama", "127.0.0.1", 2, first_word=3.0, speed=9, answer=260,
         quality=0.6, failing=0.06),
    _own("lab/willow", "Willow", "private", "openai-compatible", "lab.invalid", 3, first_word=0.5, speed=95,
         answer=250, quality=0.65, failing=0.02),
)  # fmt: skip

PRICE_CUT = ("south/bolt", 0.55, 0.5)
"""Which model became cheaper, after which share of the year, and to which share of its price."""

PEOPLE, TEAMS, PROJECTS, TAGS = 40, 6, 25, 30
WITHOUT_PROJECT = 0.13
MODELS_PER_RUN = ((1, 2, 3, 4, 5), (0.25, 0.3, 0.3, 0.1, 0.05))
SHOTS_PER_MODEL = ((1, 2, 3, 5), (0.6, 0.25, 0.1, 0.05))
FAULTS = (("rate_limited", 429), ("provider_fault", 500), ("unreachable", None), ("stalled", None))

TASKS = (
    "Write a reply to this customer",
    "Summarise these notes in five lines",
    "Translate into plain English",
    "List every date and amount in this text",
    "Explain the dip in these figures",
    "Write SQL for this question",
    "Draft an agenda from these points",
    "Find what contradicts itself here",
    "Turn this into a table",
    "Review this clause for risks",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


OFFICE = _words(
    "the of to and a in is for on that with this we our your from by as it be are was not have order invoice customer "
    "payment contract delivery price month report team project budget question answer meeting date amount account "
    "service product quality change request notice period clause shipment refund charge supplier plan result figure "
    "sales market region quarter growth cost margin forecast error system update release issue test review approval "
    "policy privacy record case claim damage letter reply offer term condition liability warranty return stock store "
    "branch office desk phone mail address name number page line table column value total share rate index level"
)
SYLLABLES = _words(
    "ba be bo da de di do fa fe ga go ka ke ki ko la le li lo ma me mi mo na ne no pa po ra re ri ro sa se so ta te to"
)


@cache
def vocabulary(size: int = 20_000) -> tuple[str, ...]:
    """Give words by falling frequency: office words first, then a long tail of made-up ones."""
    rng = np.random.default_rng(7)
    lengths = rng.integers(2, 6, size * 2).tolist()
    drawn = rng.integers(0, len(SYLLABLES), (size * 2, 5)).tolist()
    made_up = dict.fromkeys(
        "".join(SYLLABLES[each] for each in row[:length]) for row, length in zip(drawn, lengths, strict=True)
    )
    return (*OFFICE, *[word for word in made_up if word not in OFFICE][: size - len(OFFICE)])


@cache
def stream_of_words(words: int = 400_000) -> str:
    """Give one long text of words by Zipf's law; prompts and answers are pieces of it."""
    known = np.array(vocabulary())
    chosen = np.random.default_rng(11).zipf(1.15, words) - 1
    text = " ".join(known[chosen % len(known)].tolist())
    return text.replace(" the ", ". The ", text.count(" the ") // 8)


def zipf_weights(count: int, exponent: float = 1.1) -> npt.NDArray[np.float64]:
    """Give shares that fall as a power of the rank and add up to 1."""
    weights = 1 / np.arange(1, count + 1) ** exponent
    return weights / weights.sum()
