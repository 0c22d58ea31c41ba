"""The files of the filesystems for fsspec."""
from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import uuid
from typing import Any, Optional

from fsspec.spec import AbstractBufferedFile

from ._client import FTP
from ._entries import encode
from ._errors import NotFound, PermanentError, StateError
from ._file import Writer
from ._fsspec_sessions import Reading
from ._native import numbers
from ._version import Version


class FTPFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file that has a session of its own while its transfer runs, so that reading on costs no command.

    If others need the session, a file that is read gives it away between two reads, and goes on with another one. A file that is written
    keeps it. In a transaction it is written under another name, and gets its own by `commit()`.
    """

    _ftp: Optional[FTP] = None
    _reading: Optional[Reading] = None
    _is_forgotten = False
    _was_read = False
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
        if self._reading is None or self._reading.is_parents:
            self._reading = Reading(self.fs._server, self.fs._settings, self.path)
        # Of a file that is read with another session, the rest could be that of another version.
        data = self._reading.read(start, end, self._check_version if self._was_read else None)
        self._was_read = True
        if start + len(data) < end:
            self._version(self.details).require_whole(start + len(data))
        return data

    def _version(self, info: Any) -> Version:
        return Version(self.path, info["size"], info["modify"])

    def _check_version(self, ftp: FTP) -> None:
        self._version(self.details).require_same(self._version(self.fs._info_of(self.path, ftp.stat(self.path))))

    def write(self, data: Any) -> int:
        """Writes on. StateError in a child of fork(), for the file is its parent's."""
        if self._is_parents():
            raise StateError("the file was opened before fork(): only that process can write it", numbers["FTP_ERR_STATE"])
        return int(super().write(data))

    def _initiate_upload(self) -> None:
        append, target = "a" in self.mode, self.path
        if not self.autocommit:
            folder, name = posixpath.split(self.path)
            target = self._temporary = posixpath.join(folder, f".{name}.{uuid.uuid4().hex[:12]}.part")
            if append and self.fs.exists(self.path):
                self.fs._copy(self.path, target)
        server, settings = self.fs._server, self.fs._settings
        # The garbage collector must not wait for what its own thread has.
        ftp = server.take_at_once(settings) if self._is_forgotten else server.take(settings)
        if ftp is None:
            raise StateError("no session is free for a file that was forgotten", numbers["FTP_ERR_STATE"])
        self._ftp = ftp
        try:
            self._writer = self.fs._writing(ftp, target, lambda: Writer(ftp, encode(target), append))
        except BaseException:
            self._give_back()
            raise

    def _give_back(self) -> None:
        ftp, self._ftp = self._ftp, None
        if ftp is not None and not self._is_forgotten:
            self.fs._server.give_back(self.fs._settings, ftp)

    def _upload_chunk(self, final: bool = False) -> bool:
        assert self._writer is not None
        self._writer.write(self.buffer.getvalue())
        if final:
            self._writer.close()
            self.fs.invalidate_cache(self.path)
        return True

    def commit(self) -> None:
        """Gives the file its own name, at the end of a transaction."""
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
        """Removes what was written in a transaction."""
        if self._is_parents():
            return
        if self._writer is not None:
            self._writer.abandon()
            self._give_back()
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            with self.fs._session() as ftp, contextlib.suppress(PermanentError, NotFound):
                ftp.remove(temporary)
            self.fs.invalidate_cache(self.path)

    def __del__(self) -> None:
        # The garbage collector may free the session as well, and later: nobody else may get it.
        self._is_forgotten = True
        super().__del__()

    def close(self) -> None:
        """Ends the file. One that was written is confirmed by the server then, or this raises what went wrong."""
        if self._is_parents() and self.mode != "rb":
            # Its end here would make a file of what the parent had written by then.
            self.closed = True
            return
        try:
            super().close()
        finally:
            reading, self._reading = self._reading, None
            if reading is not None:
                reading.abandon() if self._is_forgotten else reading.close()
            self._give_back()
