"""How a file goes from server to server if the sessions are not both of this package: by their commands."""
from __future__ import annotations

from typing import Any

from . import _ftplib_errors as errors
from . import _ftplib_replies as replies


def copy_by_commands(source: Any, sourcename: str, target: Any, targetname: str, type: str) -> None:
    """As RFC 959 shows it in section 5.2."""
    for session in (source, target):
        session.voidcmd("TYPE " + type)
    reply = source.sendcmd("PASV")
    if reply[:3] != "227":
        raise errors.error_reply(reply)
    address = replies.address_of_227(reply)
    if address is None:
        raise errors.error_proto(reply)
    host, port = address
    if not source.trust_server_pasv_ipv4_address:
        host = source.sock.getpeername()[0]
    target.sendport(host, port)
    # The one that connects and receives is told first.
    for session, command in ((target, "STOR " + targetname), (source, "RETR " + sourcename)):
        reply = session.sendcmd(command)
        if reply[:3] not in ("125", "150"):
            raise errors.error_proto(reply)
    source.voidresp()
    target.voidresp()
