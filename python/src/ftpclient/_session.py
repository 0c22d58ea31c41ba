"""One handle of the library: who may use it, what wakes it, and what becomes of it when it is forgotten."""
from __future__ import annotations

import threading
import weakref
from typing import Any, Generator, List, Optional

from ._native import callbacks, lib, numbers

OK = numbers["FTP_OK"]
AGAIN = numbers["FTP_AGAIN"]


def _wakes(failures: List[BaseException]) -> Generator[int, Any, None]:
    """What runs while a call waits: nothing but the signal handlers of Python, which run whenever Python code does.

    It is a generator, because what a handler raises must not be lost. It is raised where the generator goes on, which is
    within `try`. A function would not have come to its `try` yet.
    """
    answer = 0
    while True:
        try:
            yield answer
            answer = 0
        except GeneratorExit:
            raise
        except BaseException as failure:  # such as KeyboardInterrupt
            failures.append(failure)
            answer = 1


def _free(handle: int, kept: List[Any]) -> None:
    """Closes the connection. What the library may call lives until then."""
    lib.ftp_free(handle)
    kept.clear()


class Session:
    """A handle. Calls of several threads come one after the other."""

    def __init__(self) -> None:
        handle = lib.ftp_new()
        if not handle:
            raise MemoryError("the system has no memory or no descriptor for a session")
        self.handle: int = handle
        self.lock = threading.RLock()
        self._failures: List[BaseException] = []
        waiter = _wakes(self._failures)
        next(waiter)
        wake = callbacks["ftp_wait_fn"](waiter.send)
        self.kept: List[Any] = [wake, waiter]
        self._end = weakref.finalize(self, _free, handle, self.kept)
        lib.ftp_set_wait_callback(handle, wake, None)

    def call(self, function: Any, *arguments: Any) -> int:
        """Calls a function with the handle first. Returns its status, and raises what a signal handler raised."""
        return self.call_on(function, self.handle, *arguments)

    def call_on(self, function: Any, *arguments: Any) -> int:
        """Likewise, for a function whose first argument is a transfer or a list of this session."""
        with self.lock:
            status: int = function(*arguments)
            self.raise_failure()
        return status

    def raise_failure(self) -> None:
        """Raises what a callback could not: an exception must not go through C."""
        if self._failures:
            failure = self._failures[0]
            self._failures.clear()
            raise failure

    def fail(self, failure: BaseException) -> None:
        """Keeps what a callback has raised until its call has returned."""
        self._failures.append(failure)

    def text(self, getter: Any) -> Optional[bytes]:
        """What a getter tells, copied."""
        with self.lock:
            told: Optional[bytes] = getter(self.handle)
        return told

    def reply(self) -> bytes:
        return self.text(lib.ftp_last_reply) or b""

    def cancel(self) -> None:
        """From any thread: ends the call that is running."""
        lib.ftp_cancel(self.handle)

    def free(self) -> None:
        """Closes the connection without QUIT. The object cannot be used any more."""
        with self.lock:
            self._end()
