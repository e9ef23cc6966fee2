"""The demo's money beside its runs: budgets, a bill, a closed month with two decisions. All of it is made up.

The bill is of Orchard, which serves Sage and Grand: for the last full month it lists 2 % more tokens than the ledger
saw and comes to 3 % more money.
"""

import csv
import io
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

import sqlalchemy as sa

from core.costs.bills.kept import Bills
from core.costs.bills.reading import bill_lines
from core.costs.budget import BudgetScope, Period, Then
from core.costs.budgets import Budgets
from core.costs.decisions import Decisions, DecisionState
from core.costs.estimate import Estimates
from core.costs.ledger import EXACT, PICO_DOLLAR
from core.costs.months import Months
from core.costs.review import Month, Reviews, month_of_day
from core.costs.spending import Spending
from core.costs.sums import class_days
from core.demo import cast
from core.demo.story import Story
from core.store import tables
from core.store.database import Database, table

ORCHARD = "Orchard (made up)"
SERVES = ("simulated/sage", "simulated/grand")
MORE_MONEY, MORE_TOKENS = Decimal("1.03"), Decimal("1.02")
USED = Decimal("0.8")
MADE = tuple(
    table(each)
    for each in (
        tables.Reservation, tables.BudgetNotice, tables.Budget, tables.ClosedMonth, tables.Adjustment, tables.Decision,
        tables.ReviewNote, tables.Billed,
    )
)  # fmt: skip


def clear_money(database: Database) -> None:
    """Take out what was made up or changed of budgets, bills and months. Raises StoreError and its kinds."""
    with database.write() as connection:
        for each in MADE:
            connection.execute(sa.delete(each))


def write_money(database: Database, tale: Story) -> None:
    """Make the budgets, the bill, the closed month and its decisions. The runs must be there."""
    reviews = Reviews(database)
    first, last = month_of_day(tale.begins.date()), month_of_day(tale.last_month.date())
    _budgets(database, tale)
    text = bill_of_orchard(database, last)
    Bills(database).take_in(bill_lines(text), read_from=bill_name(last), now=tale.now)
    reviewed = tale.last_month + timedelta(days=2, hours=9)
    Months(database).close(reviews.month(first, now=reviewed), person=cast.CARA.name, now=reviewed)
    decisions = Decisions(database)
    done = decisions.add(
        first, "Give Data a budget of its own", owner=cast.GRACE.name, person=cast.CARA.name, now=reviewed,
        until=(tale.last_month + timedelta(days=9)).date(),
    )  # fmt: skip
    decisions.mark(done, DecisionState.DONE, person=cast.GRACE.name, now=tale.last_month + timedelta(days=3, hours=11))
    decisions.add(
        first, "Send Support's summaries to Auto and compare with Sage", owner=cast.CARA.name, person=cast.CARA.name,
        now=reviewed,
    )  # fmt: skip


def bill_name(month: Month) -> str:
    """Give the file name of Orchard's bill."""
    return f"orchard-made-up-{month.year}-{month.month:02}.csv"


def bill_of_orchard(database: Database, month: Month) -> str:
    """Give Orchard's bill for a month as a FOCUS file's text: 3 % above what the ledger holds."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow((
        "BilledCost", "BillingCurrency", "ChargePeriodStart", "ProviderName", "ServiceCategory", "ResourceId",
        "SkuMeter", "ConsumedQuantity", "ConsumedUnit", "ChargeCategory",
    ))  # fmt: skip
    with database.read() as connection:
        rows = class_days(connection, month.first, month.last)
    for day, _, model, token_class, quantity, amount in rows:
        if model in SERVES:
            writer.writerow(
                (
                    f"{EXACT.quantize(amount * MORE_MONEY, PICO_DOLLAR):f}",
                    "USD",
                    f"{day.isoformat()}T00:00:00Z",
                    ORCHARD,
                    "AI and Machine Learning",
                    model,
                    f"{token_class} tokens",
                    f"{(quantity * MORE_TOKENS).to_integral_value(ROUND_HALF_EVEN)}.0",
                    "Tokens",
                    "Usage",
                )
            )
    return out.getvalue()


def _budgets(database: Database, tale: Story) -> None:
    budgets = Budgets(database, Estimates(database))
    spent = Spending(database).month(tale.now).amount
    stop = max(Decimal(1), (spent / USED).to_integral_value(ROUND_CEILING))
    ahead = Reviews(database).ahead(now=tale.now).middle
    if ahead is not None and spent < ahead <= stop:
        # Late in a month its end lies within a budget of which a fifth is left; the story wants it crossed.
        stop = max(Decimal(1), ((spent + ahead) / 2).quantize(Decimal(1), ROUND_HALF_EVEN))
    # It warns and refuses nothing: a visitor's runs are not to fail for a made-up sum.
    budgets.enter(
        scope=BudgetScope.EVERYTHING, period=Period.MONTH, warn_at=(stop * USED).to_integral_value(ROUND_HALF_EVEN),
        stop_at=stop, then=Then.WARN, person=cast.CARA.name, now=tale.last_month + timedelta(days=1),
    )  # fmt: skip
    budgets.enter(
        scope=BudgetScope.TEAM, name="Data", period=Period.MONTH, warn_at=stop, stop_at=stop * 2, then=Then.INSIDE,
        person=cast.GRACE.name, now=tale.last_month + timedelta(days=3, hours=11),
    )  # fmt: skip
    budgets.enter(
        scope=BudgetScope.EVERYTHING, period=Period.RUN, warn_at=None, stop_at=Decimal(5), then=Then.CHEAPER,
        person=cast.CARA.name, now=tale.last_month + timedelta(days=1),
    )  # fmt: skip
