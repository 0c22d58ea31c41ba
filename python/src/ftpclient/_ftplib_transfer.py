"""A transfer of `ftplib`, as the library has it. Programs see it as a socket, or not at all."""
from __future__ import annotations

import ctypes
from typing import Any, Iterator, Optional

from ._native import lib, numbers

_OK = numbers["FTP_OK"]
_READ_AHEAD = 1 << 18


class Transfer:
    """What `retrbinary()` and `storbinary()` need of a transfer. Nobody sees a socket, so there is none."""

    _at_end = False
    _is_open = False
    _transfer: Optional[int] = None

    def __init__(self, owner: Any, transfer: int) -> None:
        self._owner, self._transfer, self._is_open = owner, transfer, True
        self._count = ctypes.c_size_t()

    def _prepared(self) -> Any:
        """The session, with what is to be told to it before data moves."""
        return self._owner._session

    def _read(self, address: Any, capacity: int) -> int:
        if not self._is_open or self._transfer is None:
            raise OSError(9, "Bad file descriptor")
        if self._at_end or capacity == 0:
            return 0
        status = self._prepared().call_on(
            lib.ftp_transfer_read, self._transfer, address, capacity, ctypes.byref(self._count))
        if status != _OK:
            self._owner._check(status)
        count = self._count.value
        self._at_end = count == 0
        return count

    def blocks(self, size: int) -> Iterator[bytes]:
        """All data in blocks of at most this size. The library is asked for many of them at once."""
        ahead = max(size, _READ_AHEAD // size * size)
        memory = self._owner._memory
        if memory is None or len(memory) < ahead:
            memory = self._owner._memory = ctypes.create_string_buffer(ahead)
        view = None
        while True:
            count = self._read(memory, ahead)
            if not count:
                return
            if count <= size:
                yield ctypes.string_at(memory, count)
                continue
            view = view or memoryview(memory).cast("B")
            for offset in range(0, count, size):
                yield view[offset : min(offset + size, count)].tobytes()

    def sendall(self, data: Any, flags: int = 0) -> None:
        if not self._is_open or self._transfer is None:
            raise OSError(9, "Bad file descriptor")
        data = data if isinstance(data, bytes) else bytes(memoryview(data))
        self._owner._check(self._prepared().call_on(lib.ftp_transfer_write, self._transfer, data, len(data)))

    def _close_copy(self) -> None:
        """Of the descriptor."""

    def _end_data(self) -> None:
        """The end of an upload; a download is not read any further."""
        if self._is_open and self._transfer is not None:
            self._is_open = False
            self._close_copy()
            self._owner._session.call_on(lib.ftp_transfer_close_data, self._transfer)

    def _finish(self) -> int:
        """Ends the data and waits for the final reply. What failed before is told again by the handle."""
        assert self._transfer is not None
        if self._is_open:
            self._is_open = False
            self._close_copy()
        session = self._owner._session
        try:
            return int(session.call_on(lib.ftp_transfer_finish, self._transfer))
        finally:
            self._release()

    def _release(self) -> None:
        """Gives the transfer back. If it has not ended, the library stops it in an orderly way."""
        transfer, self._transfer = self._transfer, None
        self._is_open = False
        self._close_copy()
        if transfer is not None:
            self._owner._session.call_on(lib.ftp_transfer_free, transfer)

    def __del__(self, close: Any = lib.ftp_close, free: Any = lib.ftp_transfer_free) -> None:
        transfer, self._transfer = self._transfer, None
        if transfer is not None:
            # Its session is forgotten as well: there is nobody to wait for.
            close(self._owner._session.handle)
            free(transfer)
