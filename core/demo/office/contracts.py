"""Long contracts with one question each. The answer names the clause in which it really stands."""

from datetime import datetime
from random import Random

from core.demo.office.piece import Form, Piece, Task, bank


def contract(chance: Random, at: datetime, *, clauses: int) -> Piece:
    """A supply contract of that many clauses and a question that one of them answers."""
    source = bank("contracts")
    kinds = [(clause, goods) for goods in source["goods"] for clause in source["clause"]]
    chosen = chance.sample(kinds, min(clauses, len(kinds)))
    asked = chance.randrange(len(chosen))
    written, question, answer, wrong = [], "", "", ""
    for place, (clause, goods) in enumerate(chosen):
        words = _terms(chance) | {"goods": goods, "number": str(place + 1)}
        written.append(f"{place + 1}. {clause['title']} ({goods}). {clause['text'].format_map(words)}")
        if place == asked:
            question, answer = clause["ask"].format_map(words), clause["answer"].format_map(words)
            wrong = clause["answer"].format_map(words | _terms(chance) | {"number": str(place)})
    town = chance.choice(bank("voices")["towns"])
    head = (
        f"Framework contract of {at.year - 1}, place of jurisdiction {town}. The parties are called Buyer and Supplier."
    )
    return Piece(
        task=Task.CONTRACT,
        tag="contract",
        prompt="\n\n".join((f"{question} Name the clause.", head, *written)),
        form=Form.PROSE,
        points=(
            answer,
            "Nothing in the other clauses on the same goods changes this.",
            "The clause does not need an amendment to be used; a letter that names it is enough.",
        ),
        remarks=("This is what the text says. Whether it holds in court is a lawyer's question.",),
        slips=(wrong,),
    )


def _terms(chance: Random) -> dict[str, str]:
    return {
        "days": str(chance.choice((5, 7, 10, 14, 20, 30, 45, 60))),
        "months": str(chance.choice((6, 12, 18, 24, 36, 48))),
        "percent": str(chance.choice((0.5, 1, 1.5, 2, 3, 4, 5))),
        "sum": f"{chance.choice((100, 250, 500, 750, 1000)) * 1000:,}",
    }
