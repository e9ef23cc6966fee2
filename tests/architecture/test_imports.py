"""The house stands as drawn: imports run one way, heavy libraries stay out, and every page opens the same way."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "pages").glob("*.py") if path.name != "__init__.py")

HEAVY = frozenset(
    {
        "streamlit",
        "litellm",
        "torch",
        "transformers",
        "sentence_transformers",
        "sklearn",
        "genai_prices",
        "alembic",
        "pandas",
    }
)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLAUDEPROMPTER_")}
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_imports_run_one_way():
    done = python("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))")
    assert done.returncode == 0, done.stdout + done.stderr


def loaded_by(module: str) -> set[str]:
    done = python("-c", f"import sys, json; import {module}; print(json.dumps(sorted(sys.modules)))")
    assert done.returncode == 0, done.stderr
    return {name for name in json.loads(done.stdout.splitlines()[-1]) if "." not in name}


def test_the_services_start_without_streamlit_or_any_heavy_library():
    assert loaded_by("core.bootstrap") & HEAVY == set()


def first_statement(path: Path) -> ast.stmt | None:
    """Give what a page does first, after its docstring and its imports."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for statement in body[1:] if ast.get_docstring(ast.Module(body=body, type_ignores=[])) else body:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            return statement
    return None


def opens_the_page(statement: ast.stmt | None) -> bool:
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign) else None
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "open_page"


def test_there_are_pages_to_look_at():
    assert {"settings.py"} <= {path.name for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_begins_with_the_header_call(path):
    assert opens_the_page(first_statement(path)), f"{path.name} must begin with open_page(…), before anything is drawn"


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ('"""A page."""\nfrom x import open_page\n\npage = open_page("run")\n', True),
        ('from x import open_page\nopen_page("run")\n', True),
        ('"""A page."""\nimport streamlit as st\n\nst.title("Run")\npage = open_page("run")\n', False),
        ('"""A page."""\nTITLE = "Run"\npage = open_page("run")\n', False),
        ('"""Nothing."""\n', False),
    ],
)
def test_the_guard_tells_a_guarded_page_from_an_open_one(tmp_path, text, opens):
    page = tmp_path / "page.py"
    page.write_text(text, encoding="utf-8")
    assert opens_the_page(first_statement(page)) is opens
