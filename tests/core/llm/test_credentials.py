"""Keys are kept for their owner alone, each for one host, and are never shown."""

import stat
from pathlib import Path

import pytest

from core.errors import BadKey, SettingsError, StoreError
from core.llm.credentials import Credentials, StoredKey


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials(tmp_path / "data" / "credentials.toml", {"GROQ_API_KEY": " gsk_env_key \n"})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_saved_key_is_found_again_for_its_host_only(credentials: Credentials) -> None:
    credentials.save("openai", host="api.openai.com", key=" sk-saved-key\n")
    again = Credentials(credentials.path, {})
    assert again.key_for("openai", host="api.openai.com") == "sk-saved-key"
    assert again.key_for("openai", host="evil.example") is None
    assert again.key_for("other", host="api.openai.com") is None


def test_only_the_owner_may_read_the_file(credentials: Credentials) -> None:
    credentials.save("openai", host="api.openai.com", key="sk-saved-key")
    assert mode(credentials.path) == 0o600


def test_a_file_that_others_may_read_is_closed_when_it_is_read(credentials: Credentials) -> None:
    credentials.save("openai", host="api.openai.com", key="sk-saved-key")
    credentials.path.chmod(0o644)
    assert Credentials(credentials.path, {}).names() == ("openai",)
    assert mode(credentials.path) == 0o600


def test_the_environment_wins(credentials: Credentials) -> None:
    credentials.save("groq", host="api.groq.com", key="gsk_saved")
    assert credentials.key_for("groq", host="api.groq.com", variables=("GROQ_API_KEY",)) == "gsk_env_key"
    assert credentials.source_of("groq", variables=("GROQ_API_KEY",)) == "GROQ_API_KEY"
    assert credentials.source_of("groq") == "file"
    assert credentials.source_of("openai") == ""


def test_a_key_saved_by_another_process_is_seen(credentials: Credentials) -> None:
    assert credentials.key_for("openai", host="h") is None
    Credentials(credentials.path, {}).save("openai", host="h", key="sk-one")
    assert credentials.key_for("openai", host="h") == "sk-one"
    Credentials(credentials.path, {}).save("openai", host="h", key="sk-two")
    assert credentials.key_for("openai", host="h") == "sk-two"


def test_a_removed_key_is_gone_and_the_others_stay(credentials: Credentials) -> None:
    credentials.save("a", host="h", key="key-a")
    credentials.save("b", host="h", key="key-b")
    credentials.remove("a")
    credentials.remove("never there")
    assert credentials.names() == ("b",)
    assert "key-a" not in credentials.path.read_text()


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel", "tab\tkey"])
def test_what_cannot_be_a_key_is_refused_and_nothing_is_lost(credentials: Credentials, key: str) -> None:
    credentials.save("a", host="h", key="key-a")
    with pytest.raises(BadKey):
        credentials.save("a", host="h", key=key)
    assert credentials.key_for("a", host="h") == "key-a"


def test_a_name_with_dots_and_signs_is_kept(credentials: Credentials) -> None:
    credentials.save('my "lab".x', host="lab:8000", key="k")
    assert Credentials(credentials.path, {}).key_for('my "lab".x', host="lab:8000") == "k"


@pytest.mark.parametrize("content", ["not [toml", 'openai = "sk-x"', "[openai]\nkey = 'x'"])
def test_a_spoilt_file_is_told_and_not_overwritten(credentials: Credentials, content: str) -> None:
    credentials.path.parent.mkdir()
    credentials.path.write_text(content)
    with pytest.raises(SettingsError) as caught:
        credentials.save("a", host="h", key="key-a")
    assert str(credentials.path) in caught.value.message
    assert "sk-x" not in f"{caught.value} {caught.value.detail}"
    assert credentials.path.read_text() == content


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises((StoreError, SettingsError)):
        Credentials(tmp_path / "data" / "credentials.toml", {}).save("a", host="h", key="key-a")


def test_no_key_shows_in_a_repr(credentials: Credentials) -> None:
    credentials.save("a", host="h", key="very-secret")
    assert "very-secret" not in repr(credentials)
    assert "very-secret" not in repr(StoredKey(host="h", key="very-secret"))
