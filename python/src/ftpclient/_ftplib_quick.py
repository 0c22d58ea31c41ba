"""The short way through `retrbinary()` and `storbinary()`.

A small file costs as much as what is done around it. Where nobody sees the steps, there are fewer of them. Commands, audit
events and errors are the same. What is written out here is so to be short: each call that Python makes between two waits counts.
"""
from __future__ import annotations

import ctypes
import sys
from typing import Any

from ._ftplib_base import Base, Rest, check_line
from ._ftplib_transfer import Transfer
from ._native import lib, numbers

_OK, _REPLY_OWED = numbers["FTP_OK"], numbers["FTP_STATE_REPLY_OWED"]
#: What a transfer goes through otherwise. A program may put something else in the place of each.
_STEPS = frozenset(("putline", "putcmd", "getline", "getmultiline", "getresp", "voidresp", "voidcmd", "makepasv", "makeport",
                    "transfercmd", "ntransfercmd"))


def _steps(kind: Any) -> Any:
    return (kind.putline, kind.putcmd, kind.getline, kind.getmultiline, kind.getresp, kind.voidresp, kind.voidcmd,
            kind.makepasv, kind.makeport, kind.transfercmd, kind.ntransfercmd)


_OWN_STEPS = _steps(Base)


class Quick(Base):
    """The part of `FTP` that is quick."""

    def _is_plain(self) -> bool:
        """Whether nobody sees the steps of a transfer: no subclass, no instance, no log and no reader of lines."""
        return (not self.debugging and not self._unread and self.sock is not None and _steps(type(self)) == _OWN_STEPS
                and _STEPS.isdisjoint(self.__dict__))

    def _begin_image(self, cmd: str, rest: Rest) -> Transfer:
        """A transfer in image type."""
        check_line(cmd)
        sys.audit("ftplib.sendcmd", self, "TYPE I")
        if self._transfer is not None:
            self._end_transfer()
        session = self._before()
        if lib.ftp_state(session.handle) == _REPLY_OWED:
            self._check(session.call(lib.ftp_resync))
        self._aborted = None
        status = session.call(lib.ftp_voidcmd, b"TYPE I")
        if status != _OK:
            self._replied(status)
        for line in self._announced(cmd, rest):
            sys.audit("ftplib.sendcmd", self, line)
        out = ctypes.c_void_p()
        offset = -1 if rest is None else int(str(rest))
        status = session.call(lib.ftp_transfercmd, cmd.encode(self.encoding), offset, ctypes.byref(out))
        if status != _OK:
            self._replied(status)
        self._transfer = transfer = Transfer(self, out.value or 0)
        return transfer

    def _end(self, transfer: Transfer) -> str:
        """The final reply. If the program has ended the transfer by itself, `voidresp()` knows what is left."""
        if self._transfer is not transfer or transfer._transfer is None:
            return self.voidresp()
        self._transfer = None
        status = transfer._finish()
        if status != _OK:
            self._replied(status)
        reply: str = lib.ftp_last_reply(self._session.handle).decode(self.encoding)
        self.lastresp = reply[:3]
        return reply
