"""Holds FOCUS exports against the official validator: `make focus-check`, apart from `make test`.

focus-validator 2.2.1 needs Python 3.12 or newer and numpy 1, so it lives in a virtual environment of its own (644 MB,
made once in tests/out). Where there is no such Python (FOCUS_PYTHON may name one) the check says so and is skipped.

The specification's rules InvoiceId-C-004 and -005 contradict each other: an empty InvoiceId fails one, any other the
other. That one failure is expected; every other fails the check.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from core.costs.focus import write_focus
from core.demo.filling import write_history
from core.demo.history import History
from core.store.database import Database
from core.store.upgrade import upgrade
from tests.random_ledger import Ledger

HOME = Path(__file__).resolve().parent / "out" / "focus-venv"
PACKAGES = ("focus-validator==2.2.1", "pyarrow<22")
CRITERIA = ",".join(
    f"{name}_SUPPORTED"
    for name in ("PUBLIC_PRICE_LIST", "USAGE_MEASUREMENT", "UNIT_PRICING", "SUB_ACCOUNT", "TAGGING", "ACCOUNT_NAMING")
)
EXPECTED = {"InvoiceId-C-004-C", "InvoiceId-C-004-M", "InvoiceId-C-005-C", "InvoiceId-C-005-M", "InvoiceId-C-004",
            "InvoiceId-C-005"}  # fmt: skip
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def main() -> int:
    python = _environment()
    if python is None:
        say("SKIPPED: focus-check needs Python 3.12 or newer (or FOCUS_PYTHON=/path/to/it). NOTHING WAS CHECKED.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        results = [_check(python, path) for path in _exports(Path(folder))]
    return 0 if all(results) else 1


def _exports(folder: Path) -> list[Path]:
    found = []
    demo = Database(f"sqlite:///{folder / 'demo.db'}")
    upgrade(demo)
    write_history(demo, History(now=datetime(2026, 11, 19, 15, 30, tzinfo=UTC)), progress=lambda _done: None)
    for name, database in (("demo", demo), *((f"random-{seed}", _random(folder, seed)) for seed in range(3))):
        report = write_focus(database, folder / f"{name}.csv", first=FIRST, last=LAST)
        say(f"{name}: {report.rows:,} rows, ${report.amount}, {report.unpriced} attempts without a price beside it")
        found.append(folder / f"{name}.csv")
        database.close()
    return found


def _random(folder: Path, seed: int) -> Database:
    database = Database(f"sqlite:///{folder / f'random-{seed}.db'}")
    upgrade(database)
    Ledger(database, seed).happen(60)
    return database


def _environment() -> Path | None:
    """Give the interpreter of the validator's environment, which is made when it is not there."""
    python = HOME / "bin" / "python"
    if not (HOME / "bin" / "focus-validator").exists():
        base = _python()
        if base is None:
            return None
        subprocess.run([base, "-m", "venv", "--clear", HOME], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True
        )
    return python


def _python() -> str | None:
    for name in (os.environ.get("FOCUS_PYTHON"), "python3.12", "python3.13"):
        found = name and shutil.which(name)
        if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
            return found
    return None


def _check(python: Path, path: Path) -> bool:
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    done = subprocess.run(
        [
            python.with_name("focus-validator"), "--data-file", path, "--validate-version", "1.2", "--block-download",
            "--applicability-criteria", CRITERIA, "--show-violations",
        ],
        cwd=site, check=False, capture_output=True, text=True,  # it opens one of its files by a relative path
    )  # fmt: skip
    told = done.stdout + done.stderr
    total = re.search(r"Total:\s*(\d+)\D+Pass:\s*(\d+)\D+Fail:\s*(\d+)", told)
    if total is None:
        say(f"{path.stem}: the validator gave no total.\n{told[-3000:]}")
        return False
    failed = set(re.findall(r"([A-Za-z]+-C-\d+(?:-[A-Z])?)[^\n]*FAIL", told, re.IGNORECASE))
    failed |= set(re.findall(r"FAIL[^\n]*?([A-Za-z]+-C-\d+(?:-[A-Z])?)", told, re.IGNORECASE))
    say(f"{path.stem}: {total[2]} of {total[1]} rules pass, {total[3]} fail {sorted(failed)}")
    fine = int(total[3]) <= 1 and failed <= EXPECTED
    if not fine:
        say(told[-6000:])
    return fine


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
