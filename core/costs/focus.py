"""The ledger as a FOCUS 1.2 file (FinOps Open Cost and Usage Specification): one row for each charge.

What has no price has no place in such a file, for FOCUS lets no cost be unknown: it goes to a file beside it. Savings
are never rows, for no provider granted them. Numbers carry a decimal point and all their digits, times are UTC with
exclusive ends.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.discounts import list_share
from core.costs.ledger import EXACT, PICO_DOLLAR, UNIT_STEP, ZERO
from core.costs.spending import month_of
from core.costs.sums import NAMED
from core.domain.model import Place
from core.domain.money import CostState, PriceSource, TokenClass
from core.llm.providers import provider_of
from core.store import tables
from core.store.database import Database, table

ATTEMPT, CHARGE, RUN, RUN_TAG, DISCOUNT = (
    table(each) for each in (tables.Attempt, tables.ChargeRow, tables.Run, tables.RunTag, tables.Discount)
)

VERSION = "1.2"
CHUNK = 5_000

COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd",
    "ChargePeriodStart", "CommitmentDiscountStatus", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "ContractedUnitPrice", "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost", "ListUnitPrice",
    "PricingCategory", "PricingCurrency", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit",
    "ProviderName", "PublisherName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceName",
    "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName",
    "SubAccountType", "Tags", "x_AttemptId", "x_CostStatus", "x_Place", "x_RunId",
)  # fmt: skip

UNPRICED_COLUMNS = (
    "ChargePeriodStart", "ResourceId", "ProviderName", "InputTokens", "OutputTokens", "SubAccountName", "Tags",
    "x_AttemptId", "x_RunId", "x_Place",
)  # fmt: skip

METERS = {
    TokenClass.INPUT: "input tokens",
    TokenClass.CACHED_INPUT: "cached input tokens",
    TokenClass.CACHE_WRITE_5M: "cache write tokens, 5 minutes",
    TokenClass.CACHE_WRITE_1H: "cache write tokens, 1 hour",
    TokenClass.OUTPUT: "output tokens",
    TokenClass.REASONING: "reasoning tokens",
    TokenClass.REQUEST: "requests",
    TokenClass.MACHINE_TIME: "machine time",
}
UNITS = {TokenClass.REQUEST: "Requests", TokenClass.MACHINE_TIME: "Seconds"}
MILLISECONDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusReport:
    """What an export came to: rows and their sum in USD, attempts without a price, and the files written."""

    rows: int
    amount: Decimal
    unpriced: int
    files: tuple[Path, ...]


def write_focus(database: Database, path: Path, *, first: date, last: date) -> FocusReport:
    """Write the charges of attempts begun from `first` to `last` (UTC, both in) as a FOCUS 1.2 CSV file.

    Beside it stand `<name>-unpriced.csv`, where there is something in it, and `<name>-metadata.json`. Each file is
    whole or not there. Raises OSError where it cannot be written, StoreError and its kinds.
    """
    start, end = _moments(first, last)
    sidecar = path.with_name(f"{path.stem}-unpriced.csv")
    metadata = path.with_name(f"{path.stem}-metadata.json")
    with database.read() as connection:
        names = _Names(connection)
        rows, amount = _write(path, COLUMNS, _rows(connection, names, start, end))
        unpriced = _write(sidecar, UNPRICED_COLUMNS, _unpriced(connection, names, start, end))[0]
    if not unpriced:
        sidecar.unlink()
    metadata.write_text(
        json.dumps({"FocusVersion": VERSION, "DataGenerator": "ClaudePrompter", "Files": [path.name]}, indent=2),
        encoding="utf-8",
    )
    return FocusReport(
        rows=rows,
        amount=amount,
        unpriced=unpriced,
        files=(path, metadata, *((sidecar,) if unpriced else ())),
    )


class _Names:
    """Names of people, teams, projects and tags, and the discounts, read once."""

    def __init__(self, connection: Connection) -> None:
        def names(source: sa.Table) -> dict[int, str]:
            return {row.id: row.name for row in connection.execute(sa.select(source.c.id, source.c.name))}

        self.person, self.team, self.project = (names(NAMED[what]) for what in ("person", "team", "project"))
        self._tags = names(NAMED["tag"])
        self.discounts = {
            row.id: row.basis_points for row in connection.execute(sa.select(DISCOUNT.c.id, DISCOUNT.c.basis_points))
        }
        self._connection = connection

    def tags_of(self, runs: set[int]) -> dict[int, list[str]]:
        """Give the tags of runs."""
        found: dict[int, list[str]] = {}
        for row in self._connection.execute(sa.select(RUN_TAG).where(RUN_TAG.c.run_id.in_(runs))):
            found.setdefault(row.run_id, []).append(self._tags.get(row.tag_id, ""))
        return found


def _rows(connection: Connection, names: _Names, start: datetime, end: datetime) -> Iterator[dict[str, str]]:
    query = (
        _attempts(start, end)
        .add_columns(
            CHARGE.c.token_class, CHARGE.c.quantity, CHARGE.c.unit_price, CHARGE.c.amount, CHARGE.c.source,
            CHARGE.c.revision,
        )
        .join(CHARGE, CHARGE.c.attempt_id == ATTEMPT.c.id)
        .where(ATTEMPT.c.cost_state != CostState.UNPRICED)
        .order_by(ATTEMPT.c.id, CHARGE.c.id)
    )  # fmt: skip
    for chunk in _chunks(connection, query):
        tags = names.tags_of({row.run_id for row in chunk})
        for row in chunk:
            yield _common(row, names, tags) | _charge(row, names.discounts)


def _unpriced(connection: Connection, names: _Names, start: datetime, end: datetime) -> Iterator[dict[str, str]]:
    query = (
        _attempts(start, end)
        .where(ATTEMPT.c.cost_state == CostState.UNPRICED, ATTEMPT.c.input_tokens + ATTEMPT.c.output_tokens > 0)
        .order_by(ATTEMPT.c.id)
    )
    for chunk in _chunks(connection, query):
        tags = names.tags_of({row.run_id for row in chunk})
        for row in chunk:
            found = _common(row, names, tags)
            found |= {"InputTokens": str(row.input_tokens), "OutputTokens": str(row.output_tokens)}
            yield {name: found[name] for name in UNPRICED_COLUMNS}


def _chunks(connection: Connection, query: sa.Select[Any]) -> Iterator[list[Any]]:
    result = connection.execution_options(yield_per=CHUNK).execute(query)
    yield from (list(part) for part in result.partitions())


def _attempts(start: datetime, end: datetime) -> sa.Select[Any]:
    return (
        sa.select(
            ATTEMPT.c.id, ATTEMPT.c.run_id, ATTEMPT.c.model, ATTEMPT.c.provider, ATTEMPT.c.place, ATTEMPT.c.started_at,
            ATTEMPT.c.finished_at, ATTEMPT.c.input_tokens, ATTEMPT.c.output_tokens, ATTEMPT.c.cost_state,
            RUN.c.public_id, RUN.c.person_id, RUN.c.team_id, RUN.c.project_id,
        )
        .join(RUN, RUN.c.id == ATTEMPT.c.run_id)
        .where(
            ATTEMPT.c.started_at >= start, ATTEMPT.c.started_at < end, ATTEMPT.c.cost_state != CostState.PENDING
        )
    )  # fmt: skip


def _common(row: Any, names: _Names, tags: Mapping[int, list[str]]) -> dict[str, str]:
    """Give the columns that all charges of an attempt share."""
    begun = row.started_at.replace(microsecond=0)
    # An end is exclusive, and a period is a second at least.
    ended = max(begun + timedelta(seconds=1), (row.finished_at or begun).replace(microsecond=0) + timedelta(seconds=1))
    month, after = month_of(begun)
    own = row.place != Place.CLOUD
    label = "Own machines" if own else provider_of(row.provider or row.model.partition("/")[0]).label
    account = f"{'own' if own else row.provider or label}:default"
    team = names.team.get(row.team_id)
    marks = {"user": names.person.get(row.person_id), "project": names.project.get(row.project_id)}
    marks |= {f"tag:{tag}": "true" for tag in sorted(tags.get(row.run_id, ()))}
    return {
        "BillingAccountId": account, "BillingAccountName": label, "BillingAccountType": "Account",
        "BillingCurrency": "USD", "BillingPeriodStart": _time(month), "BillingPeriodEnd": _time(after),
        "ChargePeriodStart": _time(begun), "ChargePeriodEnd": _time(ended), "InvoiceId": "",
        "InvoiceIssuerName": label, "ProviderName": label, "PublisherName": label, "ResourceId": _safe(row.model),
        "ResourceName": _safe(row.model), "ResourceType": "Language model",
        "ServiceCategory": "AI and Machine Learning", "ServiceName": f"{label} API" if not own else label,
        "ServiceSubcategory": "Generative AI", "SkuId": _safe(row.model),
        "SubAccountId": f"team:{row.team_id}" if team else "", "SubAccountName": _safe(team or ""),
        "SubAccountType": "Team" if team else "",
        "Tags": json.dumps({key: value for key, value in marks.items() if value}, ensure_ascii=False),
        "x_AttemptId": str(row.id), "x_CostStatus": row.cost_state, "x_Place": row.place, "x_RunId": row.public_id,
    }  # fmt: skip


def _charge(row: Any, discounts: Mapping[int, int]) -> dict[str, str]:
    """Give the columns of one charge: what was billed, and what it would have cost by the list."""
    token_class = TokenClass(row.token_class)
    quantity, unit = Decimal(row.quantity), row.unit_price
    if token_class is TokenClass.MACHINE_TIME:
        quantity, unit = quantity / MILLISECONDS, unit * MILLISECONDS
    listed = _list_price(unit, row.source, row.revision, discounts)
    paid, billed = _number(unit), _number(row.amount)
    return {
        "BilledCost": billed, "EffectiveCost": billed, "ContractedCost": billed,
        "ListCost": billed if listed == unit else _number(EXACT.quantize(listed * quantity, PICO_DOLLAR)),
        "ListUnitPrice": _number(listed), "ContractedUnitPrice": paid, "ChargeCategory": "Usage", "ChargeClass": "",
        "ChargeDescription": f"{_safe(row.model)}, {METERS[token_class]}", "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": _number(quantity), "ConsumedUnit": UNITS.get(token_class, "Tokens"),
        "PricingCategory": "Standard", "PricingCurrency": "USD", "PricingCurrencyContractedUnitPrice": paid,
        "PricingCurrencyEffectiveCost": billed, "PricingCurrencyListUnitPrice": _number(listed),
        "CommitmentDiscountStatus": "",
        "PricingQuantity": _number(quantity),
        "PricingUnit": UNITS.get(token_class, "Tokens"), "SkuMeter": METERS[token_class],
        "SkuPriceDetails": json.dumps({"x_Source": row.source, "x_Revision": row.revision}, ensure_ascii=False),
        "SkuPriceId": f"{_safe(row.model)}:{token_class.value}:{row.revision or row.source}@{paid}",
    }  # fmt: skip


def _list_price(unit: Decimal, source: str, revision: str, discounts: Mapping[int, int]) -> Decimal:
    if source != PriceSource.DISCOUNT:
        return unit
    number = revision.removeprefix("discount-").partition(" ")[0]
    points = discounts.get(int(number), 0) if number.isdigit() else 0
    return EXACT.quantize(EXACT.divide(unit, list_share(points)), UNIT_STEP)


def _write(path: Path, columns: tuple[str, ...], rows: Iterator[dict[str, str]]) -> tuple[int, Decimal]:
    """Write a file whole or not at all; give its rows and the sum of what they bill."""
    part = path.with_name(f"{path.name}.part")
    count, amount = 0, ZERO
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for row in rows:
                writer.writerow(row)
                count += 1
                amount += Decimal(row.get("BilledCost", "0"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count, amount


def _number(amount: Decimal) -> str:
    """Give a number in plain notation, always with a decimal point, without needless zeros."""
    text = f"{amount:f}"
    whole, _, digits = text.partition(".")
    return f"{whole}.{digits.rstrip('0') or '0'}"


def _safe(text: str) -> str:
    """Give a text that no spreadsheet runs as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠") else text


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    return datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC) + timedelta(days=1)
