"""Bills in every provider's form: read with their own units, kept once, refused whole where they are broken."""

import csv
import gzip
import io
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.costs.bills.billing import Billing
from core.costs.bills.fetching import fetch_bill
from core.costs.bills.focus_bill import focus_lines
from core.costs.bills.kept import Bills
from core.costs.bills.lines import plain_model
from core.costs.bills.reading import bill_lines, bill_of_bytes, read_bill
from core.costs.focus import write_focus
from core.costs.reconcile import Seen, compare, compare_all, reconcile
from core.domain.money import TokenClass
from core.errors import (
    BrokenAnswer,
    InputError,
    MissingKey,
    ProviderFault,
    RateLimited,
    Unreachable,
    UnreadableFile,
    WrongKey,
)
from core.llm.credentials import Credentials
from tests.random_ledger import Ledger
from tests.servers.http import LoopbackServer

DAY = date(2025, 11, 22)


def openai_page(value="0.06", more=False, start=1763769600):
    return f"""{{"object":"page","data":[{{"object":"bucket","start_time":{start},"end_time":{start + 86400},"results":[
     {{"object":"organization.costs.result","amount":{{"value":{value},"currency":"usd"}},
      "line_item":"gpt-4o-mini-2024-07-18, input_tokens","project_id":"proj_abc","api_key_id":null,"user_id":null,
      "api_source":null,"quantity":400,"quantity_unit":"1000_tokens"}},
     {{"object":"organization.costs.result","amount":{{"value":0.5,"currency":"usd"}},"line_item":"web search",
      "project_id":null,"quantity":null,"quantity_unit":null}}]}}],
     "has_more":{str(more).lower()},"next_page":{'"p2"' if more else "null"}}}"""


ANTHROPIC = {
    "data": [
        {
            "starting_at": "2025-11-22T00:00:00Z",
            "ending_at": "2025-11-23T00:00:00Z",
            "results": [
                {
                    "currency": "USD", "amount": "123.45", "workspace_id": None,
                    "description": "Claude Sonnet 4.5 Usage - Input Tokens", "cost_type": "tokens",
                    "context_window": "0-200k", "model": "claude-sonnet-4-5", "service_tier": "standard",
                    "token_type": "uncached_input_tokens", "inference_geo": "not_available",
                },
                {
                    "currency": "USD", "amount": "0.0725", "description": "x", "cost_type": "tokens",
                    "model": "claude-sonnet-4-5", "token_type": "cache_creation.ephemeral_1h_input_tokens",
                },
                {"currency": "USD", "amount": "10", "description": "Web search", "cost_type": "web_search"},
            ],
        }
    ],
    "has_more": False,
    "next_page": None,
}  # fmt: skip

OPENROUTER = """{"data":[{"date":"2025-11-22","model":"openai/gpt-4.1","model_permaslug":"openai/gpt-4.1-2025-04-14",
 "endpoint_id":"e1","provider_name":"OpenAI","usage":0.015,"byok_usage_inference":0.012,"requests":5,
 "prompt_tokens":50,"completion_tokens":125,"reasoning_tokens":25}]}"""

FOCUS = """BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceCategory,ResourceId,SkuMeter,ConsumedQuantity,ConsumedUnit,ChargeCategory
0.25,USD,2025-11-22T05:00:00Z,AWS,AI and Machine Learning,anthropic.claude-3-haiku,Input tokens,2.0,1000 Tokens,Usage
0.25,USD,2025-11-22T09:00:00Z,AWS,AI and Machine Learning,anthropic.claude-3-haiku,Input tokens,2.0,1000 Tokens,Usage
1.50,USD,2025-11-22T05:00:00Z,AWS,AI and Machine Learning,anthropic.claude-3-haiku,Output tokens,500.0,Tokens,Usage
9.00,USD,2025-11-22T05:00:00Z,AWS,Storage,bucket,TB,1.0,TB,Usage
0.30,USD,2025-11-22T05:00:00Z,AWS,AI and Machine Learning,,VAT,,,Tax
"""  # noqa: E501


def test_openai_gives_dollars_as_a_number_and_not_one_digit_is_lost():
    tokens, search = bill_lines(openai_page("0.060000000000001"))
    assert (tokens.amount, tokens.quantity) == (Decimal("0.060000000000001"), 400_000)
    assert (tokens.day, tokens.model, tokens.token_class) == (DAY, "openai/gpt-4o-mini-2024-07-18", TokenClass.INPUT)
    assert (search.model, search.token_class, search.quantity, search.amount) == ("", None, None, Decimal("0.5"))


def test_anthropic_gives_cents_as_text():
    lines = bill_lines(json.dumps(ANTHROPIC))
    assert [line.amount for line in lines] == [Decimal("1.2345"), Decimal("0.000725"), Decimal("0.1")]
    assert [line.token_class for line in lines] == [TokenClass.INPUT, TokenClass.CACHE_WRITE_1H, None]
    assert lines[0].raw["amount"] == "123.45"


def test_openrouter_counts_its_own_credits_and_not_what_an_own_key_paid():
    (line,) = bill_lines(OPENROUTER)
    assert (line.amount, line.quantity, line.model) == (Decimal("0.015"), 175, "openrouter/openai/gpt-4.1")


def test_a_focus_bill_counts_models_alone_and_adds_up_the_parts_of_a_day():
    lines = focus_lines(io.StringIO(FOCUS))
    assert len(list(lines)) == 3
    merged = bill_lines(FOCUS)
    assert [(line.provider, line.token_class, line.quantity, line.amount) for line in merged] == [
        ("bedrock", TokenClass.INPUT, 4000, Decimal("0.50")),
        ("bedrock", TokenClass.OUTPUT, 500, Decimal("1.50")),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "line 1, column 2"),
        ("{}", "no bill that is known"),
        ('{"data": 3}', "no bill that is known"),
        (openai_page('"much"'), r"data\[0\].results\[0\].amount.value is no number"),
        (openai_page("NaN"), "is no number"),
        (openai_page(start=10**18), r"data\[0\].start_time is no time"),
        (json.dumps(ANTHROPIC).replace('"0.0725"', "null"), r"results\[1\].amount is missing"),
        (OPENROUTER.replace("2025-11-22", "yesterday"), r"data\[0\].date is no time"),
        ("a,b\n1,2\n", "no column BilledCost"),
        (FOCUS.replace("1.50,USD", "much,USD"), "line 4, BilledCost is no number"),
        (FOCUS.replace("2025-11-22T09:00:00Z", "?"), "line 3, ChargePeriodStart"),
    ],
)
def test_a_broken_bill_names_the_place(text, place):
    with pytest.raises(UnreadableFile, match=place):
        bill_lines(text)


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path):
    (tmp_path / "bill.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("bill.csv", "none.csv"):
        with pytest.raises(UnreadableFile, match="cannot be read as text"):
            read_bill(tmp_path / name)


def test_the_same_bill_twice_changes_nothing_and_late_figures_replace_earlier_ones(database):
    bills = Bills(database)
    first = bills.take_in(bill_lines(openai_page()), read_from="a.json")
    assert (first.added, first.replaced, first.unchanged) == (2, 0, 0)
    again = bills.take_in(bill_lines(openai_page()), read_from="b.json")
    assert (again.added, again.replaced, again.unchanged) == (0, 0, 2)
    late = bills.take_in(bill_lines(openai_page("0.07")), read_from="c.json")
    assert (late.added, late.replaced, late.unchanged) == (0, 1, 1)
    kept = bills.lines(DAY, DAY)
    assert sorted(line.amount for line in kept) == [Decimal("0.07"), Decimal("0.5")]
    assert next(line for line in kept if line.quantity).raw["amount"]["value"] == "0.07"
    assert bills.until() == {"openai": DAY}


def row(token_class="input", quantity=400_000, amount="0.06", model="openai/gpt-4o-mini", day=DAY):
    return (day, "openai", model, token_class, quantity, Decimal(amount))


def test_a_bill_that_agrees_is_seen_whole():
    lines = [line for line in bill_lines(openai_page()) if line.model]
    found = compare("openai", lines, [row()])
    assert (found.coverage, found.volume, found.price, found.until) == (1.0, 0, 0, DAY)
    assert found.lines[0].seen is Seen.BOTH


def test_a_model_that_two_bills_name_is_held_against_one_of_them():
    routed = replace(bill_lines(OPENROUTER)[0], model="openrouter/openai/gpt-4o-mini")
    found = compare_all([*bill_lines(openai_page()), routed], [row()])
    assert {each.provider: each.ours for each in found} == {"openai": Decimal("0.06"), "openrouter": 0}


def test_a_made_up_provider_is_held_against_the_models_that_its_bill_names_in_full():
    line = replace(bill_lines(openai_page())[0], provider="orchard", model="openai/gpt-4o-mini")
    (found,) = compare_all([line], [row(), row(model="openai/gpt-4o-mini-2024")])
    assert found.ours == Decimal("0.06")


def test_a_report_split_otherwise_takes_the_place_of_the_day_and_bills_nothing_twice(database):
    bills = Bills(database)
    whole = openai_page().replace('"proj_abc"', "null")
    bills.take_in(bill_lines(whole), read_from="whole.json")
    bills.take_in(bill_lines(openai_page(start=1763769600 + 86400)), read_from="next day.json")
    bills.take_in(bill_lines(openai_page()), read_from="by project.json")
    lines = bills.lines(DAY, DAY)
    assert sum(line.amount for line in lines) == Decimal("0.56")
    assert sorted(line.raw["project_id"] or "" for line in lines) == ["", "proj_abc"]
    assert len(bills.lines(DAY, date(2025, 11, 23))) == 4
    assert bills.take_in(bill_lines(openai_page()), read_from="again.json").unchanged == 2


def test_what_was_read_is_listed_and_can_be_taken_out_and_read_again(database):
    bills = Bills(database)
    bills.take_in(bill_lines(openai_page()), read_from="a.json", person="Cara")
    bills.take_in(bill_lines(json.dumps(ANTHROPIC)), read_from="b.json")
    assert bills.span() == (DAY, DAY)
    second, first = bills.readings()
    assert (first.read_from, first.by, first.provider, first.lines, first.last) == ("a.json", "Cara", "openai", 2, DAY)
    assert bills.forget(first) == 2
    assert bills.readings() == (second,)
    assert bills.take_in(bill_lines(openai_page()), read_from="a.json").added == 2
    assert Bills(database).forget(first) == 0


def parquet(table):
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def test_a_focus_bill_may_be_parquet_or_packed():
    rows = list(csv.DictReader(io.StringIO(FOCUS)))
    texts = pa.Table.from_pylist(rows)
    typed = texts.set_column(0, "BilledCost", pa.array([Decimal(each["BilledCost"]) for each in rows])).set_column(
        2, "ChargePeriodStart",
        pa.array([datetime.fromisoformat(each["ChargePeriodStart"]) for each in rows], pa.timestamp("us", tz="UTC")),
    )  # fmt: skip
    expected = bill_lines(FOCUS)
    for data in (parquet(texts), parquet(typed), gzip.compress(FOCUS.encode()), FOCUS.encode("utf-8-sig")):
        found = bill_of_bytes(data, "bill")
        assert [(line.day, line.model, line.quantity, line.amount) for line in found] == [
            (line.day, line.model, line.quantity, line.amount) for line in expected
        ]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"PAR1 and then nothing", "no Parquet file"),
        (parquet(pa.table({"a": [1]})), "no column BilledCost"),
        (parquet(pa.Table.from_pylist([{**next(csv.DictReader(io.StringIO(FOCUS))), "BilledCost": "much"}])), "line 2"),
        (gzip.compress(b"x", mtime=0)[:-9], "cannot be read as text"),
    ],
)
def test_a_broken_binary_bill_names_what_is_wrong(data, place):
    with pytest.raises(UnreadableFile, match=place):
        bill_of_bytes(data, "bill")


def test_a_difference_is_split_exactly_in_volume_and_price():
    lines = [line for line in bill_lines(openai_page("0.09")) if line.model]
    found = compare("openai", lines, [row(quantity=200_000, amount="0.02")])
    assert (found.volume, found.price) == (Decimal("0.02"), Decimal("0.05"))
    assert found.volume + found.price == found.billed - found.ours
    assert found.elsewhere == {DAY: Decimal("0.07")}
    assert round(found.coverage, 3) == 0.222


def test_what_only_one_side_knows_is_said():
    lines = bill_lines(openai_page())
    found = compare("openai", lines, [row(), row("output", 10, "0.01"), row(day=date(2025, 11, 1))])
    seen = {line.model: line.seen for line in found.lines if line.token_class != "input"}
    assert seen == {"": Seen.BILL_ONLY, "gpt-4o-mini": Seen.HERE_ONLY}
    assert found.billed == Decimal("0.56")
    assert found.seen == Decimal("0.06")


def test_a_bill_without_token_classes_is_compared_by_model():
    line = replace(bill_lines(openai_page())[0], token_class=None, quantity=None)
    found = compare("openai", [line], [row(amount="0.04"), row("output", 10, "0.02")])
    (only,) = found.lines
    assert (only.token_class, only.ours, only.billed, only.volume) == ("", Decimal("0.06"), Decimal("0.06"), None)


def test_another_currency_is_in_no_sum():
    line = replace(bill_lines(openai_page())[0], currency="EUR")
    found = compare("openai", [line], [])
    assert (found.billed, found.other_currencies, found.coverage) == (0, 1, None)


def test_names_agree_with_and_without_provider_and_date():
    assert {
        plain_model(name)
        for name in (
            "openai/gpt-4o-mini",
            "gpt-4o-mini-2024-07-18",
            "GPT-4o-mini-latest",
            "bedrock/gpt-4o-mini-20240718-v1:0",
        )
    } == {"gpt-4o-mini"}


def test_the_ledgers_own_focus_file_reconciles_to_nothing(database, tmp_path):
    Ledger(database, 2).happen(40)
    first, last = date(2026, 10, 1), date(2026, 12, 31)
    write_focus(database, tmp_path / "out.csv", first=first, last=last)
    lines = read_bill(tmp_path / "out.csv")
    Bills(database).take_in(lines, read_from="out.csv")
    for found in reconcile(database, first=first, last=last):
        assert found.billed == found.ours
        assert all(line.difference == 0 for line in found.lines)
        assert found.coverage in (1.0, None)


class BillingServer(LoopbackServer):
    """Plays a provider's billing API: two pages, or whatever status it is told."""

    def __init__(self, status=200, body=None):
        super().__init__()
        self.status, self.body, self.asked = status, body, []

    async def answer(self, request, reply):
        self.asked.append(request)
        page = openai_page(more="page=p2" not in request.path, start=1763769600 + 86400 * ("page=p2" in request.path))
        reply.whole(self.status, self.body if self.body is not None else json.loads(page))
        await reply.flush()


def fetched(server, provider="openai"):
    return fetch_bill(provider, "sk-admin-1", first=DAY, last=date(2025, 11, 30), host=server.address)


def billing(database, tmp_path, server, environ=None):
    credentials = Credentials(tmp_path / "credentials.toml", environ or {})
    return Billing(Bills(database), credentials, hosts={"openai": server.address}), credentials


def test_an_admin_key_is_kept_apart_and_bound_to_its_host(database, tmp_path):
    with BillingServer() as server:
        found, credentials = billing(database, tmp_path, server)
        with pytest.raises(MissingKey, match="no admin key for OpenAI"):
            found.fetch("openai", first=DAY, last=DAY)
        assert server.asked == []
        found.keep_key("openai", "sk-admin-1")
        openai = found.providers()[0]
        assert (openai.provider, openai.source, openai.variable) == ("openai", "file", "OPENAI_ADMIN_KEY")
        assert credentials.key_for("openai", host="api.openai.com") is None
        report = found.fetch("openai", first=DAY, last=date(2025, 11, 30), person="Cara")
        assert (report.added, report.unchanged) == (4, 0)
        again = found.fetch("openai", first=DAY, last=date(2025, 11, 30))
        assert (again.added, again.replaced, again.unchanged) == (0, 0, 4)
        elsewhere = Billing(Bills(database), credentials)
        assert elsewhere.providers()[0].host == "api.openai.com"
        with pytest.raises(MissingKey):  # bound to the host for which it was given
            elsewhere.fetch("openai", first=DAY, last=DAY)
        found.forget_key("openai")
        assert found.providers()[0].source == ""
    (reading,) = Bills(database).readings()
    assert reading.read_from == "OpenAI, fetched 2025-11-22 to 2025-11-30"


def test_a_variable_holds_an_admin_key_too_and_a_period_must_make_sense(database, tmp_path):
    with BillingServer() as server:
        found, _ = billing(database, tmp_path, server, {"OPENAI_ADMIN_KEY": "sk-admin-2"})
        assert found.providers()[0].source == "OPENAI_ADMIN_KEY"
        with pytest.raises(InputError):
            found.fetch("openai", first=date(2025, 11, 30), last=DAY)
        found.fetch("openai", first=DAY, last=DAY)
        assert server.asked[0].headers["authorization"] == "Bearer sk-admin-2"


def test_a_fetch_that_fails_changes_nothing(database, tmp_path):
    with BillingServer(500, {}) as server:
        found, _ = billing(database, tmp_path, server, {"OPENAI_ADMIN_KEY": "k"})
        with pytest.raises(ProviderFault):
            found.fetch("openai", first=DAY, last=DAY)
    assert Bills(database).readings() == ()


def test_a_bill_is_fetched_page_by_page_with_the_admin_key():
    with BillingServer() as server:
        lines = fetched(server)
    assert sorted(line.day for line in lines) == [DAY, DAY, date(2025, 11, 23), date(2025, 11, 23)]
    first, second = server.asked
    assert first.headers["authorization"] == "Bearer sk-admin-1"
    assert "start_time=1763769600" in first.path
    assert "page=p2" in second.path


def test_anthropic_is_asked_in_its_own_way():
    with BillingServer(body=ANTHROPIC) as server:
        lines = fetched(server, "anthropic")
    assert lines[0].amount == Decimal("1.2345")
    assert server.asked[0].headers["x-api-key"] == "sk-admin-1"
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize(("status", "error"), [(401, WrongKey), (429, RateLimited), (302, Exception)])
def test_a_provider_that_refuses_is_told_in_plain_words(status, error):
    with BillingServer(status, {}) as server, pytest.raises(error) as refused:
        fetched(server)
    assert "sk-admin-1" not in f"{refused.value} {refused.value.detail}"


def test_a_server_that_talks_nonsense_or_is_gone_is_no_bill():
    with BillingServer(200, ["x"]) as server, pytest.raises(BrokenAnswer):
        fetched(server)
    with pytest.raises(Unreachable):
        fetched(server)
