"""Filesystems for fsspec: `ftp://`, `ftpes://` (explicit TLS) and `ftps://` (implicit TLS).

    pandas.read_csv("ftpes://user:password@host/data/table.csv")
    fsspec.filesystem("ftpes", host="host", username="user", password="password")

An open file has a session of its own. Sessions that are free are used again; each thread and each process makes what it
needs. A filesystem can be pickled, with what it needs to log in; neither `repr()` nor errors show that.
"""
from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import shutil
import threading
import uuid
from datetime import datetime, timezone
from typing import Any, Callable, Dict, Iterator, List, Optional, TypeVar
from urllib.parse import unquote, urlsplit

from fsspec.spec import AbstractBufferedFile, AbstractFileSystem
from fsspec.utils import isfilelike

from ._client import FTP
from ._entries import Entry, encode
from ._errors import Error, LocalFileError, NotFound, PermanentError, StateError, TemporaryError
from ._file import Reader, Writer
from ._native import numbers

T = TypeVar("T")
_ROOM = 1 << 20
_TYPES = {"directory": "directory", "file": "file", "link": "link"}

_RENAMED = {"acct": "account"}
#: What the base class takes, or fsspec's own filesystem for FTP.
_OF_FSSPEC = {"use_listings_cache", "listings_expiry_time", "max_paths", "skip_instance_cache", "asynchronous", "loop",
              "batch_size", "tempdir"}


class FTPFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """A server as a filesystem. The keywords are those of `ftpclient.Settings`; `username` is `user`."""

    protocol: Any = "ftp"
    root_marker = "/"
    cachable = True
    _tls = "off"

    def __init__(self, host: str = "", port: int = 0, username: Optional[str] = None, password: Optional[str] = None,
                 user: Optional[str] = None, block_size: int = 1 << 20, auto_mkdir: bool = True,
                 **options: Any) -> None:
        super().__init__(**options)
        if username and user and username != user:
            raise ValueError("username and user say something different")
        # fsspec's own filesystem has other names for these.
        renamed = {_RENAMED.get(name, name): value for name, value in options.items() if name not in _OF_FSSPEC}
        unknown = sorted(set(renamed) - set(FTP.settings_names()))
        if unknown:
            raise TypeError(f"unknown keywords: {', '.join(unknown)}")
        known = dict(renamed)
        if known.get("tls") in (None, False, True):
            known["tls"] = "explicit" if known.get("tls") and self._tls == "off" else self._tls
        self._settings = dict(known, host=host, port=int(port or 0), user=username or user or "",
                              password=password or "")
        self.host, self.port, self.blocksize, self.auto_mkdir = host, port, block_size, auto_mkdir
        self._idle: List[FTP] = []
        self._process = os.getpid()
        self._guard = threading.Lock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._settings['host']}>"

    __str__ = __repr__

    # Paths.

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(it) for it in path]
        path = os.fspath(path)
        if "://" in path:
            path = unquote(urlsplit(path.replace("#", "%23").replace("?", "%3F")).path)
        return "/" + path.strip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> Dict[str, Any]:
        parts = urlsplit(path)
        told = {"host": parts.hostname, "port": parts.port,
                "username": unquote(parts.username) if parts.username else None,
                "password": unquote(parts.password) if parts.password else None}
        return {name: value for name, value in told.items() if value}

    def unstrip_protocol(self, name: str) -> str:
        # Without the password: what this makes is shown.
        return f"{self.protocol}://{self._settings['host']}{self._strip_protocol(name)}"

    # Sessions.

    def _become_own(self) -> None:
        """After fork(), the sessions are the parent's. A thread that is not here any more may have had the lock."""
        if self._process != os.getpid():
            self._guard, self._idle, self._process = threading.Lock(), [], os.getpid()

    def _take(self) -> FTP:
        """A session that is free, or a new one."""
        self._become_own()
        with self._guard:
            ftp = self._idle.pop() if self._idle else None
        if ftp is None:
            return FTP(**self._settings)
        return ftp

    def _give_back(self, ftp: FTP) -> None:
        if ftp.is_connected:
            with self._guard:
                self._idle.append(ftp)

    @contextlib.contextmanager
    def _session(self) -> Iterator[FTP]:
        ftp = self._take()
        try:
            with contextlib.suppress(Error):
                if ftp.is_stale():
                    ftp.reconnect()
            yield ftp
        finally:
            self._give_back(ftp)

    def close_sessions(self) -> None:
        """Ends the sessions that are free."""
        self._become_own()
        with self._guard:
            idle, self._idle = self._idle, []
        for ftp in idle:
            ftp.close()

    @contextlib.contextmanager
    def _naming(self, ftp: FTP, path: str) -> Iterator[None]:
        """Some servers only refuse what is not there: that is found out."""
        try:
            yield
        except PermanentError:
            if ftp.exists(path):
                raise
            raise NotFound(f"{path} is not there") from None

    def _writing(self, ftp: FTP, path: str, write: Callable[[], T]) -> T:
        """Writes a file. Where its directory is missing, that is made first, as programs for object stores expect."""
        try:
            return write()
        except (PermanentError, NotFound):
            parent = posixpath.dirname(path)
            if not self.auto_mkdir or ftp.exists(parent):
                raise
            ftp.makedirs(parent)
            return write()

    # What is there.

    def _info_of(self, path: str, entry: Entry) -> Dict[str, Any]:
        return {"name": path, "size": entry.size if entry.type != "directory" else 0,
                "type": _TYPES.get(entry.type, "other"), "modify": entry.modified, "mtime": entry.modified,
                "mode": entry.mode, "owner": entry.owner, "group": entry.group, "destination": entry.link_target}

    def ls(self, path: str, detail: bool = True, refresh: bool = False, **more: Any) -> List[Any]:
        path = self._strip_protocol(path)
        found = None if refresh else self.dircache.get(path)
        if found is None:
            with self._session() as ftp:
                entries = ftp.list(path)
            # Of a file, the listing is the file.
            alone = len(entries) == 1 and not entries[0].is_directory and entries[0].name == posixpath.basename(path)
            if alone and self.info(path)["type"] != "directory":
                found = [self._info_of(path, entries[0])]
            else:
                found = [self._info_of(posixpath.join(path, it.name), it) for it in entries if it.is_understood]
                self.dircache[path] = found
        return found if detail else sorted(it["name"] for it in found)

    def info(self, path: str, **more: Any) -> Dict[str, Any]:
        path = self._strip_protocol(path)
        if path == "/":
            return {"name": "/", "size": 0, "type": "directory"}
        with self._session() as ftp:
            return self._info_of(path, ftp.stat(path))

    def modified(self, path: str) -> datetime:
        told: Optional[datetime] = self.info(path)["modify"]
        if told is None:
            raise NotImplementedError("the server does not tell the time of this file")
        return told if told.tzinfo else told.replace(tzinfo=timezone.utc)

    def invalidate_cache(self, path: Optional[str] = None) -> None:
        if path is None:
            self.dircache.clear()
        else:
            path = self._strip_protocol(path)
            while path and path != "/":
                self.dircache.pop(path, None)
                path = posixpath.dirname(path)
            self.dircache.pop("/", None)
        super().invalidate_cache(path)

    # Changes.

    def mkdir(self, path: str, create_parents: bool = True, **more: Any) -> None:
        path = self._strip_protocol(path)
        if self.exists(path):
            raise FileExistsError(path)
        with self._session() as ftp:
            ftp.makedirs(path) if create_parents else ftp.mkdir(path)
        self.invalidate_cache(path)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        path = self._strip_protocol(path)
        if not exist_ok and self.exists(path):
            raise FileExistsError(path)
        with self._session() as ftp:
            ftp.makedirs(path)
        self.invalidate_cache(path)

    def rmdir(self, path: str) -> None:
        path = self._strip_protocol(path)
        with self._session() as ftp:
            ftp.rmdir(path)
        self.invalidate_cache(path)

    def _rm(self, path: str) -> None:
        path = self._strip_protocol(path)
        with self._session() as ftp, self._naming(ftp, path):
            ftp.remove(path)
        self.invalidate_cache(path)

    rm_file = _rm

    def rm(self, path: Any, recursive: bool = False, maxdepth: Optional[int] = None) -> None:
        for it in self.expand_path(path, recursive=False):
            if recursive and self.isdir(it):
                with self._session() as ftp:
                    ftp.remove_tree(it)
                self.invalidate_cache(it)
            else:
                self._rm(it)

    def mv(self, path1: str, path2: str, recursive: bool = False, maxdepth: Optional[int] = None, **more: Any) -> None:
        old, new = self._strip_protocol(path1), self._strip_protocol(path2)
        with self._session() as ftp, self._naming(ftp, old):
            ftp.rename(old, new)
        self.invalidate_cache(old)
        self.invalidate_cache(new)

    def cp_file(self, path1: str, path2: str, **more: Any) -> None:
        """Through this machine: FTP has no command for it."""
        if self.isdir(path1):
            self.makedirs(path2, exist_ok=True)
            return
        with self.open(path1, "rb") as source, self.open(path2, "wb") as target:
            while block := source.read(self.blocksize):
                target.write(block)

    # Data.

    def cat_file(self, path: str, start: Optional[int] = None, end: Optional[int] = None, **more: Any) -> bytes:
        path = self._strip_protocol(path)
        with self._session() as ftp, self._naming(ftp, path):
            if start is None and end is None:
                return ftp.read(path)
            with Reader(ftp, path) as file:
                first, last = self._limits(file, start, end)
                file.seek(first)
                return _read_up_to(file, last - first)

    @staticmethod
    def _limits(file: Reader, start: Optional[int], end: Optional[int]) -> Any:
        first = start or 0
        if first < 0 or end is None or end < 0:
            size = file.size()
            first = max(0, first + size) if first < 0 else first
            end = size if end is None else end + size if end < 0 else end
        return first, max(first, end)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        path = self._strip_protocol(path)
        if mode == "create" and self.exists(path):
            raise FileExistsError(path)
        if self._intrans:
            with self.open(path, "wb") as file:
                file.write(value)
            return
        with self._session() as ftp:
            self._writing(ftp, path, lambda: ftp.write(path, value))
        self.invalidate_cache(path)

    def get_file(self, rpath: str, lpath: Any, callback: Any = None, outfile: Any = None, **more: Any) -> None:
        if outfile is not None or isfilelike(lpath):
            (outfile or lpath).write(self.cat_file(rpath))
            return
        os.makedirs(os.path.dirname(os.path.abspath(lpath)), exist_ok=True)
        try:
            path = self._strip_protocol(rpath)
            with self._session() as ftp, self._naming(ftp, path):
                ftp.get(path, lpath, progress=_progress(callback))
        except (PermanentError, TemporaryError, NotFound, LocalFileError):
            # Most are files. To ask before would cost as much as a small one.
            if not self.isdir(rpath):
                raise
            os.makedirs(lpath, exist_ok=True)

    def put_file(self, lpath: Any, rpath: str, callback: Any = None, mode: str = "overwrite", **more: Any) -> None:
        rpath = self._strip_protocol(rpath)
        if os.path.isdir(lpath):
            self.makedirs(rpath, exist_ok=True)
            return
        if mode == "create" and self.exists(rpath):
            raise FileExistsError(rpath)
        if self._intrans:
            with open(lpath, "rb") as source, self.open(rpath, "wb") as target:
                shutil.copyfileobj(source, target, self.blocksize)
            return
        with self._session() as ftp:
            ftp.put(lpath, rpath, make_dirs=True, progress=_progress(callback))
        self.invalidate_cache(rpath)

    def _open(self, path: str, mode: str = "rb", block_size: Optional[int] = None, autocommit: bool = True,
              cache_options: Any = None, **more: Any) -> "FTPFile":
        path = self._strip_protocol(path)
        if block_size is not None and block_size < 0:
            raise ValueError("a block has at least one byte")
        if mode == "xb" and self.exists(path):
            raise FileExistsError(path)
        return FTPFile(self, path, "wb" if mode == "xb" else mode, block_size or self.blocksize, autocommit,
                       cache_options=cache_options, **more)


class FTPSFileSystem(FTPFileSystem):
    """With implicit TLS."""

    protocol = "ftps"
    _tls = "implicit"


class FTPESFileSystem(FTPFileSystem):
    """With explicit TLS."""

    protocol = "ftpes"
    _tls = "explicit"


class FTPFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file with a session of its own, so that reading on costs no command.

    In a transaction it is written under another name, and gets its own by `commit()`.
    """

    _ftp: Optional[FTP] = None
    _reader: Optional[Reader] = None
    _writer: Optional[Writer] = None
    _temporary: Optional[str] = None

    def __init__(self, fs: Any, path: str, mode: str = "rb", *arguments: Any, **more: Any) -> None:
        self._process = os.getpid()
        super().__init__(fs, path, mode, *arguments, **more)
        if self._details is not None and self._details["type"] == "directory":
            raise IsADirectoryError(errno.EISDIR, "it is a directory", path)

    def _is_parents(self) -> bool:
        """Whether fork() has copied it into this process. What is written to it is the parent's, and only the parent ends it."""
        return self._process != os.getpid()

    def _fetch_range(self, start: int, end: int) -> bytes:
        if self._reader is None or self._reader.is_parents:
            self._ftp = self.fs._take()
            self._reader = Reader(self._ftp, self.path)
        self._reader.seek(start)
        return _read_up_to(self._reader, end - start)

    def write(self, data: Any) -> int:
        if self._is_parents():
            raise StateError("the file was opened before fork(): only that process can write it", numbers["FTP_ERR_STATE"])
        return int(super().write(data))

    def _initiate_upload(self) -> None:
        append, target = "a" in self.mode, self.path
        if not self.autocommit:
            folder, name = posixpath.split(self.path)
            target = self._temporary = posixpath.join(folder, f".{name}.{uuid.uuid4().hex[:12]}.part")
            if append and self.fs.exists(self.path):
                with self.fs.open(self.path, "rb") as old, self.fs.open(target, "wb", autocommit=True) as new:
                    shutil.copyfileobj(old, new, self.blocksize)
        self._ftp = self.fs._take()
        assert self._ftp is not None
        ftp = self._ftp
        self._writer = self.fs._writing(ftp, target, lambda: Writer(ftp, encode(target), append))

    def _upload_chunk(self, final: bool = False) -> bool:
        assert self._writer is not None
        self._writer.write(self.buffer.getvalue())
        if final:
            self._writer.close()
            self.fs.invalidate_cache(self.path)
        return True

    def commit(self) -> None:
        if self._is_parents():
            return
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            with self.fs._session() as ftp:
                try:
                    ftp.rename(temporary, self.path)
                except PermanentError:
                    # Some servers do not replace a file so.
                    if not ftp.exists(self.path):
                        raise
                    ftp.remove(self.path)
                    ftp.rename(temporary, self.path)
            self.fs.invalidate_cache(self.path)

    def discard(self) -> None:
        if self._is_parents():
            return
        if self._writer is not None:
            self._writer.abandon()
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            with self.fs._session() as ftp, contextlib.suppress(PermanentError, NotFound):
                ftp.remove(temporary)
            self.fs.invalidate_cache(self.path)

    def __del__(self) -> None:
        # The garbage collector may free the session as well, and later: nobody else may get it.
        self._ftp = None
        super().__del__()

    def close(self) -> None:
        if self._is_parents() and self.mode != "rb":
            # Its end here would make a file of what the parent had written by then.
            self.closed = True
            return
        try:
            super().close()
        finally:
            if self._reader is not None:
                self._reader.close()
            ftp, self._ftp = self._ftp, None
            if ftp is not None:
                self.fs._give_back(ftp)


def _read_up_to(file: Reader, count: int) -> bytes:
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


def _progress(callback: Any) -> Any:
    """Tells a callback of fsspec."""
    if callback is None:
        return None

    def tell(progress: Any) -> None:
        if progress.total is not None:
            callback.set_size(progress.total)
        callback.absolute_update(progress.offset + progress.bytes)

    return tell
