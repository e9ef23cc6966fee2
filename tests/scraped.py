"""What was exposed to Prometheus, read back."""

from datetime import UTC, datetime

import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from core.metrics.figures import About, Figures
from core.metrics.prometheus import Exposition
from core.store import tables
from core.store.database import Database, table

ATTEMPT = table(tables.Attempt)
NOW = datetime(2026, 11, 12, 14, 2, tzinfo=UTC)


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Give every sample of an exposition by name and labels, empty labels left out."""
    return {
        (sample.name, frozenset((key, value) for key, value in sample.labels.items() if value)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    """Add up the samples of a name that carry these labels."""
    wanted = set(labels.items())
    return sum(value for (each, at), value in found.items() if each == name and wanted <= at)


def figures(database: Database, budgets=tuple) -> Figures:
    return Figures(database, About(workspace="team", version="1"), budgets)


def scrape(database: Database, budgets=tuple):
    page, _ = Exposition(figures(database, budgets).families).text()
    return samples(page.decode())


def settled(database: Database):
    with database.read() as connection:
        return connection.execute(sa.select(ATTEMPT).where(ATTEMPT.c.cost_state != "pending")).all()
