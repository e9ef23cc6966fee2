"""Pages take words and types of labels without paying for the statistics behind them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIGHT = (
    "picks",
    "quality",
    "strength",
    "enough",
    "sentences",
    "agreement",
    "agreement_of_shots",
    "items",
    "assignment",
    "masking",
    "checks",
    "judge",
)


def test_nothing_heavy_is_loaded_before_figures_are_asked_for() -> None:
    imports = "; ".join(f"import core.labels.{name}" for name in LIGHT)
    heavy = "{'numpy', 'scipy', 'sklearn', 'jsonschema', 'py3langid', 'litellm', 'sqlalchemy'}"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {imports}; print(sorted({heavy} & set(sys.modules)))"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"
