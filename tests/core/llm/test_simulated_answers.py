import re

import pytest

from core.domain.run import FinishReason
from core.llm.simulated_answers import Sample, sample_of, written_answer, written_samples
from core.llm.simulated_models import simulated_models

MODELS = [model.name for model in simulated_models()]
FIRST = written_samples()[0]


@pytest.mark.parametrize("sample", written_samples(), ids=lambda sample: sample.slug)
def test_every_sample_has_three_answers_of_every_model(sample: Sample) -> None:
    assert set(sample.answers) == {(model, shot) for model in MODELS for shot in (1, 2, 3)}
    assert all(answer.text for answer in sample.answers.values())


@pytest.mark.parametrize("sample", written_samples(), ids=lambda sample: sample.slug)
def test_every_variable_of_a_sample_has_a_value_and_fills_its_answers(sample: Sample) -> None:
    assert sample_of(sample.filled_prompt) == (sample, dict(sample.variables))
    answers = [written_answer(sample.filled_prompt, model, shot) for model in MODELS for shot in (1, 2, 3)]
    assert not [answer.text for answer in answers if re.search(r"\{\{", answer.text)]


def test_the_first_sample_reads_as_the_page_shows_it() -> None:
    assert FIRST.title == "Reply to a complaint"
    assert FIRST.filled_prompt == (
        'A customer writes: "I was charged twice for order 48-1123 and nobody answers." Write our reply.'
    )


def test_other_values_of_the_variables_stand_in_the_answer() -> None:
    prompt = FIRST.prompt.replace("{{order}}", "77-0001")
    text = written_answer(prompt, "sage", 1).text
    assert "77-0001" in text
    assert "48-1123" not in text


def test_line_breaks_and_blanks_do_not_hide_a_sample() -> None:
    assert sample_of(f"  {FIRST.filled_prompt.replace(' ', '  ')}\n") is not None


@pytest.mark.parametrize("prompt", ["", "Hello", FIRST.filled_prompt + " Be brief.", "x" * 1_000_000])
def test_any_other_prompt_is_no_sample(prompt: str) -> None:
    assert sample_of(prompt) is None


@pytest.mark.parametrize("model", MODELS)
def test_the_first_sentence_to_another_prompt_says_that_it_is_simulated(model: str) -> None:
    for shot in (1, 2, 3):
        first, *_ = written_answer("What is the capital of France?", model, shot).text.split(".")
        assert "simulated model and cannot answer" in first


def test_a_fourth_shot_says_what_the_first_said() -> None:
    assert written_answer(FIRST.filled_prompt, "sage", 4) == written_answer(FIRST.filled_prompt, "sage", 1)


def test_swift_gives_one_answer_twice_so_that_the_page_can_fold_it() -> None:
    first, second, third = (FIRST.answers["swift", shot].text for shot in (1, 2, 3))
    assert first == second != third


def test_the_samples_cover_what_can_happen() -> None:
    answers = [(key, answer) for sample in written_samples() for key, answer in sample.answers.items()]
    assert any(answer.thinking for _, answer in answers)
    assert any(answer.fault for _, answer in answers)
    assert all(answer.finish in (FinishReason.STOP, FinishReason.LENGTH) for _, answer in answers)


def test_there_are_twelve_samples_in_a_fixed_order() -> None:
    titles = [sample.title for sample in written_samples()]
    assert len(titles) == len(set(titles)) == 12
    assert titles[:4] == [
        "Reply to a complaint",
        "Dates from an e-mail",
        "Explain a dip in sales",
        "SQL from a question",
    ]


def test_one_figure_is_plainly_wrong() -> None:
    dip = next(sample for sample in written_samples() if sample.title == "Explain a dip in sales")
    assert "fell by 42 %" in dip.answers["swift", 1].text  # 42,000 of 265,500 is 16 %
    assert "16 %" in dip.answers["sage", 1].text


def test_one_model_refuses_one_is_cut_off_and_one_contradicts_itself() -> None:
    by_title = {sample.title: sample for sample in written_samples()}
    assert by_title["Answer a reference request"].answers["grand", 1].text.startswith("I can't write this")
    cut = by_title["Plan an office move"].answers["grand", 1]
    assert cut.finish is FinishReason.LENGTH
    assert not cut.text.endswith((".", "!", "?"))
    lease = by_title["Check a notice period"]
    assert lease.answers["pine", 1].text.startswith("Yes")
    assert lease.answers["pine", 2].text.startswith("No")
