"""Views of History kept under a name, for everybody of the workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from core.domain.model import Place
from core.domain.run import RunState
from core.errors import InputError, NotFound
from core.store import tables
from core.store.columns import storable
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, Order
from core.store.people import person_id, tidy_name
from core.store.recent import Recent

VIEW = table(tables.SavedView)
PERSON = table(tables.Person)

NAMES = ("models", "persons", "teams", "projects", "tags", "tasks", "winners")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedViewRecord:
    """A saved view: its name, what it shows, who saved it."""

    id: int
    name: str
    wanted: HistoryFilter
    person: str
    created_at: datetime


class SavedViews:
    """The saved views of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def save(self, name: str, wanted: HistoryFilter, *, person: str = "") -> SavedViewRecord:
        """Keep a view under a name; one kept under it before is replaced. Raises InputError for an empty name."""
        tidy = tidy_name(name)
        if not tidy:
            raise InputError("A saved view needs a name.", next_step="Type one.")
        now = datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(
                sa.update(VIEW).where(VIEW.c.name == tidy, VIEW.c.removed_at.is_(None)).values(removed_at=now)
            )
            new_id = connection.execute(
                sa.insert(VIEW)
                .values(
                    name=tidy, filter=filter_to_json(wanted), person_id=person_id(connection, person), created_at=now
                )
                .returning(VIEW.c.id)
            ).scalar_one()
            return _record(connection.execute(_asked().where(VIEW.c.id == new_id)).one())

    def rename(self, view_id: int, name: str) -> SavedViewRecord:
        """Give a view another name; one that has it is replaced. Raises NotFound, InputError for an empty name."""
        view = next((view for view in self.all() if view.id == view_id), None)
        if view is None:
            raise NotFound("This saved view is gone already.", next_step="Reload the page.")
        if tidy_name(name) == view.name:
            return view
        renamed = self.save(name, view.wanted, person=view.person)
        self.remove(view_id)
        return renamed

    def remove(self, view_id: int) -> None:
        """Take a view off the list. Raises NotFound where it is not on it."""
        with self._database.write() as connection:
            gone = connection.execute(
                sa.update(VIEW)
                .where(VIEW.c.id == view_id, VIEW.c.removed_at.is_(None))
                .values(removed_at=datetime.now(UTC))
            )
            if not gone.rowcount:
                raise NotFound("This saved view is gone already.", next_step="Reload the page.")

    def all(self) -> tuple[SavedViewRecord, ...]:
        """Give all saved views, by name."""
        with self._database.read() as connection:
            rows = connection.execute(_asked().where(VIEW.c.removed_at.is_(None))).all()
        return tuple(sorted(map(_record, rows), key=lambda view: (view.name.casefold(), view.name)))


def filter_to_json(wanted: HistoryFilter) -> dict[str, Any]:
    """Give what a filter asks for, as JSON; who looks, the bin and a comparison of meanings are no part of a view."""
    found: dict[str, Any] = {}
    for field in fields(HistoryFilter):
        value = getattr(wanted, field.name)
        if field.name in ("viewer", "in_bin", "like") or value == field.default:
            continue
        if isinstance(value, tuple):
            found[field.name] = [storable(str(each)) for each in value]
        elif isinstance(value, datetime):
            found[field.name] = value.astimezone(UTC).isoformat()
        else:
            found[field.name] = value if isinstance(value, bool) else storable(str(value))
    return found


def filter_from_json(value: Mapping[str, Any], *, viewer: str = "") -> HistoryFilter:
    """Read a filter; what is unknown (of a later version) or makes no sense is left out."""
    given: dict[str, Any] = {name: tuple(map(str, _list(value.get(name)))) for name in NAMES if value.get(name)}
    states = tuple(RunState(each) for each in _list(value.get("states")) if each in list(RunState))
    places = tuple(Place(each) for each in _list(value.get("places")) if each in list(Place))
    recent, order = value.get("recent"), value.get("order")
    return HistoryFilter(
        words=str(value.get("words") or ""),
        meaning=str(value.get("meaning") or ""),
        states=states,
        places=places,
        since=_moment(value.get("since")),
        until=_moment(value.get("until")),
        recent=Recent(recent) if recent in list(Recent) else None,
        zone=str(value.get("zone") or ""),
        order=Order(order) if order in list(Order) else Order.NEWEST,
        cost_from=_amount(value.get("cost_from")),
        cost_to=_amount(value.get("cost_to")),
        judged=value["judged"] if isinstance(value.get("judged"), bool) else None,
        viewer=viewer,
        **given,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _moment(written: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _amount(written: Any) -> Decimal | None:
    try:
        amount = Decimal(written) if isinstance(written, str) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None


def _asked() -> sa.Select[Any]:
    return sa.select(VIEW, PERSON.c.name.label("person")).outerjoin(PERSON, PERSON.c.id == VIEW.c.person_id)


def _record(row: Any) -> SavedViewRecord:
    return SavedViewRecord(
        id=row.id,
        name=row.name,
        wanted=filter_from_json(row.filter or {}),
        person=row.person or "",
        created_at=row.created_at,
    )
