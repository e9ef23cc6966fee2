"""The FOCUS file: every priced charge once, all digits, nothing without a price, nothing that a spreadsheet runs."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.costs.discounts import Discounts
from core.costs.focus import COLUMNS, write_focus
from core.store import tables
from core.store.database import table
from tests.random_ledger import Ledger

ATTEMPT, CHARGE, RUN, TEAM = (table(each) for each in (tables.Attempt, tables.ChargeRow, tables.Run, tables.Team))
FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def ledger(database):
    return Ledger(database, 5).happen(30)


def test_the_file_adds_up_to_the_ledger_to_the_last_digit(database, ledger, tmp_path):
    report = write_focus(database, tmp_path / "out.csv", first=FIRST, last=LAST)
    rows = read(tmp_path / "out.csv")
    with database.read() as connection:
        expected = connection.execute(sa.select(sa.func.sum(CHARGE.c.amount))).scalar_one()
        count = connection.execute(sa.select(sa.func.count()).select_from(CHARGE)).scalar_one()
        unpriced = connection.execute(
            sa.select(sa.func.count()).where(ATTEMPT.c.cost_state == "unpriced", ATTEMPT.c.input_tokens > 0)
        ).scalar_one()
    assert (report.rows, report.amount, report.unpriced) == (count, expected, unpriced)
    assert sum(Decimal(row["BilledCost"]) for row in rows) == expected
    assert tuple(rows[0]) == COLUMNS
    assert {row["x_CostStatus"] for row in rows} <= {"priced", "free", "estimated"}
    assert len(read(tmp_path / "out-unpriced.csv")) == unpriced > 0
    assert json.loads((tmp_path / "out-metadata.json").read_text())["FocusVersion"] == "1.2"
    assert sorted(path.name for path in tmp_path.glob("out*")) == [
        "out-metadata.json", "out-unpriced.csv", "out.csv",
    ]  # fmt: skip


def test_every_number_has_a_decimal_point_and_every_period_an_end_after_its_start(database, ledger, tmp_path):
    write_focus(database, tmp_path / "out.csv", first=FIRST, last=LAST)
    for row in read(tmp_path / "out.csv"):
        for name in ("BilledCost", "ListCost", "ListUnitPrice", "PricingQuantity", "ConsumedQuantity"):
            assert "." in row[name]
            assert "E" not in row[name]
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["BillingPeriodEnd"]
        assert (row["SubAccountId"] == "") == (row["SubAccountName"] == "") == (row["SubAccountType"] == "")
        assert isinstance(json.loads(row["Tags"]), dict)


def test_names_that_a_spreadsheet_would_run_are_made_harmless(database, ledger, tmp_path):
    with database.write() as connection:
        connection.execute(sa.update(TEAM).where(TEAM.c.name == "Support").values(name="=cmd|'/c calc'!A0"))
        connection.execute(
            sa.update(RUN).values(team_id=sa.select(TEAM.c.id).where(TEAM.c.name.like("=%")).scalar_subquery())
        )
        connection.execute(sa.update(ATTEMPT).values(model="@evil"))
    write_focus(database, tmp_path / "out.csv", first=FIRST, last=LAST)
    row = read(tmp_path / "out.csv")[0]
    assert row["SubAccountName"].startswith("'=")
    assert row["ResourceId"] == "'@evil"


def test_a_discount_shows_the_list_price_beside_what_was_paid(database, ledger, tmp_path):
    number = Discounts(database).enter(
        provider="openai", percent=Decimal(20), valid_from=datetime(2026, 1, 1, tzinfo=UTC)
    )
    with database.write() as connection:
        connection.execute(
            sa.update(CHARGE).values(
                quantity=1000, unit_price=Decimal("0.000008"), amount=Decimal("0.008"), source="discount",
                revision=f"discount-{number} of genai-prices 0.2.3",
            )
        )  # fmt: skip
    write_focus(database, tmp_path / "out.csv", first=FIRST, last=LAST)
    row = read(tmp_path / "out.csv")[0]
    assert (row["BilledCost"], row["ListCost"]) == ("0.008", "0.01")
    assert (row["ContractedUnitPrice"], row["ListUnitPrice"]) == ("0.000008", "0.00001")


def test_an_empty_period_is_a_file_with_a_head_alone(database, tmp_path):
    report = write_focus(database, tmp_path / "out.csv", first=FIRST, last=FIRST + timedelta(days=1))
    assert (report.rows, report.amount, report.unpriced) == (0, 0, 0)
    assert read(tmp_path / "out.csv") == []
    assert not (tmp_path / "out-unpriced.csv").exists()
