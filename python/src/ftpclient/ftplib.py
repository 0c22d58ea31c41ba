"""The module `ftplib` of the standard library, on libftpclient.

    import ftpclient.ftplib as ftplib

Names, signatures, exceptions and what goes over the wire are those of the standard module. What differs is for the better:

- a transfer that was cut is an error, `error_incomplete`;
- a reply never belongs to another command: what a program leaves unread is read before the next command;
- data connections resume the TLS session of the control connection, which many servers demand.
"""
from __future__ import annotations

import importlib as _importlib
import os as _os
import ssl as _ssl
import sys as _sys
import typing as _t

from . import _ftplib_replies as _replies
from . import _ftplib_sockets as _sockets
from ._ftplib_base import FTP_PORT, GLOBAL_DEFAULT_TIMEOUT as _GLOBAL_DEFAULT_TIMEOUT, MAXLINE, Rest as _Rest
from ._ftplib_copy import copy_by_commands as _copy_by_commands
from ._ftplib_errors import Error, error_incomplete as _error_incomplete
from ._ftplib_errors import error_perm, error_proto, error_reply, error_temp
from ._ftplib_quick import Quick as _Quick
from ._ftplib_tls import apply_context as _apply_context
from ._native import lib as _lib, numbers as _numbers

if _t.TYPE_CHECKING:
    import socket as _socket

__all__ = ["FTP", "error_reply", "error_temp", "error_perm", "error_proto", "all_errors", "FTP_TLS"]

MSG_OOB = 0x1
CRLF = "\r\n"
B_CRLF = b"\r\n"

all_errors = (Error, OSError, EOFError, _ssl.SSLError)


def __getattr__(name: str) -> _t.Any:
    # It is no name of the standard module, so dir() must not show it.
    if name == "error_incomplete":
        return _error_incomplete
    # Programs take these from it.
    if name in {"socket", "ssl", "sys"}:
        return _importlib.import_module(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class FTP(_Quick):
    """A session. The methods are those of the standard class; a subclass may override them as it may there."""

    def login(self, user: str = "", passwd: str = "", acct: str = "") -> str:
        """Logs in, without a user as "anonymous".

        Returns the last reply. A refusal is an error_perm, in most cases with 530.
        """
        user, passwd, acct = user or "anonymous", passwd or "", acct or ""
        if user == "anonymous" and passwd in {"", "-"}:
            passwd += "anonymous@"
        reply = self.sendcmd("USER " + user)
        if reply[:1] == "3":
            reply = self.sendcmd("PASS " + passwd)
        if reply[:1] == "3":
            reply = self.sendcmd("ACCT " + acct)
        if reply[:1] != "2":
            raise error_reply(reply)
        return reply

    # Transfers. After an exception of the program's, `with` closes the data connection, and the session stays in step.

    def retrbinary(self, cmd: str, callback: _t.Callable[[bytes], object], blocksize: int = 8192, rest: _Rest = None) -> str:
        """Downloads in image type: `callback` gets blocks of at most `blocksize` bytes.

        Returns the final reply. Data that was cut is an error_incomplete, and a missing file an error_perm.
        """
        if blocksize < 1:
            raise ValueError("a block has at least one byte")
        if self._is_plain():
            quick = self._begin_image(cmd, rest)
            self._receive(quick, blocksize, callback)
            return self._end(quick)
        self.voidcmd("TYPE I")
        with self.transfercmd(cmd, rest) as data:
            if isinstance(data, _sockets._Data):
                self._receive(data, blocksize, callback)
            else:
                while block := data.recv(blocksize):
                    callback(block)
                _end_tls(data)
        return self.voidresp()

    def _receive(self, data: _t.Any, blocksize: int, callback: _t.Callable[[bytes], object]) -> None:
        try:
            for block in data.blocks(blocksize):
                callback(block)
        except BaseException:
            data._release()
            raise

    def retrlines(self, cmd: str, callback: _t.Optional[_t.Callable[[str], object]] = None) -> str:
        """Downloads text: `callback` gets each line without its end, and by default prints it.

        Returns the final reply. A line of more than `maxline` characters is an Error.
        """
        callback = print_line if callback is None else callback
        self.sendcmd("TYPE A")
        with self.transfercmd(cmd) as data, data.makefile("r", 65536, encoding=self.encoding) as file:
            try:
                while line := file.readline(self.maxline + 1):
                    if len(line) > self.maxline:
                        raise Error(f"got more than {self.maxline} bytes")
                    if self.debugging > 2:
                        print("*retr*", repr(line))
                    callback(line[:-2] if line[-2:] == CRLF else line[:-1] if line[-1:] == "\n" else line)
            except BaseException:
                if isinstance(data, _sockets._Data):
                    data._release()
                raise
            _end_tls(data)
        return self.voidresp()

    def storbinary(self, cmd: str, fp: _t.Any, blocksize: int = 8192,
                   callback: _t.Optional[_t.Callable[[bytes], object]] = None, rest: _Rest = None) -> str:
        """Uploads in image type what `fp.read()` returns.

        `callback` gets each block after it was sent. Returns the final reply; a refusal is an error_perm.
        """
        if self._is_plain():
            quick = self._begin_image(cmd, rest)
            try:
                self._send(quick, fp, blocksize, callback)
            except BaseException:
                quick._end_data()
                raise
            return self._end(quick)
        self.voidcmd("TYPE I")
        with self.transfercmd(cmd, rest) as data:
            self._send(data, fp, blocksize, callback)
            _end_tls(data)
        return self.voidresp()

    def _send(self, data: _t.Any, fp: _t.Any, blocksize: int, callback: _t.Optional[_t.Callable[[bytes], object]]) -> None:
        # Where nobody sees the blocks, larger ones take fewer calls.
        size = blocksize if callback or not isinstance(blocksize, int) else max(blocksize, 1 << 17)
        while block := fp.read(size):
            data.sendall(block)
            if callback:
                callback(block)

    def storlines(self, cmd: str, fp: _t.Any, callback: _t.Optional[_t.Callable[[bytes], object]] = None) -> str:
        """Uploads text: the lines of a binary file, with the line ends of the network.

        Returns the final reply. A line of more than `maxline` bytes is an Error.
        """
        self.voidcmd("TYPE A")
        with self.transfercmd(cmd) as data:
            while line := fp.readline(self.maxline + 1):
                if len(line) > self.maxline:
                    raise Error(f"got more than {self.maxline} bytes")
                if line[-2:] != B_CRLF:
                    line = (line[:-1] if line[-1] in B_CRLF else line) + B_CRLF
                data.sendall(line)
                if callback:
                    callback(line)
            _end_tls(data)
        return self.voidresp()

    # Files and directories.

    def acct(self, password: str) -> str:
        """Sends an account, for servers that ask for one. Returns the reply."""
        return self.voidcmd("ACCT " + password)

    def nlst(self, *args: str) -> _t.List[str]:
        """The names in a directory, by default the working one. Some servers refuse an empty directory: an error_perm."""
        names: _t.List[str] = []
        self.retrlines(" ".join(("NLST",) + args), names.append)
        return names

    def dir(self, *args: _t.Union[str, _t.Callable[[str], object], None]) -> None:
        """A listing as the server prints it.

        A last argument that is no string is the callback for each line; by default it is printed.
        """
        callback: _t.Any = None
        words: _t.Any = args
        if args and not isinstance(args[-1], str):
            *words, callback = args
        self.retrlines(" ".join(["LIST"] + [word for word in words if word]), callback)

    def mlsd(self, path: str = "", facts: _t.Iterable[str] = []) -> _t.Iterator[_t.Tuple[str, _t.Dict[str, str]]]:
        """Yields each name of a directory with its facts, a dict whose keys are in lower case.

        `facts` asks for these only. A server without MLSD is an error_perm.
        """
        if facts:
            self.sendcmd("OPTS MLST " + ";".join(facts) + ";")
        lines: _t.List[str] = []
        self.retrlines(f"MLSD {path}" if path else "MLSD", lines.append)
        for line in lines:
            told, _, name = line.rstrip(CRLF).partition(" ")
            entry = {}
            for fact in told[:-1].split(";"):
                key, _, value = fact.partition("=")
                entry[key.lower()] = value
            yield name, entry

    def rename(self, fromname: str, toname: str) -> str:
        """Gives a file or directory another name, or moves it. Returns the last reply."""
        reply = self.sendcmd("RNFR " + fromname)
        if reply[:1] != "3":
            raise error_reply(reply)
        return self.voidcmd("RNTO " + toname)

    def delete(self, filename: str) -> str:
        """Removes a file. Returns the reply; in most cases a refusal is an error_perm with 550."""
        reply = self.sendcmd("DELE " + filename)
        if reply[:3] in {"250", "200"}:
            return reply
        raise error_reply(reply)

    def cwd(self, dirname: str) -> str:
        """Changes to a directory. ".." is the one above, and "" the working directory. Returns the reply."""
        if dirname == "..":
            try:
                return self.voidcmd("CDUP")
            except error_perm as refusal:
                if refusal.args[0][:3] != "500":
                    raise
        return self.voidcmd("CWD " + ("." if dirname == "" else dirname))

    def size(self, filename: str) -> _t.Optional[int]:
        """The size of a file in bytes, in the type that is set; None if the reply has another code than 213."""
        reply = self.sendcmd("SIZE " + filename)
        return int(reply[3:].strip()) if reply[:3] == "213" else None

    def mkd(self, dirname: str) -> str:
        """Makes a directory. Returns its path as the server names it; empty if the reply does not."""
        reply = self.voidcmd("MKD " + dirname)
        return parse257(reply) if reply.startswith("257") else ""

    def rmd(self, dirname: str) -> str:
        """Removes an empty directory. Returns the reply."""
        return self.voidcmd("RMD " + dirname)

    def pwd(self) -> str:
        """The working directory; empty if the reply does not name it."""
        reply = self.voidcmd("PWD")
        return parse257(reply) if reply.startswith("257") else ""

    def quit(self) -> str:
        """Ends the session with QUIT, and closes the connection.

        Returns the reply. After an error the connection is still open.
        """
        reply = self.voidcmd("QUIT")
        self.close()
        return reply

    def close(self) -> None:
        """Closes the connection, and sends nothing. Without a connection it does nothing."""
        self._forget()
        self.file = self.sock = None


class FTP_TLS(FTP):
    """A session that can be secured by TLS: `auth()`, which `login()` calls, and `prot_p()` for data connections.

    `context` says whom to trust, as for the standard class; without one, nothing is verified. The library cannot read the
    certificate of a client out of a context: `client_cert` names files, as for `SSLContext.load_cert_chain()`.
    """

    def __init__(self, host: str = "", user: str = "", passwd: str = "", acct: str = "", *,
                 context: _t.Optional[_ssl.SSLContext] = None, timeout: _t.Optional[float] = _GLOBAL_DEFAULT_TIMEOUT,
                 source_address: _t.Optional[_t.Tuple[str, int]] = None, encoding: str = "utf-8",
                 client_cert: _t.Any = None) -> None:
        if context is None:
            context = _ssl._create_stdlib_context()  # type: ignore[attr-defined]
        # A program that wraps a data connection itself gets it back: it has TLS already.
        context.sslsocket_class = _sockets._DataTakesTLS
        self.context = context
        self._client_cert = client_cert
        self._prot_p = False
        # Whether the library knows the level of data connections. It sends nothing in clear as long as nobody has chosen.
        self._is_level_known = False
        super().__init__(host, user, passwd, acct, timeout, source_address, encoding=encoding)

    def _set_tls(self) -> None:
        _apply_context(self._session, self.context, self._check)
        if self._client_cert:
            names = [self._client_cert] if isinstance(self._client_cert, (str, bytes)) else list(self._client_cert)
            files = [None if name is None else _os.fsencode(name) for name in names] + [None, None]
            self._check(self._session.call(_lib.ftp_set_tls_client_cert, *files[:3]))

    def _prepare_connection(self) -> None:
        # A subclass that makes `sock` a property does so to wrap it before the greeting: that is implicit TLS.
        self._is_level_known = False
        implicit = isinstance(getattr(type(self), "sock", None), property)
        mode = "FTP_TLS_IMPLICIT" if implicit else "FTP_TLS_OFF"
        if implicit:
            self._set_tls()
        self._check(self._session.call(_lib.ftp_set_tls, _numbers[mode]))

    def _connected(self) -> None:
        super()._connected() if not self._is_secure() else self._secured()

    def _is_secure(self) -> bool:
        return bool(_lib.ftp_is_tls(self._session.handle))

    def _secured(self) -> None:
        limit = self.sock.gettimeout() if self.sock is not None else self._seconds()
        old, sock = self.sock, _sockets._SecureControlSocket(self, limit, self.context)
        if old is not None:
            old.close()
        self.af = sock.family
        self.sock = sock

    def login(self, user: str = "", passwd: str = "", acct: str = "", secure: bool = True) -> str:
        """Secures the connection first, unless `secure` is off or it is secure already. Then it logs in, as `FTP.login()`."""
        if secure and not isinstance(self.sock, _ssl.SSLSocket):
            self.auth()
        return super().login(user, passwd, acct)

    def auth(self) -> str:
        """Secures the control connection (AUTH TLS).

        Returns the reply. A certificate that is refused is an ssl.SSLCertVerificationError. A connection that is secure
        already is a ValueError.
        """
        if isinstance(self.sock, _ssl.SSLSocket):
            raise ValueError("Already using TLS")
        self._audit("AUTH TLS")
        session = self._before()
        self._set_tls()
        self._check(session.call(_lib.ftp_auth))
        reply = self._reply()
        # After CCC, the library has chosen again what was protected.
        self._is_level_known = self._is_level_known and self._prot_p
        self._secured()
        return reply

    def ccc(self) -> str:
        """Ends TLS on the control connection (CCC). Returns the reply. A connection in clear is a ValueError."""
        if not isinstance(self.sock, _ssl.SSLSocket):
            raise ValueError("not using TLS")
        self._audit("CCC")
        self._check(self._before().call(_lib.ftp_ccc))
        return self._reply()

    def prot_p(self) -> str:
        """Has data connections go over TLS from now on. Returns the reply."""
        return self._protect("P", _lib.ftp_prot_p)

    def prot_c(self) -> str:
        """Has data connections go in clear from now on. Returns the reply."""
        return self._protect("C", _lib.ftp_prot_c)

    def _protect(self, level: str, function: _t.Any) -> str:
        if self._is_secure():
            self._in_step()
            if level == "P":
                self._audit("PBSZ 0")
            self._audit("PROT " + level)
            self._check(self._before().call(function))
            reply, self._is_level_known = self._reply(), True
        else:
            if level == "P":
                self.voidcmd("PBSZ 0")
            reply = self.voidcmd("PROT " + level)
        self._prot_p = level == "P"
        return reply

    def _goes_by_hand(self) -> bool:
        return super()._goes_by_hand() or not self._library_does_as_is_said()

    def _library_does_as_is_said(self) -> bool:
        """It protects data if it protects the control connection, and only then. Without PROT, programs get data in clear, as always."""
        return self._prot_p == self._library_protects() and (self._is_level_known or not self._was_secured())

    def _library_protects(self) -> bool:
        return self._prot_p and self._was_secured()

    def _was_secured(self) -> bool:
        return isinstance(self.sock, _ssl.SSLSocket)

    def _is_plain(self) -> bool:
        return super()._is_plain() and self._library_does_as_is_said()

    def _transfer_by_hand(self, cmd: str, rest: _Rest) -> _t.Tuple[_socket.socket, _t.Optional[int]]:
        data, size = super()._transfer_by_hand(cmd, rest)
        if self._prot_p:
            data = self.context.wrap_socket(data, server_hostname=self.host)
        return data, size

    def _data_socket(self, transfer: _t.Any) -> _socket.socket:
        if self._prot_p:
            return _sockets._SecureDataSocket(self, transfer, self._seconds(), self.context)
        return super()._data_socket(transfer)


if _sys.version_info < (3, 12):
    _without_files = FTP_TLS.__init__

    def _with_files(self: FTP_TLS, host: str = "", user: str = "", passwd: str = "", acct: str = "", keyfile: _t.Any = None,
                    certfile: _t.Any = None, context: _t.Optional[_ssl.SSLContext] = None,
                    timeout: _t.Optional[float] = _GLOBAL_DEFAULT_TIMEOUT,
                    source_address: _t.Optional[_t.Tuple[str, int]] = None, *, encoding: str = "utf-8",
                    client_cert: _t.Any = None) -> None:
        if context is not None and (keyfile is not None or certfile is not None):
            raise ValueError("context and the files of a certificate are mutually exclusive")
        if certfile:
            client_cert = (certfile, keyfile)
        _without_files(self, host, user, passwd, acct, context=context, timeout=timeout,
                       source_address=source_address, encoding=encoding, client_cert=client_cert)

    FTP_TLS.__init__ = _with_files  # type: ignore[method-assign]


def _end_tls(data: _t.Any) -> None:
    """The end of TLS on a data connection that a program has opened itself."""
    if isinstance(data, _ssl.SSLSocket):
        data.unwrap()


def _require(reply: str, code: str) -> None:
    if reply[:3] != code:
        raise error_reply(reply)


def parse150(resp: str) -> _t.Optional[int]:
    """The size in bytes that a 150 reply announces; None if it announces none. Another code is an error_reply."""
    _require(resp, "150")
    return _replies.size_of_150(resp)


def parse227(resp: str) -> _t.Tuple[str, int]:
    """Host and port in a 227 reply to PASV. Without them it is an error_proto, and with another code an error_reply."""
    _require(resp, "227")
    address = _replies.address_of_227(resp)
    if address is None:
        raise error_proto(resp)
    return address


def parse229(resp: str, peer: _t.Any) -> _t.Tuple[str, int]:
    """The host of `peer`, and the port in a 229 reply to EPSV. Without a port it is an error_proto."""
    _require(resp, "229")
    port = _replies.port_of_229(resp)
    if port is None:
        raise error_proto(resp)
    return peer[0], port


def parse257(resp: str) -> str:
    """The path in a 257 reply; empty if it names none. Another code is an error_reply."""
    _require(resp, "257")
    return _replies.path_of_257(resp)


def print_line(line: str) -> None:
    """Prints a line: the default callback of `retrlines()` and `dir()`."""
    print(line)


def ftpcp(source: FTP, sourcename: str, target: FTP, targetname: str = "", type: str = "I") -> None:
    """Copies a file from server to server."""
    if len(type) != 1 or not all(hasattr(session, "_session") for session in (source, target)):
        return _copy_by_commands(source, sourcename, target, targetname or sourcename, type)
    source._end_transfer()
    target._end_transfer()
    for line in ("TYPE " + type, "PASV", "RETR " + sourcename):
        source._audit(line)
    for line in ("TYPE " + type, "PORT", "STOR " + (targetname or sourcename)):
        target._audit(line)
    target._before()
    names = sourcename.encode(source.encoding), (targetname or sourcename).encode(target.encoding)
    status = source._before().call(_lib.ftp_copy, names[0], target._session.handle, names[1], ord(type))
    source._check(status)


def test() -> None:
    """What `python -m ftplib` does, by the standard module's own program, with the classes of this one."""
    import ftplib
    from unittest import mock

    with mock.patch.object(ftplib, "FTP", FTP):
        ftplib.test()  # type: ignore[attr-defined]


if __name__ == "__main__":
    test()
