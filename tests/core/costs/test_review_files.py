"""The review as files: they add up, run nothing, load nothing, and print on two pages."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
import sqlalchemy as sa

from core.costs.decisions import Decisions
from core.costs.meeting import Meetings
from core.costs.prices import Prices
from core.costs.review import Month
from core.costs.review_html import review_html
from core.costs.review_tables import review_csv, review_xlsx
from core.costs.sums import Group
from core.store import tables
from core.store.database import table
from tests.random_ledger import Ledger

NOW = datetime(2026, 12, 3, tzinfo=UTC)
NOVEMBER = Month(year=2026, month=11)


@pytest.fixture
def meeting(sqlite_database):
    Ledger(sqlite_database, 6).happen(40)
    with sqlite_database.write() as connection:
        team = table(tables.Team)
        connection.execute(sa.update(team).where(team.c.name == "Data").values(name="=1+1<img src=//evil>"))
    made = Decisions(sqlite_database)
    made.add(NOVEMBER, "<script>alert(1)</script>", owner="Cara")
    made.write_note(NOVEMBER, "why", "<b>busy</b>")
    return Meetings(sqlite_database, Prices(sqlite_database)).of(NOVEMBER, now=NOW, by=Group.TEAM)


def test_the_csv_adds_up_to_the_last_digit_and_runs_nothing(meeting):
    rows = list(csv.DictReader(io.StringIO(review_csv(meeting))))
    assert sum(Decimal(row["USD"]) for row in rows) == meeting.review.totals.amount
    assert {"'=1+1<img src=//evil>", "nobody named"} <= {row["team"] for row in rows}
    assert {row["state"] for row in rows} == {"open"}
    assert {row["data"] for row in rows} == {"the team's own"}


def test_the_workbook_has_a_sheet_for_each_section_and_no_formula(meeting):
    book = openpyxl.load_workbook(io.BytesIO(review_xlsx(meeting, badge="Demo: simulated models")))
    assert book.sheetnames == ["Spent", "Groups", "Why", "Got", "Coming", "Do", "Days"]
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    assert book["Spent"]["B3"].value == "Demo: simulated models"
    shown = [row[3].value for row in list(book["Groups"])[1:]]
    assert round(sum(shown), 2) == float(round(meeting.review.totals.amount, 2))


def test_the_page_loads_nothing_and_escapes_what_people_wrote(meeting):
    page = review_html(meeting, badge="Demo", made_at=NOW)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;b&gt;busy" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)\s*=", page.replace("src=//evil", ""))
    assert re.findall(r"https?://\S+?[\"']", page) == ['http://www.w3.org/2000/svg"'] * page.count("<svg")
    assert "open · list prices" in page
    assert "Demo" in page


def test_shown_parts_add_up_on_the_page(meeting):
    page = review_html(meeting)
    section = page.split("1 What did we spend?")[1].split("</section>")[0]
    amounts = [Decimal(found.replace(",", "")) for found in re.findall(r"n>\$([\d,.]+)<", section)]
    assert sum(amounts[:-1]) == amounts[-1] == round(meeting.review.totals.amount, 2)


def test_the_steps_of_the_waterfall_lead_from_one_shown_sum_to_the_other(meeting):
    page = review_html(meeting)
    drawn = page.split("Why the sum changed")[-1].split("</svg>")[0]
    words = re.findall(r'font-size="9" fill="#1B1F2A">([+−]?)\$([\d,.]+)<', drawn)
    sums = [Decimal(amount.replace(",", "")) * (-1 if sign == "−" else 1) for sign, amount in words]
    assert sum(sums[:-1]) == sums[-1] == round(meeting.review.totals.amount, 2)


def test_an_empty_month_is_a_page_too(sqlite_database):
    page = review_html(Meetings(sqlite_database, Prices(sqlite_database)).of(NOVEMBER, now=NOW))
    assert "Nothing was spent in either period." in page
    assert "Nothing was decided." in page
