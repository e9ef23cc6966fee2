"""Tokens of a text by its characters: learned where there is something to learn from."""

import pytest

from core.costs.tokens import CHARACTERS_PER_TOKEN, count_tokens, learn_ratio


def test_english_is_about_four_characters_a_token():
    assert count_tokens("word " * 80) == 100


def test_chinese_and_korean_are_about_a_token_a_character():
    assert count_tokens("我们的客户被收了两次费用") == 12
    assert count_tokens("고객이 두 번 청구되었습니다") == 13  # 12 syllables, three spaces


def test_an_empty_text_has_no_tokens_and_any_other_has_one():
    assert (count_tokens(""), count_tokens("a")) == (0, 1)


def test_the_ratio_is_learned_from_twenty_prompts_on():
    samples = [("x" * 300, 100)] * 20
    assert learn_ratio(samples) == 3.0
    assert learn_ratio(samples[:19]) == CHARACTERS_PER_TOKEN


def test_wide_texts_do_not_teach_the_ratio_of_the_others():
    assert learn_ratio([("x" * 300, 100)] * 20 + [("字" * 300, 300)] * 20) == 3.0


@pytest.mark.parametrize("tokens", [0, 1, 5000])
def test_a_server_that_counts_nonsense_is_not_believed(tokens):
    assert learn_ratio([("x" * 300, tokens)] * 30) == CHARACTERS_PER_TOKEN
