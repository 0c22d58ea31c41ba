"""What every session of `ftplib` does: connect, send commands, read replies, open data connections."""
from __future__ import annotations

import ctypes
import socket
import sys
from typing import Any

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


class Base:
    """The part of `FTP` below the commands for files. A subclass may override each method, as it may there."""

    debugging = 0
    host = ""
    port = FTP_PORT
    maxline = MAXLINE
    sock: Any = None
    file: Any = None
    welcome: Any = None
    passiveserver: Any = True
    trust_server_pasv_ipv4_address = False
    af: Any = None
    lastresp = ""

    # What `FTP` adds, and this calls.
    login: Any
    quit: Any
    close: Any

    def __init__(self, host="", user="", passwd="", acct="", timeout=GLOBAL_DEFAULT_TIMEOUT,
                 source_address=None, *, encoding="utf-8"):
        self._session = Session()
        self._applied: Any = None
        self._transfer: Any = None
        self._unread: Any = []
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

    def __enter__(self):
        return self

    def __exit__(self, *args):
        if self.sock is not None:
            try:
                self.quit()
            except (OSError, EOFError):
                pass
            finally:
                if self.sock is not None:
                    self.close()

    # What the library is told and asked.

    def _seconds(self):
        """The time limit of this object, as a socket takes it."""
        if self.timeout is GLOBAL_DEFAULT_TIMEOUT:
            return socket.getdefaulttimeout()
        return self.timeout

    def _before(self, data_limit=GLOBAL_DEFAULT_TIMEOUT):
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

    def _apply(self, control, connect, data, maxline, passive, trust, source):
        def set_to(function, *values):
            self._check(self._session.call(function, *values))

        set_to(lib.ftp_set_timeout, milliseconds(control))
        set_to(lib.ftp_set_phase_timeout, numbers["FTP_PHASE_CONNECT"], milliseconds(connect))
        set_to(lib.ftp_set_phase_timeout, numbers["FTP_PHASE_ACCEPT"], milliseconds(connect))
        set_to(lib.ftp_set_phase_timeout, numbers["FTP_PHASE_DATA"], milliseconds(data))
        set_to(lib.ftp_set_maxline, maxline)
        set_to(lib.ftp_set_pasv, passive)
        set_to(lib.ftp_set_trust_server_pasv_ipv4_address, trust)
        host, port = source or (None, 0)
        set_to(lib.ftp_set_source_address, host.encode() if host else b"0.0.0.0" if port else None, port)

    def _check(self, status):
        if status != _OK:
            raise replies.exception(self._session, status, self.encoding)

    def _replied(self, status):
        if status != _OK and status in _ANSWERS:
            self._reply()
        self._check(status)

    def _reply(self):
        """The last reply, for the caller and for the log."""
        reply = self._session.reply().decode(self.encoding)
        if self.debugging:
            print("*resp*", self.sanitize(reply))
        self.lastresp = reply[:3]
        return reply

    def _end_transfer(self):
        """What a program has left of a transfer is ended before the next command: its reply is not that command's."""
        transfer, self._transfer = self._transfer, None
        if transfer is not None:
            if transfer._is_open or transfer._transfer is None:
                transfer._release()
            else:
                transfer._finish()

    def _in_step(self):
        """For what the library does itself. A reply that nobody has read would stand in its way."""
        self._end_transfer()
        if lib.ftp_state(self._session.handle) == _REPLY_OWED:
            self._check(self._before().call(lib.ftp_resync))

    def _audit(self, line):
        sys.audit("ftplib.sendcmd", self, line)
        if self.debugging > 1:
            print("*put*", self.sanitize(line))

    # Connecting.

    def connect(self, host="", port=0, timeout=-999, source_address=None):
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
        status = session.call(lib.ftp_connect, (self.host or "localhost").encode("idna"), self.port)
        if status == numbers["FTP_ERR_INVALID_ARGUMENT"]:
            # The standard module asks the system, to which that is a host that nobody knows.
            raise socket.gaierror(socket.EAI_NONAME, str(replies.exception(session, status, self.encoding)))
        self._check(status)
        self._connected()
        self.file = Replies(self)
        self.welcome = self._reply()
        return self.welcome

    def _prepare_connection(self):
        """For sessions that begin with TLS."""

    def _connected(self):
        sock = sockets._ControlSocket(self, self._seconds())
        self.af = sock.family
        self.sock = sock

    def _forget(self):
        """The old connection, if there is one. Nobody waits for its transfer."""
        self._session.close()
        if self._transfer is not None:
            self._transfer._release()
            self._transfer = None
        if self.sock is not None:
            self.sock.close()
        self._unread = []

    def getwelcome(self):
        if self.debugging:
            print("*welcome*", self.sanitize(self.welcome))
        return self.welcome

    def set_debuglevel(self, level):
        self.debugging = level

    debug = set_debuglevel

    def set_pasv(self, val):
        self.passiveserver = val

    def sanitize(self, s):
        if s[:5] in {"pass ", "PASS "}:
            end = len(s.rstrip("\r\n"))
            s = s[:5] + "*" * (end - 5) + s[end:]
        return repr(s)

    # Commands and replies.

    def putline(self, line):
        if "\r" in line or "\n" in line:
            raise ValueError("an illegal newline character should not be contained")
        self._audit(line)
        if self.sock is None:
            raise AttributeError("'NoneType' object has no attribute 'sendall'")
        self._end_transfer()
        self._aborted = None
        self._check(self._before().call(lib.ftp_putcmd, line.encode(self.encoding)))

    def putcmd(self, line):
        if self.debugging:
            print("*cmd*", self.sanitize(line))
        self.putline(line)

    def getline(self):
        if not self._unread:
            self._unread = self._next_reply().split("\n")
        return self._unread.pop(0)

    def getmultiline(self):
        line = self.getline()
        if line[3:4] == "-":
            code = line[:3]
            while self._unread:
                following = self.getline()
                line += "\n" + following
                if following[:3] == code and following[3:4] != "-":
                    break
        return line

    def _next_reply(self):
        """The reply that the server owes, whatever it says."""
        session = self._before()
        transfer, self._transfer = self._transfer, None
        if transfer is not None and transfer._transfer is not None:
            status = transfer._finish()
        else:
            status = session.call(lib.ftp_getresp)
        if status == numbers["FTP_ERR_STATE"] and self._aborted is not None:
            # Programs read the second reply to ABOR themselves. The library has read all there were.
            reply, self._aborted = self._aborted, None
            return reply
        if status not in _ANSWERS:
            self._check(status)
        return session.reply().decode(self.encoding)

    def getresp(self):
        reply = self.getmultiline()
        if self.debugging:
            print("*resp*", self.sanitize(reply))
        self.lastresp = reply[:3]
        kind = reply[:1]
        if kind in {"1", "2", "3"}:
            return reply
        raise {"4": errors.error_temp, "5": errors.error_perm}.get(kind, errors.error_proto)(reply)

    def voidresp(self):
        reply = self.getresp()
        if reply[:1] != "2":
            raise errors.error_reply(reply)
        return reply

    def abort(self):
        self._audit("ABOR")
        transfer, self._transfer = self._transfer, None
        status = self._before().call(lib.ftp_abort)
        reply = self._reply()
        if transfer is not None:
            transfer._release()
        self._check(status)
        self._aborted = reply
        return reply

    def sendcmd(self, cmd):
        self.putcmd(cmd)
        return self.getresp()

    def voidcmd(self, cmd):
        self.putcmd(cmd)
        return self.voidresp()

    def sendport(self, host, port):
        numbers = host.split(".") + [repr(port // 256), repr(port % 256)]
        return self.voidcmd("PORT " + ",".join(numbers))

    def sendeprt(self, host, port):
        family = {socket.AF_INET: 1, socket.AF_INET6: 2}.get(self.af)
        if family is None:
            raise errors.error_proto("unsupported address family")
        return self.voidcmd(f"EPRT |{family}|{host}|{port}|")

    # Data connections.

    def makeport(self):
        self._in_step()
        self._audit("PORT" if self.af == socket.AF_INET else "EPRT")
        descriptor = ctypes.c_int()
        self._check(self._before().call(lib.ftp_makeport, ctypes.byref(descriptor)))
        listener = socket.socket(fileno=descriptor.value)
        if self.timeout is not GLOBAL_DEFAULT_TIMEOUT:
            listener.settimeout(self.timeout)
        return listener

    def makepasv(self):
        self._in_step()
        self._audit("PASV" if self.af == socket.AF_INET else "EPSV")
        host, port = ctypes.create_string_buffer(64), ctypes.c_uint16()
        self._check(self._before().call(lib.ftp_makepasv, host, len(host), ctypes.byref(port)))
        return host.value.decode(), port.value

    def ntransfercmd(self, cmd, rest=None):
        if self._goes_by_hand():
            return self._transfer_by_hand(cmd, rest)
        if "\r" in cmd or "\n" in cmd:
            raise ValueError("an illegal newline character should not be contained")
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

    def _announced(self, cmd, rest):
        """The commands that the library sends for a transfer."""
        old = self.af == socket.AF_INET
        yield ("PASV" if old else "EPSV") if self.passiveserver else ("PORT" if old else "EPRT")
        if rest is not None:
            yield f"REST {rest}"
        yield cmd

    def _data_socket(self, transfer):
        return sockets._DataSocket(self, transfer, self._seconds())

    def _goes_by_hand(self):
        """Whether a subclass has its own way to the data connection, which then counts."""
        name = "makepasv" if self.passiveserver else "makeport"
        return getattr(type(self), name) is not getattr(Base, name) or name in vars(self)

    def _transfer_by_hand(self, cmd, rest):
        """A transfer whose data connection the program opens. The library only sends the commands."""
        options = {} if self.timeout is GLOBAL_DEFAULT_TIMEOUT else {"timeout": self.timeout}
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

    def _announce_by_hand(self, cmd, rest):
        if rest is not None:
            self.sendcmd(f"REST {rest}")
        reply = self.sendcmd(cmd)
        # Some servers confirm the command before they begin.
        if reply[:1] == "2":
            reply = self.getresp()
        if reply[:1] != "1":
            raise errors.error_reply(reply)
        return reply

    def transfercmd(self, cmd, rest=None):
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
