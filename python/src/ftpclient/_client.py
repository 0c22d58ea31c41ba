"""`FTP`: a session that waits."""
from __future__ import annotations

import contextlib
import ctypes
import io
import os
import select
from dataclasses import fields
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Callable, Iterator, List, Optional, Sequence, Tuple, TypeVar, Union

from . import _calls as calls
from . import _entries as entries
from ._calls import Call, Path
from ._entries import Action, Entry, MirrorReport, Progress, Report, decode, encode
from ._errors import ConnectionLost, Exists, PermanentError, TemporaryError, Unsupported, error_of
from ._file import Reader, Writer
from ._log import function_of
from ._native import callbacks, lib, numbers
from ._session import OK, Owner, Session
from ._settings import Settings
from ._together import Batch
from ._version import Version, version_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._keywords import Keywords

T = TypeVar("T")
#: A function that is told how far a transfer is, or a bar such as tqdm's, which has `update()` and `total`.
Watcher = Union[Callable[[Progress], Any], Any]

READ_AHEAD = 1 << 18


class FTP(Owner):
    """A session with a server: `FTP("ftp://user:password@host/directory")`, or `FTP(host="host", user="user")`.

    It connects at once, and `with` ends it. Without a URL and a host it is a TypeError. The keywords are the fields of `Settings`.
    Beside a URL, they say what it leaves open; what contradicts it is a ValueError. Any thread may use it; calls come
    one after the other. A session that is forgotten is closed.
    """

    def __init__(self, url: Optional[str] = None, **settings: Unpack[Keywords]) -> None:
        self.settings = Settings(**settings)
        self._url = url
        self._session = Session()
        self._file: Optional[Reader] = None
        self.settings.apply(self._session)
        self.connect()

    def __enter__(self) -> "FTP":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None and self.is_connected:
            self.quit()
        else:
            self.close()

    def __repr__(self) -> str:
        where = self.settings.place(self._url)
        return f"<ftpclient.FTP {where} {'connected' if self.is_connected else 'not connected'}>"

    def _run(self, call: Call[T], progress: Watcher = None) -> T:
        session = self._session
        with session.lock:
            is_lost = self._suspend()
            if is_lost and call.function not in (lib.ftp_open, lib.ftp_reconnect):
                raise ConnectionLost("the connection was lost while a file was open", numbers["FTP_ERR_EOF"])
            watch = self._watch(progress) if progress is not None else None
            try:
                status = session.call(call.function, *call.arguments)
                if status != OK:
                    raise error_of(session, status, call.arguments)
                return call.result(session)
            finally:
                if watch is not None:
                    lib.ftp_set_progress_callback(session.handle, callbacks["ftp_progress_fn"](), None)

    def _watch(self, target: Watcher) -> Any:
        """Has a watcher told of the transfers of the next call."""
        watch = progress_callback(self._session, target)
        self._session.call(lib.ftp_set_progress_callback, watch, None)
        return watch

    def _suspend(self) -> bool:
        """A file that is being read gives way, and goes on where it was. Returns whether the connection was lost by that."""
        if self._file is None or self._session.is_in_call:
            # What is called within another call is refused.
            return False
        was_connected = self.is_connected
        self._file.suspend()
        return was_connected and not self.is_connected

    # The session.

    def connect(self) -> None:
        """Connects and logs in, as the URL and the settings say. An old connection is closed."""
        self._run(calls.plain(lib.ftp_open, self.settings.url(self._url)))
        if self.settings.account:
            self._run(calls.plain(lib.ftp_acct, encode(self.settings.account)))

    def reconnect(self) -> None:
        """Brings back a session that was lost: server, login, TLS, directory."""
        self._run(calls.plain(lib.ftp_reconnect))

    def quit(self) -> None:
        """Ends the session with QUIT.

        The connection is closed even if the server refuses. Without a connection it is a StateError.
        """
        self._run(calls.plain(lib.ftp_quit))

    def close(self) -> None:
        """Closes the connection and sends nothing. A call that is running ends, whoever has made it."""
        self._session.close()
        if not self._session.is_closing:
            self._suspend()

    def cancel(self) -> None:
        """From any thread: the call that is running raises `Cancelled`.

        The connection is closed if nothing tells where the next reply begins. `reconnect()` brings the session back.
        """
        self._session.cancel()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as the last call knows.

        `is_stale()` also looks whether the server has ended it.
        """
        return self._session.is_connected

    def is_stale(self) -> bool:
        """Whether the session has been lost, or the server has said or ended something meanwhile."""
        if not self.is_connected:
            return True
        look = select.poll()
        look.register(lib.ftp_control_fd(self._session.handle), select.POLLIN)
        ready = look.poll(0)
        return bool(ready) and self._file is None

    @staticmethod
    def settings_names() -> List[str]:
        """The keywords of the constructor."""
        return [it.name for it in fields(Settings)]

    @property
    def welcome(self) -> str:
        """The greeting of the server, with its code; empty before the first connection. Lines have "\\n" between them."""
        return decode(self._session.text(lib.ftp_getwelcome))

    @property
    def last_reply(self) -> str:
        """The last reply of the server, with its code; empty if there was none. Lines have "\\n" between them."""
        return decode(self._session.reply())

    def command(self, text: str) -> str:
        """Sends a command that needs a 2yz reply. Returns the reply.

        A command that moves data, such as RETR or LIST, is an InvalidArgument, which names the method for it.
        """
        return self._run(calls.command(text))

    def site(self, text: str) -> str:
        """Sends a command that only this server knows: SITE, and the text. Returns the reply, which must be a 2yz."""
        return self._run(calls.site(text))

    def feature(self, name: str) -> Optional[str]:
        """What stands behind the name in the reply to FEAT; None if the server does not name it."""
        return self._run(calls.feature(name))

    def system(self) -> str:
        """What the server says that it runs on (SYST), such as "UNIX Type: L8". Some servers refuse: a PermanentError."""
        return self._run(calls.text(lib.ftp_syst))

    def prearm(self) -> None:
        """Makes the data connection of the next transfer now, while the program has nothing else to do."""
        self._run(calls.plain(lib.ftp_prearm))

    def batch(self, *, check: bool = True) -> Batch:
        """Many commands that share round trips: `with ftp.batch() as batch: sizes = [batch.size(it) for it in names]`.

        Without `check`, a command that fails is no error of the batch. Its Outcome tells it.
        """
        return Batch(self, check)

    # Directories.

    def cwd(self, path: Path) -> None:
        """Changes to a directory. It is NotFound if the server says that it is not there, and otherwise a PermanentError."""
        self._run(calls.plain(lib.ftp_cwd, encode(path)))

    def pwd(self) -> str:
        """The working directory, as the server names it; empty if its reply does not name one."""
        return self._run(calls.text(lib.ftp_pwd))

    def list(self, path: Path = "", *, hidden: bool = False) -> List[Entry]:
        """The entries of a directory, without "." and ".."; by default of the working directory.

        With `hidden`, servers are asked for names with a leading dot as well. A directory that is not there is NotFound, if
        the server says so; some servers return an empty list.
        """
        return self._run(calls.listing(path, hidden))

    def glob(self, pattern: Path, *, hidden: bool = False) -> List[Entry]:
        """What a pattern such as `*/[a-z]*.{csv,txt}` or `**` matches. The name of each entry is its path."""
        return self._run(calls.glob(pattern, hidden))

    def walk(self, path: Path = "") -> Iterator[Tuple[str, List[Entry], List[Entry]]]:
        """As os.walk(): each directory with its directories and its other entries. It never enters a link.

        Directories that the caller takes out of the list are not entered. Neither are names that are not safe.
        """
        top = decode(encode(path))
        inside = self.list(top)
        directories = [entry for entry in inside if entry.is_directory]
        yield top, directories, [entry for entry in inside if not entry.is_directory]
        for entry in directories:
            if entry.is_safe:
                yield from self.walk(f"{top.rstrip('/')}/{entry.name}" if top else entry.name)

    def mkdir(self, path: Path) -> None:
        """Makes a directory. What is there already is a PermanentError; `makedirs()` takes it."""
        self._run(calls.text(lib.ftp_mkd, encode(path)))

    def makedirs(self, path: Path) -> None:
        """Makes a directory and those above it. What is there already is no error."""
        self._run(calls.plain(lib.ftp_makedirs, encode(path)))

    def rmdir(self, path: Path) -> None:
        """Removes an empty directory.

        It is NotFound if the server says that it is not there, and otherwise a PermanentError.
        """
        self._run(calls.plain(lib.ftp_rmd, encode(path)))

    def remove_tree(self, path: Path) -> None:
        """Removes a directory with all that is in it. Links are removed, and not what they lead to."""
        self._run(calls.plain(lib.ftp_remove_tree, encode(path), 0))

    # What is known of a file.

    def stat(self, path: Path) -> Entry:
        """The Entry of one file or directory; an empty path is the working directory. If nothing is there, it is NotFound.

        Where the server does not tell whether something is there, it is a PermanentError or TemporaryError.
        """
        return self._run(calls.stat(path))

    def exists(self, path: Path) -> bool:
        """Whether a file or directory is there; an empty path is the working directory.

        If the server does not tell, it is a PermanentError or TemporaryError.
        """
        return self._run(calls.exists(path))

    def size(self, path: Path) -> Optional[int]:
        """The size of a file in bytes; None if the reply has no number.

        Most servers refuse it for directories: a PermanentError.
        """
        return self._run(calls.size(path))

    def modified(self, path: Path) -> Optional[datetime]:
        """When a file was changed, with the time zone UTC; None if the server tells no time that can be.

        A file that is not there is NotFound. A server without a command for it is Unsupported.
        """
        return self._run(calls.modified(path))

    def set_modified(self, path: Path, when: Union[datetime, float]) -> None:
        """Sets when a file was changed, in whole seconds: a datetime, or seconds since 1970.

        A datetime without a zone is local time. A server without a command for it is Unsupported.
        """
        self._run(calls.set_modified(path, when))

    def chmod(self, path: Path, mode: int) -> None:
        """Sets the mode of a file or directory, as in `0o644`.

        A server that has no command for it, or does nothing, is Unsupported.
        """
        self._run(calls.plain(lib.ftp_chmod, encode(path), mode))

    def hash(self, path: Path, algorithm: Optional[str] = None) -> str:
        """In hexadecimal digits. Without an algorithm it is the best that the server offers."""
        return self._run(calls.hash_of(path, algorithm))

    def remove(self, path: Path) -> None:
        """Removes a file. It is NotFound if the server says that it is not there, and otherwise a PermanentError."""
        self._run(calls.plain(lib.ftp_delete, encode(path)))

    def rename(self, old: Path, new: Path) -> None:
        """Gives a file or directory another name, or moves it. Whether that replaces what has the name, the server decides."""
        self._run(calls.plain(lib.ftp_rename, encode(old), encode(new)))

    # Whole files and trees.

    def get(self, remote: Path, local: Path, *, resume: bool = False, replace: bool = True, keep_time: bool = False,
            verify: bool = False, in_place: bool = False, progress: Watcher = None) -> Report:
        """Downloads a file. The local file has its name when it is whole, and not before.

        `resume` keeps what was not finished, and continues it: the hidden file `.NAME.ftp-part` beside the local file NAME.
        """
        return self._run(calls.get(remote, local, resume, replace, keep_time, verify, in_place), progress)

    def put(self, local: Path, remote: Path, *, resume: bool = False, replace: bool = True, keep_time: bool = False,
            verify: bool = False, atomic: bool = False, make_dirs: bool = False, progress: Watcher = None) -> Report:
        """Uploads a file. With `atomic`, the file on the server has its name when it is whole, and not before.

        If the server has a part of the file, `resume` sends the rest.
        """
        return self._run(calls.put(local, remote, resume, replace, keep_time, verify, atomic, make_dirs), progress)

    def read(self, path: Path, *, limit: Optional[int] = None, progress: Watcher = None) -> bytes:
        """A whole file. One of more than `limit` bytes is a LimitError."""
        return self._run(calls.read(path, limit), progress)

    def write(self, path: Path, data: bytes, *, progress: Watcher = None) -> None:
        """Makes or replaces a file."""
        self._run(calls.write(path, data), progress)

    def mirror_get(self, remote: Path, local: Path, **options: Any) -> MirrorReport:
        """Makes a local directory equal to one of the server. The options are those of `mirror_put()`."""
        return self._mirror(lib.ftp_mirror_get, encode(remote), os.fsencode(local), **options)

    def mirror_put(self, local: Path, remote: Path, **options: Any) -> MirrorReport:
        """Makes a directory of the server equal to a local one: uploads what is not there, and what has changed.

        The options are `include` and `exclude`, lists of patterns; `delete`, `dry_run`, `resume`, `verify` and `atomic`;
        `sessions`, how many move files at the same time; `progress` for each transfer; and `on_action`, a function that gets
        each Action.
        """
        return self._mirror(lib.ftp_mirror_put, os.fsencode(local), encode(remote), **options)

    def _mirror(self, function: Any, source: bytes, target: bytes, *, include: Sequence[str] = (),
                exclude: Sequence[str] = (), delete: bool = False, dry_run: bool = False, resume: bool = False,
                verify: bool = False, atomic: bool = False, sessions: int = 1,
                on_action: Optional[Callable[[Action], Any]] = None, progress: Watcher = None) -> MirrorReport:
        watch = action_callback(self._session, on_action)
        return self._run(calls.mirror(function, source, target, include, exclude, delete, dry_run, resume, verify,
                                      atomic, sessions, watch), progress)

    def mirror_report(self) -> MirrorReport:
        """Of the last mirror, also after a PartialError."""
        return calls.mirror_report(self._session)

    # Files as objects.

    def open(self, path: Path, mode: str = "r", *, buffering: int = READ_AHEAD, encoding: Optional[str] = None,
             errors: Optional[str] = None, newline: Optional[str] = None) -> IO[Any]:
        """A file object, as of the built-in open(): modes r, w, a, x, and b for bytes.

        `buffering` is as there. A file that is read can seek. Other calls on the session interrupt it, and it goes on where it
        was. If the file has changed on the server by then, or ends before the size that it had, reading is an IncompleteError.
        While a file is written, the session can do nothing else. If an exception ends the `with`, the server keeps what it has got.
        """
        if not isinstance(mode, str):
            raise TypeError("a mode is a string")
        is_text, kind = "b" not in mode, mode.strip("bt")
        if "".join(sorted(mode)) not in {"a", "r", "w", "x", "at", "rt", "tw", "tx", "ab", "br", "bw", "bx"}:
            raise ValueError(f"a mode that is not known: {mode!r}")
        if not is_text and (encoding, errors, newline) != (None, None, None):
            raise ValueError("encoding, errors and newline are for text")
        if is_text and buffering == 0:
            raise ValueError("text is always buffered")
        if is_text:
            # What it refuses, it refuses before the file on the server is replaced.
            io.TextIOWrapper(io.BytesIO(), encoding or "utf-8", errors, newline)
        size = buffering if buffering > 1 else READ_AHEAD
        binary: Any
        if kind == "r":
            reader = Reader(self, path, self._version(path))
            binary = io.BufferedReader(reader, size) if buffering else reader
        else:
            if kind == "x" and self.exists(path):
                raise Exists(f"{decode(encode(path))} is there already")
            writer = Writer(self, path, kind == "a")
            writer.mode = kind + "b"
            binary = io.BufferedWriter(writer, size) if buffering else writer
        if not is_text:
            return binary  # type: ignore[no-any-return]
        text = io.TextIOWrapper(binary, encoding or "utf-8", errors, newline, line_buffering=buffering == 1)
        text.mode = mode  # type: ignore[misc]
        return text

    def _version(self, path: Path) -> Version:
        """A missing file is an error when it is opened, as with the built-in. This asks once, and what is unclear is no error."""
        with contextlib.suppress(PermanentError, TemporaryError, Unsupported):
            if self.feature("MLST") is not None:
                return version_of(encode(path), self.stat(path))
            return Version(encode(path), self.size(path))
        return Version(encode(path))

    def stream(self, path: Path, *, offset: int = 0, size: int = READ_AHEAD) -> Iterator[bytes]:
        """The data of a file in blocks, as it comes. Other calls may come between, as for a file of `open()`."""
        if size < 1:
            raise ValueError("a block has at least one byte")
        with Reader(self, path, self._version(path)) as file:
            file.seek(offset)
            block = file.read(size)
            while block:
                yield block
                block = file.read(size)


def progress_callback(session: Session, target: Watcher) -> Any:
    tell = function_of(target, "progress") if not hasattr(target, "update") else bar(target)
    return session.struct_callback("ftp_progress_fn", "ftp_progress", lambda told: tell(entries.progress_of(told)))


def action_callback(session: Session, target: Optional[Callable[[Action], Any]]) -> Any:
    if target is None:
        return None
    tell = function_of(target, "on_action")
    return session.struct_callback("ftp_mirror_fn", "ftp_mirror_action", lambda told: tell(entries.action_of(told)))


def bar(target: Any) -> Callable[[Progress], None]:
    """Tells a progress bar such as tqdm's: it has `update(bytes since the last time)`, and perhaps `total`."""
    before = 0
    fits = getattr(target, "total", 0) is None

    def tell(progress: Progress) -> None:
        nonlocal before
        if progress.is_listing:
            return
        if fits:
            target.total = _total(progress)
        step, before = progress.all_bytes - before, progress.all_bytes
        target.update(step)

    return tell


def _total(progress: Progress) -> Optional[int]:
    """Of all that the call moves. As long as it is one file, that is the size of the file."""
    if progress.all_total is not None:
        return progress.all_total
    now = progress.offset + progress.bytes
    if progress.all_bytes != now:
        return None
    return now if progress.has_ended else progress.total
