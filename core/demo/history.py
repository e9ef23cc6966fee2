"""Makes the whole history of the demo from a seed and an end: runs, shots, attempts, charges and picks."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from core.costs.ledger import ZERO
from core.demo import cast
from core.demo.chance import chance_of
from core.demo.dated_prices import DatedPrices
from core.demo.judging import picks_of
from core.demo.made import MadeRun, MadeShot, Words
from core.demo.office.piece import Piece, Task
from core.demo.office.pieces import piece_of, sample_for, sample_words
from core.demo.planning import PlannedRun, planned_runs
from core.demo.shooting import Asked, carry_out
from core.demo.story import Story, story
from core.demo.voices import Said, say
from core.llm.simulated_answers import Sample, written_answer, written_samples
from core.llm.simulated_models import simulated_model
from core.llm.simulated_script import token_count
from core.runs.pricing import Pricing
from core.runs.service import ALPHABET, ID_LENGTH
from core.store.settling import run_state

SEED = 7
WITHOUT_PROJECT = Decimal("0.13")
SAME_AGAIN = {"swift": 0.3, "fern": 0.25, "pine": 0.12, "sage": 0.05, "grand": 0.0}
"""How often a model gives the very same answer in its next shot."""

USUAL_OUTPUT = {"sage": 200, "swift": 75, "grand": 290, "pine": 100, "fern": 50}
SAMPLE_TAGS = {
    Task.REPLY: "charge",
    Task.FACTS: "facts",
    Task.NUMBERS: "report",
    Task.SQL: "sql",
    Task.SUMMARY: "minutes",
    Task.DRAFT: "draft",
    Task.CONTRACT: "contract",
    Task.SORT: "tickets",
}
PROJECT_OF = {Task.CONTRACT: cast.CONTRACTS, Task.NUMBERS: cast.REPORT, Task.SQL: cast.REPORT}


class History:
    """The history that ends at a time. The same seed and end give the same one, to the last digit."""

    def __init__(self, *, now: datetime, seed: int = SEED) -> None:
        """Plan the runs; each is made when it is asked for, and comes out the same whenever that is."""
        self.story = story(now)
        self.seed = seed
        self.plan = planned_runs(self.story, seed=seed)

    def newest_first(self) -> Iterator[MadeRun]:
        """Make the runs from the newest back."""
        for planned in reversed(self.plan):
            yield _make(planned, self.story, self.seed)

    def oldest_first(self) -> list[MadeRun]:
        """Make all runs and give them in order of time."""
        return [_make(planned, self.story, self.seed) for planned in self.plan]

    def without_project(self, costs: Mapping[int, Decimal]) -> frozenset[int]:
        """Give the runs (by index) that shall lose their project, so that 13 % of each month's spend has none.

        `costs` are of all runs, by index. What stays inside keeps its project.
        """
        chance = chance_of(self.seed, "projects")
        by_month: dict[tuple[int, int], list[PlannedRun]] = {}
        for planned in self.plan:
            by_month.setdefault((planned.at.year, planned.at.month), []).append(planned)
        chosen: set[int] = set()
        for month in by_month.values():
            left = WITHOUT_PROJECT * sum((costs[planned.index] for planned in month), ZERO)
            for planned in chance.sample(month, len(month)):
                if planned.group != cast.PEOPLE and costs[planned.index] <= left:
                    chosen.add(planned.index)
                    left -= costs[planned.index]
        return frozenset(chosen)


def _make(planned: PlannedRun, tale: Story, seed: int) -> MadeRun:
    chance = chance_of(seed, planned.index)
    answers = _Answers(planned, chance)
    unknown = simulated_model("grand").full_name if planned.ending == "unpriced" else ""
    pricing = Pricing(DatedPrices(tale, unknown), lambda text, _model: token_count(text))
    max_tokens = 120 if not planned.calm and chance.random() < 0.012 else 4000
    order = [(name, index) for index in range(1, planned.shots + 1) for name in planned.models]
    started = planned.at + timedelta(milliseconds=chance.randint(40, 180))
    shots = []
    for ordinal, (name, index) in enumerate(order, start=1):
        model = simulated_model(name)
        ending = planned.ending if ordinal > len(order) - 3 or planned.ending == "cancelled" else ""
        end, attempts = carry_out(
            Asked(
                model=model,
                prompt=answers.words.prompt,
                said=answers.of(name, index),
                max_tokens=max_tokens,
                started=started,
                calm=planned.calm,
                in_flight=len(order),
                ending=ending,
            ),
            tale,
            pricing,
            chance,
        )
        shots.append(
            MadeShot(ordinal=ordinal, shot_index=index, model=model, queued_at=planned.at, end=end, attempts=attempts)
        )
    counts: dict[str, int] = {}
    for shot in shots:
        counts[shot.end.state] = counts.get(shot.end.state, 0) + 1
    run = MadeRun(
        plan=planned,
        words=answers.words,
        public_id="".join(chance_of(seed, tale.now.date(), planned.index).choices(ALPHABET, k=ID_LENGTH)),
        state=run_state(counts),
        blind=planned.asked is not None and chance.random() < 0.55,
        max_tokens=max_tokens,
        estimate=_estimate(pricing, answers.words, order, planned.at),
        shots=tuple(shots),
        project=_project(planned),
        tags=_tags(planned, answers, chance),
    )
    run.picks = picks_of(run, chance, tale)
    return run


class _Answers:
    """What is asked in a run, and what each model says to it."""

    def __init__(self, planned: PlannedRun, chance: Random) -> None:
        self._chance = chance
        self._said: dict[str, Said] = {}
        self.piece: Piece | None = None
        self.sample: Sample | None = None
        told = planned.asked is not None and planned.asked.notes[0]
        if told or planned.ending == "interrupted":
            self.sample = written_samples()[0]
        elif not planned.long:
            self.sample = sample_for(planned.task, chance)
        if self.sample is not None:
            self.words = sample_words(self.sample, chance)
        else:
            self.piece = piece_of(planned.task, chance, planned.at, long=planned.long)
            self.words = Words(prompt=self.piece.prompt)

    def of(self, model: str, shot_index: int) -> Said:
        if self.piece is None:
            written = written_answer(self.words.prompt, model, shot_index)
            return Said(written.thinking, written.text)
        before = self._said.get(model)
        if before is not None and self._chance.random() < SAME_AGAIN[model]:
            return before
        # Explaining numbers is what the cheap model is bad at.
        wrong = model in ("swift", "fern") and self.piece.task is Task.NUMBERS and self._chance.random() < 0.55
        self._said[model] = say(model, self.piece, self._chance, wrong=wrong)
        return self._said[model]


def _estimate(pricing: Pricing, words: Words, order: list[tuple[str, int]], at: datetime) -> Decimal:
    """Give what the button would have shown: the prompt's tokens and the usual length of each model's answers."""
    amount = ZERO
    for name, _ in order:
        model = simulated_model(name)
        quote = pricing.book.quote(model.full_name, "simulated", model.place, at=at)
        by_class = {price.token_class.value: price.per_unit for price in quote.prices or ()}
        if by_class:
            amount += token_count(words.prompt) * by_class["input"] + USUAL_OUTPUT[name] * by_class["output"]
    return amount


def _project(planned: PlannedRun) -> str:
    if planned.group == cast.PEOPLE:
        return cast.PEOPLE
    if planned.task in PROJECT_OF:
        return PROJECT_OF[planned.task]
    return {"Support": cast.COMPLAINTS, "Marketing": cast.CAMPAIGN, "Data": cast.REPORT}[planned.group]


def _tags(planned: PlannedRun, answers: _Answers, chance: Random) -> tuple[str, ...]:
    if chance.random() < 0.35:
        return ()
    own = answers.piece.tag if answers.piece else SAMPLE_TAGS[planned.task]
    praised = own in ("praise", "discount", "stock")
    return (own,) if planned.task is not Task.REPLY or praised else ("complaint", own)
