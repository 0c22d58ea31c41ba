"""The calls of the library, each as a function with its arguments and what is to be made of its outputs.

The blocking session and that of asyncio make the same calls. They differ only in how they wait.
"""
from __future__ import annotations

import ctypes
import operator
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, Generic, List, Optional, Sequence, Tuple, TypeVar, Union

from . import _entries as entries
from ._entries import Entry, MirrorReport, Report, decode, encode
from ._errors import invalid
from ._native import lib, numbers, structs

T = TypeVar("T")
Path = Union[str, bytes, "os.PathLike[str]"]


@dataclass
class Call(Generic[T]):
    function: Any
    arguments: Tuple[Any, ...]
    result: Callable[[Any], T]


def _nothing(session: Any) -> None:
    return None


def _reply(session: Any) -> str:
    return decode(session.reply())


#: The commands that move data, with the methods that send them.
_TRANSFERS = {b"RETR": "read(), get() or stream()", b"STOR": "write() or put()", b"STOU": "write() or put() with a name of your own",
              b"APPE": "put() with resume=True", b"LIST": "list()", b"NLST": "list()", b"MLSD": "list()"}


def command(text: str) -> Call[str]:
    command = encode(text)
    verb = b"".join(command.split()[:1]).upper()
    if verb in _TRANSFERS:
        # The server would wait for a data connection that nobody opens, and the call for its reply.
        raise invalid(f"{decode(verb)} moves data, which a plain command cannot do: use {_TRANSFERS[verb]}")
    return Call(lib.ftp_voidcmd, (command,), _reply)


def site(text: str) -> Call[str]:
    return Call(lib.ftp_site, (encode(text),), _reply)


def plain(function: Any, *arguments: Any) -> Call[None]:
    return Call(function, arguments, _nothing)


def text(function: Any, *arguments: Any) -> Call[str]:
    out = ctypes.c_char_p()
    return Call(function, (*arguments, ctypes.byref(out)), lambda session: decode(out.value))


def feature(name: str) -> Call[Optional[str]]:
    out = ctypes.c_char_p()
    return Call(lib.ftp_feature, (encode(name), ctypes.byref(out)),
                lambda session: None if out.value is None else decode(out.value))


def size(path: Path) -> Call[Optional[int]]:
    out = ctypes.c_int64()
    return Call(lib.ftp_size, (encode(path), ctypes.byref(out)), lambda session: None if out.value < 0 else out.value)


def modified(path: Path) -> Call[Optional[datetime]]:
    out = ctypes.c_int64()
    return Call(lib.ftp_modified, (encode(path), ctypes.byref(out)), lambda session: entries.time_of(out.value))


def set_modified(path: Path, when: Any) -> Call[None]:
    return plain(lib.ftp_set_modified, encode(path), entries.nanoseconds_of(when))


def of_anything(path: Path) -> bytes:
    """That of a file or directory. An empty one is the working directory, for which the library has no other word in some calls."""
    return encode(path) or b"."


def exists(path: Path) -> Call[bool]:
    out = ctypes.c_int()
    return Call(lib.ftp_exists, (of_anything(path), ctypes.byref(out)), lambda session: bool(out.value))


def stat(path: Path) -> Call[Entry]:
    out = ctypes.POINTER(structs["ftp_entry"])()
    return Call(lib.ftp_stat, (encode(path), ctypes.byref(out)), lambda session: entries.entry_of(out.contents))


def listing(path: Path, hidden: bool = False) -> Call[List[Entry]]:
    out = ctypes.c_void_p()
    flags = numbers["FTP_LIST_HIDDEN"] if hidden else 0
    return Call(lib.ftp_list_open, (encode(path), flags, ctypes.byref(out)),
                lambda session: entries.entries_of(out.value or 0))


def glob(pattern: Path, hidden: bool = False) -> Call[List[Entry]]:
    out = ctypes.c_void_p()
    flags = numbers["FTP_GLOB_HIDDEN"] if hidden else 0
    return Call(lib.ftp_glob, (encode(pattern), flags, ctypes.byref(out)),
                lambda session: entries.entries_of(out.value or 0))


def hash_of(path: Path, algorithm: Optional[str]) -> Call[str]:
    return text(lib.ftp_hash, encode(path), None if algorithm is None else encode(algorithm))


def read(path: Path, limit: Optional[int]) -> Call[bytes]:
    data, length = ctypes.c_void_p(), ctypes.c_size_t()
    most = ctypes.c_size_t(-1).value if limit is None else limit

    def copied(session: Any) -> bytes:
        try:
            return ctypes.string_at(data.value or 0, length.value)
        finally:
            lib.ftp_buffer_free(data)

    return Call(lib.ftp_get_data, (encode(path), most, ctypes.byref(data), ctypes.byref(length)), copied)


def write(path: Path, data: Any) -> Call[None]:
    data = data if isinstance(data, bytes) else memoryview(data).tobytes()
    # The same object each time that the call is repeated: the library compares the address.
    return plain(lib.ftp_put_data, encode(path), data, len(data))


def transfer(command: bytes, rest: int) -> Call[int]:
    out = ctypes.c_void_p()
    return Call(lib.ftp_transfercmd, (command, rest, ctypes.byref(out)), lambda session: out.value or 0)


def _report(session: Any) -> Report:
    told = structs["ftp_report"]()
    told.struct_size = ctypes.sizeof(told)
    lib.ftp_last_report(session.handle, ctypes.byref(told))
    return entries.report_of(told)


def _flags(**wanted: bool) -> int:
    return sum(numbers["FTP_" + name.upper()] for name, is_wanted in wanted.items() if is_wanted)


def get(remote: Path, local: Path, resume: bool, replace: bool, keep_time: bool, verify: bool,
        in_place: bool) -> Call[Report]:
    flags = _flags(resume=resume, no_replace=not replace, keep_time=keep_time, verify=verify, in_place=in_place)
    return Call(lib.ftp_get, (encode(remote), os.fsencode(local), flags), _report)


def put(local: Path, remote: Path, resume: bool, replace: bool, keep_time: bool, verify: bool, atomic: bool,
        make_dirs: bool) -> Call[Report]:
    flags = _flags(resume=resume, no_replace=not replace, keep_time=keep_time, verify=verify, atomic=atomic,
                   make_dirs=make_dirs)
    return Call(lib.ftp_put, (os.fsencode(local), encode(remote), flags), _report)


def mirror(function: Any, source: bytes, target: bytes, include: Sequence[str], exclude: Sequence[str], delete: bool,
           dry_run: bool, resume: bool, verify: bool, atomic: bool, sessions: int, watch: Any) -> Call[MirrorReport]:
    options = structs["ftp_mirror_options"]()
    options.struct_size = ctypes.sizeof(options)
    options.flags = _flags(resume=resume, verify=verify, delete_extra=delete, dry_run=dry_run, atomic=atomic)
    if not 0 <= operator.index(sessions) < 1 << 31:
        raise OverflowError(f"{sessions} sessions cannot be")
    options.sessions = sessions
    if include:
        options.include = _texts(include)
    if exclude:
        options.exclude = _texts(exclude)
    if watch is not None:
        options.action_cb = watch
    return Call(function, (source, target, ctypes.byref(options)), mirror_report)


def mirror_report(session: Any) -> MirrorReport:
    told = structs["ftp_mirror_report"]()
    told.struct_size = ctypes.sizeof(told)
    lib.ftp_last_mirror_report(session.handle, ctypes.byref(told))
    return entries.mirror_report_of(told)


def _texts(items: Sequence[str]) -> Any:
    """Strings with NULL behind the last."""
    if isinstance(items, (str, bytes)):
        # Each of its letters would be a pattern, and "*" is one that matches all.
        raise TypeError("patterns are a list of strings, and not a string")
    return (ctypes.c_char_p * (len(items) + 1))(*map(encode, items), None)
