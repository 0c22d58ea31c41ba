#!/usr/bin/env python3
"""A server made of pyftpdlib: servers.py starts it with the Python that has pyftpdlib installed.

pyftpdlib itself cannot require that a data connection resumes the TLS session of the control connection; this can.
"""

import argparse
import threading

from OpenSSL import SSL
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer, MultiprocessFTPServer

ALL_PERMISSIONS = "elradfmwMT"


class Data(TLS_DTPHandler):
    reuse_required = False

    def handle_ssl_established(self):
        if self.reuse_required and not SSL._lib.SSL_session_reused(self.socket._ssl):
            self.cmd_channel.respond("522 The TLS session of the control connection must be resumed.")
            self.close()
        else:
            super().handle_ssl_established()


class Explicit(TLS_FTPHandler):
    dtp_handler = Data
    tls_control_required = True
    tls_data_required = True


class Implicit(Explicit):
    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        FTPHandler.handle(self)         # greets

    def ftp_AUTH(self, _):
        self.respond("503 TLS is on already.")


def tls_context(certificate, key):
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate_chain_file(certificate)
    context.use_privatekey_file(key)
    context.set_session_id(b"ftp")
    context.set_session_cache_mode(SSL.SESS_CACHE_SERVER)
    return context


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("host", "user", "password", "root"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--anonymous", action="store_true")
    parser.add_argument("--tls", choices=["none", "explicit", "implicit"], required=True)
    parser.add_argument("--reuse", choices=["off", "required"], required=True)
    parser.add_argument("--idle-seconds", type=int, default=FTPHandler.timeout)
    parser.add_argument("--most-sessions", type=int, default=0, help="from one address; 0: as many as come")
    parser.add_argument("--behind", help="the address to tell clients; each session is a process of its own")
    parser.add_argument("--passive-ports", type=int, nargs=2)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    arguments = parser.parse_args()

    handler = {"none": FTPHandler, "explicit": Explicit, "implicit": Implicit}[arguments.tls]
    if arguments.tls != "none":
        handler.ssl_context = tls_context(arguments.certificate, arguments.key)
        handler.certfile, handler.keyfile = arguments.certificate, arguments.key
        Data.reuse_required = arguments.reuse == "required"
    handler.timeout = arguments.idle_seconds
    handler.authorizer = DummyAuthorizer()
    handler.authorizer.add_user(arguments.user, arguments.password, arguments.root, perm=ALL_PERMISSIONS)
    if arguments.anonymous:
        handler.authorizer.add_anonymous(arguments.root)
    server = FTPServer
    if arguments.behind:
        # Its own are shared by all processes: a session that is killed while it has one would stop all others.
        MultiprocessFTPServer._lock, MultiprocessFTPServer._exit = threading.Lock(), threading.Event()
        first, last = arguments.passive_ports
        handler.masquerade_address, handler.passive_ports = arguments.behind, range(first, last + 1)
        server = MultiprocessFTPServer
    server.max_cons_per_ip = arguments.most_sessions
    server((arguments.host, arguments.port), handler).serve_forever()


main()
