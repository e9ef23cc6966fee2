"""One prompt from a shell, on real servers that speak OpenAI's and Ollama's protocols."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer

ROOT = Path(__file__).resolve().parents[3]
PROMPT = 'We need: 1) metrics, 2) a router.\n\n```sql\nselect 1\n```\nWhat is the best order? It costs $5 & "more".'

Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def openai() -> Iterator[OpenAIServer]:
    with OpenAIServer(key="the-lab-key") as server:
        yield server


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as server:
        yield server


@pytest.fixture
def shell(tmp_path: Path, openai: OpenAIServer, ollama: OllamaServer) -> Shell:
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLAUDEPROMPTER_") and not name.endswith("_API_KEY") and name != "DATABASE_URL"
    }
    environ |= {
        "CLAUDEPROMPTER_DATA": str(tmp_path / "data"),
        "CLAUDEPROMPTER_ENDPOINTS": f"lab={openai.base_url};key=LAB_KEY;place=private",
        "CLAUDEPROMPTER_SIMULATED_SPEED": "50",
        "LAB_KEY": "the-lab-key",
        "OLLAMA_HOST": ollama.address,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core", *arguments],
            cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def answered(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_prompt_runs_on_both_servers_and_everything_is_measured(shell, tmp_path, openai, ollama):
    founding = os.environ.get("CLAUDEPROMPTER_FOUNDING_DOCUMENT")
    prompt = Path(founding).read_text(encoding="utf-8") if founding else PROMPT
    file = tmp_path / "prompt.txt"
    file.write_text(prompt, encoding="utf-8")
    run = answered(
        shell("run", "--prompt-file", str(file), "--models", "lab/good,ollama_chat/good", "--shots", "2", "--json")
    )
    assert run["prompt"] == prompt
    assert [shot["model"] for shot in run["shots"]] == ["lab/good", "ollama_chat/good"] * 2
    for shot in run["shots"]:
        assert shot["state"] == "done"
        assert shot["text"]
        assert 0 < shot["ttft_ms"] <= shot["total_ms"]
        assert shot["input_tokens"] > 0
        assert shot["output_tokens"] > 0
        assert (Decimal(shot["cost"]), shot["cost_state"]) == (0, "free")
    assert openai.chats[-1].json["messages"][-1]["content"] == prompt
    assert ollama.chats[-1].json["messages"][-1]["content"] == prompt
    exported = json.loads(shell("export", run["id"]).stdout)
    assert exported["shots"] == run["shots"]


def test_it_ends_with_code_1_when_no_shot_succeeded(shell):
    done = shell("run", "Hello", "--models", "lab/status-404", "--json")
    assert done.returncode == 1
    (shot,) = json.loads(done.stdout)["shots"]
    assert (shot["state"], shot["error"]["kind"]) == ("failed", "model_not_found")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", " ", "--models", "lab/good"), "The prompt is empty."),
        (("run", "Hi", "--models", "lab/nowhere"), "not connected"),
        (("run", "Hi", "--models", ","), "No model is chosen."),
        (("run", "Hi", "--prompt-file", "x", "--models", "lab/good"), "Two prompts"),
        (("run", "--prompt-file", "/no/such/file", "--models", "lab/good"), "cannot be read"),
        (("run", "Hi {{name}}", "--var", "name", "--models", "lab/good"), "NAME=VALUE"),
        (("export", "nothing"), "There is no run"),
    ],
)
def test_what_cannot_be_done_is_said_in_plain_words(shell, arguments, words):
    done = shell(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_models_are_listed_with_place_price_and_reachability(shell):
    found = {model["name"]: model for model in json.loads(shell("models", "--json").stdout)}
    assert found["lab/good"]["place"] == "private"
    assert found["ollama_chat/good"]["place"] == "local"
    assert found["ollama_chat/good"]["price_state"] == "free"
    assert found["lab/good"]["reachable"] is True
    assert not any(name.startswith("simulated/") for name in found)


def test_the_demo_has_simulated_models_only(shell):
    names = [model["name"] for model in json.loads(shell("models", "--workspace", "demo", "--json").stdout)]
    assert names
    assert all(name.startswith("simulated/") for name in names)


def test_doctor_tells_what_is_here_and_no_secret(shell):
    done = shell("doctor", "--json")
    assert done.returncode == 0
    assert "the-lab-key" not in done.stdout
    assert {"packages", "settings", "workspaces"} <= json.loads(done.stdout).keys()


def test_the_founding_record_becomes_a_past_run(shell):
    path = os.environ.get("CLAUDEPROMPTER_FOUNDING_DOCUMENT")
    if not path:
        pytest.skip("CLAUDEPROMPTER_FOUNDING_DOCUMENT names no file: the founding record was not imported")
    first = json.loads(shell("import", path, "--json").stdout)
    assert len(first["imported"]) == 1
    assert json.loads(shell("import", path, "--json").stdout)["imported"] == []
    run = json.loads(shell("export", first["imported"][0]).stdout)
    assert (run["shots"][0]["label"], run["shots"][0]["total_ms"]) == ("gpt-4o-mini", 14709)
