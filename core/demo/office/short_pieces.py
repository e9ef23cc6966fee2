"""Work whose prompt fits on a page: letters, facts from an e-mail, SQL, drafts, minutes, matters of people."""

from datetime import datetime
from random import Random

from core.demo.office.calendar_words import day_words, days_after
from core.demo.office.piece import Form, Piece, Task, bank, common_words


def reply(chance: Random, at: datetime) -> Piece:
    """A customer has written; an answer is wanted."""
    words = _words(chance, at)
    case = chance.choice(bank("replies")["case"])
    words["letter"] = case["letter"].format_map(words)
    return Piece(
        task=Task.REPLY,
        tag=case["tag"],
        prompt=chance.choice(bank("replies")["askings"]).format_map(words),
        form=Form.LETTER,
        points=_filled(case["points"], words),
        remarks=_filled(case["remarks"], words),
        slips=_filled(case["slips"], words),
    )


def facts(chance: Random, at: datetime) -> Piece:
    """Dates and sums stand in an e-mail and are wanted as a list."""
    words = _words(chance, at)
    words |= dict(zip(("date1", "date2", "date3"), days_after(at, chance, 3), strict=True))
    words |= {f"sum{place}": f"{chance.randint(4, 980) * 10:,}" for place in (1, 2, 3)}
    mail = chance.choice(bank("facts")["mail"])
    words["mail"] = mail["text"].format_map(words)
    return Piece(
        task=Task.FACTS,
        tag=mail["tag"],
        prompt=chance.choice(bank("facts")["askings"]).format_map(words),
        form=Form.LINES,
        points=_filled(mail["points"], words),
        remarks=_filled(mail["remarks"], words),
        slips=_filled(mail["slips"], words),
    )


def sql(chance: Random, at: datetime) -> Piece:
    """A question that a database can answer."""
    words = _words(chance, at)
    words |= {"n": str(chance.choice((5, 10, 20, 30))), "sum": str(chance.choice((50, 100, 250, 500)))}
    question = chance.choice(bank("sql")["question"])
    return Piece(
        task=Task.SQL,
        tag="sql",
        prompt=f"{chance.choice(bank('sql')['tables'])}\n\n{question['ask'].format_map(words)}",
        form=Form.CODE,
        points=_filled(question["points"], words),
        remarks=_filled(question["remarks"], words),
        code=question["good"].format_map(words),
        bad_code=question["bad"].format_map(words),
    )


def draft(chance: Random, at: datetime) -> Piece:
    """A text for customers that does not exist yet."""
    words, source = _words(chance, at), bank("drafts")
    words["thing"] = chance.choice(source["things"]).format_map(words)
    words |= {"tone": chance.choice(source["tones"]), "kind": chance.choice(source["kinds"])}
    asked = chance.choice(source["askings"]).format_map(words)
    return Piece(
        task=Task.DRAFT,
        tag="draft",
        prompt=asked[0].upper() + asked[1:],
        form=Form.PROSE,
        points=_filled(source["points"], words),
        remarks=_filled(source["remarks"], words),
        slips=_filled(source["slips"], words),
    )


def minutes(chance: Random, at: datetime) -> Piece:
    """Minutes of a meeting are to become a list of actions."""
    words, source = _words(chance, at), bank("meetings")
    names = bank("voices")["first_names"]
    said, points = [], []
    for sentence, line in chance.sample(source["statements"], chance.randint(5, 9)):
        first, second = chance.sample(names, 2)
        own = words | {
            "a": first,
            "b": second,
            "date": days_after(at, chance, 1)[0],
            "n": str(chance.randint(11, 96)),
            "sum": f"{chance.randint(2, 48) * 50:,}",
            "product": chance.choice(bank("replies")["products"]),
            "town": chance.choice(bank("voices")["towns"]),
        }
        said.append(sentence.format_map(own))
        points.append(line.format_map(own))
    words["minutes"] = " ".join(said)
    return Piece(
        task=Task.SUMMARY,
        tag="minutes",
        prompt=chance.choice(source["askings"]).format_map(words),
        form=Form.LINES,
        points=tuple(points),
        remarks=tuple(source["remarks"]),
        slips=tuple(source["slips"]),
    )


def people_matter(chance: Random, at: datetime) -> Piece:
    """Something about a colleague, which stays inside."""
    words = _words(chance, at)
    case = chance.choice(bank("people")["case"])
    return Piece(
        task=Task.PEOPLE,
        tag="people",
        prompt=case["ask"].format_map(words),
        form=Form.LINES if len(case["points"]) > 4 else Form.PROSE,
        points=_filled(case["points"], words),
        remarks=_filled(case["remarks"], words),
    )


def _words(chance: Random, at: datetime) -> dict[str, str]:
    words = common_words(chance, day=days_after(at, chance, 1)[0], year=at.year)
    return words | {"today": day_words(at)}


def _filled(texts: list[str], words: dict[str, str]) -> tuple[str, ...]:
    return tuple(text.format_map(words) for text in texts)
