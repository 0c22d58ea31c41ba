"""What every session of `ftplib` does: connect, send commands, read replies, open data connections."""
from __future__ import annotations

import ctypes
import socket
import sys
from typing import Any, Iterator, List, Optional, Tuple, TypeVar, Union

from . import _ftplib_errors as errors
from . import _ftplib_replies as replies
from . import _ftplib_sockets as sockets
from ._native import lib, numbers
from ._session import Session
from ._settings import milliseconds

FTP_PORT = 21
MAXLINE = 8192
_OK, _REPLY_OWED = numbers["FTP_OK"], numbers["FTP_STATE_REPLY_OWED"]
GLOBAL_DEFAULT_TIMEOUT = socket._GLOBAL_DEFAULT_TIMEOUT  # type: ignore[attr-defined]

S = TypeVar("S", bound="Base")


def check_line(line: Any) -> None:
    """Refuses what is not one line, as the standard module does. Where another type has no `in`, that is a TypeError already."""
    if "\r" in line or "\n" in line:
        raise ValueError("an illegal newline character should not be contained")
    if not isinstance(line, str):
        raise TypeError(f"a command is a string, and not {type(line).__name__}")


#: What `REST` takes.
Rest = Union[int, str, None]


def host_of(value: Any) -> bytes:
    """A host, as the system takes it."""
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"a host is a string, and not {type(value).__name__}")
    return value.encode("idna") if isinstance(value, str) else value


def pair_of(value: Any) -> Any:
    """A source address. What is unpacked otherwise would be a ValueError."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError("a source address is a pair (host, port)")
    return value


class Base:
    """The part of `FTP` below the commands for files. A subclass may override each method, as it may there."""

    debugging = 0
    host = ""
    port = FTP_PORT
    maxline = MAXLINE
    sock: Any = None
    file: Any = None
    welcome: Any = None
    passiveserver: Union[bool, int] = True
    trust_server_pasv_ipv4_address = False
    af: Any = None
    lastresp = ""

    # What `FTP` adds, and this calls.
    login: Any
    quit: Any
    close: Any

    def __init__(self, host: str = "", user: str = "", passwd: str = "", acct: str = "",
                 timeout: Optional[float] = GLOBAL_DEFAULT_TIMEOUT, source_address: Optional[Tuple[str, int]] = None, *,
                 encoding: str = "utf-8") -> None:
        self._session = Session()
        self._applied: Any = None
        self._transfer: Any = None
        self._unread: List[str] = []
        self._aborted: Any = None
        self._memory: Any = None
        self.encoding = encoding
        self.source_address = source_address
        self.timeout = timeout
        lib.ftp_set_type(self._session.handle, numbers["FTP_TYPE_AS_IS"])
        if host:
            self.connect(host)
            if user:
                self.login(user, passwd, acct)

    def __enter__(self: S) -> S:
        return self

    def __exit__(self, *args: Any) -> None:
        if self.sock is not None:
            try:
                self.quit()
            except (OSError, EOFError):
                pass
            finally:
                if self.sock is not None:
                    self.close()

    # What the library is told and asked.

    def _seconds(self) -> Optional[float]:
        """The time limit of this object, as a socket takes it."""
        if self.timeout is GLOBAL_DEFAULT_TIMEOUT:
            return socket.getdefaulttimeout()
        return self.timeout

    def _before(self, data_limit: Any = GLOBAL_DEFAULT_TIMEOUT) -> Session:
        """Tells the library what the attributes say now: programs assign to them at any time."""
        limit = self._seconds()
        control = self.sock.gettimeout() if self.sock is not None else limit
        data = limit if data_limit is GLOBAL_DEFAULT_TIMEOUT else data_limit
        wanted = (control, limit, data, self.maxline, bool(self.passiveserver), bool(self.trust_server_pasv_ipv4_address),
                  self.source_address)
        if wanted != self._applied:
            self._apply(*wanted)
            self._applied = wanted
        return self._session

    _before_data = _before

    def _apply(self, control: Any, connect: Any, data: Any, maxline: int, passive: bool, trust: bool, source: Any) -> None:
        def set_to(function: Any, *values: Any) -> None:
            self._check(self._session.call(function, *values))

        set_to(lib.ftp_set_timeout, milliseconds(control))
        set_to(lib.ftp_set_phase_timeout, numbers["FTP_PHASE_CONNECT"], milliseconds(connect))
        set_to(lib.ftp_set_phase_timeout, numbers["FTP_PHASE_ACCEPT"], milliseconds(connect))
        set_to(lib.ftp_set_phase_timeout, numbers["FTP_PHASE_DATA"], milliseconds(data))
        set_to(lib.ftp_set_maxline, maxline)
        set_to(lib.ftp_set_pasv, passive)
        set_to(lib.ftp_set_trust_server_pasv_ipv4_address, trust)
        host, port = pair_of(source) if source else (None, 0)
        set_to(lib.ftp_set_source_address, host.encode() if host else b"0.0.0.0" if port else None, port)

    def _check(self, status: int) -> None:
        if status != _OK:
            raise replies.exception(self._session, status, self.encoding)

    def _replied(self, status: int) -> None:
        if status != _OK and status in _ANSWERS:
            self._reply()
        self._check(status)

    def _reply(self) -> str:
        """The last reply, for the caller and for the log."""
        reply = self._session.reply().decode(self.encoding)
        if self.debugging:
            print("*resp*", self.sanitize(reply))
        self.lastresp = reply[:3]
        return reply

    def _end_transfer(self) -> None:
        """What a program has left of a transfer is ended before the next command: its reply is not that command's."""
        transfer, self._transfer = self._transfer, None
        if transfer is not None:
            if transfer._is_open or transfer._transfer is None:
                transfer._release()
            else:
                transfer._finish()

    def _in_step(self) -> None:
        """For what the library does itself. A reply that nobody has read would stand in its way."""
        self._end_transfer()
        if lib.ftp_state(self._session.handle) == _REPLY_OWED:
            self._check(self._before().call(lib.ftp_resync))

    def _audit(self, line: str) -> None:
        sys.audit("ftplib.sendcmd", self, line)
        if self.debugging > 1:
            print("*put*", self.sanitize(line))

    # Connecting.

    def connect(self, host: str = "", port: int = 0, timeout: Optional[float] = -999,
                source_address: Optional[Tuple[str, int]] = None) -> str:
        """Connects, and returns the greeting.

        What is not given stays as the attributes say. A host that nobody knows is a socket.gaierror, and another failure of
        the network an OSError.
        """
        if host != "":
            self.host = host
        if port > 0:
            self.port = port
        if timeout != -999:
            self.timeout = timeout
        if self.timeout is not None and not self.timeout:
            raise ValueError("Non-blocking socket (timeout=0) is not supported")
        if source_address is not None:
            self.source_address = source_address
        sys.audit("ftplib.connect", self, self.host, self.port)
        if not 0 < self.port < 65536:
            raise OverflowError("connect(): port must be 0-65535.")
        self._forget()
        session = self._before()
        self._prepare_connection()
        status = session.call(lib.ftp_connect, host_of("localhost" if self.host in ("", None) else self.host), self.port)
        if status == numbers["FTP_ERR_INVALID_ARGUMENT"]:
            # The standard module asks the system, to which that is a host that nobody knows.
            raise socket.gaierror(socket.EAI_NONAME, str(replies.exception(session, status, self.encoding)))
        self._check(status)
        self._connected()
        self.file = Replies(self)
        self.welcome = welcome = self._reply()
        return welcome

    def _prepare_connection(self) -> None:
        """For sessions that begin with TLS."""

    def _connected(self) -> None:
        sock = sockets._ControlSocket(self, self._seconds())
        self.af = sock.family
        self.sock = sock

    def _forget(self) -> None:
        """The old connection, if there is one. Nobody waits for its transfer."""
        self._session.close()
        if self._transfer is not None:
            self._transfer._release()
            self._transfer = None
        if self.sock is not None:
            self.sock.close()
        self._unread = []

    def getwelcome(self) -> str:
        """The greeting of the server; None before the first connection."""
        if self.debugging:
            print("*welcome*", self.sanitize(self.welcome))
        return self.welcome  # type: ignore[no-any-return]

    def set_debuglevel(self, level: int) -> None:
        """How much is printed: 0 nothing, 1 commands and replies, 2 also each line that is sent. Passwords are not shown."""
        self.debugging = level

    debug = set_debuglevel

    def set_pasv(self, val: Union[bool, int]) -> None:
        """Who opens data connections: the client if this is true, and otherwise the server."""
        self.passiveserver = val

    def sanitize(self, s: str) -> str:
        """The repr() of a line, with stars in the place of a password. What `set_debuglevel()` shows has gone through it."""
        if s[:5] in {"pass ", "PASS "}:
            end = len(s.rstrip("\r\n"))
            s = s[:5] + "*" * (end - 5) + s[end:]
        return repr(s)

    # Commands and replies.

    def putline(self, line: str) -> None:
        """Sends a line as it is, and reads no reply. A line end in it is a ValueError."""
        check_line(line)
        self._audit(line)
        if self.sock is None:
            raise AttributeError("'NoneType' object has no attribute 'sendall'")
        self._end_transfer()
        self._aborted = None
        self._check(self._before().call(lib.ftp_putcmd, line.encode(self.encoding)))

    def putcmd(self, line: str) -> None:
        """Sends a command, and reads no reply: `getresp()` and `voidresp()` do."""
        if self.debugging:
            print("*cmd*", self.sanitize(line))
        self.putline(line)

    def getline(self) -> str:
        """The next line of a reply, without its end. If the server has closed the connection, it is an EOFError."""
        if not self._unread:
            self._unread = self._next_reply().split("\n")
        return self._unread.pop(0)

    def getmultiline(self) -> str:
        """The next reply, whatever its code. Its lines have a line feed between them."""
        line = self.getline()
        if line[3:4] == "-":
            code = line[:3]
            while self._unread:
                following = self.getline()
                line += "\n" + following
                if following[:3] == code and following[3:4] != "-":
                    break
        return line

    def _next_reply(self) -> str:
        """The reply that the server owes, whatever it says."""
        session = self._before()
        transfer, self._transfer = self._transfer, None
        if transfer is not None and transfer._transfer is not None:
            status = transfer._finish()
        else:
            status = session.call(lib.ftp_getresp)
        if status == numbers["FTP_ERR_STATE"] and self._aborted is not None:
            # Programs read the second reply to ABOR themselves. The library has read all there were.
            told, self._aborted = self._aborted, None
            return str(told)
        if status not in _ANSWERS:
            self._check(status)
        return session.reply().decode(self.encoding)

    def getresp(self) -> str:
        """The next reply, of class 1yz to 3yz. 4yz is an error_temp, 5yz an error_perm, and anything else an error_proto."""
        reply = self.getmultiline()
        if self.debugging:
            print("*resp*", self.sanitize(reply))
        self.lastresp = reply[:3]
        kind = reply[:1]
        if kind in {"1", "2", "3"}:
            return reply
        raise {"4": errors.error_temp, "5": errors.error_perm}.get(kind, errors.error_proto)(reply)

    def voidresp(self) -> str:
        """The next reply, of class 2yz. 1yz and 3yz are an error_reply; the others are as for `getresp()`."""
        reply = self.getresp()
        if reply[:1] != "2":
            raise errors.error_reply(reply)
        return reply

    def abort(self) -> str:
        """Stops the open transfer with ABOR, and reads all replies. Returns the last one."""
        self._audit("ABOR")
        transfer, self._transfer = self._transfer, None
        status = self._before().call(lib.ftp_abort)
        reply = self._reply()
        if transfer is not None:
            transfer._release()
        self._check(status)
        self._aborted = reply
        return reply

    def sendcmd(self, cmd: str) -> str:
        """Sends a command, and returns its reply of class 1yz to 3yz. Errors are those of `getresp()`."""
        self.putcmd(cmd)
        return self.getresp()

    def voidcmd(self, cmd: str) -> str:
        """Sends a command, and returns its reply of class 2yz. Errors are those of `voidresp()`."""
        self.putcmd(cmd)
        return self.voidresp()

    def sendport(self, host: str, port: int) -> str:
        """Tells the server where the client listens, on IPv4 (PORT). Returns the reply."""
        numbers = host.split(".") + [repr(port // 256), repr(port % 256)]
        return self.voidcmd("PORT " + ",".join(numbers))

    def sendeprt(self, host: str, port: int) -> str:
        """Tells the server where the client listens, on IPv4 or IPv6 (EPRT). Returns the reply."""
        family = {socket.AF_INET: 1, socket.AF_INET6: 2}.get(self.af)
        if family is None:
            raise errors.error_proto("unsupported address family")
        return self.voidcmd("EPRT " + "|".join(["", repr(family), host, repr(port), ""]))

    # Data connections.

    def makeport(self) -> socket.socket:
        """Listens for a data connection, and tells the server where. Returns the socket, which the caller closes."""
        self._in_step()
        self._audit("PORT" if self.af == socket.AF_INET else "EPRT")
        descriptor = ctypes.c_int()
        self._check(self._before().call(lib.ftp_makeport, ctypes.byref(descriptor)))
        listener = socket.socket(fileno=descriptor.value)
        if self.timeout is not GLOBAL_DEFAULT_TIMEOUT:
            listener.settimeout(self.timeout)
        return listener

    def makepasv(self) -> Tuple[str, int]:
        """Asks the server to listen for a data connection. Returns host and port; a reply without them is an error_proto."""
        self._in_step()
        self._audit("PASV" if self.af == socket.AF_INET else "EPSV")
        host, port = ctypes.create_string_buffer(64), ctypes.c_uint16()
        self._check(self._before().call(lib.ftp_makepasv, host, len(host), ctypes.byref(port)))
        return host.value.decode(), port.value

    def ntransfercmd(self, cmd: str, rest: Rest = None) -> Tuple[socket.socket, Optional[int]]:
        """Begins a transfer, at the offset `rest`.

        Returns the data connection, and the size in bytes; None if the server does not tell. After it is closed,
        `voidresp()` reads the final reply.
        """
        if self._goes_by_hand():
            return self._transfer_by_hand(cmd, rest)
        check_line(cmd)
        if self.sock is None:
            raise AttributeError("'NoneType' object has no attribute 'sendall'")
        self._in_step()
        if self.debugging:
            print("*cmd*", self.sanitize(cmd))
        for line in self._announced(cmd, rest):
            self._audit(line)
        out = ctypes.c_void_p()
        offset = -1 if rest is None else int(str(rest))
        self._replied(self._before().call(lib.ftp_transfercmd, cmd.encode(self.encoding), offset, ctypes.byref(out)))
        reply = self._reply()
        self._transfer = self._data_socket(out.value)
        return self._transfer, replies.size_of_150(reply)

    def _announced(self, cmd: str, rest: Rest) -> Iterator[str]:
        """The commands that the library sends for a transfer."""
        old = self.af == socket.AF_INET
        yield ("PASV" if old else "EPSV") if self.passiveserver else ("PORT" if old else "EPRT")
        if rest is not None:
            yield f"REST {rest}"
        yield cmd

    def _data_socket(self, transfer: Any) -> socket.socket:
        return sockets._DataSocket(self, transfer, self._seconds())

    def _goes_by_hand(self) -> bool:
        """Whether a subclass has its own way to the data connection, which then counts."""
        name = "makepasv" if self.passiveserver else "makeport"
        return getattr(type(self), name) is not getattr(Base, name) or name in vars(self)

    def _transfer_by_hand(self, cmd: str, rest: Rest) -> Tuple[socket.socket, Optional[int]]:
        """A transfer whose data connection the program opens. The library only sends the commands."""
        options: Any = {} if self.timeout is GLOBAL_DEFAULT_TIMEOUT else {"timeout": self.timeout}
        if self.passiveserver:
            data = socket.create_connection(self.makepasv(), source_address=self.source_address, **options)
            try:
                reply = self._announce_by_hand(cmd, rest)
            except BaseException:
                data.close()
                raise
        else:
            with self.makeport() as listener:
                reply = self._announce_by_hand(cmd, rest)
                data, _ = listener.accept()
                data.settimeout(self._seconds())
        return data, replies.size_of_150(reply)

    def _announce_by_hand(self, cmd: str, rest: Rest) -> str:
        if rest is not None:
            self.sendcmd(f"REST {rest}")
        reply = self.sendcmd(cmd)
        # Some servers confirm the command before they begin.
        if reply[:1] == "2":
            reply = self.getresp()
        if reply[:1] != "1":
            raise errors.error_reply(reply)
        return reply

    def transfercmd(self, cmd: str, rest: Rest = None) -> socket.socket:
        """Begins a transfer, as `ntransfercmd()` does. Returns the data connection alone."""
        return self.ntransfercmd(cmd, rest)[0]


class Replies:
    """What `FTP.file` is: the replies, line by line."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def readline(self, limit: int = -1) -> str:
        return str(self._owner.getline()) + "\r\n"

    def close(self) -> None:
        """The library has nothing open here."""


#: The statuses of a reply of any class.
_ANSWERS = {numbers[name] for name in ("FTP_OK", "FTP_ERR_TEMP", "FTP_ERR_PERM", "FTP_ERR_REPLY")}
