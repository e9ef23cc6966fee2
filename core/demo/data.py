"""The demo's data as pages and shell see it: is it there, make it, throw it away and make it anew."""

import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from time import monotonic
from typing import Literal

import sqlalchemy as sa

from core.demo import cast
from core.domain.run import Origin
from core.settings import ROOT, Settings
from core.store import tables
from core.store.database import Database, table
from core.store.leases import Leases

JOB = "demo"
LEASE_SECONDS = 15.0
START_AGAIN_SECONDS = 30.0
OLD = timedelta(hours=20)
STOP_SECONDS = 3.0

RUN, SHOT, VERDICT, PERSON = (table(each) for each in (tables.Run, tables.Shot, tables.VerdictRow, tables.Person))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoState:
    """Whether the made-up history is there; while it is being made, how many runs of how many are."""

    state: Literal["ready", "making", "absent"]
    done: int = 0
    total: int = 0
    ends: datetime | None = None


class DemoData:
    """The made-up history of the demo's database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Look at nothing yet."""
        self._database = database
        self._settings = settings
        self._leases = Leases(database)
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
        self._child: subprocess.Popen[bytes] | None = None
        self._started = float("-inf")
        self._lock = threading.Lock()  # one thread at a time starts a child

    def state(self) -> DemoState:
        """Tell whether the history is there. One small read; raises StoreError and its kinds."""
        lease = self._leases.read(JOB)
        detail = (lease.detail if lease else None) or {}
        done, total = int(detail.get("done", 0)), int(detail.get("total", 0))
        if lease is not None and lease.status == "ready":
            return DemoState(state="ready", done=done, total=total, ends=datetime.fromisoformat(detail["ends"]))
        if lease is not None and lease.status == "making" and lease.live(datetime.now(UTC)):
            return DemoState(state="making", done=done, total=total)
        if self._child is not None and self._child.poll() is None:
            return DemoState(state="making")
        return DemoState(state="absent")

    def ensure(self) -> None:
        """See to it that there is a history: where there is none, a child process makes it. Returns at once."""
        if not self._needed(datetime.now(UTC)):
            return
        with self._lock:
            running = self._child is not None and self._child.poll() is None
            if running or monotonic() - self._started < START_AGAIN_SECONDS:
                return
            self._started = monotonic()
            self._start_child()

    def fill_if_needed(self, *, now: datetime | None = None) -> bool:
        """Make the history where there is none, or only one of an earlier day that nobody has touched."""
        return self._needed(now or datetime.now(UTC)) and self.fill(now=now)

    def fill(self, *, seed: int | None = None, now: datetime | None = None) -> bool:
        """Make the history that ends now, in place of any made before; what visitors ran stays.

        Tells whether it was made: somebody else may be at it. Raises StoreError and its kinds.
        """
        return self._make(seed=seed, now=now or datetime.now(UTC), everything=False)

    def reset(self, *, seed: int | None = None, now: datetime | None = None) -> bool:
        """Delete all runs of the demo, those of visitors too, and make the history anew.

        Runs under way are stopped first. Tells whether it was done: somebody else may be making the history.
        Raises StoreError and its kinds.
        """
        return self._make(seed=seed, now=now or datetime.now(UTC), everything=True)

    def _make(self, *, seed: int | None, now: datetime, everything: bool) -> bool:
        # Imported here: the pages ask for the state alone and never carry what makes the texts.
        from core.demo.filling import delete_runs, highest_keys, write_history  # noqa: PLC0415
        from core.demo.history import SEED, History  # noqa: PLC0415
        from core.demo.labelled import write_labels  # noqa: PLC0415
        from core.demo.money_matters import clear_money, write_money  # noqa: PLC0415
        from core.demo.routed import clear_refusals, write_routes  # noqa: PLC0415

        if not self._leases.take(JOB, self._owner, seconds=LEASE_SECONDS, now=datetime.now(UTC), status="making"):
            return False
        history = History(now=now, seed=SEED if seed is None else seed)
        total = len(history.plan)
        told = monotonic()

        def tell(done: int, *, status: str = "making") -> None:
            detail = {"done": done, "total": total, "ends": now.isoformat(), "seed": history.seed}
            # A history that is ready needs no holder: its lease runs out at once, and anybody may make another.
            seconds = LEASE_SECONDS if status == "making" else 0.0
            self._leases.renew(JOB, self._owner, seconds=seconds, now=datetime.now(UTC), status=status, detail=detail)

        def progress(done: int) -> None:
            nonlocal told
            if monotonic() - told > 0.25:
                told = monotonic()
                tell(done)

        tell(0)
        if everything:
            self._stop_all()
        keys = highest_keys(self._database)
        clear_money(self._database)
        clear_refusals(self._database, everything=everything)
        delete_runs(self._database, only_made_up=not everything)
        written = write_history(self._database, history, above=keys, progress=progress)
        write_labels(self._database, seed=history.seed, now=now)
        write_money(self._database, history.story)
        write_routes(self._database, history.story, seed=history.seed)
        tell(written, status="ready")
        return True

    def _needed(self, now: datetime) -> bool:
        found = self.state()
        if found.state == "making":
            return False
        if found.state == "absent":
            return True
        return found.ends is not None and now - found.ends > OLD and not self._touched()

    def _touched(self) -> bool:
        """Tell whether a visitor has picked an answer of the made-up history: then it stays as it is."""
        made_up = [member.name for member in cast.MEMBERS]
        with self._database.read() as connection:
            found = connection.execute(
                sa.select(VERDICT.c.id)
                .join(RUN, RUN.c.id == VERDICT.c.run_id)
                .outerjoin(PERSON, PERSON.c.id == VERDICT.c.person_id)
                .where(RUN.c.origin == Origin.DEMO, sa.func.coalesce(PERSON.c.name, "").not_in(made_up))
                .limit(1)
            ).first()
        return found is not None

    def _stop_all(self) -> None:
        """Stop every run under way and give the engine a moment to let go of it."""
        now = datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(
                sa.update(SHOT).where(SHOT.c.state == "queued").values(state="cancelled", finished_at=now)
            )
            connection.execute(sa.update(SHOT).where(SHOT.c.state == "running").values(cancel_requested_at=now))
        deadline = monotonic() + STOP_SECONDS
        while monotonic() < deadline:
            with self._database.read() as connection:
                going = connection.execute(sa.select(SHOT.c.id).where(SHOT.c.state == "running").limit(1)).first()
            if going is None:
                return
            time.sleep(0.05)

    def _start_child(self) -> None:
        folder = self._settings.data_dir
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "demo.log").open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "core", "demo", "--if-empty"],
                cwd=ROOT,
                env=os.environ | {"CLAUDEPROMPTER_DATA": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
