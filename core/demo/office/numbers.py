"""Tables of figures and what they show. The right answers are computed from the very figures in the prompt."""

from datetime import datetime, timedelta
from random import Random

from core.demo.office.calendar_words import months_before
from core.demo.office.piece import Form, Piece, Task, bank


def numbers(chance: Random, at: datetime) -> Piece:
    """A few months in three parts; in one of them something happened."""
    subject = chance.choice(bank("numbers")["subject"])
    months = months_before(at, chance.randint(4, 6))
    odd_month, odd_part = chance.randrange(1, len(months)), chance.randrange(3)
    factor = chance.choice((0.62, 0.71, 0.78, 1.31, 1.44))
    sizes = [subject["size"] * share for share in (0.55, 0.3, 0.15)]
    rows = [
        [
            round(size * chance.uniform(0.97, 1.03) * (factor if (row, part) == (odd_month, odd_part) else 1))
            for part, size in enumerate(sizes)
        ]
        for row in range(len(months))
    ]
    table = "\n".join(
        [
            "month, " + ", ".join(subject["parts"]),
            *(f"{m}, {a}, {b}, {c}" for m, (a, b, c) in zip(months, rows, strict=True)),
        ]
    )
    before, after = sum(rows[odd_month - 1]), sum(rows[odd_month])
    part = subject["parts"][odd_part]
    part_before, part_after = rows[odd_month - 1][odd_part], rows[odd_month][odd_part]
    share = (after - before) / before
    rose = after > before
    words = {
        "what": subject["what"],
        "month": months[odd_month],
        "moved": "rise" if rose else "fall",
        "table": table,
    }
    month, title = words["month"], subject["what"].capitalize()
    direction = "rose" if rose else "fell"
    one_way = f"In {month} {subject['what']} {direction} from {before:,} to {after:,}, by {abs(share):.1%}."
    other_way = f"{title} {direction} by {abs(after - before):,} ({abs(share):.1%}) in {month}."
    points = (
        f"{one_way} | {other_way}",
        f"The change comes from {part}: {part_before:,} in {months[odd_month - 1]}, {part_after:,} in {month}.",
        "The other parts stayed within three per cent or so of their usual level, so they explain nothing.",
    )
    return Piece(
        task=Task.NUMBERS,
        tag="report",
        prompt=chance.choice(bank("numbers")["askings"]).format_map(words),
        form=Form.PROSE,
        points=points,
        remarks=(
            f"Why {part} changed cannot be read from the table; that needs somebody who was there.",
            "One month is no trend. I would look at the next one before anything is changed.",
        ),
        slips=(f"{title} {direction} by {min(95, round(abs(share) * 260))} % in {month}.",),
    )


def long_numbers(chance: Random, at: datetime) -> Piece:
    """Hundreds of rows by day and place, as they come out of a system."""
    source = bank("numbers")
    subject = chance.choice(source["subject"])
    places = chance.sample(source["places"], 6)
    days = chance.randint(45, 75)
    first = at - timedelta(days=days + 1)
    weights = [chance.uniform(0.5, 1.6) for _ in places]
    odd_day, odd_place = chance.randrange(days), weights.index(max(weights))
    totals, lines = [0] * 6, ["day,place," + ",".join(subject["parts"]) + ",total"]
    peak = ("", "", 0)
    for day in range(days):
        date = (first + timedelta(days=day)).date().isoformat()
        for place, name in enumerate(places):
            scale = weights[place] * (3 if (day, place) == (odd_day, odd_place) else 1) * subject["size"] / 30
            a, b, c = (round(scale * share * chance.uniform(0.8, 1.2)) for share in (0.55, 0.3, 0.15))
            lines.append(f"{date},{name},{a},{b},{c},{a + b + c}")
            totals[place] += a + b + c
            peak = max(peak, (date, name, a + b + c), key=lambda row: row[2])
    best, worst = totals.index(max(totals)), totals.index(min(totals))
    points = (
        f"Over {days} days {subject['what']} add up to {sum(totals):,}.",
        f"{places[best]} is first with {totals[best]:,}, which is {totals[best] / sum(totals):.0%} of all.",
        f"{places[worst]} is last with {totals[worst]:,}.",
        f"The day that stands out is {peak[0]} in {peak[1]}: {peak[2]:,} on a single day.",
        "The rest moves up and down by about a fifth from day to day, without a direction.",
    )
    words = {"what": subject["what"], "table": "\n".join(lines)}
    return Piece(
        task=Task.NUMBERS,
        tag="report",
        prompt=chance.choice(source["long_askings"]).format_map(words),
        form=Form.LINES,
        points=points,
        remarks=(f"Please check {peak[0]}: a figure three times the usual is often a mistake in the export.",),
        slips=(f"{places[worst]} is first with {totals[best]:,}.",),
    )
