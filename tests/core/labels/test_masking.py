"""Names are hidden, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.labels.masking import HIDDEN, mask

NAMES = (
    "anthropic/claude-sonnet-4",
    "Claude Sonnet 4",
    "openai/gpt-4o-mini",
    "simulated/sage",
    "Sage",
    "ollama/qwen3:8b",
)


@pytest.mark.parametrize(
    "text",
    [
        "As Claude, I can help.",
        "I'm ChatGPT, and I think so.",
        "I am a language model trained by Google.",
        "My name is Gemini 2.5 Pro.",
        "Ich bin Claude 3.5 Sonnet und helfe gern.",
        "This is DeepSeek-R1 speaking.",
    ],
)
def test_a_model_that_names_itself_is_hidden_whether_it_is_in_the_item_or_not(text: str) -> None:
    masked = mask(text)
    assert masked.hidden >= 1
    assert HIDDEN in masked.text
    for name in ("Claude", "ChatGPT", "Google", "Gemini", "Sonnet", "DeepSeek", "R1"):
        assert name not in masked.text


def test_one_that_named_itself_is_hidden_in_all_it_says_further() -> None:
    assert mask("As Claude I can. Anthropic made me; Claude 3 is older.").text.count(HIDDEN) == 3


@pytest.mark.parametrize(
    "text", ["Sage here.", "gpt 4o mini says", "GPT-4o-mini", "CLAUDE SONNET 4", "by claude", "qwen3 wrote", "Qwen3:8b"]
)
def test_names_of_the_item_are_hidden_in_every_form(text: str) -> None:
    assert mask(text, names=NAMES).hidden == 1


@pytest.mark.parametrize(
    "text",
    [
        "He painted it as Claude Monet did.",
        "Our supplier was bought by Microsoft.",
        "Add a sage leaf.",
        "The passage of time, sagely spent.",
        "As Gemini Rising shows, stars matter.",
    ],
)
def test_what_only_sounds_like_a_name_stays(text: str) -> None:
    assert mask(text, names=NAMES).text == text


def test_a_name_that_the_prompt_uses_gives_nothing_away() -> None:
    text = "The SWIFT code is in the Swift file."
    assert mask(text, names=("Swift",), prompt="Where is the Swift code?").text == text
    assert mask(text, names=("Swift",), prompt="Where is the code?").hidden == 2


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=4))
def test_every_text_and_every_name_can_be_masked(text: str, names: list[str]) -> None:
    masked = mask(text, names=names)
    assert (masked.text == text) or masked.hidden


def test_a_long_text_is_masked_in_no_time_that_matters() -> None:
    text = "I am " * 20_000 + "Claude"
    assert mask(text, names=NAMES).text.endswith(HIDDEN)
