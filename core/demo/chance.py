"""Chance that falls the same way every time: a generator for each thing, named by a seed and what it is for."""

from random import Random


def chance_of(*parts: object) -> Random:
    """Give the generator that belongs to these words; the same words give the same chance on every machine."""
    return Random("/".join(map(str, parts)))  # noqa: S311
