"""What an `ssl.SSLContext` says, told to the library."""
from __future__ import annotations

import ssl
from typing import Any, Callable

from ._native import lib, numbers


def apply_context(session: Any, context: ssl.SSLContext, check: Callable[[int], None]) -> None:
    """Sets the trust, the versions and the ciphers of a context.

    A context does not tell its certificate and key. Authorities of a directory that it has not looked up yet do not show
    either: a context without any trusts those of the system.
    """

    def set_to(function: Any, *values: Any) -> None:
        check(session.call(function, *values))

    if context.verify_mode == ssl.CERT_NONE:
        verify = "FTP_TLS_VERIFY_NONE"
    elif context.check_hostname:
        verify = "FTP_TLS_VERIFY_FULL"
    else:
        verify = "FTP_TLS_VERIFY_AUTHORITY"
    set_to(lib.ftp_set_tls_verify, numbers[verify])
    set_to(lib.ftp_set_tls_common_name, int(getattr(context, "hostname_checks_common_name", False)))
    pem = "".join(ssl.DER_cert_to_PEM_cert(it) for it in context.get_ca_certs(binary_form=True)).encode()
    set_to(lib.ftp_set_tls_ca_pem, pem or None, len(pem))
    least, most = _number(context.minimum_version), _number(context.maximum_version)
    set_to(lib.ftp_set_tls_versions, least, most)
    ciphers = _ciphers(context)
    if ciphers != _ciphers(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)):
        set_to(lib.ftp_set_tls_ciphers, ciphers.encode(), None)
    keylog = getattr(context, "keylog_filename", None)
    if keylog:
        set_to(lib.ftp_set_tls_keylog, keylog.encode())


def _number(version: ssl.TLSVersion) -> int:
    """The number on the wire; 0 for "whatever there is"."""
    return int(version) if int(version) > 0 else 0


def _ciphers(context: ssl.SSLContext) -> str:
    """The ciphers of TLS 1.2 and before, as OpenSSL names them, with the security level that they were chosen for."""
    names = [it["name"] for it in context.get_ciphers() if not it["name"].startswith("TLS_")]
    level = getattr(context, "security_level", None)
    return ":".join(names) + ("" if level is None else f":@SECLEVEL={level}")
