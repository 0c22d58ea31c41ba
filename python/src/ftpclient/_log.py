"""The log of a session: what the library tells of each command, reply, connection and transfer."""
from __future__ import annotations

import ctypes
import inspect
from functools import partial
from typing import Any, Callable, Optional

from ._native import callbacks, lib, numbers
from ._session import Session, answering

_KINDS = {numbers["FTP_LOG_" + name.upper()]: name for name in ("command", "reply", "state", "data")}
#: The length and `user`, which follow, are left out, as every caller in C lets a function do.
_TAKER = ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_char_p)


def can_be_called(target: Any) -> bool:
    """Whether it is a function for the time while the library works. Nobody would await an async one."""
    return callable(target) and not inspect.iscoroutinefunction(target)


def function_of(target: Any, keyword: str) -> Callable[..., Any]:
    """What is called while the library works, as a program has passed it."""
    if not can_be_called(target):
        raise TypeError(f"{keyword} is a function, and no async one")
    return target  # type: ignore[no-any-return]


def _teller(target: Any) -> Callable[[str, str], Any]:
    """What gets the kind and the text: a function, or a logger, which is not called itself."""
    if callable(target) or not hasattr(target, "debug"):
        return function_of(target, "log")
    return partial(target.debug, "%s %s")


def log_to(session: Session, target: Any) -> None:
    """Has the target told of all that the session does, for as long as the session lives."""
    tell = _teller(target)
    kind: Optional[int] = None

    def take(argument: Any) -> None:
        nonlocal kind
        if isinstance(argument, int):
            kind = argument
            return
        told, kind = kind, None
        # A signal handler may have raised something in the place of a kind. Others than these are of a newer library.
        if told in _KINDS:
            # What a terminal or a file cannot take would end the call.
            tell(_KINDS[told], (argument or b"").decode("utf-8", "backslashreplace"))

    # Its result means nothing to the library, so what is raised has to cancel the call. It must not know the session, which
    # would then know itself, and be closed late.
    waiter = answering(session.failures, take, partial(lib.ftp_cancel, session.handle))
    next(waiter)
    # C calls no Python code with two arguments: what a signal handler raises there would be lost, as `answering` says. It calls
    # max(), which sends the generator one after the other.
    function = _TAKER(partial(max, key=waiter.send))
    taken = ctypes.cast(function, callbacks["ftp_log_fn"])
    session.kept += [function, taken]
    lib.ftp_set_log_callback(session.handle, taken, None)
