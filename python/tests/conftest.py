"""Real FTP servers for the tests. They are those of tests/daemons, each with a directory of its own."""
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ROOT / "tests" / "daemons" / "servers.py"
UNAVAILABLE = (69, 70)
DEMANDS = {"required": pytest.fail, None: pytest.skip}


# A shell starts what is to run in the background with Ctrl-C ignored, and Python leaves it so.
signal.signal(signal.SIGINT, signal.default_int_handler)


def start(name, *options):
    """Starts a server, and tells the process and what a client must know."""
    command = ["/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable, str(SERVERS), "start", name]
    process = subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    facts = {}
    for line in iter(process.stdout.readline, "\n"):
        if not line:
            reason = process.stderr.read().strip()
            assert process.wait() in UNAVAILABLE, reason
            DEMANDS.get(os.environ.get("FTPCLIENT_DAEMONS"), pytest.skip)(f"{name}: {reason}")
        key, _, value = line.rstrip("\n").partition("=")
        facts[key] = value
    return process, facts


class Server(SimpleNamespace):
    def put(self, name, data):
        """Puts a file where clients find it."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.give()
        return path

    def give(self):
        """Everything belongs to the account of the server."""
        owner = self.root.stat()
        for path in self.root.rglob("*"):
            os.chown(path, owner.st_uid, owner.st_gid)

    def url(self, path="", scheme=None):
        return f"{scheme or self.scheme}://{self.user}:{self.password}@{self.host}:{self.port}/{path}"


def serve(name, *options):
    process, facts = start(name, *options)
    scheme = "ftp" if "--tls" not in options else "ftpes" if "explicit" in options else "ftps"
    try:
        yield Server(name=name, host=facts["host"], port=int(facts["port"]), user=facts["user"], ca=facts["ca"],
                     password=facts["password"], root=Path(facts["root"]), scheme=scheme, log=facts["log"])
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture(scope="session", params=["pyftpdlib", "proftpd"])
def server(request):
    """A server in clear, of each kind."""
    yield from serve(request.param)


@pytest.fixture(scope="session")
def plain():
    yield from serve("pyftpdlib")


@pytest.fixture(scope="session", params=["vsftpd", "proftpd"])
def secure(request):
    """A server that wants TLS sessions resumed, of each kind."""
    yield from serve(request.param, "--tls", "explicit", "--reuse", "required")


@pytest.fixture(scope="session")
def implicit():
    yield from serve("vsftpd", "--tls", "implicit")
