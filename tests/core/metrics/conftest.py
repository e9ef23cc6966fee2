"""A workspace with attempts of many kinds."""

import pytest

from core.store.database import Database
from tests.random_ledger import Ledger


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """Random runs of a few models, most of them settled."""
    return Ledger(database, 4).happen()
