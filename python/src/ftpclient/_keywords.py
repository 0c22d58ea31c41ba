"""The keywords of the constructors, as type checkers and editors see them: the fields of `Settings`, each of which may be left out."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Optional, Tuple, TypedDict, Union

if TYPE_CHECKING:
    from logging import Logger


class Keywords(TypedDict, total=False):
    """What `Settings` describes."""

    host: str
    port: int
    user: str
    password: str
    account: str
    tls: Optional[str]
    verify: bool
    ca: Union[str, bytes, "os.PathLike[str]", None]
    client_cert: Union[str, "os.PathLike[str]", Tuple[Union[str, "os.PathLike[str]", None], ...], None]
    pin: Optional[str]
    timeout: Optional[float]
    retries: int
    passive: bool
    encoding: str
    source_address: Optional[Tuple[str, int]]
    rate_limit: Union[int, Tuple[Optional[int], Optional[int]], None]
    prearm: Union[bool, str]
    log: Union[Callable[[str, str], Any], "Logger", None]
    keepalive: Union[bool, float, Tuple[float, float, int], None]
    noop_interval: Optional[float]
    active_address: Union[str, Tuple[Optional[str], Optional[str]], None]
    active_ports: Optional[Tuple[int, int]]
    active_peer: Optional[str]
    urgent_abort: bool
    epsv: bool
    utf8: bool
    system: str
    tls_min: Optional[str]
    tls_max: Optional[str]
    tls_ciphers: Union[str, Tuple[Optional[str], Optional[str]], None]
    tls_server_name: Optional[str]
    tls_resume: bool
    tls_end: str
