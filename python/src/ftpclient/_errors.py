"""The exceptions of `ftpclient`: one class for each status, and `Error` for all."""
from __future__ import annotations

import os
import re
from typing import Any, Dict, Iterable, Optional, Tuple, Type

from ._native import lib, numbers


class Error(Exception):
    """What went wrong. `status` is the library's number. `code` and `reply` are the server's, if its reply is the reason.

    `is_transient` says whether the same call may succeed later, with nothing changed. If the connection is closed, `reconnect()`
    comes first.

    Some subclasses are exceptions of Python as well: `NotFound` is a FileNotFoundError, for example.
    """

    def __init__(self, text: str, status: int = 0, code: int = 0, reply: str = "", os_error: int = 0,
                 is_transient: Optional[bool] = None) -> None:
        if isinstance(self, OSError):
            super().__init__(os_error, text)
        else:
            super().__init__(text)
        self.text, self.status, self.code, self.reply, self.os_error = text, status, code, reply, os_error
        #: Where no session tells more, the status decides.
        self.is_transient = bool(lib.ftp_is_transient(None, status)) if is_transient is None else is_transient

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.text, self.status, self.code, self.reply, self.os_error, self.is_transient)


class InvalidArgument(Error, ValueError):
    """An argument cannot be used. Nothing was sent."""


class StateError(Error):
    """The call does not fit the state of the session: for example, there is no connection."""


class BusyError(Error):
    """Another call is running: this one was made in a callback."""


class InternalError(Error):
    """The library has a bug."""


class Unsupported(Error):
    """Neither this library nor this server can do it."""


class ResolveError(Error, OSError):
    """The name of the host has no address."""


class NetworkError(Error, OSError):
    """The network or the system failed."""


class TimedOut(Error, TimeoutError):
    """Nothing happened for too long."""


class ConnectionLost(Error, ConnectionError):
    """The server closed the connection."""


class ReplyError(Error):
    """The reply is positive, and does not fit the command."""


class TemporaryError(Error):
    """The server refused for now (4yz)."""


class PermanentError(Error):
    """The server refused (5yz)."""


class ProtocolError(Error):
    """The server broke the protocol, or is no FTP server."""


class LimitError(Error):
    """Something is too long."""


class NotFound(Error, FileNotFoundError):
    """The file or directory is not there: the server says so, or that was found out."""


class Exists(Error, FileExistsError):
    """Something is there already: that was found out."""


class TLSError(Error):
    """TLS failed, or something would have gone in clear that must not."""


class CertificateError(TLSError):
    """The certificate of the server is not accepted."""


class Cancelled(Error):
    """Another thread cancelled the call."""


class LocalFileError(Error, OSError):
    """A file of this machine cannot be used."""


class IncompleteError(Error):
    """The server reported success, and the data is not known to be complete."""


class PartialError(Error):
    """Some of the entries were not done, and all others were."""


_CLASSES: Dict[str, Type[Error]] = {
    "INVALID_ARGUMENT": InvalidArgument, "STATE": StateError, "BUSY": BusyError, "INTERNAL": InternalError,
    "UNSUPPORTED": Unsupported, "RESOLVE": ResolveError, "IO": NetworkError, "TIMEOUT": TimedOut,
    "EOF": ConnectionLost, "REPLY": ReplyError, "TEMP": TemporaryError, "PERM": PermanentError,
    "PROTO": ProtocolError, "LIMIT": LimitError, "NOT_FOUND": NotFound, "EXISTS": Exists, "TLS": TLSError,
    "CERTIFICATE": CertificateError, "ABORTED": Cancelled, "CALLBACK": Cancelled, "DENIED": Cancelled,
    "FILE": LocalFileError, "INTEGRITY": IncompleteError, "UNVERIFIED": IncompleteError, "PARTIAL": PartialError,
}
_OF_STATUS = {numbers["FTP_ERR_" + name]: kind for name, kind in _CLASSES.items() if "FTP_ERR_" + name in numbers}


_NAMED = {numbers["FTP_ERR_" + name]: name for name in _CLASSES if "FTP_ERR_" + name in numbers}
_ALWAYS = {"TEMP", "PERM", "REPLY", "PROTO"}
#: What a refusal may have led to, or something else, in which case the last reply has nothing to do with it.
_REFUSALS = {"NOT_FOUND": range(400, 600), "EXISTS": range(400, 600), "PARTIAL": range(400, 600),
             "UNSUPPORTED": range(500, 505), "TLS": (431, 500, 501, 502, 503, 504, 521, 522, 533, 534, 536), "EOF": (421,)}
#: The words by which servers say that there is nothing of this name. They do not count where the name contains them.
_MISSING = ("no such file", "no such directory", "not found", "does not exist", "doesn't exist", "cannot find the")


def _says_it_is_missing(reply: str, arguments: Iterable[Any]) -> bool:
    said = reply.lower()
    asked = [it.decode("utf-8", "replace").lower() for it in arguments if isinstance(it, bytes)]
    return any(words in said and not any(words in it for it in asked) for words in _MISSING)


#: What the library says of its handles, word for word: a name in a message may have the word as well.
_OF_HANDLES = {
    "handle was made before fork()": "session was made before fork()",
    "before fork(), and a call was running": "before fork(), while a call was running: open another one here",
    "in another process: here it can only be freed": "in another process: open another one here",
    "another call is running on this handle": "another call is running on this session",
    "another call is running on the target handle": "another call is running on the other session",
    "the target is NULL, or the same handle as the source": "the source and the target are the same session",
    "the call does not fit the state of the handle": "the call does not fit the state of the session",
    "the handle is the target of an ftp_copy() that": "the session is the target of a copy that",
    "internal error: the handle can only be freed": "internal error: open another session",
}
#: Parts of messages that name something of C, and what it is in Python.
_OF_C = {
    "FTP_RESUME": "resume=True", "FTP_NO_REPLACE": "replace=False", "FTP_ATOMIC": "atomic=True", "FTP_VERIFY": "verify=True",
    "FTP_KEEP_TIME": "keep_time=True", "FTP_IN_PLACE": "in_place=True", "FTP_SEGMENTED": "segmented=True",
    " (FTP_LIST_STREAM reads it piece by piece)": "", "SHA-512 or NULL": "SHA-512 or None",
    "ftp_set_tls_versions()": "the setting tls_min", "ftp_mkd()": "mkdir()", "ftp_rmd()": "rmdir()", "ftp_delete()": "remove()",
    "ftp_voidcmd()": "command()", "ftp_get_data()": "read()", "ftp_put_data()": "write()", "ftp_open()": "connect()",
    "ftp_list_open()": "list()", "ftp_acct()": "connect()", "ftp_transfercmd()": "open()", "ftp_syst()": "system()",
}
_NAMES_OF_C = re.compile("|".join(map(re.escape, _OF_C)))


def of_sessions(text: str) -> str:
    """A message of the library, where it speaks of its handles."""
    for c, python in _OF_HANDLES.items():
        text = text.replace(c, python)
    return text


def _in_python(text: str) -> str:
    """A message of the library, with the names that Python has for things."""
    text = _NAMES_OF_C.sub(lambda found: _OF_C[found[0]], of_sessions(text))
    return re.sub(r"\bftp_set_(\w+)\(\)", r"the setting \1", re.sub(r"\bftp_(?!set_)(\w+\(\))", r"\1", text))


def invalid(text: str) -> InvalidArgument:
    """What the package itself refuses."""
    return InvalidArgument(text, numbers["FTP_ERR_INVALID_ARGUMENT"])


def error_of(session: Any, status: int, arguments: Iterable[Any] = (), setting: str = "") -> Error:
    """The exception for a status that the last call on the session has returned. Its arguments tell what it was about.

    If it was about a setting, the text begins with the name of that.
    """
    text = f"{setting}: " if setting else ""
    text += (session.text(lib.ftp_last_error) or lib.ftp_strerror(status)).decode("utf-8", "backslashreplace")
    reply = session.reply().decode("utf-8", "backslashreplace")
    code, number = lib.ftp_last_reply_code(session.handle), lib.ftp_last_os_error(session.handle)
    return _error(status, text, code, reply, number, arguments, bool(lib.ftp_is_transient(session.handle, status)))


def error_told(status: int, message: bytes, reply: bytes, arguments: Iterable[Any]) -> Error:
    """The exception for a result that a callback is told, with the reply that belongs to it."""
    code = int(reply[:3]) if reply[:3].isdigit() else 0
    return _error(status, message.decode("utf-8", "backslashreplace"), code, reply.decode("utf-8", "backslashreplace"), 0,
                  arguments)


def _error(status: int, text: str, code: int, reply: str, number: int, arguments: Iterable[Any],
           is_transient: Optional[bool] = None) -> Error:
    kind, name = _OF_STATUS.get(status, Error), _NAMED.get(status, "")
    if name not in _ALWAYS and code not in _REFUSALS.get(name, ()):
        # The last reply is that of an earlier call.
        code, reply = 0, ""
    if name == "PERM" and code in (550, 553) and _says_it_is_missing(reply, arguments):
        kind = NotFound
    if issubclass(kind, FileNotFoundError):
        number = number or 2
    if number and not text:
        text = os.strerror(number)
    return kind(_in_python(text), status, code, reply, number, is_transient)
