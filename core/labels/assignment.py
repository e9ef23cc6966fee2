"""Who labels what, and in which order: a fair deal of the items, then those first that would teach most."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from core.labels.enough import NEVER_MET
from core.labels.items import Item, lot

SHARED = 0.2
"""The share of items that two people label, where one is enough for the rest."""

Pair = tuple[str, str]


def deal(
    items: Iterable[Item], people: Sequence[str], *, seed: int, seen_by: int = 1, shared: float = SHARED
) -> dict[str, tuple[str, ...]]:
    """Give each person the keys of their items; loads differ by one at most.

    Every item goes to `seen_by` people, and a `shared` part of them, drawn by lot, to one more. Nobody gets an item
    twice; with fewer people than asked for, all get it. Raises ValueError where a number makes no sense.
    """
    names = tuple(dict.fromkeys(people))
    if seen_by < 1 or not 0 <= shared <= 1:
        raise ValueError(f"{seen_by} people and a share of {shared} cannot be dealt")
    mixed = sorted({item.key for item in items}, key=lambda key: lot(seed, key, "deal"))
    twice = round(len(mixed) * shared)
    hands: dict[str, list[str]] = {name: [] for name in names}
    for number, key in enumerate(mixed):
        wanted = min(len(names), seen_by + (number < twice))
        # The shortest hands first; among equals by lot, so that the same two people do not always share.
        for name in sorted(names, key=lambda name: (len(hands[name]), lot(seed, key, name)))[:wanted]:
            hands[name].append(key)
    return {name: tuple(hand) for name, hand in hands.items()}


def by_need(
    items: Iterable[Item], needs: Mapping[Pair, float], *, seed: int, person: str, named: Collection[str] = ()
) -> tuple[Item, ...]:
    """Give a person's items, those first whose pick would teach most; equal ones by lot.

    `needs` has what one more pick of a pair would teach (`enough.need`) by the two models in the order of their names;
    a pair without an entry was never compared. Items of runs in `named`, whose names the person has seen, come last.
    """

    def place(item: Item) -> tuple[bool, float, int]:
        return item.run in named, -worth(item, needs), lot(seed, item.key, person, "queue")

    return tuple(sorted(items, key=place))


def worth(item: Item, needs: Mapping[Pair, float]) -> float:
    """Give what a pick of this item would teach: a pick among N answers settles N−1 of its N(N−1)/2 pairs."""
    models = sorted(set(item.models))
    if len(models) < 2:
        return 0.0
    return 2 / len(models) * sum(needs.get(pair, NEVER_MET) for pair in combinations(models, 2))
