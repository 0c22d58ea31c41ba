#!/usr/bin/env python3
"""Starts a real FTP server on loopback for the tests: on a free port, with its own account and directory.

    servers.py start vsftpd                        plain FTP on 127.0.0.1
    servers.py start proftpd --host ::1
    servers.py start vsftpd --tls explicit --reuse required --tls-version 1.3

Prints what a client must know as lines of KEY=VALUE and then an empty line. Serves until its standard input ends, so
that no server outlives the test that started it. When the server cannot run on this machine, says why in one line of
standard error and exits with 69, or with 70 when nobody expects it to.

Servers that are written in C need root: each runs in a mount and PID namespace of its own, where its own passwd, shadow,
group and pam.d lie over those of the machine. So no account is made, nothing in /etc changes, and the end of the
namespace ends every process in it. Servers that are written in Python or JavaScript know the account by themselves.
"""

import argparse
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import accounts
import certificates
import configurations

EXIT_UNAVAILABLE = 69
EXIT_NOT_FOR_THIS_MACHINE = 70
# Far more than any needs, on any machine: those in Python load a thousand modules before they listen.
SECONDS_TO_START = 120


class Unavailable(Exception):
    """The server cannot run on this machine."""


class NotForThisMachine(Unavailable):
    """Nor does anybody expect it to."""


class Server:
    """A running FTP server. What a client must know is in `info`."""

    def __init__(self, name, host="127.0.0.1", tls="none", reuse="off", tls_version="any", anonymous=False, idle_seconds=0,
                 most_sessions=0, behind=""):
        configurations.check(name, tls, reuse, anonymous, idle_seconds, most_sessions, behind)
        check_available(name)
        self.directory = tempfile.mkdtemp(prefix=f"ftpclient-{name}-")
        self.process = None
        self.port_holders = []
        try:
            self._start(name, host, tls, reuse, tls_version, anonymous, idle_seconds, most_sessions, behind)
        except BaseException:
            self.stop()
            raise

    def _start(self, name, host, tls, reuse, tls_version, anonymous, idle_seconds, most_sessions, behind):
        os.chmod(self.directory, 0o755)
        root = os.path.join(self.directory, "root")
        os.mkdir(root)
        self.log = os.path.join(self.directory, "log")
        self.port_holders, port = hold_free_port(host)
        settings = configurations.Settings(
            directory=self.directory, root=root, host=host, port=port, tls=tls, reuse=reuse, tls_version=tls_version,
            anonymous=anonymous, idle_seconds=idle_seconds, most_sessions=most_sessions, behind=behind,
            certificates=certificates.make(os.path.join(self.directory, "tls"), behind) if tls != "none" else None)
        command = configurations.COMMANDS[name](settings)
        if needs_root(name):
            os.chown(root, accounts.UID, accounts.UID)
            command = accounts.namespace_command(self.directory, root, command)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                preexec_fn=die_with_parent, env=dict(os.environ, **openssl_settings(settings)))
        self._wait_until_ready(settings)
        self.info = {
            "server": name, "host": host, "port": port, "user": accounts.USER, "password": accounts.PASSWORD,
            "root": root, "login_dir": configurations.login_directory(name, root), "log": self.log,
            "ca": settings.certificates.ca if settings.certificates else "",
        }

    def _wait_until_ready(self, settings):
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with status {self.process.returncode}: {self._end_of_log()}")
            try:
                greeting = read_greeting(settings)
            except OSError as e:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the server does not answer ({e}): {self._end_of_log()}") from e
                time.sleep(0.02)
                continue
            if not greeting.startswith(b"220"):
                raise RuntimeError(f"the server greets with {greeting!r}: {self._end_of_log()}")
            return

    def _end_of_log(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-2000:]

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        for holder in self.port_holders:
            holder.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def needs_root(name):
    return name in configurations.IN_A_NAMESPACE


def check_available(name):
    if name == "ftp-srv" and not (shutil.which("node") and shutil.which("npm")):
        raise NotForThisMachine("there is no Node.js")
    if not os.path.exists(configurations.program(name)):
        raise Unavailable("not installed (run tests/daemons/setup.sh)")
    if needs_root(name):
        if os.geteuid() != 0:
            raise Unavailable("needs root")
        if subprocess.run(accounts.NAMESPACE + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
            raise Unavailable("this machine allows no namespaces")


def hold_free_port(host):
    """A free port, and the sockets that keep it for us, and the one below it: there, servers of the BSD line begin their
    data connections in active mode, and where somebody else has it they wait.

    The sockets are bound but never listen. On Linux a server can still listen on that port, for every server sets
    SO_REUSEADDR as well; but the kernel gives the port to nobody who asks for any free port. So servers that start at
    the same time, in several test processes, cannot take each other's port.
    """
    while True:
        below = hold_port(host, 0)
        try:
            holder = hold_port(host, below.getsockname()[1] + 1)
        except (OSError, OverflowError):
            below.close()
            continue
        return [below, holder], holder.getsockname()[1]


def hold_port(host, port):
    holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        # In this order: with SO_REUSEADDR, a port that another server holds would count as free.
        holder.bind((host, port))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except BaseException:
        holder.close()
        raise
    return holder


def openssl_settings(settings):
    """The environment that limits OpenSSL to one version of TLS: not every server has a setting for that."""
    if settings.tls == "none" or settings.tls_version == "any":
        return {}
    version = "TLSv" + settings.tls_version
    return {"OPENSSL_CONF": settings.write("openssl.cnf", f"""\
openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = limits
[limits]
MinProtocol = {version}
MaxProtocol = {version}
""")}


def read_greeting(settings):
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection((settings.host, settings.port), 5))
        if settings.tls == "implicit":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = stack.enter_context(context.wrap_socket(connection))
        greeting = connection.recv(4096)
        connection.sendall(b"QUIT\r\n")
        connection.recv(4096)
        return greeting


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    start = parser.add_subparsers(required=True, metavar="start").add_parser("start")
    start.add_argument("name", choices=configurations.COMMANDS)
    start.add_argument("--host", default="127.0.0.1")
    start.add_argument("--tls", default="none", choices=["none", "explicit", "implicit"])
    start.add_argument("--reuse", default="off", choices=["off", "required"],
                       help="must data connections resume the TLS session of the control connection?")
    start.add_argument("--tls-version", default="any", choices=["any", "1.2", "1.3"])
    start.add_argument("--anonymous", action="store_true", help="let in anonymous as well, to read")
    start.add_argument("--idle-seconds", default=0, type=int, help="sessions end when idle for that long; 0: as usual")
    start.add_argument("--most-sessions", default=0, type=int, help="so many from one address at the same time; 0: as many as come")
    start.add_argument("--behind", default="",
                       help="the address of a relay that clients come through, also with their data connections")
    arguments = parser.parse_args()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        server = Server(**vars(arguments))
    except Unavailable as e:
        print(e, file=sys.stderr)
        sys.exit(EXIT_NOT_FOR_THIS_MACHINE if isinstance(e, NotForThisMachine) else EXIT_UNAVAILABLE)
    try:
        for key, value in server.info.items():
            print(f"{key}={value}")
        print(flush=True)
        sys.stdin.buffer.read()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
