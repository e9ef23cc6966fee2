"""What the tabs of Performance draw from: read once, whichever tab is open."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from core.domain.model import Place
from core.labels.board import Board
from core.metrics.rollups import By, Measured, day_of
from core.metrics.unusual import Unusual, unusual_days
from pages.ui.page import Page
from pages.ui.palette import colours_of
from pages.ui.performance_filters import Wanted
from pages.ui.performance_rows import Row, rows_of
from pages.ui.viewport import is_dark


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the tabs draw from: what was asked for, the board of picks, what was measured, and a row for each model."""

    wanted: Wanted
    board: Board
    measured: Measured
    rows: tuple[Row, ...]
    narrow: bool

    @property
    def labels(self) -> dict[str, str]:
        """Give what pages call each model."""
        return {row.model: row.label for row in self.rows}

    @cached_property
    def unusual(self) -> tuple[Unusual, ...]:
        """Give the unusual days of what was measured, the newest first, without their hours."""
        return unusual_days(self.measured)

    @property
    def span(self) -> tuple[date, date] | None:
        """Give the first and the last UTC day on which something was measured."""
        days = [row.day for row in self.measured.rows]
        return (day_of(min(days)), day_of(max(days))) if days else None

    @property
    def colours(self) -> dict[str, str]:
        """Give each model's colour in the reader's theme."""
        return colours_of([row.model for row in self.rows], dark=is_dark())


def read(page: Page, wanted: Wanted, *, narrow: bool) -> Seen:
    """Read what the tabs draw from. Raises StoreError."""
    services = page.services
    board = services.leaderboard.at_once(wanted.runs, by=wanted.by, blind_only=wanted.blind_only)
    measured = services.measures.read(wanted.measures)
    tallies = {model: tally for (model,), tally in measured.by(By.MODEL).items()}
    places = {row.model: Place(row.place) for row in measured.rows}
    labels = services.measures.labels([*tallies, *(each.model for each in board.strengths.rows)])
    return Seen(
        wanted=wanted, board=board, measured=measured, rows=rows_of(board, tallies, labels, places), narrow=narrow
    )
