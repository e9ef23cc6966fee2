"""Words and figures of the pages: exact, short, and never a zero for what is not known."""

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.model import ModelCard, Place, PriceState
from core.domain.money import CostState
from core.domain.run import FinishReason, ShotRecord, ShotState
from pages.ui import palette, words


def shot(**changes):
    base = {"id": 1, "ordinal": 1, "model": "m", "label": "M", "shot_index": 1, "place": Place.CLOUD}
    return ShotRecord(**(base | {"state": ShotState.RUNNING} | changes))


@pytest.mark.parametrize(
    ("amount", "state", "text"),
    [
        (Decimal("0.0021"), CostState.PRICED, "$0.0021"),
        (Decimal("0.0021"), CostState.PENDING, "~$0.0021"),
        (Decimal("0.0021"), CostState.ESTIMATED, "~$0.0021"),
        (Decimal(0), CostState.FREE, "no charge"),
        (None, CostState.FREE, "no charge"),
        (None, CostState.UNPRICED, "no price known"),
        (None, CostState.PENDING, "…"),
        (None, CostState.PRICED, "no price known"),
        (Decimal("0.41"), CostState.PRICED, "$0.41"),
        (Decimal("212.4"), CostState.PRICED, "$212.40"),
        (Decimal("12431.005"), CostState.PRICED, "$12,431.00"),
        (Decimal("0.00001"), CostState.PRICED, "under $0.0001"),
    ],
)
def test_a_cost_reads_as_its_state_says(amount, state, text):
    assert words.money(amount, state) == text


@given(st.decimals(min_value=0, max_value=10**7, allow_nan=False, allow_infinity=False), st.sampled_from(CostState))
def test_an_unknown_cost_never_shows_a_figure(amount, state):
    text = words.money(amount, state)
    assert ("$" in text) == (state not in (CostState.FREE, CostState.UNPRICED))
    assert "$" not in words.money(None, state)


def test_a_sum_names_what_it_leaves_out():
    assert words.sum_words(Decimal("2.5"), unpriced=3) == "$2.50 + 3 without a price"
    assert words.sum_words(Decimal(0), unpriced=3) == "3 without a price"


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.00418", "$0.0042"), ("0.004", "$0.004"), ("0.0002", "$0.0002"), ("0.4149", "$0.41"), ("12.6", "$13")],
)
def test_an_estimate_shows_two_telling_digits(amount, text):
    assert words.about_dollars(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, "…"),
        (40, "0.04 s"),
        (600, "0.6 s"),
        (3140, "3.1 s"),
        (9960, "10 s"),
        (125_000, "2 min 5 s"),
        (3_780_000, "1 h 3 min"),
    ],
)
def test_a_duration_reads_in_the_unit_that_fits(milliseconds, text):
    assert words.seconds(milliseconds) == text


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (shot(state=ShotState.QUEUED), "waiting"),
        (shot(), "waiting for the first word"),
        (shot(thinking="hm"), "thinking"),
        (shot(text="Dear"), "writing"),
        (shot(state=ShotState.DONE), "done"),
        (shot(state=ShotState.FAILED, total_ms=20_000), "failed after 20 s"),
        (shot(state=ShotState.CANCELLED), "stopped"),
    ],
)
def test_a_shot_says_how_it_stands(record, text):
    assert words.state_words(record) == text


@pytest.mark.parametrize("reason", [*FinishReason, None])
def test_a_cut_answer_is_never_called_done(reason):
    assert words.state_words(shot(state=ShotState.TRUNCATED, finish_reason=reason)).startswith("cut")


def test_a_moment_reads_in_the_readers_own_time():
    now = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
    assert words.when(datetime(2026, 11, 12, 14, 2, tzinfo=UTC), now=now, zone=UTC) == "14:02"
    assert words.when(datetime(2026, 11, 11, 14, 2, tzinfo=UTC), now=now, zone=UTC) == "yesterday 14:02"
    assert words.when(datetime(2026, 10, 9, 14, 2, tzinfo=UTC), now=now, zone=UTC) == "9 Oct 14:02"
    assert words.when(datetime(2025, 10, 9, 14, 2, tzinfo=UTC), now=now, zone=UTC) == "9 Oct 2025"


def test_a_price_is_never_nought_where_none_is_known():
    card = ModelCard(name="a/b", label="b", place=Place.CLOUD, provider="a")
    assert words.price_words(card) == "no price known"
    priced = ModelCard(
        name="a/b",
        label="b",
        place=Place.CLOUD,
        provider="a",
        price_state=PriceState.PRICED,
        input_price=Decimal("3.000"),
        output_price=Decimal("0.6"),
    )
    assert words.price_words(priced) == "$3 / $0.60 per 1M"


@given(st.text(), st.integers(min_value=2, max_value=200))
def test_a_first_line_fits_and_stays_one_line(text, longest):
    line = words.first_line(text, longest=longest)
    assert len(line) <= longest
    assert "\n" not in line


def test_a_place_has_icon_and_word():
    assert [palette.place_badge(place) for place in Place] == [
        ":green-badge[:material/computer: this machine]",
        ":blue-badge[:material/lan: our network]",
        ":gray-badge[:material/cloud: outside]",
    ]


def test_every_model_keeps_its_colour_and_the_demo_models_differ():
    demo = [f"simulated/{name}" for name in ("sage", "swift", "pine", "grand", "fern")]
    assert len({palette.colour_of(model) for model in demo}) == 5
    assert palette.colour_of("openai/gpt-4o-mini") == palette.colour_of("openai/gpt-4o-mini")
    many = [f"lab/model-{number}" for number in range(8)]
    assert len(set(palette.colours_of(many).values())) == 8


def contrast(first, second):
    def light(colour):
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(first), light(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_theme_is_readable_and_holds_the_same_series():
    theme = tomllib.loads(Path(".streamlit/config.toml").read_text())["theme"]
    for name, series in (("light", palette.SERIES_LIGHT), ("dark", palette.SERIES_DARK)):
        mode = theme[name]
        assert tuple(mode["chartCategoricalColors"]) == series
        for surface in (mode["backgroundColor"], mode["secondaryBackgroundColor"]):
            assert min(contrast(colour, surface) for colour in series) >= 3
            assert contrast(mode["textColor"], surface) >= 7
            assert contrast(mode["linkColor"], surface) >= 4.5
        assert contrast("#FFFFFF", mode["primaryColor"]) >= 4.5
        for colour in ("red", "orange", "green", "blue", "violet", "gray"):
            assert contrast(mode[f"{colour}TextColor"], mode[f"{colour}BackgroundColor"]) >= 4.5


def test_a_number_of_bytes_reads_in_its_own_unit() -> None:
    said = [words.bytes_words(size) for size in (0, 9_999, 46_800, 2_100_000, 340_000_000, 999_600_000, 1_500_000_000)]
    assert said == ["0 B", "9,999 B", "47 kB", "2.1 MB", "340 MB", "1.0 GB", "1.5 GB"]
