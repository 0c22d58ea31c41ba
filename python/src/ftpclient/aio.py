"""Sessions for asyncio: while one waits for its server, the loop goes on.

    async with ftpclient.aio.FTP("ftp://user:password@host/") as ftp:
        data = await ftp.read("file")

The methods are those of `ftpclient.FTP`, to be awaited. Calls on one session come one after the other; sessions are
independent of each other. A call whose task is cancelled is stopped in an orderly way. If that closes the session, the calls of
other tasks on it fail, until `reconnect()`.
"""
from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import select
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, List, Optional, Sequence, Tuple, TypeVar, Union

from . import _calls as calls
from ._aio_together import Batch, Pool
from ._calls import Call, Path
from ._client import READ_AHEAD, Watcher, action_callback, progress_callback
from ._entries import Action, Entry, MirrorReport, Report, decode, encode
from ._errors import Cancelled, PermanentError, TemporaryError, Unsupported, error_of
from ._native import callbacks, lib, numbers, structs
from ._session import AGAIN, OK, Owner, Session
from ._settings import Settings
from ._version import Version, version_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._keywords import Keywords

T = TypeVar("T")
__all__ = ["Batch", "FTP", "Pool"]


class FTP(Owner):
    """A session. `async with` connects and ends it; `connect()` and `quit()` do the same.

    The arguments are those of `ftpclient.FTP`. The constructor only looks at them, and does not connect.
    """

    def __init__(self, url: Optional[str] = None, **settings: Unpack[Keywords]) -> None:
        self.settings = Settings(**settings)
        self._url = url
        self._session = Session()
        self.settings.apply(self._session)
        # Refuses what names no host, or contradicts itself, before there is anything to await.
        self.settings.url(url)
        self._session.call(lib.ftp_set_blocking, 0)
        self._turn: Optional[asyncio.Lock] = None
        self._wake: Callable[[], None] = lambda: None
        self._is_closed = False
        self._stream: Optional[_Stream] = None

    async def __aenter__(self) -> "FTP":
        await self.connect()
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None and self.is_connected:
            await self.quit()
        else:
            self.close()

    def __repr__(self) -> str:
        where = self.settings.place(self._url)
        return f"<ftpclient.aio.FTP {where} {'connected' if self.is_connected else 'not connected'}>"

    # How a call waits.

    def _lock(self) -> asyncio.Lock:
        # In Python 3.9 a lock belongs to the loop that is there when it is made.
        if self._turn is None:
            self._turn = asyncio.Lock()
        return self._turn

    async def _run(self, call: Call[T], progress: Watcher = None) -> T:
        async with self._lock():
            return await self._run_alone(call, progress)

    async def _run_alone(self, call: Call[T], progress: Watcher = None) -> T:
        """The caller has the turn."""
        self._suspend()
        if progress is not None:
            watch = progress_callback(self._session, progress)
            self._session.call(lib.ftp_set_progress_callback, watch, None)
        try:
            status = await self._drive(call.function, self._session.handle, *call.arguments)
            if status != OK:
                raise error_of(self._session, status, call.arguments)
            return call.result(self._session)
        finally:
            if progress is not None:
                self._session.call(lib.ftp_set_progress_callback, callbacks["ftp_progress_fn"](), None)

    def _suspend(self) -> None:
        """A stream gives way, and goes on where it was."""
        if self._stream is not None:
            self._stream.suspend()

    async def _drive(self, function: Any, *arguments: Any) -> int:
        """Repeats a call until it has ended, also when it is being stopped: its session is busy until then."""
        cancelled: Optional[BaseException] = None
        failed: Optional[BaseException] = None
        self._is_closed = False
        status = OK         # an argument that is refused begins no call
        try:
            while True:
                # The status counts even when a callback has raised something.
                status, failure = self._session.call_and_keep(function, *arguments)
                failed = failed or failure
                if status != AGAIN:
                    if cancelled is not None:
                        raise cancelled
                    if failed is not None:
                        raise failed
                    return status
                try:
                    await self._ready()
                    if self._is_closed:
                        # Repeated, the call would begin anew.
                        raise failed or cancelled or Cancelled("the session was closed", numbers["FTP_ERR_ABORTED"])
                except asyncio.CancelledError as error:
                    if cancelled is not None:
                        raise
                    cancelled = error
                    self._session.cancel()
        finally:
            if status == AGAIN:
                # Nobody would go on with it: the second time that the task was cancelled, or the task itself has been given up.
                self._session.call(lib.ftp_close)

    async def _ready(self) -> None:
        """Waits for what the call waits for."""
        loop = asyncio.get_running_loop()
        ready = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        limit = lib.ftp_timeout_ms(self._session.handle)
        self._wake = wake
        timer = loop.call_later(limit / 1000, wake) if limit >= 0 else None
        waited = self._descriptors()
        for descriptor, events in waited:
            if events & select.POLLIN:
                loop.add_reader(descriptor, wake)
            if events & select.POLLOUT:
                loop.add_writer(descriptor, wake)
        try:
            await ready
        finally:
            if timer is not None:
                timer.cancel()
            for descriptor, _ in waited:
                loop.remove_reader(descriptor)
                loop.remove_writer(descriptor)

    def _descriptors(self) -> List[Any]:
        count = ctypes.c_size_t()
        lib.ftp_pollfds(self._session.handle, None, 0, ctypes.byref(count))
        found = (structs["ftp_pollfd"] * count.value)()
        lib.ftp_pollfds(self._session.handle, found, count.value, ctypes.byref(count))
        return [(it.fd, it.events) for it in found]

    # The session.

    async def connect(self) -> None:
        """Connects and logs in, as the URL and the settings say. An old connection is closed."""
        await self._run(calls.plain(lib.ftp_open, self.settings.url(self._url)))
        if self.settings.account:
            await self._run(calls.plain(lib.ftp_acct, encode(self.settings.account)))

    async def reconnect(self) -> None:
        """Brings back a session that was lost: server, login, TLS, directory. Without an earlier login it is a StateError."""
        await self._run(calls.plain(lib.ftp_reconnect))

    async def quit(self) -> None:
        """Ends the session with QUIT.

        The connection is closed even if the server refuses. Without a connection it is a StateError.
        """
        await self._run(calls.plain(lib.ftp_quit))

    def close(self) -> None:
        """Closes the connection at once. A call of another task ends."""
        self._session.close()
        self._is_closed = not self._session.is_closing
        self._wake()

    def cancel(self) -> None:
        """From any task or thread: the call that is running raises `Cancelled`.

        The connection is closed if nothing tells where the next reply begins. `reconnect()` brings the session back.
        """
        self._session.cancel()

    @staticmethod
    def settings_names() -> List[str]:
        """The keywords of the constructor."""
        return [it.name for it in fields(Settings)]

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as the last call knows."""
        return self._session.is_connected

    @property
    def welcome(self) -> str:
        """The greeting of the server, with its code; empty before the first connection."""
        return decode(self._session.text(lib.ftp_getwelcome))

    @property
    def last_reply(self) -> str:
        """The last reply of the server, with its code; empty if there was none."""
        return decode(self._session.reply())

    async def command(self, text: str) -> str:
        """Sends a command that needs a 2yz reply. Returns the reply; a refusal is a PermanentError or TemporaryError.

        A command that moves data, such as RETR or LIST, is an InvalidArgument, which names the method for it.
        """
        return await self._run(calls.command(text))

    async def site(self, text: str) -> str:
        """Sends a command that only this server knows: SITE, and the text. Returns the reply, which must be a 2yz."""
        return await self._run(calls.site(text))

    async def feature(self, name: str) -> Optional[str]:
        """What stands behind the name in the reply to FEAT; None if the server does not name it."""
        return await self._run(calls.feature(name))

    async def system(self) -> str:
        """What the server says that it runs on (SYST). Some servers refuse: a PermanentError."""
        return await self._run(calls.text(lib.ftp_syst))

    async def prearm(self) -> None:
        """Makes the data connection of the next transfer now. In active mode it is Unsupported."""
        await self._run(calls.plain(lib.ftp_prearm))

    def batch(self, *, check: bool = True) -> Batch:
        """Many commands that share round trips: `async with ftp.batch() as batch: sizes = [batch.size(it) for it in names]`.

        Without `check`, a command that fails is no error of the batch. Its Outcome tells it.
        """
        return Batch(self, check)

    # Directories, and what is known of a file.

    async def cwd(self, path: Path) -> None:
        """Changes to a directory. It is NotFound if the server says that it is not there, and otherwise a PermanentError."""
        await self._run(calls.plain(lib.ftp_cwd, encode(path)))

    async def pwd(self) -> str:
        """The working directory, as the server names it; empty if its reply does not name one."""
        return await self._run(calls.text(lib.ftp_pwd))

    async def list(self, path: Path = "", *, hidden: bool = False) -> List[Entry]:
        """The entries of a directory, without "." and ".."; by default of the working directory.

        `hidden` asks for all names.
        """
        return await self._run(calls.listing(path, hidden))

    async def glob(self, pattern: Path, *, hidden: bool = False) -> List[Entry]:
        """What a pattern such as `*/[a-z]*.{csv,txt}` or `**` matches. The name of each entry is its path."""
        return await self._run(calls.glob(pattern, hidden))

    async def walk(self, path: Path = "") -> AsyncIterator[Tuple[str, List[Entry], List[Entry]]]:
        """As that of `ftpclient.FTP`, by `async for`."""
        top = decode(encode(path))
        inside = await self.list(top)
        directories = [entry for entry in inside if entry.is_directory]
        yield top, directories, [entry for entry in inside if not entry.is_directory]
        for entry in directories:
            if entry.is_safe:
                async for step in self.walk(f"{top.rstrip('/')}/{entry.name}" if top else entry.name):
                    yield step

    async def mkdir(self, path: Path) -> None:
        """Makes a directory. What is there already is a PermanentError; `makedirs()` takes it."""
        await self._run(calls.text(lib.ftp_mkd, encode(path)))

    async def makedirs(self, path: Path) -> None:
        """Makes a directory and those above it. What is there already is no error."""
        await self._run(calls.plain(lib.ftp_makedirs, encode(path)))

    async def rmdir(self, path: Path) -> None:
        """Removes an empty directory.

        It is NotFound if the server says that it is not there, and otherwise a PermanentError.
        """
        await self._run(calls.plain(lib.ftp_rmd, encode(path)))

    async def remove_tree(self, path: Path) -> None:
        """Removes a directory with all that is in it. Links are removed, and not what they lead to."""
        await self._run(calls.plain(lib.ftp_remove_tree, encode(path), 0))

    async def stat(self, path: Path) -> Entry:
        """The Entry of one file or directory; an empty path is the working directory. If nothing is there, it is NotFound."""
        return await self._run(calls.stat(path))

    async def exists(self, path: Path) -> bool:
        """Whether a file or directory is there; an empty path is the working directory.

        If the server does not tell, it is a PermanentError or TemporaryError.
        """
        return await self._run(calls.exists(path))

    async def size(self, path: Path) -> Optional[int]:
        """The size of a file in bytes; None if the reply has no number."""
        return await self._run(calls.size(path))

    async def modified(self, path: Path) -> Optional[datetime]:
        """When a file was changed, with the time zone UTC; None if the server tells no time that can be."""
        return await self._run(calls.modified(path))

    async def set_modified(self, path: Path, when: Union[datetime, float]) -> None:
        """Sets when a file was changed, in whole seconds: a datetime, or seconds since 1970."""
        await self._run(calls.set_modified(path, when))

    async def chmod(self, path: Path, mode: int) -> None:
        """Sets the mode of a file or directory, as in `0o644`. A server that has no command for it is Unsupported."""
        await self._run(calls.plain(lib.ftp_chmod, encode(path), mode))

    async def hash(self, path: Path, algorithm: Optional[str] = None) -> str:
        """The hash of a file in hexadecimal digits. Without an algorithm it is the best that the server offers."""
        return await self._run(calls.hash_of(path, algorithm))

    async def remove(self, path: Path) -> None:
        """Removes a file. It is NotFound if the server says that it is not there, and otherwise a PermanentError."""
        await self._run(calls.plain(lib.ftp_delete, encode(path)))

    async def rename(self, old: Path, new: Path) -> None:
        """Gives a file or directory another name, or moves it."""
        await self._run(calls.plain(lib.ftp_rename, encode(old), encode(new)))

    # Files and trees. The files of this machine are read and written in the thread of the loop.

    async def get(self, remote: Path, local: Path, *, resume: bool = False, replace: bool = True,
                  keep_time: bool = False, verify: bool = False, in_place: bool = False,
                  progress: Watcher = None) -> Report:
        """Downloads a file. The local file has its name when it is whole, and not before.

        `resume` keeps what was not finished, and continues it: the hidden file `.NAME.ftp-part` beside the local file NAME.
        """
        return await self._run(calls.get(remote, local, resume, replace, keep_time, verify, in_place), progress)

    async def put(self, local: Path, remote: Path, *, resume: bool = False, replace: bool = True,
                  keep_time: bool = False, verify: bool = False, atomic: bool = False, make_dirs: bool = False,
                  progress: Watcher = None) -> Report:
        """Uploads a file. With `atomic`, the file on the server has its name when it is whole, and not before.

        If the server has a part of the file, `resume` sends the rest.
        """
        return await self._run(calls.put(local, remote, resume, replace, keep_time, verify, atomic, make_dirs), progress)

    async def read(self, path: Path, *, limit: Optional[int] = None, progress: Watcher = None) -> bytes:
        """A whole file. One of more than `limit` bytes is a LimitError."""
        return await self._run(calls.read(path, limit), progress)

    async def write(self, path: Path, data: bytes, *, progress: Watcher = None) -> None:
        """Makes or replaces a file."""
        await self._run(calls.write(path, data), progress)

    async def mirror_get(self, remote: Path, local: Path, **options: Any) -> MirrorReport:
        """Makes a local directory equal to one of the server. The options are those of `ftpclient.FTP.mirror_put()`."""
        return await self._mirror(lib.ftp_mirror_get, encode(remote), os.fsencode(local), **options)

    async def mirror_put(self, local: Path, remote: Path, **options: Any) -> MirrorReport:
        """Makes a directory of the server equal to a local one. The options are those of `ftpclient.FTP.mirror_put()`."""
        return await self._mirror(lib.ftp_mirror_put, os.fsencode(local), encode(remote), **options)

    async def _mirror(self, function: Any, source: bytes, target: bytes, *, include: Sequence[str] = (),
                      exclude: Sequence[str] = (), delete: bool = False, dry_run: bool = False, resume: bool = False,
                      verify: bool = False, atomic: bool = False, sessions: int = 1,
                      on_action: Optional[Callable[[Action], Any]] = None, progress: Watcher = None) -> MirrorReport:
        watch = action_callback(self._session, on_action)
        return await self._run(calls.mirror(function, source, target, include, exclude, delete, dry_run, resume,
                                            verify, atomic, sessions, watch), progress)

    def mirror_report(self) -> MirrorReport:
        """Of the last mirror, also after a PartialError."""
        return calls.mirror_report(self._session)

    async def stream(self, path: Path, *, offset: int = 0, size: int = READ_AHEAD) -> AsyncIterator[bytes]:
        """The data of a file in blocks, as it comes. Other calls may come between: they interrupt it, and it goes on.

        If the file has changed on the server by then, or ends before the size that it had, it is an IncompleteError.
        """
        stream = _Stream(self, path, offset, size)
        try:
            while True:
                async with self._lock():
                    block = await stream.read()
                if not block:
                    return
                yield block
        finally:
            stream.suspend()


class _Stream:
    """A download that gives way to other calls, and goes on where it was."""

    def __init__(self, ftp: FTP, path: Path, offset: int, size: int) -> None:
        self._ftp, self._path, self._position, self._size = ftp, encode(path), offset, size
        if size < 1:
            raise ValueError("a block has at least one byte")
        self._memory, self._count = ctypes.create_string_buffer(size), ctypes.c_size_t()
        self._transfer: Optional[int] = None
        self._version: Optional[Version] = None

    async def read(self) -> bytes:
        """The next block; nothing at the end, which the server has confirmed."""
        if self._transfer is None:
            self._ftp._suspend()
            await self._look()
            self._transfer = await self._tell(calls.transfer(b"RETR " + self._path, self._position if self._position else -1))
            self._ftp._stream = self
        await self._call(lib.ftp_transfer_read, self._transfer, self._memory, self._size, ctypes.byref(self._count))
        if not self._count.value:
            await self._call(lib.ftp_transfer_finish, self._transfer)
            assert self._version is not None
            self._version.require_whole(self._position)
        self._position += self._count.value
        return ctypes.string_at(self._memory, self._count.value)

    async def _look(self) -> None:
        """What the file is: the same as when the stream began. This asks once, and what is unclear is no error."""
        now = Version(self._path)
        with contextlib.suppress(PermanentError, TemporaryError, Unsupported):
            if await self._tell(calls.feature("MLST")) is not None:
                now = version_of(self._path, await self._tell(calls.stat(self._path)))
            else:
                now = Version(self._path, await self._tell(calls.size(self._path)))
        if self._version is not None:
            self._version.require_same(now)
        self._version = self._version or now

    async def _tell(self, call: Any) -> Any:
        await self._call(call.function, self._ftp._session.handle, *call.arguments)
        return call.result(self._ftp._session)

    async def _call(self, function: Any, *arguments: Any) -> None:
        status = await self._ftp._drive(function, *arguments)
        if status != OK:
            raise error_of(self._ftp._session, status, arguments)

    def suspend(self) -> None:
        transfer, self._transfer = self._transfer, None
        if self._ftp._stream is self:
            self._ftp._stream = None
        if transfer is not None:
            self._ftp._session.call_on(lib.ftp_transfer_free, transfer)
