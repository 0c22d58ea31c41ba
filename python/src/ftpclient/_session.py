"""One handle of the library: who may use it, what wakes it, and what becomes of it when it is forgotten."""
from __future__ import annotations

import atexit
import ctypes
import os
import threading
import time
import weakref
from typing import Any, Callable, Generator, List, Optional, Tuple

from ._native import NUL, TOO_LARGE, callbacks, lib, numbers, structs

OK = numbers["FTP_OK"]
AGAIN = numbers["FTP_AGAIN"]
BUSY = numbers["FTP_ERR_BUSY"]
_IN_CALL = numbers["FTP_STATE_BUSY"]


def answering(failures: List[BaseException], act: Callable[[Any], None],
              stop: Optional[Callable[[], Any]] = None) -> Generator[int, Any, None]:
    """A callback with one argument, whose `send` is what C calls. What `act` raises is kept, and stops the call.

    The answer stops it, and for a callback without an answer `stop` does.

    The answers differ, so that a second Ctrl-C does not wait for the orderly end that the first has begun.

    It is a generator, because the signal handlers of Python run as soon as Python code does, and what they raise must not be
    lost. It is raised where the generator goes on, which is within `try`. A function would not have come to its `try` yet.
    """
    answer = 0
    while True:
        try:
            is_waiting = True
            argument = yield answer
            answer, is_waiting = 0, False
            act(argument)
        except BaseException as failure:  # such as KeyboardInterrupt
            if is_waiting and isinstance(failure, GeneratorExit):
                raise
            failures.append(failure)
            answer = len(failures)
            if stop is not None:
                stop()


def _of_arguments(error: ctypes.ArgumentError) -> Exception:
    """What is wrong with an argument, as Python says it elsewhere."""
    text = str(error)
    kind = ValueError if NUL in text else OverflowError if TOO_LARGE in text else TypeError
    return kind(text.partition("Error: ")[2] or text)


def _nothing(argument: Any) -> None:
    """What is done while a call waits: signal handlers run by themselves."""


class Owner:
    """What owns something of the library. A copy would free it once more."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"{type(self).__name__}: it cannot be copied or pickled; make another one")


class Session(Owner):
    """A handle. Calls of several threads come one after the other."""

    def __init__(self) -> None:
        if _is_ending and threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the interpreter ends")
        handle = lib.ftp_new()
        if not handle:
            raise MemoryError("the system has no memory or no descriptor for a session")
        self.handle: Optional[int] = handle
        self.lock = threading.RLock()
        #: What callbacks have raised in the call that is running.
        self.failures: List[BaseException] = []
        #: Whether close() came within a call, which ends first.
        self.is_closing = False
        #: Whether fork() has copied it into this process: it is still the parent's, and can do nothing here. So the end of a `with`
        #: that parent and child come to ends nothing in the child.
        self.is_parents = False
        #: What belongs to the handle and is used no more, each with what frees it. The library frees nothing within a call.
        self.left: List[Tuple[Any, int]] = []
        wake = callbacks["ftp_wait_fn"](self.callback(_nothing))
        self.kept: List[Any] = [wake]
        lib.ftp_set_wait_callback(handle, wake, None)
        _sessions.add(self)

    def call(self, function: Any, *arguments: Any) -> int:
        """Calls a function with the handle first. Returns its status, and raises what a signal handler raised."""
        return self.call_on(function, self.handle, *arguments)

    def call_on(self, function: Any, *arguments: Any) -> int:
        """Likewise, for a function whose first argument is a transfer or a list of this session."""
        with self.lock:
            try:
                status: int = function(*arguments)
            except ctypes.ArgumentError as error:
                raise _of_arguments(error) from None
            if not self.failures and not self.is_closing and not self.left:
                return status
            failure = self._after(status)
        if failure is not None:
            raise failure
        return status

    def call_and_keep(self, function: Any, *arguments: Any) -> Tuple[int, Optional[BaseException]]:
        """The status, and what a callback has raised: an exception must not go through C."""
        with self.lock:
            try:
                status: int = function(*arguments)
            except ctypes.ArgumentError as error:
                raise _of_arguments(error) from None
            return status, self._after(status)

    def _after(self, status: int) -> Optional[BaseException]:
        """What is left to do after a call. Returns what its callbacks have raised."""
        if self.is_closing and status != AGAIN and lib.ftp_close(self.handle) == OK:
            self.is_closing = False
        if self.left and not self.is_in_call:
            self.sweep()
        failures, failure = self.failures[:], None
        self.failures.clear()
        for later in failures:
            # As in Python: what comes while an exception is on its way takes its place.
            if failure is not None and later is not failure:
                later.__context__ = failure
            failure = later
        return failure

    def callback(self, act: Callable[[Any], None]) -> Callable[[Any], int]:
        """What C can call with one argument. The call ends with what `act` raises."""
        waiter = answering(self.failures, act)
        next(waiter)
        return waiter.send

    def struct_callback(self, kind: str, struct: str, act: Callable[[Any], None]) -> Any:
        """A callback that gets a struct and `user`. It takes the struct alone, as every caller in C lets it."""
        one = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(structs[struct]))
        function = one(self.callback(lambda pointer: act(pointer.contents)))
        taken = ctypes.cast(function, callbacks[kind])
        taken.kept = function
        return taken

    def text(self, getter: Any) -> Optional[bytes]:
        """What a getter tells, copied."""
        with self.lock:
            told: Optional[bytes] = getter(self.handle)
        return told

    def reply(self) -> bytes:
        return self.text(lib.ftp_last_reply) or b""

    @property
    def is_connected(self) -> bool:
        return not self.is_parents and bool(lib.ftp_control_fd(self.handle) >= 0)

    @property
    def is_in_call(self) -> bool:
        """Whether a call is running. To who has the lock: whether this is a callback or a signal handler."""
        return bool(lib.ftp_state(self.handle) == _IN_CALL)

    def free_transfer(self, transfer: int) -> None:
        """Gives a transfer back. Within another call, that is done behind it."""
        with self.lock:
            if self.is_in_call:
                self.left.append((lib.ftp_transfer_free, transfer))
            else:
                self.call_on(lib.ftp_transfer_free, transfer)

    def cancel(self) -> None:
        """From any thread: ends the call that is running."""
        lib.ftp_cancel(self.handle)

    def close(self) -> None:
        """Closes the connection and sends nothing, also while another thread waits in a call, which then ends.

        In a callback or a signal handler, the call of this thread is cancelled, and the connection closed behind it. A transfer
        that the call is in ends in an orderly way first.
        """
        if not self.lock.acquire(blocking=False):
            self.cancel()
            self.lock.acquire()
        failure = None
        try:
            status = lib.ftp_close(self.handle)
            if status == BUSY:
                self.is_closing = True
                self.cancel()
            else:
                failure = self._after(status)
        finally:
            self.lock.release()
        if failure is not None:
            raise failure

    def sweep(self) -> None:
        """Frees what is used no more. No call is running."""
        while self.left:
            free, what = self.left.pop()
            free(what)

    def __del__(self, free: Any = lib.ftp_free) -> None:
        """A session that was forgotten is closed. Whoever still calls it, as the garbage collector may, calls with NULL."""
        handle, self.handle = getattr(self, "handle", None), None
        if handle:
            free(handle)
            self.sweep()


_sessions: "weakref.WeakSet[Session]" = weakref.WeakSet()


def _after_fork() -> None:
    """A thread of the parent that was in a call is not here to give its lock back."""
    for session in list(_sessions):
        session.lock = threading.RLock()
        session.is_parents = True


os.register_at_fork(after_in_child=_after_fork)


_is_ending = False


def _at_exit() -> None:
    """Ends the calls of threads that the interpreter does not wait for, and lets them make no other.

    Python ends such a thread when it comes out of C into a callback, and C code of other languages cannot be ended there.
    """
    global _is_ending
    _is_ending = True
    # The locks are kept.
    busy = [session for session in list(_sessions) if not session.lock.acquire(blocking=False)]
    for session in busy:
        session.cancel()
    # An orderly end of a transfer takes at most 5 seconds.
    deadline = time.monotonic() + 6
    for session in busy:
        session.lock.acquire(timeout=max(0.0, deadline - time.monotonic()))


atexit.register(_at_exit)
