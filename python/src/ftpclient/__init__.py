"""FTP for Python, on libftpclient.

- `FTP` is a session: listings as dataclasses, files, trees, file objects, and batches of commands. `Pool` has several sessions.
- `ftpclient.aio` has the same for asyncio.
- `ftpclient.fsspec` has filesystems for fsspec, and so for pandas, Dask and pyarrow.
- `ftpclient.ftplib` is a drop-in for the module `ftplib` of the standard library.
"""
from ._client import FTP
from ._entries import Action, Entry, MirrorReport, Progress, Report
from ._errors import (
    BusyError, Cancelled, CertificateError, ConnectionLost, Error, Exists, IncompleteError, InternalError,
    InvalidArgument, LimitError, LocalFileError, NetworkError, NotFound, PartialError, PermanentError, ProtocolError,
    ReplyError, ResolveError, StateError, TemporaryError, TimedOut, TLSError, Unsupported,
)
from ._native import lib as _lib
from ._settings import Settings
from ._together import Batch, Outcome, Pool

#: The version of the library.
__version__: str = _lib.ftp_version().decode()


def has_feature(name: str) -> bool:
    """Whether the library has what a build can leave out: "tls". A name that it does not know is False."""
    return bool(_lib.ftp_has_feature(name.encode()))


__all__ = [
    "has_feature", "FTP", "Settings", "Action", "Batch", "Entry", "MirrorReport", "Outcome", "Pool", "Progress", "Report", "BusyError",
    "Cancelled", "CertificateError", "ConnectionLost", "Error", "Exists", "IncompleteError", "InternalError", "InvalidArgument",
    "LimitError", "LocalFileError", "NetworkError", "NotFound", "PartialError", "PermanentError", "ProtocolError",
    "ReplyError", "ResolveError", "StateError", "TemporaryError", "TimedOut", "TLSError", "Unsupported",
]
