"""One engine a workspace: held by a lease that is renewed every two seconds and runs out after ten."""

import os
import socket
from datetime import UTC, datetime
from types import TracebackType

from core.errors import ClaudePrompterError
from core.store.database import Database
from core.store.leases import LeaseRecord, Leases

JOB = "engine"
LEASE_SECONDS = 10.0


class EngineRuns(ClaudePrompterError):
    """Another engine serves this database already, so this one is not needed."""

    kind = "engine_runs"


class Tenure:
    """Being the engine of a database; a context manager that gives the job up at its end."""

    renew_seconds = 2.0

    def __init__(self, database: Database, owner: str) -> None:
        """Nothing is taken before `with`."""
        self._leases = Leases(database)
        self._owner = owner
        self._status = "starting"
        self.held = False

    def __enter__(self) -> "Tenure":
        """Take the job. Raises EngineRuns where another engine holds it and is alive."""
        before = self._leases.read(JOB)
        if before is not None and owner_is_gone(before):
            self._leases.release(JOB, before.owner)
        self.held = self._leases.take(JOB, self._owner, seconds=LEASE_SECONDS, now=datetime.now(UTC), status="starting")
        if not self.held:
            raise EngineRuns("Another engine serves this workspace already.", next_step="Nothing needs to be done.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give the job up, if it is still ours."""
        if self.held:
            self._leases.release(JOB, self._owner)

    def renew(self) -> bool:
        """Hold on; tell whether the job is still ours. A database that is busy or full does not end it."""
        try:
            self.held = self._leases.renew(
                JOB, self._owner, seconds=LEASE_SECONDS, now=datetime.now(UTC), status=self._status
            )
        except ClaudePrompterError:
            return True
        return self.held

    def say(self, status: str) -> None:
        """Tell how the engine is getting on: `starting` or `ready`."""
        self._status = status
        self.renew()


def owner_is_gone(lease: LeaseRecord) -> bool:
    """Tell whether the holder was a process of this machine that no longer exists."""
    host, _, rest = lease.owner.partition(":")
    process = rest.partition(":")[0]
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
