"""Auto from end to end but for the engine: what it chooses, why, and that it always says something sensible."""

import json
import time
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.costs.estimate import Estimates
from core.domain.model import ModelCard, ModelStatus, Place, PriceState
from core.domain.route import Basis, ClassSource, RouteRequest, Rule
from core.domain.run import RunPlan, Strategy
from core.errors import EmptyPrompt, NothingAllowed
from core.router.challengers import draw_challenger
from core.router.hashing import HashingEmbedder
from core.router.history import data_version, judged_runs
from core.router.holding_out import fit_all, hold_out
from core.router.learned import SIMILAR, Learned, read_blend, write_blend
from core.router.learner import LearnedReader
from core.router.pinned import StoredPins
from core.router.priors import PriorReader
from core.router.routes import RouteParts, Routes
from core.router.rules import VALUE_ON, RuleBook
from core.router.stored_embeddings import StoredEmbeddings
from core.store.database import Database
from core.store.model_scores import model_scores
from core.store.people import People
from core.store.preferences import Preferences
from core.store.routes import StoredRoutes, route_from_json, route_to_json
from core.store.upgrade import upgrade
from core.store.vectors import PromptVectors
from tests.core.router.judged import judge_runs, office


def card(name, place=Place.CLOUD, out=None, status=ModelStatus.UP):
    price = None if out is None else Decimal(out)
    state = PriceState.FREE if place.inside else PriceState.PRICED if price is not None else PriceState.UNPRICED
    return ModelCard(
        name=name, label=name.capitalize(), place=place, provider="lab", status=status, price_state=state,
        input_price=price, output_price=price,
    )  # fmt: skip


CARDS = (card("dear", out="20"), card("cheap", out="1"), card("own", Place.LOCAL))
SUMS, VERSE = "number ratio percent total add", "poem moon river rhyme lyric"


class Auto:
    """The router on judged runs that are there, learned in this process with words for meanings."""

    def __init__(self, database, cards=CARDS, *, slow=0.0):
        self.database, self.cards = database, cards
        embeddings = StoredEmbeddings(HashingEmbedder(), PromptVectors(database))

        def load(known):
            runs = judged_runs(database)
            version = data_version(database)
            if len(runs) < 5 or (known is not None and known.held.version == version):
                return known
            return Learned.of(fit_all(runs, embeddings), hold_out(runs, embeddings, version=version))

        def meaning(text):
            time.sleep(slow)
            return embeddings.like(text)

        self.reader = LearnedReader(
            prior=PriorReader(lambda: model_scores(database)),
            load=load,
            meaning=meaning,
            price=lambda keep: 500 * (1 - keep),
            patience=5.0 if not slow else 0.05,
        )
        self.book = RuleBook(Preferences(database))
        self.routes = Routes(
            RouteParts(
                cards=lambda: {each.name: each for each in self.cards},
                estimates=Estimates(database),
                reader=self.reader,
                rules=self.book,
                pins=StoredPins(database),
                stored=StoredRoutes(database),
                draw=lambda: 1.0,
            )
        )
        self.reader.wait(60)

    def route(self, prompt=VERSE, **more):
        return self.routes.propose(RouteRequest(prompt=prompt, **more))


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    database = Database(sa.make_url(f"sqlite:///{tmp_path_factory.mktemp('auto') / 'auto.db'}"))
    upgrade(database)
    office(database, n=160)
    yield Auto(database)
    database.close()


@pytest.fixture
def judged(learned):
    """Auto on 160 judged runs: verse is easy for both models, sums only for the dear one."""
    yield learned
    learned.book.set(VALUE_ON, True, person="")


def test_the_cheap_model_is_asked_where_it_holds_and_the_dear_one_where_it_does_not(judged):
    verse, sums = judged.route(VERSE), judged.route(SUMS)
    assert (verse.basis, verse.choice, verse.baseline) == (Basis.EVIDENCE, ("cheap",), "dear")
    assert (sums.basis, sums.choice) == (Basis.EVIDENCE, ("dear",))
    cheap = verse.candidate("cheap")
    assert cheap.low <= cheap.quality <= cheap.high
    assert (
        verse.reason == f"won or tied {cheap.won_or_tied} of {cheap.similar} runs like this, 20 times cheaper than Dear"
    )
    assert verse.saving == verse.baseline_cost - verse.expected_cost > 0
    assert verse.times_cheaper == 20.0
    assert verse.classified.task == "verse"
    assert verse.classified.source is ClassSource.LEARNED
    assert verse.neighbours[0].similarity >= verse.neighbours[-1].similarity >= SIMILAR
    assert verse.similar >= len(verse.neighbours) > 5
    assert "poem" in verse.neighbours[0].first_line or verse.neighbours[0].first_line


def test_a_model_nobody_judged_is_unproven_and_not_chosen(judged):
    own = judged.route().candidate("own")
    assert (own.proven, own.picks, own.because) == (False, 0, "unproven: no picks yet")
    assert judged.route().candidates[-1].model == "own"


def test_a_prompt_unlike_all_others_is_asked_twice_to_learn(judged):
    route = judged.route("Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich")
    assert (route.basis, route.enough) == (Basis.LEARNING, False)
    assert route.choice[0] == "dear"
    assert len(route.choice) == 2
    assert "Auto asks your best model, Dear, and one cheaper one to learn." in route.reason


def test_a_meaning_that_comes_too_late_is_not_waited_for_and_is_there_the_next_time(sqlite_database):
    office(sqlite_database, n=60)
    auto = Auto(sqlite_database, slow=0.4)
    first = auto.route()
    assert (first.basis, first.choice) == (Basis.PRIOR, ("dear",))
    assert "still being read" in first.reason
    time.sleep(0.8)
    assert auto.route().basis is Basis.EVIDENCE


def test_while_the_first_lessons_are_learned_nothing_is_said_of_similar_runs(sqlite_database):
    going = [True]
    reader = LearnedReader(
        prior=PriorReader(dict), load=lambda known: known, meaning=None, price=lambda _keep: None,
        learning=lambda: going[0],
    )  # fmt: skip
    request = RouteRequest(prompt=VERSE)
    reader.read(request, CARDS, keep=0.98)
    reader._looking.result(10)
    assert not reader.read(request, CARDS, keep=0.98).ready
    going[0] = False
    assert reader.read(request, CARDS, keep=0.98).ready


def test_new_picks_are_learned_from_without_a_restart(sqlite_database):
    auto = Auto(sqlite_database)
    assert auto.route().basis is Basis.LEARNING
    office(sqlite_database, n=60)
    auto.reader._looked_at = float("-inf")
    auto.reader.wait(60)
    assert auto.route().basis is Basis.EVIDENCE


def test_with_nothing_known_the_best_is_the_dearest_and_a_cheaper_one_is_asked_beside_it(sqlite_database):
    route = Auto(sqlite_database).route()
    assert (route.basis, route.choice[0], route.similar) == (Basis.LEARNING, "dear", 0)
    assert route.reason.startswith("No run like this has been judged.")


def test_one_label_changes_no_more_than_it_should(sqlite_database):
    judge_runs(sqlite_database, [{"dear": 0.0, "cheap": 1.0}])
    route = Auto(sqlite_database).route("Prompt 0")
    assert route.basis is Basis.LEARNING
    assert {each.model: each.picks for each in route.candidates} == {"dear": 1, "cheap": 1, "own": 0}


def test_few_picks_are_counted_and_said(sqlite_database):
    judge_runs(sqlite_database, [{"dear": 1.0, "cheap": 0.0}] * 6, prompts=[f"{VERSE} {n}" for n in range(6)])
    route = Auto(sqlite_database).route()
    assert (route.basis, route.similar) == (Basis.LEARNING, 6)
    assert route.reason.startswith("Only 6 runs like this have been judged.")


def test_one_model_is_asked_alone(sqlite_database):
    route = Auto(sqlite_database, CARDS[:1]).route()
    assert (route.basis, route.choice, route.runner_up) == (Basis.PRIOR, ("dear",), None)


def test_all_models_down_is_said_with_what_to_do(sqlite_database):
    down = tuple(replace(each, status=ModelStatus.DOWN, status_reason="It does not answer.") for each in CARDS)
    auto = Auto(sqlite_database, down)
    route = auto.route()
    assert (route.basis, route.choice) == (Basis.NOTHING, ())
    assert route.reason
    assert route.next_step
    assert {each.reason for each in route.removed} == {"It does not answer."}
    with pytest.raises(NothingAllowed):
        auto.routes.at_press(RunPlan(prompt="x", models=()))
    assert Auto(sqlite_database, ()).route().reason == "No model is connected."


def test_a_pinned_prompt_with_nothing_inside_up_says_which_to_start(sqlite_database):
    People(sqlite_database).add_project("People matters", inside_only=True)
    cards = (*CARDS[:2], replace(CARDS[2], status=ModelStatus.DOWN, status_reason="Ollama does not answer."))
    route = Auto(sqlite_database, cards).route(project="People matters")
    assert route.reason == "Rules keep this prompt inside and no inside model is up."
    assert route.next_step == "Start Own (Ollama does not answer), or see the rule under Router."
    assert route.pinned
    assert {each.rule for each in route.removed} == {Rule.INSIDE, Rule.UP}


def test_many_runs_of_one_text_count_as_one_prompt_and_not_as_a_crowd(sqlite_database):
    judge_runs(sqlite_database, [{"dear": 0.0, "cheap": 1.0}] * 80, prompts=[VERSE] * 80)
    office(sqlite_database, n=80)
    route = Auto(sqlite_database).route(VERSE)
    assert route.basis is Basis.EVIDENCE
    assert route.candidate("cheap").quality < 1.0
    assert len(route.neighbours) <= 40


@pytest.mark.parametrize(
    "prompt",
    [
        "Schreib ein Gedicht über den Mond", "Écris un poème sur la lune", "Escribe un poema sobre la luna",
        "月について詩を書いてください", "写一首关于月亮的诗", "اكتب قصيدة عن القمر", "Напиши стихотворение о луне",
        "चाँद पर एक कविता लिखो", "달에 대한 시를 써 줘", "Γράψε ένα ποίημα για το φεγγάρι",
    ],
)  # fmt: skip
def test_prompts_in_any_language_get_a_route(judged, prompt):
    route = judged.route(prompt)
    assert route.choice
    assert route.reason


@pytest.mark.parametrize(
    "prompt", ["", "\x00\ud800", "word " * 200_000, "🎈" * 250_000], ids=["empty", "odd", "words", "one"]
)
def test_a_prompt_of_any_size_and_kind_gets_a_route(judged, prompt):
    assert judged.route(prompt).choice


def test_offline_and_a_prompt_at_the_press(judged):
    assert judged.route(strategy=Strategy.OFFLINE).choice == ("own",)
    with pytest.raises(EmptyPrompt):
        judged.routes.at_press(RunPlan(prompt=" ", models=()))
    plan = judged.routes.at_press(RunPlan(prompt=VERSE, models=()))
    assert plan.models == ("cheap",)
    assert plan.auto.choice == plan.models


def test_what_was_shown_is_what_is_done_and_an_override_is_kept(judged):
    shown = judged.route(VERSE)
    plan = judged.routes.at_press(RunPlan(prompt=VERSE, models=()), shown=shown)
    assert plan.auto.reason == shown.reason
    other = judged.routes.at_press(RunPlan(prompt=VERSE, models=()), shown=shown, instead=("dear",))
    assert (other.models, other.auto.choice, other.auto.overridden) == (("dear",), ("cheap",), True)
    both = judged.routes.at_press(RunPlan(prompt=VERSE, models=()), shown=shown, instead=("cheap", "dear"))
    assert both.models == ("cheap", "dear")
    stale = judged.routes.at_press(RunPlan(prompt=SUMS, models=()), shown=shown)
    assert stale.models == ("dear",)


def test_without_the_rule_of_value_the_best_model_is_asked(judged):
    judged.book.set(VALUE_ON, False, person="Anna")
    best = max(judged.route(VERSE).candidates, key=lambda each: each.quality)
    assert judged.route(VERSE).choice == (best.model,)


def test_keeping_less_quality_never_asks_a_dearer_model(judged):
    costs = [judged.routes.propose(RouteRequest(prompt=SUMS, keep=keep)).expected_cost for keep in (1.0, 0.9, 0.6)]
    assert costs == sorted(costs, reverse=True)


def test_a_fitted_blend_is_read_back_and_another_file_is_not(judged, tmp_path):
    blend = judged.reader._learned.blend
    path = tmp_path / "blend.fit"
    assert read_blend(path, embedding="hashing") is None
    write_blend(blend, "7", path, embedding="hashing")
    assert read_blend(path, embedding="another") is None
    version, again = read_blend(path, embedding="hashing")
    assert version == "7"
    assert (again.prior_ == blend.prior_).all()
    path.write_bytes(b"not a blend")
    assert read_blend(path, embedding="hashing") is None


def test_a_challenger_is_drawn_by_lot_with_its_probability_and_only_on_evidence(judged):
    route = judged.route(VERSE)
    lots = iter([0.01, 0.0])
    drawn = draw_challenger(route, 0.05, lambda: next(lots))
    assert drawn.model not in route.choice
    assert 0 < drawn.probability <= 0.05
    assert draw_challenger(route, 0.05, lambda: 0.9) is None
    assert draw_challenger(route, 0.0, lambda: 0.0) is None
    learning = replace(route, basis=Basis.LEARNING)
    assert draw_challenger(learning, 0.5, lambda: 0.0) is None
    asked = replace(route, challenger=drawn).asked
    assert asked == (*route.choice, drawn.model)


def test_a_model_nobody_judged_can_be_judged_on_runs_that_differ(judged):
    chosen = judged.routes.representative(10)
    assert len(set(chosen)) == 10
    runs = judged_runs(judged.database)
    tasks = {runs.tasks[runs.public_ids.index(run)] for run in chosen}
    assert tasks == {"sums", "verse"}


def test_a_route_comes_back_from_the_store_as_it_went_in_but_for_other_prompts_words(judged):
    route = judged.route(VERSE)
    again = route_from_json(json.loads(json.dumps(route_to_json(route))))
    assert again == replace(route, neighbours=tuple(replace(each, first_line="") for each in route.neighbours))
