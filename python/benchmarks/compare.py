#!/usr/bin/env python3
"""What three jobs cost with other clients and with this package: time, CPU and memory of the client.

    pip install aioftp fsspec
    python benchmarks/compare.py [--server proftpd] [--megabytes 256] [--entries 100000] [--runs 5] [--clients "ftplib;FTP"]

The clients are the standard ftplib, the drop-in for it, `ftpclient.FTP`, its filesystem for fsspec, fsspec's own, and aioftp. Each job
runs in a process of its own, the clients in turn, and the median counts. The servers are those of tests/daemons.
"""
import argparse
import asyncio
import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

FILES = 500
CLIENTS = ("ftplib", "drop-in", "FTP", "fsspec, this package", "fsspec, its own", "aioftp")


class Plain:
    """The standard module, or the drop-in."""

    def __init__(self, module, host, port, user, password):
        self.ftp = module.FTP()
        self.ftp.connect(host, port)
        self.ftp.login(user, password)

    def download(self):
        with open("/dev/null", "wb") as sink:
            self.ftp.retrbinary("RETR big", sink.write)

    def small_files(self):
        for number in range(FILES):
            blocks = []
            self.ftp.retrbinary(f"RETR small/{number}", blocks.append)

    def listing(self):
        return len(list(self.ftp.mlsd("many")))


class Ours:
    def __init__(self, host, port, user, password):
        import ftpclient
        self.ftp = ftpclient.FTP(host=host, port=port, user=user, password=password)

    def download(self):
        self.ftp.get("big", "/dev/null", in_place=True)

    def small_files(self):
        for number in range(FILES):
            self.ftp.read(f"small/{number}")

    def listing(self):
        return len(self.ftp.list("many"))


class Filesystem:
    def __init__(self, kind, host, port, user, password):
        self.fs = kind(host=host, port=port, username=user, password=password)
        self.fs.info("/big")        # connects
        # By get_file(): with ProFTPD, a file that fsspec's own has opened waits for a reply that has come already.
        self.target = os.path.join(tempfile.mkdtemp(), "target")

    def download(self):
        self.fs.get_file("/big", self.target)

    def small_files(self):
        for number in range(FILES):
            self.fs.get_file(f"/small/{number}", self.target)

    def listing(self):
        return len(self.fs.ls("/many"))


class Aioftp:
    def __init__(self, host, port, user, password):
        import aioftp
        self.loop = asyncio.new_event_loop()
        self.client = aioftp.Client()
        self.loop.run_until_complete(self.client.connect(host, port))
        self.loop.run_until_complete(self.client.login(user, password))

    async def _read(self, path, take):
        async with self.client.download_stream(path) as stream:
            async for block in stream.iter_by_block():
                take(block)

    def download(self):
        with open("/dev/null", "wb") as sink:
            self.loop.run_until_complete(self._read("big", sink.write))

    def small_files(self):
        for number in range(FILES):
            self.loop.run_until_complete(self._read(f"small/{number}", [].append))

    def listing(self):
        return len(self.loop.run_until_complete(self.client.list("many")))


def make(client, *where):
    if client == "ftplib":
        import ftplib
        return Plain(ftplib, *where)
    if client == "drop-in":
        import ftpclient.ftplib
        return Plain(ftpclient.ftplib, *where)
    if client == "fsspec, this package":
        from ftpclient.fsspec import FTPFileSystem
        return Filesystem(FTPFileSystem, *where)
    if client == "fsspec, its own":
        from fsspec.implementations.ftp import FTPFileSystem as Own
        return Filesystem(Own, *where)
    return {"FTP": Ours, "aioftp": Aioftp}[client](*where)


JOBS = ("download", "small files", "listing")


def run(job, client, host, port, user, password, entries):
    did = make(client, host, int(port), user, password)
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    found = getattr(did, job.replace(" ", "_"))()
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF)
    assert found is None or found >= int(entries), found
    # That of getrusage() may be what the parent had.
    most = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(most.split()[1]) / 1024)
    sys.stdout.flush()
    os._exit(0)         # how a client ends is not a part of it


def compare(server, megabytes, entries, runs, clients):
    import conftest

    process, facts = conftest.start(server)
    root = Path(facts["root"])
    with open(root / "big", "wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))
    for folder, count, size in (("small", FILES, 1000), ("many", entries, 0)):
        (root / folder).mkdir()
        for number in range(count):
            (root / folder / str(number)).write_bytes(b"x" * size)
    where = [facts[key] for key in ("host", "port", "user", "password")]
    print(f"| {server}: job | client | seconds | CPU seconds | MiB |\n|---|---|---|---|---|")
    with contextlib.closing(process.stdin):
        for job in JOBS:
            figures = {client: [] for client in clients}
            for _ in range(runs):
                for client in clients:
                    ran = subprocess.run([sys.executable, __file__, "--run", job, client, *where, str(entries)], check=True,
                                         stdout=subprocess.PIPE, text=True)
                    figures[client].append([float(it) for it in ran.stdout.split()])
            for client in clients:
                wall, cpu, memory = (statistics.median(it) for it in zip(*figures[client]))
                print(f"| {job} | {client} | {wall:.3f} | {cpu:.3f} | {memory:.0f} |", flush=True)
    process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="proftpd")
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--clients", type=lambda text: text.split(";"), default=CLIENTS, help="separated by semicolons")
    parser.add_argument("--run", nargs=7, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(*arguments.run)
    compare(arguments.server, arguments.megabytes, arguments.entries, arguments.runs, arguments.clients)
