"""How many tokens a text is, without a tokenizer: characters over a ratio that is learned from what models counted."""

import re
from collections.abc import Iterable

CHARACTERS_PER_TOKEN = 4.0
"""What English text comes to with today's tokenizers."""

TOKENS_PER_WIDE = 1.0
"""Chinese, Japanese and Korean: about a token for each character."""

FEWEST_SAMPLES = 20
WIDEST_SHARE = 0.1
PLAUSIBLE = (1.5, 8.0)

# Hangul letters, CJK signs, kana, ideographs, Hangul syllables, full-width forms, rarer ideographs.
WIDE = re.compile("[ᄀ-ᇿ⺀-鿿가-퟿豈-﫿︰-﹏！-￮\U00020000-\U0003ffff]")


def count_tokens(text: str, *, characters_per_token: float = CHARACTERS_PER_TOKEN) -> int:
    """Estimate the tokens of a text; never 0 for a text that is not empty."""
    if not text:
        return 0
    wide = wide_characters(text)
    return max(1, round((len(text) - wide) / characters_per_token + wide * TOKENS_PER_WIDE))


def wide_characters(text: str) -> int:
    """Count the characters of a text that are about a token each."""
    return 0 if text.isascii() else len(WIDE.findall(text))


def learn_ratio(samples: Iterable[tuple[str, int]]) -> float:
    """Give characters per token from pairs of a text and how many tokens a model counted in it.

    Texts that are mostly wide say nothing of the others and are left out. Fewer than 20 samples, or a ratio that
    cannot be (a server that counts wrongly), give the usual one.
    """
    used = [
        (len(text) - wide, tokens - wide * TOKENS_PER_WIDE)
        for text, tokens in samples
        if (wide := wide_characters(text)) <= WIDEST_SHARE * len(text)
    ]
    characters, tokens = sum(pair[0] for pair in used), sum(pair[1] for pair in used)
    if len(used) < FEWEST_SAMPLES or tokens <= 0:
        return CHARACTERS_PER_TOKEN
    ratio = characters / tokens
    return ratio if PLAUSIBLE[0] <= ratio <= PLAUSIBLE[1] else CHARACTERS_PER_TOKEN
