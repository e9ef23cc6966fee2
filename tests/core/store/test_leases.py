import threading
from datetime import UTC, datetime, timedelta

from core.store.database import Database
from core.store.leases import Leases

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def test_a_job_belongs_to_one_until_the_lease_runs_out(database: Database) -> None:
    leases = Leases(database)
    assert leases.take("engine", "one", seconds=10, now=NOON)
    assert not leases.take("engine", "two", seconds=10, now=NOON + timedelta(seconds=9))
    assert leases.take("engine", "two", seconds=10, now=NOON + timedelta(seconds=10))
    assert not leases.renew("engine", "one", seconds=10, now=NOON + timedelta(seconds=11))
    held = leases.read("engine")
    assert held is not None
    assert held.owner == "two"


def test_who_holds_a_job_may_take_it_again(database: Database) -> None:
    leases = Leases(database)
    assert leases.take("engine", "one", seconds=10, now=NOON)
    assert leases.take("engine", "one", seconds=10, now=NOON + timedelta(seconds=1))


def test_a_job_given_up_is_free_at_once(database: Database) -> None:
    leases = Leases(database)
    leases.take("demo", "one", seconds=10, now=NOON)
    leases.release("demo", "two")
    assert not leases.take("demo", "two", seconds=10, now=NOON)
    leases.release("demo", "one")
    assert leases.read("demo") is None
    assert leases.take("demo", "two", seconds=10, now=NOON)


def test_renewing_says_how_it_goes(database: Database) -> None:
    leases = Leases(database)
    leases.take("demo", "one", seconds=10, now=NOON, status="making")
    assert leases.renew("demo", "one", seconds=10, now=NOON + timedelta(seconds=5), status="ready", detail={"done": 3})
    held = leases.read("demo")
    assert held is not None
    assert (held.status, held.detail, held.until) == ("ready", {"done": 3}, NOON + timedelta(seconds=15))
    assert held.live(NOON + timedelta(seconds=14))
    assert not held.live(NOON + timedelta(seconds=15))


def test_of_many_that_want_a_job_at_once_one_gets_it(database: Database) -> None:
    for free_from in (None, NOON):
        won: list[str] = []
        together = threading.Barrier(6)

        def want(owner: str, now: datetime, won: list[str] = won, together: threading.Barrier = together) -> None:
            together.wait()
            if Leases(database).take("engine", owner, seconds=10, now=now):
                won.append(owner)

        now = NOON if free_from is None else NOON + timedelta(seconds=60)
        threads = [threading.Thread(target=want, args=(f"{free_from} {n}", now)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
