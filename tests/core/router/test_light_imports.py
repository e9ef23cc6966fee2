"""Pages take the words and the service of replays without paying for the statistics behind them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_nothing_heavy_is_loaded_before_a_replay_is_asked_for() -> None:
    imports = "; ".join(f"import core.{name}" for name in ("router.replays", "router.replay_view", "bootstrap"))
    heavy = "{'numpy', 'scipy', 'sklearn', 'torch', 'litellm'}"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {imports}; print(sorted({heavy} & set(sys.modules)))"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]"
