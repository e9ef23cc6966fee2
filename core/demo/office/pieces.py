"""Gives a piece of work for a task: mostly made on the spot, sometimes one of the written samples."""

from datetime import datetime
from random import Random

from core.demo.made import Words
from core.demo.office import short_pieces as short
from core.demo.office.contracts import contract
from core.demo.office.numbers import long_numbers, numbers
from core.demo.office.piece import Piece, Task
from core.demo.office.tickets import reply_with_file, sorted_tickets
from core.llm.simulated_answers import Sample, fill, written_samples

SHORT = {
    Task.REPLY: short.reply,
    Task.FACTS: short.facts,
    Task.NUMBERS: numbers,
    Task.SQL: short.sql,
    Task.SUMMARY: short.minutes,
    Task.DRAFT: short.draft,
    Task.PEOPLE: short.people_matter,
}
FROM_SAMPLES = 0.12


def piece_of(task: Task, chance: Random, at: datetime, *, long: bool) -> Piece:
    """Make a piece of work of this kind; `long` puts a large text into the prompt where the kind has one."""
    if task is Task.CONTRACT:
        return contract(chance, at, clauses=chance.randint(110, 180) if long else chance.randint(50, 190))
    if task is Task.SORT:
        return sorted_tickets(chance, at, rows=chance.randint(250, 600))
    if long and task is Task.REPLY:
        return reply_with_file(chance, at, rows=chance.randint(400, 900))
    if long and task is Task.NUMBERS:
        return long_numbers(chance, at)
    return SHORT[task](chance, at)


def sample_for(task: Task, chance: Random) -> Sample | None:
    """Give one of the written samples of this kind now and then."""
    fitting = [sample for sample in written_samples() if sample.task == task.value]
    return chance.choice(fitting) if fitting and chance.random() < FROM_SAMPLES else None


def sample_words(sample: Sample, chance: Random) -> Words:
    """Give a sample's prompt with other values in its variables."""
    values = {name: _other_value(name, value, chance) for name, value in sample.variables}
    return Words(
        prompt=fill(sample.prompt, values),
        template=sample.prompt if values else "",
        variables=tuple(values.items()),
    )


def _other_value(name: str, usual: str, chance: Random) -> str:
    if name == "order":
        return f"{chance.randint(10, 99)}-{chance.randint(1000, 9999)}"
    if name == "year":
        return chance.choice(("2024", "2025"))
    if name in ("percent", "people"):
        return str(max(2, int(usual) + chance.randint(-3, 12)))
    return usual
