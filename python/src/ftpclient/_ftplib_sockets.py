"""What `FTP.sock` and `FTP.transfercmd()` return: sockets to programs, over connections that the library keeps.

They are instances of `socket.socket` or `ssl.SSLSocket`, because programs ask. Their descriptor is a copy, for `select()`,
`fileno()` and socket options. Data goes through the library, which also does TLS.
"""
from __future__ import annotations

import ctypes
import os
import socket
import ssl
import tempfile
from typing import Any, Optional, Tuple

from ._ftplib_transfer import Transfer
from ._native import lib, numbers, structs

def _address(owner: Any, function: Any, which: int) -> Tuple[Any, ...]:
    host = ctypes.create_string_buffer(64)
    port = ctypes.c_uint16()
    owner._check(owner._session.call(function, which, host, len(host), ctypes.byref(port)))
    address = host.value.decode()
    return (address, port.value, 0, 0) if ":" in address else (address, port.value)


class _Facade:
    """What both kinds of connection have in common. A time limit is only remembered: the library keeps the clock."""

    _owner: Any
    _which: int
    _limit: Optional[float] = None

    def gettimeout(self) -> Optional[float]:
        return self._limit

    def settimeout(self, value: Optional[float]) -> None:
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self._limit = value

    def setblocking(self, flag: bool) -> None:
        self._limit = None if flag else 0.0

    def getblocking(self) -> bool:
        return self._limit != 0.0

    @property
    def timeout(self) -> Optional[float]:
        return self._limit

    def getsockname(self) -> Tuple[Any, ...]:
        return _address(self._owner, lib.ftp_local_address, self._which)

    def getpeername(self) -> Tuple[Any, ...]:
        return _address(self._owner, lib.ftp_peer_address, self._which)


class _Secure:
    """What programs ask an SSLSocket. There is no TLS object of Python's behind it."""

    _owner: Any
    _context: Any
    _sslobj = None

    def _tls(self) -> Any:
        info = structs["ftp_tls_info"]()
        info.struct_size = ctypes.sizeof(info)
        self._owner._check(self._owner._session.call(lib.ftp_tls_get_info, ctypes.byref(info)))
        return info

    def version(self) -> Optional[str]:
        info = self._tls()
        names = {"FTP_TLS_1_0": "TLSv1", "FTP_TLS_1_1": "TLSv1.1", "FTP_TLS_1_2": "TLSv1.2", "FTP_TLS_1_3": "TLSv1.3"}
        return {numbers[name]: text for name, text in names.items()}.get(self._number(info))

    def _number(self, info: Any) -> int:
        return int(info.version)

    def cipher(self) -> Optional[Tuple[str, Optional[str], Optional[int]]]:
        told = self._tls().cipher
        return (told.decode(), self.version(), None) if told else None

    def getpeercert(self, binary_form: bool = False) -> Any:
        told = self._tls().certificate
        if not told:
            return None
        if binary_form:
            return ssl.PEM_cert_to_DER_cert(told.decode())
        # As there, what nobody has verified is not shown.
        return {} if self._context.verify_mode == ssl.CERT_NONE else _decoded(told)

    def do_handshake(self, block: bool = False) -> None:
        """It is done already."""


def _decoded(certificate: bytes) -> Any:
    """What the standard module makes of a certificate in PEM. It reads one from a file only."""
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(certificate)
        file.flush()
        return ssl._ssl._test_decode_cert(file.name)  # type: ignore[attr-defined]


class _Control:
    """Commands that a program sends by the socket itself go through the library, which then knows that a reply is owed."""

    _owner: Any
    _begun = b""

    def sendall(self, data: Any, flags: int = 0) -> None:
        *lines, self._begun = (self._begun + memoryview(data).tobytes()).split(b"\r\n")
        for line in lines:
            self._owner._end_transfer()
            self._owner._check(self._owner._before().call(lib.ftp_putcmd, line))

    def send(self, data: Any, flags: int = 0) -> int:
        self.sendall(data, flags)
        return memoryview(data).nbytes

    write = send


class _ControlSocket(_Control, _Facade, socket.socket):
    """The control connection, in clear."""

    _which = numbers["FTP_CONTROL_CONNECTION"]

    def __init__(self, owner: Any, limit: Optional[float]) -> None:
        descriptor = lib.ftp_control_fd(owner._session.handle)
        socket.socket.__init__(self, fileno=os.dup(descriptor))
        self._owner, self._limit = owner, limit


class _SecureControlSocket(_Control, _Secure, _Facade, ssl.SSLSocket):  # type: ignore[misc]
    """The control connection, over TLS."""

    _which = numbers["FTP_CONTROL_CONNECTION"]

    def __init__(self, owner: Any, limit: Optional[float], context: Any) -> None:
        descriptor = lib.ftp_control_fd(owner._session.handle)
        socket.socket.__init__(self, fileno=os.dup(descriptor))
        self._owner, self._limit, self._context = owner, limit, context


class _Data(_Facade, Transfer):
    """A transfer that looks like a socket."""

    _which = numbers["FTP_DATA_CONNECTION"]

    def _begin(self, owner: Any, transfer: int, limit: Optional[float]) -> None:
        descriptor = lib.ftp_transfer_fd(transfer)
        if descriptor >= 0:
            # The kind is told, so that Python does not ask the system for it.
            socket.socket.__init__(
                self, owner.af, socket.SOCK_STREAM, socket.IPPROTO_TCP, os.dup(descriptor))  # type: ignore[arg-type]
        else:
            # Over TLS what the descriptor tells is not what there is to read. This one is always ready.
            socket.socket.__init__(self, owner.af, socket.SOCK_STREAM)  # type: ignore[arg-type]
        Transfer.__init__(self, owner, transfer)
        self._limit = limit
        self._memory: Any = b""

    def _prepared(self) -> Any:
        return self._owner._before_data(self._limit)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        if len(self._memory) < bufsize:
            self._memory = ctypes.create_string_buffer(bufsize)
        return ctypes.string_at(self._memory, self._read(self._memory, bufsize))

    read = recv

    def recv_into(self, buffer: Any, nbytes: Optional[int] = None, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        size = nbytes or len(view)
        return self._read((ctypes.c_char * len(view)).from_buffer(view), size)

    def send(self, data: Any, flags: int = 0) -> int:
        self.sendall(data)
        return memoryview(data).nbytes

    write = send

    def sendfile(self, file: Any, offset: int = 0, count: Optional[int] = None) -> int:
        if offset:
            file.seek(offset)
        sent = 0
        while count is None or sent < count:
            block = file.read(65536 if count is None else min(65536, count - sent))
            if not block:
                break
            self.sendall(block)
            sent += len(block)
        return sent

    def shutdown(self, how: int) -> None:
        if how != socket.SHUT_RD:
            self._end_data()

    def unwrap(self) -> Any:
        """TLS ends with the connection."""
        return self

    def _close_copy(self) -> None:
        """Also while a file of `makefile()` is open: the server may wait for the end of the connection."""
        socket.socket.close(self)  # type: ignore[arg-type]
        socket.socket._real_close(self)  # type: ignore[attr-defined]

    def _real_close(self, *ignored: Any) -> None:
        """`close()`, and the last file of `makefile()`."""
        self._end_data()
        super()._real_close()  # type: ignore[misc]

    def close(self) -> None:
        if not getattr(self, "_io_refs", 0):
            self._end_data()
        socket.socket.close(self)  # type: ignore[arg-type]


class _DataSocket(_Data, socket.socket):
    """A data connection in clear."""

    def __init__(self, owner: Any, transfer: int, limit: Optional[float]) -> None:
        self._begin(owner, transfer, limit)


class _SecureDataSocket(_Secure, _Data, ssl.SSLSocket):  # type: ignore[misc]
    """A data connection over TLS."""

    def __init__(self, owner: Any, transfer: int, limit: Optional[float], context: Any) -> None:
        self._begin(owner, transfer, limit)
        self._context = context

    def _number(self, info: Any) -> int:
        return int(info.data_version)


class _DataTakesTLS(ssl.SSLSocket):
    """What a context makes of a socket. A data connection of this library has TLS already, and stays what it is.

    Programs wrap data connections themselves to resume the session of the control connection. The library has done that.
    """

    @classmethod
    def _create(cls, sock: Any, *arguments: Any, **more: Any) -> Any:
        if isinstance(sock, (_SecureDataSocket, _SecureControlSocket)):
            return sock
        return ssl.SSLSocket._create(sock, *arguments, **more)  # type: ignore[attr-defined]
