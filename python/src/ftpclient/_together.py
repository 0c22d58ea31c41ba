"""Work that is done together: many commands that share round trips, and files that several sessions move at the same time."""
from __future__ import annotations

import ctypes
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable, Dict, Generic, List, Optional, TypeVar

from . import _calls as calls
from . import _entries as entries
from ._calls import Call, Path
from ._entries import Entry, Report, decode, encode
from ._errors import Error, PartialError, StateError, error_of, error_told
from ._native import lib, numbers
from ._session import OK, Owner

if TYPE_CHECKING:
    from ._client import FTP, Watcher

T = TypeVar("T")
_FATES = {numbers["FTP_BATCH_" + name.replace(" ", "_").upper()]: name for name in ("answered", "not sent", "unknown")}


class Outcome(Generic[T]):
    """What came of one command of a batch, or of one job of a pool."""

    def __init__(self, what: str, arguments: List[bytes]) -> None:
        #: The function that has added it, with the paths.
        self.what = what
        #: "waiting", "answered", "not sent" or "unknown": it was sent, and nobody can tell what came of it.
        self.fate = "waiting"
        #: Why it failed.
        self.error: Optional[Error] = None
        #: The last reply of the server to it.
        self.reply = ""
        self._arguments = arguments
        self._value: Any = None

    def __repr__(self) -> str:
        return f"<ftpclient.Outcome of {self.what}: {self.error or self.fate}>"

    @property
    def is_done(self) -> bool:
        """Whether the work is done, without an error. `value` then returns what came of it."""
        return self.fate == "answered" and self.error is None

    @property
    def value(self) -> T:
        """What the function of the same name of `FTP` returns, or raises."""
        if self.error is not None:
            raise self.error
        if self.fate != "answered":
            raise StateError(f"{self.what} is {self.fate}", numbers["FTP_ERR_STATE"])
        return self._value  # type: ignore[no-any-return]

    def refuse(self, error: Error) -> None:
        """Says that the library has not taken the work: it was not sent, for this reason."""
        self.fate, self.error = "not sent", error

    def _settle(self, fate: str, told: Any, value: Callable[[Any], Any]) -> None:
        self.fate, self.reply = fate, decode(told.reply)
        if told.status != OK:
            self.error = error_told(told.status, told.message or b"", told.reply or b"", self._arguments)
        else:
            self._value = value(told)


class _Together(Owner):
    """A list of work that the library keeps, and what came of each piece."""

    def __init__(self, ftp: Any, check: bool) -> None:
        # One of asyncio would only make coroutines here that nobody awaits, and the other way round.
        if type(self).__module__.startswith("ftpclient._aio") != hasattr(ftp, "_lock") or not hasattr(ftp, "_session"):
            raise TypeError(f"{type(self).__name__} does not take a {type(ftp).__name__}: it needs the FTP of its own module")
        self._ftp, self._session, self._check = ftp, ftp._session, check
        self._waiting: Dict[int, Outcome[Any]] = {}
        self._values: Dict[int, Callable[[Any], Any]] = {}
        self._handle: Optional[int] = None

    def _make(self, function: Any, *arguments: Any) -> None:
        out = ctypes.c_void_p()
        with self._session.lock:
            self._must(self._session.call(function, *arguments, ctypes.byref(out)), ())
            self._handle = out.value
            # No call is running: this is the time to free what was left.
            self._session.sweep()

    def _must(self, status: int, arguments: Any) -> None:
        if status != OK:
            raise error_of(self._session, status, arguments)

    def _open(self) -> int:
        if self._handle is None:
            raise StateError("this was closed", numbers["FTP_ERR_STATE"])
        return self._handle

    def _call(self, function: Any, watch: Any) -> Call[None]:
        handle = self._open()
        # The call is for this handle; that of the session, which comes first elsewhere, stands in it.
        return Call(lambda session: function(handle, watch, None), (), lambda session: None)

    def _run(self, function: Any, watch: Any, progress: "Watcher") -> None:
        try:
            self._ftp._run(self._call(function, watch), progress)
        except PartialError:
            if self._check:
                raise

    def _settle(self, number: int, fate: str, told: Any) -> Optional[Outcome[Any]]:
        outcome = self._waiting.pop(number, None)
        if outcome is not None:
            outcome._settle(fate, told, self._values.pop(number))
        return outcome

    def _leave(self, free: Any) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._session.left.append((free, handle))
            if self._session.handle is None:
                # The garbage collector has freed the session before what belonged to it.
                self._session.sweep()


class Commands(_Together):
    """The commands that a batch can have."""

    def __len__(self) -> int:
        """How many commands wait."""
        return len(self._waiting)

    def _add(self, function: Any, value: Callable[[Any], T], *arguments: Any) -> "Outcome[T]":
        with self._session.lock:
            self._must(self._session.call_on(function, self._open(), *arguments), arguments)
            outcome: Outcome[T] = outcome_of(function, arguments)
            self._await(outcome, value)
        return outcome

    def _await(self, outcome: "Outcome[Any]", value: Callable[[Any], Any]) -> None:
        """The library has it, and counts what it has."""
        self._values[len(self._waiting)] = value
        self._waiting[len(self._waiting)] = outcome

    def size(self, path: Path) -> "Outcome[Optional[int]]":
        """Adds a question for the size of a file. The value is in bytes; None if the reply has no number."""
        return self._add(lib.ftp_batch_size, lambda told: None if told.size < 0 else int(told.size), encode(path))

    def modified(self, path: Path) -> "Outcome[Optional[datetime]]":
        """Adds a question for when a file was changed. The value has the time zone UTC; None if the server tells none."""
        return self._add(lib.ftp_batch_modified, lambda told: entries.time_of(told.modified), encode(path))

    def stat(self, path: Path) -> "Outcome[Entry]":
        """Adds a question for the Entry of a file or directory. The value raises NotFound if nothing is there."""
        return self._add(lib.ftp_batch_stat, lambda told: entries.entry_of(told.entry.contents), calls.of_anything(path))

    def remove(self, path: Path) -> "Outcome[None]":
        """Adds the removal of a file. The value is None."""
        return self._add(lib.ftp_batch_delete, _nothing, encode(path))

    def mkdir(self, path: Path) -> "Outcome[None]":
        """Adds the making of a directory. The value is None; what is there already is a PermanentError."""
        return self._add(lib.ftp_batch_mkdir, _nothing, encode(path))

    def rmdir(self, path: Path) -> "Outcome[None]":
        """Adds the removal of an empty directory. The value is None."""
        return self._add(lib.ftp_batch_rmdir, _nothing, encode(path))

    def rename(self, old: Path, new: Path) -> "Outcome[None]":
        """Adds another name for a file or directory. The value is None."""
        return self._add(lib.ftp_batch_rename, _nothing, encode(old), encode(new))

    def chmod(self, path: Path, mode: int) -> "Outcome[None]":
        """Adds another mode for a file or directory, as in `0o644`. The value is None."""
        return self._add(lib.ftp_batch_chmod, _nothing, encode(path), mode)

    def command(self, text: str) -> "Outcome[str]":
        """Any command that needs a 2yz reply, and belongs to no login, transfer or protection."""
        return self._add(lib.ftp_batch_command, lambda told: decode(told.reply), encode(text))

    def _watch(self) -> Any:
        def tell(told: Any) -> None:
            self._settle(told.index, _FATES.get(told.fate, "unknown"), told)

        return self._session.struct_callback("ftp_batch_fn", "ftp_batch_result", tell)

    def _forget(self, fate: str) -> None:
        """What nothing more is told of: the library has it no more."""
        for outcome in self._waiting.values():
            outcome.fate = fate
        self._waiting.clear()
        self._values.clear()


class Batch(Commands):
    """Many commands that do not wait for each other: `FTP.batch()` makes it.

    Each method adds a command, and returns its Outcome. The end of `with` sends them, or `run()` does.
    """

    def __init__(self, ftp: "FTP", check: bool = True) -> None:
        super().__init__(ftp, check)
        self._make(lib.ftp_batch_new)

    def __enter__(self) -> "Batch":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None and not self._session.is_parents:
                self.run()
        finally:
            self.close()

    def run(self) -> None:
        """Sends the commands. If some fail, the others are carried out, and then it raises PartialError, unless `check` is off.

        If the call was refused before it began, the commands wait for the next `run()`.
        """
        count = len(self._waiting)
        watch = self._watch()
        with self._session.lock:
            try:
                self._run(lib.ftp_batch_run, watch, None)
            except BaseException as failure:
                if not isinstance(failure, Error) or len(self._waiting) < count:
                    self._forget("unknown")
                raise

    def close(self) -> None:
        """Gives up the commands that wait."""
        self._forget("not sent")
        self._leave(lib.ftp_batch_free)

    def __del__(self, free: Any = lib.ftp_batch_free) -> None:
        if getattr(self, "_handle", None) is not None:
            self._leave(free)


class Jobs(_Together):
    """The jobs that a pool can have."""

    def __init__(self, ftp: Any, check: bool, progress: "Watcher", on_outcome: Optional[Callable[[Outcome[Any]], Any]]) -> None:
        super().__init__(ftp, check)
        self._progress, self._on_outcome = progress, on_outcome

    def __len__(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def _add(self, function: Any, value: Callable[[Any], T], *arguments: Any) -> "Outcome[T]":
        number = ctypes.c_int64()
        with self._session.lock:
            status = self._session.call_on(function, self._open(), *arguments, ctypes.byref(number))
            self._must(status, arguments)
            outcome: Outcome[T] = outcome_of(function, arguments)
            self._values[number.value] = value
            self._waiting[number.value] = outcome
        return outcome

    def get(self, remote: Path, local: Path, *, resume: bool = False, replace: bool = True, keep_time: bool = False,
            verify: bool = False, in_place: bool = False, segmented: bool = False) -> "Outcome[Report]":
        """Adds the download of a file. The options are those of `FTP.get()`, and the value is its Report.

        With `segmented`, several sessions fetch ranges of one large file.
        """
        flags = calls.get(remote, local, resume, replace, keep_time, verify, in_place).arguments[2]
        flags |= numbers["FTP_SEGMENTED"] if segmented else 0
        return self._add(lib.ftp_pool_get, _report, encode(remote), os.fsencode(local), flags)

    def put(self, local: Path, remote: Path, *, resume: bool = False, replace: bool = True, keep_time: bool = False,
            verify: bool = False, atomic: bool = False, make_dirs: bool = False) -> "Outcome[Report]":
        """Adds the upload of a file. The options are those of `FTP.put()`, and the value is its Report."""
        flags = calls.put(local, remote, resume, replace, keep_time, verify, atomic, make_dirs).arguments[2]
        return self._add(lib.ftp_pool_put, _report, os.fsencode(local), encode(remote), flags)

    def list(self, path: Path = "", *, hidden: bool = False) -> "Outcome[List[Entry]]":
        """Adds the listing of a directory. The value is a list of entries, as that of `FTP.list()`."""
        flags = numbers["FTP_LIST_HIDDEN"] if hidden else 0
        return self._add(lib.ftp_pool_list, lambda told: entries.entries_of(told.list), encode(path), flags)

    def remove(self, path: Path) -> "Outcome[None]":
        """Adds the removal of a file. The value is None."""
        return self._add(lib.ftp_pool_remove, _nothing, encode(path))

    def command(self, text: str) -> "Outcome[str]":
        """A command that needs a 2yz reply, and that no session would have to remember."""
        return self._add(lib.ftp_pool_command, lambda told: decode(told.reply), encode(text))

    def _watch(self) -> Any:
        def tell(told: Any) -> None:
            fate = "answered" if told.status == OK or told.reply else "unknown"
            outcome = self._settle(told.job, fate, told)
            if outcome is not None and self._on_outcome is not None:
                self._on_outcome(outcome)

        return self._session.struct_callback("ftp_pool_fn", "ftp_pool_result", tell)

    def close(self) -> None:
        """Gives up the jobs that wait. Their Outcomes stay "waiting"."""
        self._waiting.clear()
        self._values.clear()
        self._leave(lib.ftp_pool_free)

    def __del__(self, free: Any = lib.ftp_pool_free) -> None:
        if getattr(self, "_handle", None) is not None:
            self._leave(free)


class Pool(Jobs):
    """Jobs that several sessions do at the same time: that of the `FTP`, and others like it.

    Each method adds a job, and returns its Outcome. The end of `with` does them, or `run()` does. If the server lets fewer
    sessions be open, these do the work.
    """

    def __init__(self, ftp: "FTP", sessions: int = 4, *, check: bool = True, progress: "Watcher" = None,
                 on_outcome: Optional[Callable[[Outcome[Any]], Any]] = None) -> None:
        """Without `check`, jobs that fail are no error of `run()`.

        `on_outcome` is told each job that has ended, and may add others.
        """
        super().__init__(ftp, check, progress, on_outcome)
        self._make(lib.ftp_pool_new, sessions)

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None and not self._session.is_parents:
                self.run()
        finally:
            self.close()

    def run(self) -> None:
        """Does the jobs. If some fail, the others are done, and then it raises PartialError, unless `check` is off.

        After another error, the next `run()` does the jobs that are not done and can be begun again.
        """
        self._run(lib.ftp_pool_run, self._watch(), self._progress)


def outcome_of(function: Any, arguments: Any) -> Any:
    texts = [it for it in arguments if isinstance(it, bytes)]
    kind = function.__name__.rpartition("_")[2]
    # What a command contains may be a password.
    shown = "" if kind == "command" else " ".join(repr(decode(it)) for it in texts)
    return Outcome(f"{kind} {shown}".rstrip(), texts)


def _nothing(told: Any) -> None:
    return None


def _report(told: Any) -> Report:
    return entries.report_of(told.report.contents)
