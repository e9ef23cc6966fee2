"""The pinned closure is the one of pyproject.toml: `make lock` was not forgotten, and torch may stay a CPU build."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-r")):
            name, _, version = line.partition(" ;")[0].partition("==")
            assert version, f"{line!r} in {path.name} is not pinned"
            found.setdefault(plain(name), set()).add(version.strip())
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.sub(r"\[.*\]", "", name)).lower()


def asked(dependencies: list[str]) -> dict[str, set[str]]:
    return {plain(name): {version} for name, version in (each.split("==") for each in dependencies)}


APP = pins(ROOT / "requirements.txt")
TESTS = pins(ROOT / "tests" / "requirements.txt")


def test_what_the_app_asks_for_is_pinned_at_that_version():
    wanted = asked(PROJECT["dependencies"])
    assert {name: APP.get(name) for name in wanted} == wanted


def test_what_the_tests_ask_for_is_pinned_at_that_version():
    wanted = asked(PROJECT["optional-dependencies"]["dev"])
    both = APP | TESTS
    assert {name: both.get(name) for name in wanted} == wanted


def test_the_tests_take_nothing_that_the_app_has_at_another_version():
    assert not APP.keys() & TESTS.keys()


def test_torch_comes_without_its_cuda_companions():
    assert not [name for name in APP | TESTS if name.startswith(("nvidia-", "cuda-", "triton"))]


def test_no_address_and_no_path_of_a_machine_stands_in_the_files():
    for path in (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"):
        assert not re.search(r"https?:|file:|@|--|\+cpu", path.read_text(encoding="utf-8"))
