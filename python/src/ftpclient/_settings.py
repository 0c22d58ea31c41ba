"""How a session is set up: what the constructors of the blocking class and of that of asyncio have in common."""
from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field
from typing import Any, Optional, Tuple, Union
from urllib.parse import quote, unquote

from ._entries import encode
from ._errors import error_of
from ._native import lib, numbers
from ._session import OK, Session

_TLS = {"off": "FTP_TLS_OFF", "explicit": "FTP_TLS_EXPLICIT", "implicit": "FTP_TLS_IMPLICIT"}
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
    user, password, account: who logs in. Without a user it is "anonymous".
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
    client_cert: Union[str, Tuple[Optional[str], ...], None] = field(default=None, repr=False)
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

    def apply(self, session: Session) -> None:
        """Tells the library the settings, all but the place and the login.

        What it does not take is a ValueError or Unsupported.
        """
        def set_to(function: Any, *values: Any) -> None:
            status = session.call(function, *values)
            if status != OK:
                raise error_of(session, status)

        if self.tls is not None and self.tls not in _TLS:
            raise ValueError(f"tls is one of {', '.join(_TLS)}")
        set_to(lib.ftp_set_timeout, milliseconds(self.timeout))
        set_to(lib.ftp_set_pasv, self.passive)
        if self.prearm not in (True, False, "together"):
            raise ValueError('prearm is True, False or "together"')
        set_to(lib.ftp_set_prearm, numbers["FTP_PREARM_TOGETHER"] if self.prearm == "together" else int(self.prearm))
        set_to(lib.ftp_set_retries, self.retries, 1000)
        limits = self.rate_limit
        receive, send = limits if isinstance(limits, tuple) else (limits, limits)
        set_to(lib.ftp_set_rate_limit, -1 if receive is None else receive, -1 if send is None else send)
        set_to(lib.ftp_set_encoding, encode(self.encoding))
        set_to(lib.ftp_set_tls, numbers[_TLS[self.tls or "off"]])
        if self.source_address:
            set_to(lib.ftp_set_source_address, encode(self.source_address[0]), self.source_address[1])
        if not self.verify:
            set_to(lib.ftp_set_tls_verify, numbers["FTP_TLS_VERIFY_NONE"])
        if isinstance(self.ca, bytes):
            set_to(lib.ftp_set_tls_ca_pem, self.ca, len(self.ca))
        elif self.ca is not None:
            set_to(lib.ftp_set_tls_ca, os.fsencode(self.ca))
        if self.pin:
            set_to(lib.ftp_set_tls_pin, encode(self.pin))
        if self.client_cert:
            names = (self.client_cert,) if isinstance(self.client_cert, str) else tuple(self.client_cert)
            files = [None if name is None else os.fsencode(name) for name in names] + [None, None]
            set_to(lib.ftp_set_tls_client_cert, *files[:3])

    def url(self, told: Optional[str] = None) -> bytes:
        """The library connects, secures the session and logs in by one call.

        What a URL leaves open, the keywords say. They must not contradict it.
        """
        if told is not None:
            return encode(self._completed(told))
        who = quote(self.user, safe="")
        if self.password:
            who += ":" + quote(self.password, safe="")
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
        _agree("user", self.user, unquote(user))
        _agree("password", self.password, unquote(password), bool(colon))
        if not port and self.port:
            place = f"{host}:{self.port}"
        if not user and self.user:
            user, at = quote(self.user, safe=""), "@"
        if not colon and self.password:
            password, colon, at = quote(self.password, safe=""), ":", "@"
        return f"{scheme}://{user}{colon}{password}{at}{place}{path}"


def _host_and_port(place: str) -> Tuple[str, str]:
    host, colon, port = place.rpartition(":")
    return (host, port) if colon and not port.endswith("]") else (place, "")


def _agree(name: str, keyword: str, told: str, is_told: bool = False) -> None:
    """Neither is shown: it may be a password."""
    if keyword and (told or is_told) and keyword != told:
        raise ValueError(f"the URL and the keyword {name} say something different")
