"""What a file was when it was opened: so that nobody reads a mixture of two versions, or a part for the whole."""
from __future__ import annotations

import errno
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from ._entries import Entry, decode
from ._errors import IncompleteError
from ._native import numbers


@dataclass(frozen=True)
class Version:
    """What the server has told of a file. What is None nobody can compare."""

    path: Any
    size: Optional[int] = None
    #: Anything that differs where the time of the last change does.
    modified: Any = None

    def require_same(self, now: "Version") -> None:
        """IncompleteError if the file has changed meanwhile."""
        for fact, before, after in (("size", self.size, now.size), ("time", self.modified, now.modified)):
            if None not in (before, after) and before != after:
                before, after = (it.isoformat(" ") if isinstance(it, datetime) else it for it in (before, after))
                raise self._incomplete(f"has changed on the server while it was read: the {fact} was {before} and is {after}")

    def require_whole(self, end: int) -> None:
        """IncompleteError if the file has ended too early. One that has grown is as whole as it can be."""
        if self.size is not None and end < self.size:
            raise self._incomplete(f"ended after {end} bytes, and it had {self.size} when it was opened")

    def _incomplete(self, text: str) -> IncompleteError:
        name = decode(self.path) if isinstance(self.path, bytes) else self.path
        return IncompleteError(f"{name} {text}", numbers["FTP_ERR_INTEGRITY"])


def version_of(path: bytes, entry: Entry) -> Version:
    """Of a file. A directory is IsADirectoryError."""
    if entry.type == "directory":
        raise IsADirectoryError(errno.EISDIR, "it is a directory", decode(path))
    return Version(path, entry.size, entry.modified)
