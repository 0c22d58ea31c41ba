"""Readers of single replies, as those of the standard ftplib, and how a failed call becomes one of its exceptions."""
from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from typing import Any, Optional, Tuple

from . import _ftplib_errors as errors
from ._errors import of_sessions
from ._native import lib, numbers

_SIZE = re.compile(r"150 .* \((\d+) bytes\)", re.IGNORECASE | re.ASCII)
_NUMBERS = re.compile(r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", re.ASCII)


def size_of_150(reply: str) -> Optional[int]:
    found = _SIZE.match(reply)
    return int(found.group(1)) if found else None


def address_of_227(reply: str) -> Optional[Tuple[str, int]]:
    found = _NUMBERS.search(reply)
    if not found:
        return None
    parts = found.groups()
    return ".".join(parts[:4]), int(parts[4]) * 256 + int(parts[5])


def port_of_229(reply: str) -> Optional[int]:
    opening = reply.find("(")
    closing = reply.find(")", opening + 1)
    if opening < 0 or closing < 0 or reply[opening + 1] != reply[closing - 1]:
        return None
    parts = reply[opening + 1 : closing].split(reply[opening + 1])
    return int(parts[3]) if len(parts) == 5 else None


def path_of_257(reply: str) -> str:
    """The text in quotes. Two quotes in it are one."""
    if reply[3:5] != ' "':
        return ""
    path, rest = "", reply[5:]
    while rest:
        before, quote, rest = rest.partition('"')
        path += before
        if not quote or not rest.startswith('"'):
            break
        path, rest = path + '"', rest[1:]
    return path


def system_error(session: Any, text: str) -> OSError:
    """The exception for what the system has said; EOFError's neighbours have no number."""
    code = lib.ftp_last_os_error(session.handle)
    return OSError(code, os.strerror(code)) if code else OSError(errno.EIO, text)


def exception(session: Any, status: int, encoding: str) -> BaseException:
    """What the standard ftplib raises for this."""
    reply = session.reply().decode(encoding, "backslashreplace")
    text = (session.text(lib.ftp_last_error) or b"").decode("utf-8", "backslashreplace")
    text = of_sessions(text or lib.ftp_strerror(status).decode())

    def is_one_of(*names: str) -> bool:
        return any(numbers["FTP_ERR_" + name] == status for name in names)

    if is_one_of("TEMP"):
        return errors.error_temp(reply)
    if is_one_of("PERM"):
        return errors.error_perm(reply)
    if is_one_of("REPLY"):
        return errors.error_reply(reply)
    if is_one_of("PROTO"):
        return errors.error_proto(reply or text)
    if is_one_of("LIMIT"):
        return errors.Error(text)
    if is_one_of("EOF"):
        return EOFError(text)
    if is_one_of("TIMEOUT"):
        return socket.timeout("timed out")
    if is_one_of("RESOLVE"):
        return socket.gaierror(socket.EAI_NONAME, text)
    if is_one_of("IO", "FILE"):
        return system_error(session, text)
    if is_one_of("CERTIFICATE"):
        return ssl.SSLCertVerificationError(1, text)
    if is_one_of("TLS"):
        return ssl.SSLError(1, text)
    if is_one_of("INVALID_ARGUMENT"):
        return ValueError(text)
    if is_one_of("INTEGRITY", "UNVERIFIED"):
        return errors.error_incomplete(text)
    if is_one_of("STATE"):
        return EOFError(text)
    return OSError(errno.EIO, text)
