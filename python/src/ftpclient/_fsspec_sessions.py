"""The sessions of the filesystems for fsspec: which are free, who waits for one, and how many the server lets be open.

All filesystems of a process that go to the same server share a `Server`. It gives out sessions in the order in which they are asked for.
The garbage collector may end a file while this thread has the lock. So the lock can be taken twice, and `__del__` takes none of these.
"""
from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections import deque
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Tuple

from ._client import FTP
from ._errors import Error, TimedOut
from ._file import Reader
from ._native import numbers

_ROOM = 1 << 20
#: How long a session is kept that nobody uses; and where the server is known to have few, so that another process can have it.
_KEPT, _KEPT_OF_FEW = 10.0, 1.0
_TICK, _LOOK = 0.5, 0.05
#: A server that has refused a session is asked again after so long: by who has to wait, with waits that grow, and by others.
_FIRST_PAUSE, _LONGEST_PAUSE, _LATER = 0.1, 1.0, 10.0
#: So long a file may read on although others wait: to begin its transfer anew takes some round trips.
_TURN = 0.5
#: What servers say with a 530 that is about the number of sessions. The library has the same list.
_TOO_MANY = ("too many", "overloaded", "maximum number", "max number", "number of connect", "more connection", "already connected",
             "simultaneous login", "limit reached")


class Free(NamedTuple):
    """A session that nobody uses."""

    since: float
    settings: Dict[str, Any]
    ftp: FTP


def is_about_the_number(error: Error) -> bool:
    """Whether the server has refused a session because it has enough of them."""
    return error.code == 421 or error.code == 530 and any(it in error.reply.lower() for it in _TOO_MANY)


class Server:
    """A server, and the sessions that this process has with it."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._changed = threading.Condition(threading.RLock())
        self._queue: Deque[object] = deque()
        self._free: List[Free] = []
        #: All that are open, as long as anybody knows them.
        self._open: "weakref.WeakSet[FTP]" = weakref.WeakSet()
        self._readings: "weakref.WeakSet[Reading]" = weakref.WeakSet()
        self._opening = 0
        self._limit: Optional[int] = None
        self._refusal: Optional[Tuple[Any, ...]] = None
        self._refused_at, self._pause = 0.0, 0.0
        self._is_swept = False

    @staticmethod
    def at(host: str, port: int) -> "Server":
        """The one of this process."""
        place = host.strip("[]").lower(), port
        return _servers.get(place) or _servers.setdefault(place, Server(place[0]))

    # Giving out sessions.

    def take(self, settings: Dict[str, Any]) -> FTP:
        """A session of these settings: one that is free, a new one, or that of a file that nobody reads at the moment.

        If there is none, this waits for one, for at most the `timeout` of the settings. Then the error has the server's refusal.
        """
        ftp = self._take(settings, True)
        assert ftp is not None
        return ftp

    def take_at_once(self, settings: Dict[str, Any]) -> Optional[FTP]:
        """Likewise, and None if it would have to wait."""
        return self._take(settings, False)

    def _take(self, settings: Dict[str, Any], waits: bool) -> Optional[FTP]:
        limit = settings.get("timeout", 60)
        deadline = time.monotonic() + (threading.TIMEOUT_MAX if limit is None else min(limit, threading.TIMEOUT_MAX))
        me = object()
        with self._changed:
            self._queue.append(me)
            if self._queue[0] is not me:
                # The first may have the session of a file of this thread: it is not being read now.
                self._changed.notify_all()
        try:
            while True:
                with self._changed:
                    ftp, reading, opens = None, None, False
                    if self._queue[0] is me:
                        ftp = self._pop_free(settings)
                        opens = ftp is None and self._may_open(_LATER)
                        if ftp is None and not opens:
                            if self._close_others(settings):
                                continue
                            reading = self._longest_unread()
                            opens = reading is None and self._may_open(self._pause)
                    if opens:
                        # Meanwhile the next one may open another.
                        self._opening += 1
                        self._queue.remove(me)
                        self._changed.notify_all()
                    elif ftp is None and reading is None:
                        if not waits:
                            return None
                        self._wait(me, deadline)
                        continue
                if reading is not None:
                    reading.give_way()
                elif opens:
                    ftp = self._opened(settings, me)
                    if ftp is not None:
                        return ftp
                elif ftp is not None:
                    if not _is_lost(ftp):
                        return ftp
                    self._forget(ftp)
        finally:
            with self._changed:
                if me in self._queue:
                    self._queue.remove(me)
                self._changed.notify_all()

    def _wait(self, me: object, deadline: float) -> None:
        """Until something has changed. The first looks again by itself: nobody tells when a file is not being read any more."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise self._none_left()
        self._changed.wait(min(left, _LOOK if self._queue[0] is me else threading.TIMEOUT_MAX))

    def _none_left(self) -> Error:
        if self._refusal is None:
            return TimedOut("no session was to be had in time", numbers["FTP_ERR_TIMEOUT"])
        kind, text, *facts = self._refusal
        return kind(f"the server has no session left: {text}", *facts)          # type: ignore[no-any-return]

    def _pop_free(self, settings: Dict[str, Any]) -> Optional[FTP]:
        """The one that was used last."""
        for index in range(len(self._free) - 1, -1, -1):
            if self._free[index].settings == settings:
                return self._free.pop(index).ftp
        return None

    def _may_open(self, pause: float) -> bool:
        """Whether the server may let one more be open. What it has refused may be free after some time."""
        if self._limit is None or len(self._open) + self._opening < self._limit:
            return True
        return not self._opening and time.monotonic() - self._refused_at >= pause

    def _opened(self, settings: Dict[str, Any], me: object) -> Optional[FTP]:
        """A new session, or None if the server has no more."""
        ftp = None
        try:
            ftp = FTP(**settings)
        except Error as error:
            if not is_about_the_number(error):
                raise
            self._note_refusal(error, me)
            _close_free_ones(self._host, settings)
        finally:
            with self._changed:
                self._opening -= 1
                if ftp is not None:
                    self._open.add(ftp)
                    self._pause = 0.0
                    if self._limit is not None:
                        self._limit = max(self._limit, len(self._open))
                self._changed.notify_all()
        return ftp

    def _note_refusal(self, error: Error, me: object) -> None:
        with self._changed:
            now = time.monotonic()
            # What was asked at the same time gets the same answer: that counts once.
            if now - self._refused_at >= self._pause:
                self._pause = min(2 * self._pause or _FIRST_PAUSE, _LONGEST_PAUSE)
            self._limit, self._refused_at = len(self._open), now
            self._refusal = type(error), error.text, error.status, error.code, error.reply
            self._queue.appendleft(me)

    def _longest_unread(self) -> Optional["Reading"]:
        """The file that was read longest ago, and is not being read. Its lock is taken then."""
        for reading in sorted(self._readings, key=lambda it: it.used):
            if reading.lock.acquire(blocking=False):
                if reading.ftp is not None and not reading.is_in_call:
                    return reading
                reading.lock.release()
        return None

    # What comes back.

    def give_back(self, settings: Dict[str, Any], ftp: FTP) -> None:
        """Somebody else may use it."""
        with self._changed:
            if ftp.is_connected:
                self._free.append(Free(time.monotonic(), settings, ftp))
                self._have_swept()
            else:
                self._open.discard(ftp)
            self._changed.notify_all()

    def is_wanted(self) -> bool:
        """Whether somebody waits for a session."""
        return bool(self._queue)

    def add(self, reading: "Reading") -> None:
        """A file has a session now."""
        with self._changed:
            self._readings.add(reading)
            self._have_swept()

    def close_free_ones(self, settings: Dict[str, Any]) -> None:
        """Closes what is free and has these settings."""
        with self._changed:
            found = [it for it in self._free if it.settings == settings]
            self._free = [it for it in self._free if it.settings != settings]
        for it in found:
            self._forget(it.ftp)

    def _close_others(self, settings: Dict[str, Any]) -> bool:
        """Closes what is free and has other settings: each has a place of the server. Whether there was any."""
        with self._changed:
            found = [it for it in self._free if it.settings != settings]
            self._free = [it for it in self._free if it.settings == settings]
        for it in found:
            self._forget(it.ftp)
        return bool(found)

    def _forget(self, ftp: FTP) -> None:
        ftp.close()
        with self._changed:
            self._open.discard(ftp)
            self._changed.notify_all()

    # What nobody uses.

    def _have_swept(self) -> None:
        if not self._is_swept:
            # No thread can be started while the interpreter ends, which then ends the sessions as well.
            with contextlib.suppress(RuntimeError):
                threading.Thread(target=self._sweep, name="ftpclient: sessions that nobody uses", daemon=True).start()
                self._is_swept = True

    def _sweep(self) -> None:
        """Ends what nobody has used for some time, as long as there is anything. A file that nobody reads gives its session back."""
        while True:
            time.sleep(_TICK)
            with self._changed:
                before = time.monotonic() - (_KEPT if self._limit is None else _KEPT_OF_FEW)
                found = [it for it in self._free if it.since < before]
                self._free = [it for it in self._free if it.since >= before]
                reading = self._longest_unread()
                if not found and not self._free and not any(it.ftp is not None for it in self._readings):
                    self._is_swept = False
                    return
            if reading is not None:
                if reading.used < before:
                    reading.give_way()
                else:
                    reading.lock.release()
            for it in found:
                self._forget(it.ftp)
            # A thread that sleeps knows nothing of the session.
            del found, reading


#: Those of this process, by host and port.
_servers: Dict[Tuple[str, int], Server] = {}
# After fork(), the sessions are the parent's. A thread that is not here any more may have had a lock.
os.register_at_fork(after_in_child=_servers.clear)


def _close_free_ones(host: str, settings: Dict[str, Any]) -> None:
    """A server on several ports may count them together."""
    for server in list(_servers.values()):
        if server._host == host:
            server._close_others(settings)


def _is_lost(ftp: FTP) -> bool:
    """Whether the server has ended the session meanwhile."""
    try:
        return ftp.is_stale()
    except Error:
        return True


class Reading:
    """What an open file reads by. It has a session while its transfer runs, and gives it away between two calls if others need it."""

    def __init__(self, server: Server, settings: Dict[str, Any], path: str) -> None:
        self._server, self._settings, self._path, self._process = server, settings, path, os.getpid()
        self.lock = threading.RLock()
        self.is_in_call = False
        self.ftp: Optional[FTP] = None
        self._reader: Optional[Reader] = None
        self._since = self.used = 0.0

    @property
    def is_parents(self) -> bool:
        """Whether fork() has copied it into this process."""
        return self._process != os.getpid()

    def read(self, start: int, end: int, check: Optional[Callable[[FTP], None]] = None) -> bytes:
        """What stands there. Where the session was taken away, the transfer begins anew at this place, if `check` raises nothing."""
        with self.lock:
            self.is_in_call = True
            try:
                if self._reader is None:
                    self.ftp = self._server.take(self._settings)
                    self._reader, self._since = Reader(self.ftp, self._path), time.monotonic()
                    self._server.add(self)
                    if check is not None:
                        check(self.ftp)
                self._reader.seek(start)
                return read_up_to(self._reader, end - start)
            finally:
                self.is_in_call, self.used = False, time.monotonic()
                if self._reader is not None and (self._reader.is_at_rest or self._is_over()):
                    self._give_back()

    def _is_over(self) -> bool:
        return self._server.is_wanted() and self.used - self._since >= _TURN

    def give_way(self) -> None:
        """Gives the session away. The caller has the lock, and has it no more then."""
        try:
            self._give_back()
        finally:
            self.lock.release()

    def close(self) -> None:
        """Gives the session back. Another read takes one again."""
        if not self.is_parents:
            with self.lock:
                self._give_back()

    def abandon(self) -> None:
        """For `__del__`: ends the session, and waits for nothing. Whoever has the lock gives the session to somebody else."""
        if not self.is_parents and self.lock.acquire(blocking=False):
            try:
                ftp, self.ftp, self._reader = self.ftp, None, None
                if ftp is not None:
                    ftp.close()
            finally:
                self.lock.release()

    def _give_back(self) -> None:
        (reader, self._reader), (ftp, self.ftp) = (self._reader, None), (self.ftp, None)
        try:
            if reader is not None:
                reader.close()
        finally:
            if ftp is not None:
                self._server.give_back(self._settings, ftp)


def read_up_to(file: Reader, count: int) -> bytes:
    """So many bytes, or all that there are. The memory grows with what comes: the count may be that of any file."""
    data, done, step = bytearray(), 0, 1
    while step and done < count:
        if done == len(data):
            data += bytes(min(count - done, max(done, _ROOM)))
        with memoryview(data) as view:
            step = file.readinto(view[done:])
        done += step
    del data[done:]
    return bytes(data)
