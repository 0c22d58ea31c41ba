"""How a session is set up: what the constructors of the blocking class and of that of asyncio have in common."""
from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Callable, Optional, Tuple, Union
from urllib.parse import quote, unquote

from ._checks import ENDS, SYSTEMS, TLS, VERSIONS, check
from ._entries import encode
from ._errors import error_of, invalid
from ._log import log_to
from ._native import lib, numbers
from ._session import OK, Session

if TYPE_CHECKING:
    from logging import Logger

_SCHEMES = {"off": "ftp", "explicit": "ftpes", "implicit": "ftps"}


def milliseconds(seconds: Optional[float]) -> int:
    """A time limit as the library takes it."""
    if seconds is None or seconds == math.inf:
        return -1
    if not seconds >= 0:
        raise ValueError("a time limit is a number of seconds from 0 on, or None")
    return min(max(1, round(seconds * 1000)), (1 << 31) - 1)


@dataclass
class Settings:
    """Where a session goes, and how. These are the keywords of `ftpclient.FTP` and `ftpclient.aio.FTP`.

    host, port: the server. Port 0 is that of the protocol.
    user, password, account: who logs in. Without a user it is "anonymous". Bytes are for what is not UTF-8.
    tls: "off", "explicit" or "implicit". None is what the URL says, and "off" without one.
    verify: whether the certificate of the server must be valid for its host.
    ca: a file or directory with authorities, or their certificates in PEM as bytes.
    client_cert: a file, or a tuple of files: certificate, key, and then the password of the key.
    pin: the public key that the server must have.
    timeout: seconds for each wait; None is no limit.
    retries: how often files are tried again, with waits that grow.
    passive: False is active mode.
    encoding: that of names.
    source_address: the host and the port to connect from.
    rate_limit: how many bytes a second go at most; or a tuple of two, for what is received and what is sent. None is no limit.
    prearm: whether the end of a transfer begins to make the data connection of the next one. "together" asks for its
        address in the flight of a download, where the server is known to bear that.
    log: a function that gets the kind and the text of each record, or a logger of `logging`, which gets them as debug messages.
        The kind is "command", "reply", "state" or "data". Passwords are not shown. What it raises ends the call, as `cancel()` does.
    keepalive: seconds without a word until the system probes the connection (TCP keepalive); by default 60. A tuple also has the
        seconds between probes and their number. False is off.
    noop_interval: seconds of silence until a NOOP is sent while data moves. None is off.
    active_address: where this client listens in active mode. A tuple also has the address that the server is told.
    active_ports: the first and the last port for that. None is any port.
    active_peer: who else may connect in active mode, besides the server; "*" is everybody.
    urgent_abort: whether urgent data announces the ABOR that ends a transfer, for servers of the BSD line.
    epsv: whether EPSV and EPRT are tried on IPv4 as well.
    utf8: whether OPTS UTF8 ON is sent to servers that name UTF8.
    system: what the server runs on: "unix", "windows", "mvs", "ibm_i", "vms", "zvm" or "guardian". "auto" finds out.
    tls_min, tls_max: versions of TLS, such as "1.2". "1.0" and "1.1" are used only if `tls_min` allows them.
    tls_ciphers: a list of ciphers for TLS 1.2 and before, as OpenSSL writes it. A tuple also has the suites for TLS 1.3.
    tls_server_name: the name that the certificate must be for, if it is not that of the host.
    tls_resume: whether data connections resume the TLS session of the control connection. Many servers demand that.
    tls_end: what data is that ends without the end of TLS: "checked" takes it if the size is known and right, "strict" never, and
        "trusted" if the server confirms it.
    """

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    #: "off", "explicit" or "implicit". None is what the URL says.
    tls: Optional[str] = None
    #: Whether the certificate of the server must be valid for its host.
    verify: bool = True
    #: A file or directory with authorities, or their certificates in PEM as bytes.
    ca: Union[str, bytes, "os.PathLike[str]", None] = None
    #: A file, or a tuple of files: certificate, key, and then the password of the key.
    client_cert: Union[str, "os.PathLike[str]", Tuple[Union[str, "os.PathLike[str]", None], ...], None] = field(default=None, repr=False)
    #: The public key that the server must have.
    pin: Optional[str] = None
    #: Seconds for each wait; None is no limit.
    timeout: Optional[float] = 60
    #: How often files are tried again, with waits that grow.
    retries: int = 0
    passive: bool = True
    encoding: str = "utf-8"
    source_address: Optional[Tuple[str, int]] = None
    #: How many bytes a second go at most; or a tuple of two, for what is received and what is sent. None is no limit.
    rate_limit: Union[int, Tuple[Optional[int], Optional[int]], None] = None
    #: Whether the end of a transfer begins to make the data connection of the next one; or "together".
    prearm: Union[bool, str] = False
    #: A function that gets the kind and the text of each record, or a logger.
    log: Union[Callable[[str, str], Any], "Logger", None] = field(default=None, repr=False)
    #: Seconds until the first probe; or with those between probes and their number. False is off.
    keepalive: Union[bool, float, Tuple[float, float, int], None] = None
    #: Seconds of silence until a NOOP is sent while data moves.
    noop_interval: Optional[float] = None
    #: Where this client listens in active mode, and perhaps the address that the server is told.
    active_address: Union[str, Tuple[Optional[str], Optional[str]], None] = None
    active_ports: Optional[Tuple[int, int]] = None
    #: Who else may connect in active mode; "*" is everybody.
    active_peer: Optional[str] = None
    urgent_abort: bool = False
    epsv: bool = False
    utf8: bool = True
    #: What the server runs on. "auto" finds out.
    system: str = "auto"
    tls_min: Optional[str] = None
    tls_max: Optional[str] = None
    #: Ciphers for TLS 1.2 and before, as OpenSSL writes them, and perhaps suites for TLS 1.3.
    tls_ciphers: Union[str, Tuple[Optional[str], Optional[str]], None] = None
    #: The name that the certificate must be for.
    tls_server_name: Optional[str] = None
    tls_resume: bool = True
    #: What data is that ends without the end of TLS: "checked", "strict" or "trusted".
    tls_end: str = "checked"

    def __post_init__(self) -> None:
        for it in fields(self):
            value = getattr(self, it.name)
            # A URL in the place of a host may have a password.
            check(it.name, value, it.repr and "@" not in str(value))

    def apply(self, session: Session) -> None:
        """Tells the library the settings, all but the place and the login.

        What it does not take is an InvalidArgument or Unsupported. A number that is too large for it is an OverflowError.
        """
        def set_to(name: str, function: Any, *values: Any) -> None:
            try:
                status = session.call(function, *(encode(it) if isinstance(it, str) else it for it in values))
            except OverflowError as error:
                raise OverflowError(f"{name}: {error}") from None
            except ValueError as error:
                raise invalid(f"{name}: {error}") from None
            if status != OK:
                raise error_of(session, status, setting=name)

        if self.log is not None:
            log_to(session, self.log)
        set_to("timeout", lib.ftp_set_timeout, milliseconds(self.timeout))
        set_to("passive", lib.ftp_set_pasv, self.passive)
        set_to("prearm", lib.ftp_set_prearm, numbers["FTP_PREARM_TOGETHER"] if self.prearm == "together" else self.prearm)
        set_to("retries", lib.ftp_set_retries, self.retries, 1000)
        limits: Any = self.rate_limit
        receive, send = limits if _is_tuple(limits) else (limits, limits)
        set_to("rate_limit", lib.ftp_set_rate_limit, -1 if receive is None else receive, -1 if send is None else send)
        set_to("encoding", lib.ftp_set_encoding, self.encoding)
        set_to("tls", lib.ftp_set_tls, numbers[TLS[self.tls or "off"]])
        if self.source_address:
            set_to("source_address", lib.ftp_set_source_address, *self.source_address)
        self._apply_connections(set_to)
        self._apply_dialogue(set_to)
        self._apply_tls(set_to)

    # What is left at its default is not told: the library knows it best, and one without TLS refuses what is about TLS.

    def _apply_connections(self, set_to: Callable[..., None]) -> None:
        if self.keepalive is not None and self.keepalive is not True:
            times: Any = self.keepalive
            idle, interval, probes = times if _is_tuple(times) else (times, 20, 5)
            set_to("keepalive", lib.ftp_set_keepalive, -1 if idle is False else milliseconds(idle), milliseconds(interval), probes)
        if self.noop_interval is not None:
            set_to("noop_interval", lib.ftp_set_noop_interval, milliseconds(self.noop_interval))
        if self.active_address:
            pair = self.active_address if _is_tuple(self.active_address) else (self.active_address, None)
            set_to("active_address", lib.ftp_set_active_address, *pair)
        if self.active_ports:
            set_to("active_ports", lib.ftp_set_active_ports, *self.active_ports)
        if self.active_peer:
            set_to("active_peer", lib.ftp_set_active_peer, self.active_peer)

    def _apply_dialogue(self, set_to: Callable[..., None]) -> None:
        set_to("urgent_abort", lib.ftp_set_urgent_abort, self.urgent_abort)
        set_to("epsv", lib.ftp_set_epsv, self.epsv)
        set_to("utf8", lib.ftp_set_utf8, self.utf8)
        set_to("system", lib.ftp_set_system, numbers[SYSTEMS[self.system]])

    def _apply_tls(self, set_to: Callable[..., None]) -> None:
        if not self.verify:
            set_to("verify", lib.ftp_set_tls_verify, numbers["FTP_TLS_VERIFY_NONE"])
        if isinstance(self.ca, bytes):
            set_to("ca", lib.ftp_set_tls_ca_pem, self.ca, len(self.ca))
        elif self.ca is not None:
            set_to("ca", lib.ftp_set_tls_ca, os.fsencode(self.ca))
        if self.pin:
            set_to("pin", lib.ftp_set_tls_pin, self.pin)
        if self.client_cert:
            names: Any = self.client_cert if _is_tuple(self.client_cert) else (self.client_cert,)
            files = [None if name is None else os.fsencode(name) for name in names] + [None, None]
            set_to("client_cert", lib.ftp_set_tls_client_cert, *files[:3])
        if self.tls_min is not None or self.tls_max is not None:
            least, most = [0 if it is None else numbers[VERSIONS[it]] for it in (self.tls_min, self.tls_max)]
            set_to("tls_min and tls_max", lib.ftp_set_tls_versions, least, most)
        if self.tls_ciphers:
            lists = self.tls_ciphers if _is_tuple(self.tls_ciphers) else (self.tls_ciphers, None)
            set_to("tls_ciphers", lib.ftp_set_tls_ciphers, *lists)
        if self.tls_server_name:
            set_to("tls_server_name", lib.ftp_set_tls_server_name, self.tls_server_name)
        if not self.tls_resume:
            set_to("tls_resume", lib.ftp_set_tls_resume, 0)
        end = numbers[ENDS[self.tls_end]]
        if end:
            set_to("tls_end", lib.ftp_set_tls_end, end)

    def url(self, told: Optional[str] = None) -> bytes:
        """The library connects, secures the session and logs in by one call.

        What a URL leaves open, the keywords say. They must not contradict it.
        """
        if told is not None:
            return encode(self._completed(told))
        if not self.host:
            raise TypeError("a session needs a URL or the keyword host")
        who = _quoted(self.user) + (":" + _quoted(self.password) if self.password else "")
        host = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
        port = f":{self.port}" if self.port else ""
        scheme = _SCHEMES[self.tls or "off"]
        return encode(f"{scheme}://{who + '@' if who else ''}{host}{port}")

    def place(self, told: Optional[str]) -> str:
        """The host, to be shown."""
        if told is None:
            return self.host or "(no host)"
        return _host_and_port(re.split("[/?#]", told.partition("://")[2])[0].rpartition("@")[2])[0] or self.host

    def _completed(self, url: str) -> str:
        if not isinstance(url, str):
            raise TypeError("a URL is a string")
        scheme, mark, rest = url.partition("://")
        # What has another form is refused by the library.
        if not mark:
            return url
        authority = re.split("[/?#]", rest)[0]
        path = rest[len(authority):]
        who, at, place = authority.rpartition("@")
        user, colon, password = who.partition(":")
        host, port = _host_and_port(place)
        if not host and self.host:
            host = place = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
            place += f":{port}" if port else ""
        tls = {"ftps": "implicit", "ftpes": "explicit"}.get(scheme.lower(), "")
        _agree("tls", self.tls or "", tls)
        _agree("host", self.host.strip("[]").lower(), unquote(host).strip("[]").lower())
        _agree("port", str(self.port or ""), port.lstrip("0"))
        _agree("user", self.user, _unquoted(user))
        _agree("password", self.password, _unquoted(password), bool(colon))
        if not port and self.port:
            place = f"{host}:{self.port}"
        if not user and self.user:
            user, at = _quoted(self.user), "@"
        if not colon and self.password:
            password, colon, at = _quoted(self.password), ":", "@"
        return f"{scheme}://{user}{colon}{password}{at}{place}{path}"


def _is_tuple(value: Any) -> bool:
    """Settings that a program has read from a file have lists."""
    return isinstance(value, (tuple, list))


def _host_and_port(place: str) -> Tuple[str, str]:
    host, colon, port = place.rpartition(":")
    return (host, port) if colon and not port.endswith("]") else (place, "")


def _quoted(value: Union[str, bytes, None]) -> str:
    """As a URL has it, of whatever encoding."""
    return quote(encode(value or ""), safe="")


def _unquoted(told: str) -> str:
    return unquote(told, errors="surrogateescape")


def _agree(name: str, keyword: Union[str, bytes], told: str, is_told: bool = False) -> None:
    """Neither is shown: it may be a password."""
    if keyword and (told or is_told) and encode(keyword) != encode(told):
        raise ValueError(f"the URL and the keyword {name} say something different")
