"""What the library tells in structs, as dataclasses."""
from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, List, Optional

from ._native import NUL, lib, numbers, structs

_KINDS = {numbers["FTP_ENTRY_FILE"]: "file", numbers["FTP_ENTRY_DIRECTORY"]: "directory",
          numbers["FTP_ENTRY_LINK"]: "link", numbers["FTP_ENTRY_OTHER"]: "other"}
_PRECISIONS = {numbers["FTP_TIME_DAY"]: "day", numbers["FTP_TIME_MINUTE"]: "minute",
               numbers["FTP_TIME_SECOND"]: "second", numbers["FTP_TIME_SUBSECOND"]: "subsecond"}
_ACTIONS = {numbers["FTP_MIRROR_" + name.upper()]: name
            for name in ("add", "replace", "keep", "delete", "conflict", "skip")}
_VERIFIED = {numbers["FTP_VERIFIED_" + name.upper()]: name
             for name in ("nothing", "reply", "announced", "size", "hash", "compared")}
_EPOCH = datetime(1970, 1, 1)


def encode(text: Any) -> bytes:
    """A path or a command, as the library takes it. Bytes that are not UTF-8 come back as they came."""
    if isinstance(text, str):
        data = text.encode("utf-8", "surrogateescape")
    elif isinstance(text, bytes):
        data = text
    else:
        return encode(os.fspath(text))
    if b"\0" in data:
        raise ValueError(NUL)
    return data


def decode(data: Optional[bytes]) -> str:
    return (data or b"").decode("utf-8", "surrogateescape")


def _or_none(data: Optional[bytes]) -> Optional[str]:
    return None if data is None else decode(data)


def time_of(nanoseconds: int, utc: bool = True) -> Optional[datetime]:
    """With a time zone, if the library knows it; None for a time that is not known or not one of Python's."""
    if nanoseconds == numbers["FTP_NO_TIME"]:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
    return moment.replace(tzinfo=timezone.utc) if utc else moment


def nanoseconds_of(moment: Any) -> int:
    """Of a datetime, or of seconds since 1970. A datetime without a zone is local time, as for Python."""
    if isinstance(moment, datetime):
        since = moment.astimezone(timezone.utc) - _EPOCH.replace(tzinfo=timezone.utc)
        return (since // timedelta(microseconds=1)) * 1000
    if not hasattr(moment, "__float__"):
        raise TypeError("a time is a datetime or a number of seconds")
    return int(moment * 1_000_000_000)


@dataclass(frozen=True)
class Entry:
    """A file or directory. What the server does not tell is None."""

    #: The name; from `glob()` the whole path.
    name: str
    #: "file", "directory", "link", "other" or "unknown".
    type: str
    size: Optional[int] = None
    #: With a time zone if it is UTC. Without one it is the server's clock, whose zone is not known.
    modified: Optional[datetime] = None
    #: How exact that is: "day", "minute", "second", "subsecond" or "none".
    precision: str = "none"
    mode: Optional[int] = None
    owner: Optional[str] = None
    group: Optional[str] = None
    link_target: Optional[str] = None
    #: What may be done with it, in the letters of RFC 3659.
    perm: Optional[str] = None
    unique: Optional[str] = None
    #: The line of the server.
    raw: str = ""
    #: Whether the name can be a local one: it has no "/", no control character, and is not "..".
    is_safe: bool = True
    #: Whether the library has understood the line. If not, it is the name.
    is_understood: bool = True

    @property
    def is_file(self) -> bool:
        """Whether it is a file, and no link to one."""
        return self.type == "file"

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory, and no link to one."""
        return self.type == "directory"

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link. `link_target` says where it leads, if the server tells."""
        return self.type == "link"


def entry_of(told: Any) -> Entry:
    """A copy of a struct ftp_entry."""
    raw = ctypes.string_at(told.raw, told.raw_len) if told.raw else b""
    return Entry(
        decode(ctypes.string_at(told.name, told.name_len)), _KINDS.get(told.type, "unknown"),
        None if told.size < 0 else told.size, time_of(told.modified, told.modified_zone == numbers["FTP_ZONE_UTC"]),
        _PRECISIONS.get(told.modified_precision, "none"), None if told.mode < 0 else told.mode,
        _or_none(told.owner), _or_none(told.group), _or_none(told.link_target), _or_none(told.perm),
        _or_none(told.unique), decode(raw), not told.flags & numbers["FTP_ENTRY_UNSAFE_NAME"],
        told.format != numbers["FTP_FORMAT_NONE"])


def entries_of(handle: int) -> List[Entry]:
    """All entries of a list that was read as a whole. It is freed."""
    out = ctypes.POINTER(structs["ftp_entry"])()
    entries = []
    try:
        while lib.ftp_list_next(handle, ctypes.byref(out)) == numbers["FTP_OK"]:
            entries.append(entry_of(out.contents))
    finally:
        lib.ftp_list_free(handle)
    return entries


@dataclass(frozen=True)
class Progress:
    """How far a transfer has got."""

    name: str
    #: How many bytes went over the network.
    bytes: int
    #: Where in the file the transfer began.
    offset: int
    #: The size of the whole file, if it is known.
    total: Optional[int]
    #: Bytes per second.
    rate: int
    seconds_left: Optional[int]
    is_upload: bool
    has_ended: bool
    is_listing: bool
    #: Of all files that the call moves, in all its sessions: how many bytes are there, how many will be, and bytes per second.
    all_bytes: int = 0
    all_total: Optional[int] = None
    all_rate: int = 0


def progress_of(told: Any) -> Progress:
    return Progress(decode(told.name), told.bytes, told.offset, None if told.total < 0 else told.total, told.rate,
                    None if told.seconds_left < 0 else told.seconds_left, bool(told.is_upload), bool(told.has_ended),
                    bool(told.is_listing), told.all_bytes, None if told.all_total < 0 else told.all_total, told.all_rate)


@dataclass(frozen=True)
class Report:
    """What is known of the last transfer."""

    bytes: int
    offset: int
    announced: Optional[int]
    seconds: float
    attempts: int
    #: How it is known to be whole: "nothing", "reply", "announced", "size", "hash" or "compared".
    verified: str
    resumed: bool


def report_of(told: Any) -> Report:
    return Report(told.bytes, told.offset, None if told.announced < 0 else told.announced, told.milliseconds / 1000,
                  told.attempts, _VERIFIED.get(told.verified, "compared"), bool(told.resumed))


@dataclass(frozen=True)
class Action:
    """What was done with one entry of a mirror, or in a dry run: what a real run does."""

    #: "add", "replace", "keep", "delete", "conflict" or "skip".
    kind: str
    type: str
    path: str
    size: Optional[int]
    #: Why it was not done, or what else is to be said.
    message: Optional[str]
    is_done: bool
    number: int
    count: int


def action_of(told: Any) -> Action:
    return Action(_ACTIONS.get(told.kind, "skip"), _KINDS.get(told.type, "unknown"), decode(told.path),
                  None if told.size < 0 else told.size, _or_none(told.message), told.result == numbers["FTP_OK"],
                  told.number, told.count)


@dataclass(frozen=True)
class MirrorReport:
    """How many entries were planned, added, and so on; `bytes` is the sum of the files."""

    planned: int
    added: int
    replaced: int
    kept: int
    deleted: int
    conflicts: int
    skipped: int
    failed: int
    bytes: int


def mirror_report_of(told: Any) -> MirrorReport:
    return MirrorReport(*(getattr(told, name) for name in MirrorReport.__dataclass_fields__))
