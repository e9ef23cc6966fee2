import csv
import json

import numpy as np
import pytest

from core.errors import InputError
from core.router.backtest import Plan, _test_part, backtest, features_of, split
from core.router.hashing import HashingEmbedder
from core.router.outcomes import Outcome, collect
from core.shell import cli

NAMES = {"blend", "neighbours", "classifier", "best_single", "cheapest", "random", "shuffled", "oracle"}
FIGURES = {"quality", "cost_usd", "apgr", "cpt50", "cpt80", "aiq", "saved_at_98", "saved_at_95", "brier", "ece", "ci"}

WORDS = {"sums": "add subtract number total ratio percent", "verse": "rhyme poem stanza lyric moon river"}


def outcomes(n: int = 240, *, models: int = 2) -> list[Outcome]:
    """Verse is easy for both; of the sums the cheap model gets a third, the dear one nearly all."""
    random = np.random.default_rng(0)
    made = []
    for number in range(n):
        task = "sums" if random.random() < 0.5 else "verse"
        prompt = f"{number} " + " ".join(random.choice(WORDS[task].split(), 6))
        chances = {"cheap": 0.33 if task == "sums" else 0.95, "dear": 0.95, "middling": 0.6}
        for model, cost in [("cheap", 0.001), ("dear", 0.02), ("middling", 0.005)][:models]:
            right = float(random.random() < chances[model])
            made.append(Outcome(prompt=prompt, model=model, quality=right, cost=cost, task=task))
    return made


def report(plan: Plan, **how) -> dict:
    table = collect(outcomes(**how))
    return backtest(table, features_of(table.prompts, HashingEmbedder()), plan)


@pytest.fixture(scope="module")
def found() -> dict:
    return report(Plan(use_tasks=True, rounds=20))


def test_the_report_holds_every_router_and_figure_and_is_plain_json(found):
    assert set(found["routers"]) == NAMES
    assert set(found) == {"n_prompts", "n_train", "n_test", "models", "routers", "decision_ms"}
    assert set(found["decision_ms"]) == {"p50", "p95"}
    for row in found["routers"].values():
        assert set(row) == FIGURES | {"realised"}
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["n_train"] + found["n_test"] == found["n_prompts"] == 240


def test_the_blend_finds_where_the_cheap_model_is_good_enough(found):
    routers = found["routers"]
    assert routers["blend"]["apgr"] > 0.65
    assert routers["blend"]["saved_at_95"] > routers["shuffled"]["saved_at_95"] + 0.15
    assert routers["oracle"]["apgr"] >= routers["blend"]["apgr"]
    assert routers["best_single"]["apgr"] == pytest.approx(0.5)


def test_single_models_save_nothing_and_the_oracle_the_most(found):
    routers = found["routers"]
    assert routers["best_single"]["saved_at_98"] == pytest.approx(0)
    assert routers["oracle"]["quality"] == max(row["quality"] for row in routers.values())
    assert routers["cheapest"]["cost_usd"] == min(row["cost_usd"] for row in routers.values())


def test_the_lambda_of_the_training_part_is_shown_with_what_it_came_to(found):
    at_95 = found["routers"]["blend"]["realised"]["at_95"]
    assert at_95["lambda"] > 0
    assert at_95["saved"] > 0.1


def test_figures_of_two_models_are_null_for_three():
    routers = report(Plan(labels=60, rounds=4), models=3)["routers"]
    assert routers["blend"]["apgr"] is None
    assert routers["blend"]["cpt50"] is None
    assert routers["blend"]["ece"] is not None


def test_the_same_seed_gives_the_same_report_and_another_deals_anew(found):
    again = report(Plan(use_tasks=True, rounds=20))
    assert again["routers"] == found["routers"]
    assert not np.array_equal(split(240, Plan(seed=1))[1], split(240, Plan(seed=0))[1])


def test_no_prompt_is_both_learned_from_and_tested_on():
    train, test = split(100, Plan(labels=20))
    assert len(train) == 20
    assert not set(train) & set(test)


def test_answers_of_the_test_part_change_nothing_that_is_chosen():
    table = collect(outcomes())
    features = features_of(table.prompts, HashingEmbedder())
    _, test = split(len(table.prompts), Plan())
    table.quality[test] = 1 - table.quality[test]
    table.cost[test] *= 7
    turned = backtest(table, features, Plan(rounds=1))["routers"]["blend"]["realised"]["at_98"]["lambda"]
    assert turned == report(Plan(rounds=1))["routers"]["blend"]["realised"]["at_98"]["lambda"]


def test_too_few_prompts_are_refused():
    with pytest.raises(InputError):
        split(1, Plan())


def test_models_without_a_price_are_left_out_of_cost_figures():
    made = [Outcome(prompt=one.prompt, model=one.model, quality=one.quality) for one in outcomes(60)]
    table = collect(made)
    routers = backtest(table, features_of(table.prompts, HashingEmbedder()), Plan(rounds=2))["routers"]
    assert routers["blend"]["cost_usd"] is None
    assert routers["blend"]["quality"] > 0.5


def test_the_shell_writes_the_report(tmp_path):
    path, out = tmp_path / "o.csv", tmp_path / "report.json"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "model", "quality", "cost_usd", "task"])
        writer.writerows([one.prompt, one.model, one.quality, one.cost, one.task] for one in outcomes(80))
    cli.main(
        ["backtest", "--outcomes", str(path), "--embedding", "hashing", "--use-task-column", "--json", str(out)],
        standalone_mode=False,
    )
    assert set(json.loads(out.read_text())["routers"]) == NAMES


def test_of_equally_good_models_lots_decide_which_one_is_the_best_single():
    same = [Outcome(prompt=f"p{row}", model=name, quality=1.0) for row in range(20) for name in ("a", "b", "c")]
    table = collect(same)
    features = features_of(table.prompts, HashingEmbedder())
    chosen = set()
    for seed in range(12):
        train, test = split(20, Plan(seed=seed))
        chosen.add(_test_part(table.rows(train), table.rows(test), seed=seed).best)
        routers = backtest(table, features, Plan(seed=seed, rounds=1))["routers"] if seed < 2 else {}
        assert all(row["quality"] == 1.0 for row in routers.values())
    assert chosen == {0, 1, 2}


def test_on_a_handful_of_labels_nothing_is_routed_away_from_the_best_single_model():
    table = collect(outcomes(300, models=3))
    features = features_of(table.prompts, HashingEmbedder())
    gaps = []
    for seed in range(6):
        routers = backtest(table, features, Plan(labels=8, seed=seed, rounds=1))["routers"]
        gaps.append(routers["blend"]["quality"] - routers["best_single"]["quality"])
    assert np.mean(gaps) > -0.02
