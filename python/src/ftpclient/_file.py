"""Files of the server as file objects. `FTP.open()` puts buffers around them."""
from __future__ import annotations

import contextlib
import copy
import ctypes
import io
from typing import TYPE_CHECKING, Any, Optional

from . import _calls as calls
from ._entries import decode, encode
from ._errors import BusyError, PermanentError, StateError, error_of
from ._native import lib, numbers
from ._session import BUSY, OK, Owner
from ._version import Version

if TYPE_CHECKING:
    from ._client import FTP

#: What lies ahead at most this far is read and dropped: that is cheaper than to begin anew.
_SKIP = 1 << 18


class Reader(Owner, io.RawIOBase):
    """A file that is read. Its transfer begins with the first read, and again after each seek or interruption.

    With the `version` that was opened, nothing is read of another one, and what ends before its size is no file.
    """

    def __init__(self, ftp: "FTP", path: Any, version: Optional[Version] = None) -> None:
        self._ftp, self._path, self._version = ftp, encode(path), version
        self.name, self.mode = decode(self._path), "rb"
        self._session = ftp._session
        self._transfer: Optional[int] = None
        self._was_begun = False
        self._position = 0          # of the program
        self._arrived = 0           # of the transfer
        self._end: Optional[int] = None
        self._count = ctypes.c_size_t()

    @property
    def is_parents(self) -> bool:
        """Whether fork() has copied it into this process."""
        return self._session.is_parents

    @property
    def is_at_rest(self) -> bool:
        """Whether no transfer runs: somebody else may have the session."""
        return self._transfer is None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def size(self) -> int:
        """How long the file is, if the server tells it."""
        if self._end is None:
            told = self._ftp.size(self._path)
            if told is None:
                raise io.UnsupportedOperation("the server does not tell the size of the file")
            self._end = told
        return self._end

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence not in (io.SEEK_SET, io.SEEK_CUR, io.SEEK_END):
            raise ValueError(f"{whence} is no place to seek from")
        start = self.size() if whence == io.SEEK_END else self._position if whence == io.SEEK_CUR else 0
        if start + offset < 0:
            raise ValueError("a position before the beginning")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self.closed:
            raise ValueError("the file is closed")
        view = memoryview(buffer).cast("B")
        if not len(view):
            return 0
        with self._session.lock:
            if self._end is not None and self._position >= self._end:
                return 0
            self._go_to(self._position)
            if self._transfer is None:
                return 0
            count = self._read(view)
            self._position = self._arrived
            return count

    def _go_to(self, position: int) -> None:
        if self._transfer is not None and not 0 <= position - self._arrived <= _SKIP:
            self.suspend()
        if self._transfer is None:
            self._ftp._suspend()
            if self._version is not None and self._was_begun:
                self._version.require_same(self._ftp._version(self._path))
            self._was_begun = True
            command = calls.transfer(b"RETR " + self._path, position if position else -1)
            try:
                self._transfer = self._ftp._run(command)
            except PermanentError:
                # Some servers refuse to begin behind the end, where there is nothing to read.
                if not position or not self._is_behind_the_end(position):
                    raise
                return
            self._arrived = position
            self._ftp._file = self
        while self._arrived < position:
            skipped = memoryview(bytearray(position - self._arrived))
            if not self._read(skipped):
                break

    def _is_behind_the_end(self, position: int) -> bool:
        with contextlib.suppress(io.UnsupportedOperation, PermanentError):
            return position >= self.size()
        return False

    def _read(self, view: memoryview) -> int:
        """What has come; 0 at the end of the file, which the server confirms."""
        if self._transfer is None:
            return 0
        target = (ctypes.c_char * len(view)).from_buffer(view)
        status = self._session.call_on(
            lib.ftp_transfer_read, self._transfer, target, len(view), ctypes.byref(self._count))
        count = self._count.value if status == OK else 0
        if status == OK and not count:
            status = self._session.call_on(lib.ftp_transfer_finish, self._transfer)
            if status == OK:
                self._end = self._arrived
                self._require_whole()
        self._arrived += count
        if status != OK:
            error = error_of(self._session, status)
            # It goes on if this is a callback of another call.
            if status != BUSY:
                self.suspend()
            raise error
        if not count:
            self.suspend()
        return count

    def _require_whole(self) -> None:
        if self._version is not None:
            try:
                self._version.require_whole(self._arrived)
            except BaseException:
                self.suspend()
                raise

    def suspend(self) -> None:
        """Ends the transfer. The next read begins another one where this one was."""
        transfer, self._transfer = self._transfer, None
        if self._ftp._file is self:
            self._ftp._file = None
        if transfer is not None:
            self._session.free_transfer(transfer)

    def close(self) -> None:
        if not self.closed:
            with self._session.lock:
                self.suspend()
        super().close()


class Writer(Owner, io.RawIOBase):
    """A file that is written. `close()` waits until the server has confirmed it."""

    def __init__(self, ftp: "FTP", path: Any, append: bool) -> None:
        self._ftp, self._session = ftp, ftp._session
        self.name, self.mode = decode(encode(path)), "wb"
        verb = b"APPE " if append else b"STOR "
        self._position = 0
        self._failure: Optional[BaseException] = None
        self._transfer: Optional[int] = None        # what is refused is closed as well
        self._transfer = ftp._run(calls.transfer(verb + encode(path), -1))

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        if self.closed:
            raise ValueError("the file is closed")
        block = data if isinstance(data, bytes) else memoryview(data).tobytes()
        self._check(lib.ftp_transfer_write, block, len(block))
        self._position += len(block)
        return len(block)

    def _check(self, function: Any, *arguments: Any) -> None:
        if self._transfer is None:
            # The end of a `with` comes here while what ended the transfer is on its way, and must not hide it.
            raise copy.copy(self._failure) if self._failure else StateError("the transfer has ended", numbers["FTP_ERR_STATE"])
        try:
            status = self._session.call_on(function, self._transfer, *arguments)
            if status != OK:
                raise error_of(self._session, status)
        except BusyError:
            raise
        except BaseException as failure:        # such as KeyboardInterrupt
            # A copy knows no frames, and so not this file, which would then know itself. Not all can be copied.
            with contextlib.suppress(Exception):
                self._failure = copy.copy(failure)
            self._free()
            raise

    def _free(self) -> None:
        transfer, self._transfer = self._transfer, None
        if transfer is not None:
            self._session.free_transfer(transfer)

    def abandon(self) -> None:
        """Stops the upload. The server may keep the part that it has got."""
        self._free()

    def close(self) -> None:
        if not self.closed:
            try:
                if self._transfer is not None and not self._session.is_parents:
                    self._check(lib.ftp_transfer_finish)
            finally:
                self._free()
                super().close()
