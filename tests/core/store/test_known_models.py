from datetime import UTC, datetime, timedelta
from decimal import Decimal

from core.domain.model import Capability, ModelCard, ModelStatus, Place, PriceState
from core.store import tables
from core.store.database import Database, table
from core.store.known_models import Health, KnownModels

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
FULL = ModelCard(
    name="openai/gpt-x",
    label="gpt-x",
    place=Place.CLOUD,
    provider="openai",
    host="api.openai.com",
    endpoint="openai",
    context_tokens=128_000,
    max_output_tokens=16_384,
    capabilities=frozenset({Capability.TOOLS, Capability.VISION}),
    price_state=PriceState.PRICED,
    input_price=Decimal("0.1500000000000000000001"),
    output_price=Decimal("0.60"),
    status=ModelStatus.UP,
    status_reason="answers",
    median_seconds=1.25,
)
BARE = ModelCard(name="lab/qwen", label="qwen", place=Place.PRIVATE, provider="lab")


def pause(database: Database, model: str, until: datetime | None) -> None:
    with database.write() as connection:
        connection.execute(
            table(tables.ModelHealth)
            .insert()
            .values(model=model, failures=5, paused_until=until, reason="The provider failed.", changed_at=NOON)
        )


def test_cards_come_back_exactly_as_they_were(database: Database) -> None:
    known = KnownModels(database)
    known.replace_all([FULL, BARE], NOON)
    assert known.all() == (FULL, BARE)
    assert known.checked_at() == NOON


def test_what_is_seen_no_more_is_known_no_more(database: Database) -> None:
    known = KnownModels(database)
    known.replace_all([FULL, BARE], NOON)
    known.replace_all([BARE], NOON + timedelta(seconds=30))
    assert known.all() == (BARE,)
    known.replace_all([], NOON)
    assert known.all() == ()
    assert known.checked_at() is None


def test_a_model_seen_twice_is_one_model(database: Database) -> None:
    known = KnownModels(database)
    known.replace_all([BARE, FULL, FULL], NOON)
    assert known.all() == (BARE, FULL)


def test_seeing_the_same_again_writes_only_when_it_was(database: Database) -> None:
    known = KnownModels(database)
    known.replace_all([FULL, BARE], NOON)
    with database.read() as connection:
        before = connection.execute(table(tables.KnownModel).select().order_by(table(tables.KnownModel).c.id)).all()
    known.replace_all([FULL, BARE], NOON + timedelta(seconds=30))
    with database.read() as connection:
        after = connection.execute(table(tables.KnownModel).select().order_by(table(tables.KnownModel).c.id)).all()
    assert known.checked_at() == NOON + timedelta(seconds=30)
    assert [row.id for row in after] == [row.id for row in before]
    assert sum(row.checked_at == NOON for row in after) == 1


def test_another_order_is_kept(database: Database) -> None:
    known = KnownModels(database)
    known.replace_all([FULL, BARE], NOON)
    known.replace_all([BARE, FULL], NOON)
    assert known.all() == (BARE, FULL)


def test_a_paused_model_says_until_when(database: Database) -> None:
    known = KnownModels(database)
    known.replace_all([FULL, BARE], NOON)
    pause(database, BARE.name, NOON + timedelta(minutes=2))
    full, bare = known.all(now=NOON)
    assert full == FULL
    assert bare.status is ModelStatus.PAUSED
    assert bare.status_reason == "Paused after 5 failures, next try 12:02 UTC. The provider failed."
    assert known.all(now=NOON + timedelta(minutes=2)) == (FULL, BARE)


def test_how_models_have_fared_is_read_for_all_that_ever_failed(database: Database) -> None:
    pause(database, BARE.name, None)
    assert KnownModels(database).health() == {
        BARE.name: Health(failures=5, paused_until=None, reason="The provider failed.")
    }
