"""What each setting may be. An error names the keyword as programs write it, and says what is allowed."""
from __future__ import annotations

import ipaddress
import math
import operator
import os
from typing import Any, Callable, Dict, Iterable, NamedTuple, Tuple

from ._errors import invalid
from ._log import can_be_called
from ._native import NUL, numbers

TLS = {"off": "FTP_TLS_OFF", "explicit": "FTP_TLS_EXPLICIT", "implicit": "FTP_TLS_IMPLICIT"}
ENDS = {name: "FTP_TLS_END_" + name.upper() for name in ("checked", "strict", "trusted")}
VERSIONS = {"1.0": "FTP_TLS_1_0", "1.1": "FTP_TLS_1_1", "1.2": "FTP_TLS_1_2", "1.3": "FTP_TLS_1_3"}
SYSTEMS = {name[len("FTP_SYSTEM_"):].lower(): name for name in numbers if name.startswith("FTP_SYSTEM_")}

_NOT_IN_A_HOST = set(":/@?#\\ \t\r\n")

#: Raises a TypeError or ValueError without a text for what is not allowed.
Rule = Callable[[Any], None]


class Allowed(NamedTuple):
    """Stands behind "is" in an error."""

    text: str
    rule: Rule


def _must(is_right: bool, kind: Any) -> None:
    if not is_right:
        raise kind


def _text(value: Any) -> None:
    _must(isinstance(value, str), TypeError)


def _secret(value: Any) -> None:
    """What the server gets as it is. Bytes are for what is not UTF-8."""
    _must(isinstance(value, (str, bytes)), TypeError)
    _must(not set("\r\n") & set(value if isinstance(value, str) else value.decode("latin-1")), ValueError)


def _host(value: Any) -> None:
    _text(value)
    if value.count(":") > 1:
        ipaddress.IPv6Address(value.strip("[]").partition("%")[0])
    else:
        _must(not _NOT_IN_A_HOST & set(value), ValueError)


def _file(value: Any) -> None:
    _must(isinstance(value, (str, os.PathLike)), TypeError)


def _authorities(value: Any) -> None:
    _must(isinstance(value, (str, bytes, os.PathLike)), TypeError)


def _flag(value: Any) -> None:
    """0 and 1 do as well. Another object would mean True, as "no" does."""
    _must(isinstance(value, int), TypeError)
    _must(value in (0, 1), ValueError)


def _prearm(value: Any) -> None:
    if value != "together":
        _must(not isinstance(value, str), ValueError)
        _flag(value)


def _seconds(value: Any) -> None:
    _must(hasattr(value, "__float__") and not isinstance(value, bool), TypeError)
    _must(0 < value < math.inf, ValueError)


def _limit(value: Any) -> None:
    if value != math.inf:
        _seconds(value)


def _address(value: Any) -> None:
    _text(value)
    # The library takes no zone.
    _must("%" not in value, ValueError)
    ipaddress.ip_address(value)


def _peer(value: Any) -> None:
    if value != "*":
        _address(value)


def _log(value: Any) -> None:
    _must(can_be_called(value) or hasattr(value, "debug"), TypeError)


def _whole(least: int, most: float = math.inf) -> Rule:
    def rule(value: Any) -> None:
        _must(not isinstance(value, bool), TypeError)
        _must(least <= operator.index(value) <= most, ValueError)

    return rule


def _one_of(choices: Iterable[str]) -> Allowed:
    def rule(value: Any) -> None:
        _text(value)
        _must(value in choices, ValueError)

    return Allowed("one of " + ", ".join(choices), rule)


def _or(others: Tuple[Any, ...], rule: Rule) -> Rule:
    """One of a few objects, or what the rule allows."""
    def either(value: Any) -> None:
        if not any(value is it for it in others):
            rule(value)

    return either


def _optional(rule: Rule) -> Rule:
    return _or((None,), rule)


def _tuple(*rules: Rule, least: int = 0) -> Rule:
    """A tuple or list of as many items as there are rules, or of `least` at least."""
    def rule(value: Any) -> None:
        _must(isinstance(value, (tuple, list)), TypeError)
        _must((least or len(rules)) <= len(value) <= len(rules), ValueError)
        for item, of_item in zip(value, rules):
            of_item(item)

    return rule


def _alone_or(alone: Rule, several: Rule) -> Rule:
    return lambda value: (several if isinstance(value, (tuple, list)) else alone)(value)


_FLAG = Allowed("True or False", _flag)
_VERSION = Allowed(_one_of(VERSIONS).text + ", as a string, or None", _optional(_one_of(VERSIONS).rule))
_RATE = _optional(_whole(1))
_TEXT_OR_NONE = Allowed("a string, or None", _optional(_text))

_ALLOWED: Dict[str, Allowed] = {
    "host": Allowed("the name or the address of a server, without a port, a user or a path", _optional(_host)),
    "port": Allowed("a whole number from 0 to 65535", _optional(_whole(0, 65535))),
    "user": Allowed("a string without a line end", _optional(_secret)),
    "password": Allowed("a string without a line end", _optional(_secret)),
    "account": Allowed("a string without a line end", _optional(_secret)),
    "tls": Allowed(_one_of(TLS).text + ", or None", _or((None, ""), _one_of(TLS).rule)),
    "verify": _FLAG,
    "ca": Allowed("a file or directory, or certificates in PEM as bytes", _optional(_authorities)),
    "client_cert": Allowed("a file, or a tuple of 1 to 3: the files of certificate and key, and the password of the key",
                           _optional(_alone_or(_file, _tuple(_file, _optional(_file), _optional(_secret), least=1)))),
    "pin": _TEXT_OR_NONE,
    "timeout": Allowed("a number of seconds above 0, or None for no limit", _optional(_limit)),
    "retries": Allowed("a whole number from 0 on", _whole(0)),
    "passive": _FLAG,
    "encoding": Allowed("the name of an encoding", _text),
    "source_address": Allowed("a tuple of a host and a port, or None", _optional(_tuple(_text, _whole(0)))),
    "rate_limit": Allowed("a whole number of bytes a second above 0, a tuple of two (each may be None), or None",
                          _optional(_alone_or(_RATE, _tuple(_RATE, _RATE)))),
    "prearm": Allowed('True, False or "together"', _prearm),
    "log": Allowed("a function (no async one) or a logger", _optional(_log)),
    "keepalive": Allowed("a number of seconds above 0, a tuple of seconds, seconds and a whole number of probes, True, False or None",
                         _or((None, True, False), _alone_or(_seconds, _tuple(_seconds, _seconds, _whole(1))))),
    "noop_interval": Allowed("a number of seconds above 0, or None", _optional(_seconds)),
    "active_address": Allowed("an address in digits, a tuple of two (each may be None), or None",
                              _or((None, ""), _alone_or(_address, _tuple(_optional(_address), _optional(_address))))),
    "active_ports": Allowed("a tuple of two ports from 1 to 65535, or None", _optional(_tuple(_whole(1), _whole(1)))),
    "active_peer": Allowed('an address in digits, "*", or None', _or((None, ""), _peer)),
    "urgent_abort": _FLAG,
    "epsv": _FLAG,
    "utf8": _FLAG,
    "system": _one_of(SYSTEMS),
    "tls_min": _VERSION,
    "tls_max": _VERSION,
    "tls_ciphers": Allowed("a string, a tuple of two (each may be None), or None",
                           _optional(_alone_or(_text, _tuple(_optional(_text), _optional(_text))))),
    "tls_server_name": _TEXT_OR_NONE,
    "tls_resume": _FLAG,
    "tls_end": _one_of(ENDS),
}


def check(name: str, value: Any, is_shown: bool) -> None:
    """Refuses what a setting cannot be: another type is a TypeError, and another value an InvalidArgument.

    A secret is not shown.
    """
    allowed = _ALLOWED[name]
    if isinstance(value, str) and "\0" in value:
        raise invalid(f"{name}: {NUL}")
    try:
        allowed.rule(value)
    except (TypeError, ValueError) as error:
        told = f"{name} is {allowed.text}" + (f", and not {value!r}" if is_shown else "")
        raise (TypeError(told) if isinstance(error, TypeError) else invalid(told)) from None
