"""Batches and pools of asyncio: what `_together` has, with ends that are awaited."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple, TypeVar

from ._errors import Error, PartialError, StateError, error_of
from ._native import lib, numbers
from ._session import OK
from ._together import Commands, Jobs, Outcome, _Together, outcome_of

if TYPE_CHECKING:
    from ._client import Watcher
    from .aio import FTP

T = TypeVar("T")


class _Awaited(_Together):
    async def _run_alone(self, function: Any, watch: Any, progress: "Watcher") -> None:
        """The caller has the turn."""
        try:
            await self._ftp._run_alone(self._call(function, watch), progress)
        except PartialError:
            if self._check:
                raise


class Batch(Commands, _Awaited):
    """Many commands that do not wait for each other: `FTP.batch()` makes it.

    Each method adds a command, and returns its Outcome. The end of `async with` sends them, or `run()` does. The library takes
    them then, since another task may be in a call before.
    """

    def __init__(self, ftp: "FTP", check: bool = True) -> None:
        super().__init__(ftp, check)
        self._is_closed = False
        self._added: List[Tuple[Any, ...]] = []

    async def __aenter__(self) -> "Batch":
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None and not self._session.is_parents:
            await self.run()
        else:
            self.close()

    def __len__(self) -> int:
        return len(self._added)

    def _add(self, function: Any, value: Callable[[Any], T], *arguments: Any) -> "Outcome[T]":
        if self._is_closed:
            raise StateError("this was closed", numbers["FTP_ERR_STATE"])
        outcome: Outcome[T] = outcome_of(function, arguments)
        self._added.append((outcome, value, function, arguments))
        return outcome

    async def run(self) -> None:
        """Sends the commands. If some fail, the others are carried out, and then it raises PartialError, unless `check` is off.

        A command that cannot be sent has failed, too. If the call was refused before it began, the commands wait for the next
        `run()`.
        """
        async with self._ftp._lock():
            added, self._added = self._added, []
            count = 0
            try:
                self._make(lib.ftp_batch_new)
                refused = [outcome for outcome, *command in added if not self._take(outcome, *command)]
                count = len(self._waiting)
                await self._run_alone(lib.ftp_batch_run, self._watch(), None)
            except BaseException as failure:
                if isinstance(failure, Error) and len(self._waiting) == count:
                    self._added[:0] = [it for it in added if it[0].fate == "waiting"]
                    self._waiting.clear()
                self._forget("unknown")
                raise
            finally:
                self._leave(lib.ftp_batch_free)
                self._session.sweep()
        if refused and self._check:
            raise PartialError(f"{len(refused)} of {len(added)} commands cannot be sent", numbers["FTP_ERR_PARTIAL"])

    def _take(self, outcome: "Outcome[Any]", value: Callable[[Any], Any], function: Any, arguments: Any) -> bool:
        """Hands a command to the library. It refuses what would be more than one command, or belongs to a transfer."""
        status = self._session.call_on(function, self._handle, *arguments)
        if status == OK:
            self._await(outcome, value)
        else:
            outcome.refuse(error_of(self._session, status, arguments))
        return bool(status == OK)

    def close(self) -> None:
        """Gives up the commands that wait."""
        self._is_closed = True
        for outcome, *_ in self._added:
            outcome.fate = "not sent"
        self._added.clear()


class Pool(Jobs, _Awaited):
    """Jobs that several sessions do at the same time: that of the `FTP`, and others like it.

    Each method adds a job, and returns its Outcome. `async with` makes the pool, and its end does the jobs, or `run()` does. If
    the server lets fewer sessions be open, these do the work.
    """

    def __init__(self, ftp: "FTP", sessions: int = 4, *, check: bool = True, progress: "Watcher" = None,
                 on_outcome: Optional[Callable[[Outcome[Any]], Any]] = None) -> None:
        """The arguments are those of `ftpclient.Pool`. `on_outcome` is no async function."""
        super().__init__(ftp, check, progress, on_outcome)
        self._sessions = sessions

    async def __aenter__(self) -> "Pool":
        # No other call may be running on the session.
        async with self._ftp._lock():
            self._make(lib.ftp_pool_new, self._sessions)
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None and not self._session.is_parents:
                await self.run()
        finally:
            self.close()

    async def run(self) -> None:
        """Does the jobs. If some fail, the others are done, and then it raises PartialError, unless `check` is off.

        After another error, the next `run()` does the jobs that are not done and can be begun again.
        """
        async with self._ftp._lock():
            await self._run_alone(lib.ftp_pool_run, self._watch(), self._progress)
