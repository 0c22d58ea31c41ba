"""Filesystems for fsspec: `ftp://`, `ftpes://` (explicit TLS) and `ftps://` (implicit TLS).

    pandas.read_csv("ftpes://user:password@host/data/table.csv")
    fsspec.filesystem("ftpes", host="host", username="user", password="password")

A call has a session of its own, and so has an open file while its transfer runs. Sessions that are free are used again.
Where the server lets no more be open, the next one waits for its turn. A filesystem can be pickled, with what it needs to log in;
neither `repr()` nor errors show that.
"""
from __future__ import annotations

import contextlib
import ipaddress
import os
import posixpath
import re
import shutil
import tempfile
from datetime import datetime, timezone
from typing import Any, Callable, Dict, Iterator, List, Optional, TypeVar
from urllib.parse import unquote, urlsplit

from fsspec.spec import AbstractFileSystem
from fsspec.utils import isfilelike

from ._client import FTP
from ._entries import Entry, encode
from ._errors import LocalFileError, NotFound, PermanentError, TemporaryError
from ._file import Reader, Writer
from ._fsspec_file import FTPFile
from ._fsspec_sessions import Server, read_up_to

T = TypeVar("T")
_TYPES = {"directory": "directory", "file": "file", "link": "link"}

_PORTS = {"off": 21, "explicit": 21, "implicit": 990}
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
        self._port = self._settings["port"] or _PORTS[known["tls"]]

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
        try:
            port = parts.port
        except ValueError:
            # Its text would show a part of a password with a "/".
            raise ValueError('the port of the URL is no port; in a user or password, "/" is written as %2F') from None
        told = {"host": parts.hostname, "port": port,
                "username": unquote(parts.username) if parts.username else None,
                "password": unquote(parts.password) if parts.password else None}
        return {name: value for name, value in told.items() if value}

    def unstrip_protocol(self, name: str) -> str:
        """The URL of a path, without the user and the password, as it is shown."""
        host, port = self._settings["host"].strip("[]"), self._settings["port"]
        if ":" in host:
            # fsspec takes :: for the end of a URL that has another one behind it.
            with contextlib.suppress(ValueError):
                host = ipaddress.IPv6Address(host).exploded
            host = f"[{host}]"
        place = f"{host}:{port}" if port and port != _PORTS[self._tls] else host
        # What else a URL cannot have in a path, _strip_protocol() bears.
        return f"{self.protocol}://{place}" + re.sub(r"[%\x00-\x20]", _quoted, self._strip_protocol(name))

    # Sessions.

    @property
    def _server(self) -> Server:
        """After fork(), it is another one: sessions are the parent's."""
        return Server.at(self._settings["host"], self._port)

    @contextlib.contextmanager
    def _session(self) -> Iterator[FTP]:
        server = self._server
        ftp = server.take(self._settings)
        try:
            yield ftp
        finally:
            server.give_back(self._settings, ftp)

    def close_sessions(self) -> None:
        """Ends the sessions that are free. Filesystems with the same settings have the same ones."""
        self._server.close_free_ones(self._settings)

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
            if not self.auto_mkdir:
                raise
            # Where it is there by now, another thread may have made it after the refusal.
            if not ftp.exists(parent):
                ftp.makedirs(parent)
            return write()

    # What is there.

    def _info_of(self, path: str, entry: Entry) -> Dict[str, Any]:
        return {"name": path, "size": entry.size if entry.type != "directory" else 0,
                "type": _TYPES.get(entry.type, "other"), "modify": entry.modified, "mtime": entry.modified,
                "mode": entry.mode, "owner": entry.owner, "group": entry.group, "destination": entry.link_target}

    def ls(self, path: str, detail: bool = True, refresh: bool = False, **more: Any) -> List[Any]:
        """What is in a directory; of a file, the file. NotFound if nothing is there."""
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
        """What the server tells of a file or directory. NotFound if nothing is there."""
        path = self._strip_protocol(path)
        if path == "/":
            return {"name": "/", "size": 0, "type": "directory"}
        with self._session() as ftp:
            return self._info_of(path, ftp.stat(path))

    def modified(self, path: str) -> datetime:
        """When the file was changed. NotImplementedError if the server does not tell it."""
        told: Optional[datetime] = self.info(path)["modify"]
        if told is None:
            raise NotImplementedError("the server does not tell the time of this file")
        return told if told.tzinfo else told.replace(tzinfo=timezone.utc)

    def invalidate_cache(self, path: Optional[str] = None) -> None:
        """Forgets the listings of a path and of the directories above it, or all."""
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
        """Makes a directory. FileExistsError if something is there."""
        path = self._strip_protocol(path)
        if self.exists(path):
            raise FileExistsError(path)
        with self._session() as ftp:
            ftp.makedirs(path) if create_parents else ftp.mkdir(path)
        self.invalidate_cache(path)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Makes a directory and those above it. FileExistsError if something is there, unless `exist_ok`."""
        path = self._strip_protocol(path)
        if not exist_ok and self.exists(path):
            raise FileExistsError(path)
        with self._session() as ftp:
            ftp.makedirs(path)
        self.invalidate_cache(path)

    def rmdir(self, path: str) -> None:
        """Removes an empty directory."""
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
        """Removes files and, if `recursive`, trees. NotFound if nothing is there."""
        for it in self.expand_path(path, recursive=False):
            if recursive and self.isdir(it):
                with self._session() as ftp:
                    ftp.remove_tree(it)
                self.invalidate_cache(it)
            else:
                self._rm(it)

    def mv(self, path1: str, path2: str, recursive: bool = False, maxdepth: Optional[int] = None, **more: Any) -> None:
        """Gives a file or directory another name. NotFound if nothing is there."""
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
        self._copy(self._strip_protocol(path1), self._strip_protocol(path2))
        self.invalidate_cache(path2)

    def _copy(self, old: str, new: str) -> None:
        """By two sessions. Where the server lets only one be open, by a file of this machine."""
        with self._session() as ftp, self._naming(ftp, old):
            server = self._server
            second = server.take_at_once(self._settings)
            if second is None:
                with tempfile.TemporaryDirectory() as folder:
                    kept = os.path.join(folder, "kept")
                    ftp.get(old, kept)
                    self._writing(ftp, new, lambda: ftp.put(kept, new))
                return
            try:
                self._copy_by(ftp, old, second, new)
            finally:
                server.give_back(self._settings, second)

    def _copy_by(self, ftp: FTP, old: str, second: FTP, new: str) -> None:
        with Reader(ftp, old) as source:
            # What is not there is noticed before there is another file.
            block = read_up_to(source, self.blocksize)
            target = self._writing(second, new, lambda: Writer(second, encode(new), False))
            try:
                while block:
                    target.write(block)
                    block = read_up_to(source, self.blocksize)
            except BaseException:
                target.abandon()
                raise
            target.close()

    # Data.

    def cat_file(self, path: str, start: Optional[int] = None, end: Optional[int] = None, **more: Any) -> bytes:
        """The data of a file, or a range of it. A negative number counts from the end. NotFound if nothing is there."""
        path = self._strip_protocol(path)
        with self._session() as ftp, self._naming(ftp, path):
            if start is None and end is None:
                return ftp.read(path)
            with Reader(ftp, path) as file:
                first, last = self._limits(file, start, end)
                file.seek(first)
                return read_up_to(file, last - first)

    @staticmethod
    def _limits(file: Reader, start: Optional[int], end: Optional[int]) -> Any:
        first = start or 0
        if first < 0 or end is None or end < 0:
            size = file.size()
            first = max(0, first + size) if first < 0 else first
            end = size if end is None else end + size if end < 0 else end
        return first, max(first, end)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        """Writes a file. FileExistsError if it is there and `mode` is "create"."""
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
        """Fetches a file. What is a directory is made here. NotFound if nothing is there."""
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
        """Sends a file. What is a directory is made there. FileExistsError if it is there and `mode` is "create"."""
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


def _quoted(character: "re.Match[str]") -> str:
    return f"%{ord(character[0]):02X}"


def _progress(callback: Any) -> Any:
    """Tells a callback of fsspec."""
    if callback is None:
        return None

    def tell(progress: Any) -> None:
        if progress.total is not None:
            callback.set_size(progress.total)
        callback.absolute_update(progress.offset + progress.bytes)

    return tell
