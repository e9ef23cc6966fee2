"""Long prompts from a support desk: a week of tickets to sort, or all that one customer ever wrote."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random

from core.demo.chance import chance_of
from core.demo.office.piece import Form, Piece, Task, bank
from core.demo.office.short_pieces import reply

TEXTS_OF_A_TOPIC = 500


def sorted_tickets(chance: Random, at: datetime, *, rows: int) -> Piece:
    """A week of tickets, to be grouped and counted; the right counts are known, as each ticket has one topic."""
    source = bank("tickets")
    lines, counts = [], Counter[str]()
    for number, (moment, topic, text) in enumerate(_tickets(chance, at, rows), start=chance.randint(20_000, 60_000)):
        lines.append(f"{number} | {moment} | {text}")
        counts[topic] += 1
    points = tuple(f"{topic}: {count} ({count / rows:.0%})" for topic, count in counts.most_common())
    first, second = (topic for topic, _ in counts.most_common(2))
    return Piece(
        task=Task.SORT,
        tag="tickets",
        prompt=chance.choice(source["askings"]).format_map({"tickets": "\n".join(lines)}),
        form=Form.LINES,
        points=(*points, f"Do first: {first}, as the largest group."),
        remarks=(f"{rows} tickets in all, each counted once. Some would fit two topics.",),
        slips=(f"Do first: {second}, as the largest group.",),
    )


def reply_with_file(chance: Random, at: datetime, *, rows: int) -> Piece:
    """A customer's last message with the whole file of what went before."""
    piece = reply(chance, at)
    letter = piece.prompt.split('"')[1]
    lines = [f"{moment} | e-mail in | {text}" for moment, _, text in _tickets(chance, at, rows)]
    asked = chance.choice(bank("tickets")["file_askings"]).format_map({"letter": letter, "tickets": "\n".join(lines)})
    return replace(piece, prompt=asked)


def _tickets(chance: Random, at: datetime, rows: int) -> list[tuple[str, str, str]]:
    """Give time, topic and text of that many tickets of the last days, in order of time."""
    texts = _texts()
    weights = [chance.uniform(0.5, 2.0) for _ in texts]
    minutes = sorted(chance.choices(range(60, 9000), k=rows), reverse=True)
    topics = chance.choices(list(texts), weights, k=rows)
    return [
        (
            (at - timedelta(minutes=before)).isoformat(" ", "minutes")[:16],
            topic,
            texts[topic][int(chance.random() * TEXTS_OF_A_TOPIC)],
        )
        for before, topic in zip(minutes, topics, strict=True)
    ]


@cache
def _texts() -> dict[str, list[str]]:
    """Word a few hundred tickets of each topic, once; the prompts draw from them."""
    source, chance = bank("tickets"), chance_of("tickets")
    products, towns = bank("replies")["products"], bank("voices")["towns"]
    return {
        topic["name"]: [
            " ".join(
                (
                    chance.choice(source["openings"]),
                    chance.choice(topic["texts"]).format(
                        product=chance.choice(products),
                        town=chance.choice(towns),
                        days=chance.randint(3, 20),
                        amount=chance.randint(9, 208),
                    ),
                    chance.choice(source["endings"]),
                )
            )
            for _ in range(TEXTS_OF_A_TOPIC)
        ]
        for topic in source["topic"]
    }
