"""One piece of office work: a prompt, and what an answer to it may say, right and wrong."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any

from core.llm.simulated_models import DEMO_FILES


class Task(StrEnum):
    """What a prompt asks for."""

    REPLY = "Reply to people"
    FACTS = "Pull out facts"
    NUMBERS = "Explain numbers"
    SQL = "Write SQL"
    SUMMARY = "Summarise"
    DRAFT = "Draft a text"
    CONTRACT = "Check a contract"
    SORT = "Sort into groups"
    PEOPLE = "People matters"


class Form(StrEnum):
    """How an answer is laid out."""

    LETTER = "letter"
    LINES = "lines"
    PROSE = "prose"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A prompt with what a full answer says, most important first.

    A point may offer two wordings (`a | b`). `remarks` are what a careful answer adds, `slips` what a bad one gets
    wrong. `code` and `bad_code` are for answers that are code.
    """

    task: Task
    tag: str
    prompt: str
    form: Form
    points: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()
    code: str = ""
    bad_code: str = ""


@cache
def bank(name: str) -> dict[str, Any]:
    """Give the words of one file of `data/demo/history`."""
    with (DEMO_FILES / "history" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def common_words(chance: Random, *, day: str, year: int) -> dict[str, str]:
    """Draw what fills the slots that many texts share; `day` is a date in words near the time of the run."""
    words = bank("voices")
    first, second = chance.sample(words["first_names"], 2)
    return {
        "name": first,
        "other": second,
        "town": chance.choice(words["towns"]),
        "goods": chance.choice(words["goods"]),
        "job": chance.choice(words["jobs"]),
        "country": chance.choice(words["countries"]),
        "product": chance.choice(bank("replies")["products"]),
        "order": f"{chance.randint(10, 99)}-{chance.randint(1000, 9999)}",
        "amount": f"{chance.randint(12, 240)}.{chance.choice(('00', '50', '90', '95'))}",
        "days": str(chance.randint(4, 21)),
        "date": day,
        "n": str(chance.choice((40, 60, 80, 90, 100, 120, 150))),
        "year": str(year - 1),
        "next": str(year),
    }
