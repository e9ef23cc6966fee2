"""The environment of a process that calls models holds nothing that could be sent astray."""

from pathlib import Path

import pytest

from core.llm.environment import environment, is_secret, prepare_environment


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "ANTHROPIC_API_BASE",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_SECRET_ACCESS_KEY",
        "HF_TOKEN",
        "REPLICATE_API_TOKEN",
        "WATSONX_APIKEY",
        "TOGETHER_AI_TOKEN",
        "ANTHROPIC_AUTH_TOKEN",
        "OLLAMA_API_BASE",
        "SCW_SECRET_KEY",
    ],
)
def test_keys_and_addresses_are_known_by_their_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "HTTPS_PROXY", "SSL_CERT_FILE", "DATABASE_URL", "OLLAMA_HOST", "CLAUDEPROMPTER_DATA", "TZ"]
)
def test_what_the_process_needs_stays(name: str) -> None:
    assert not is_secret(name)


def test_a_prepared_environment_is_scrubbed_quiet_and_keeps_loopback_off_the_proxy() -> None:
    variables = {
        "OPENAI_API_KEY": "sk-x",
        "PATH": "/bin",
        "HTTP_PROXY": "http://proxy:3128",
        "NO_PROXY": "corp.example",
    }
    prepare_environment(variables)
    assert "OPENAI_API_KEY" not in variables
    assert variables["PATH"] == "/bin"
    assert variables["HTTP_PROXY"] == "http://proxy:3128"
    assert variables["NO_PROXY"] == "corp.example,localhost,127.0.0.1,::1"
    assert variables["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert variables["LITELLM_MODE"] == "PRODUCTION"


def test_the_variables_win_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("CP_TEST_ONE=file\nCP_TEST_TWO=file\nCP_TEST_EMPTY=\n")
    monkeypatch.setenv("CP_TEST_ONE", "variable")
    found = environment(file)
    assert (found["CP_TEST_ONE"], found["CP_TEST_TWO"]) == ("variable", "file")
    assert "CP_TEST_EMPTY" not in found
