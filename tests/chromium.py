"""Says loudly, before the tests run, when there is no Chromium for those that need a browser."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.e2e.driving import CHROMIUM

LOUD = """
  ############################################################################
  #  NO CHROMIUM FOUND: the browser tests are SKIPPED, the rest is tested.   #
  #  Debian and Ubuntu: sudo apt-get install chromium                        #
  #  macOS: brew install --cask chromium                                     #
  ############################################################################
"""

sys.stdout.write(f"Browser tests use {CHROMIUM}\n" if CHROMIUM else LOUD)
