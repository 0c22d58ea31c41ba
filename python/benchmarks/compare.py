#!/usr/bin/env python3
"""What three jobs cost with the standard ftplib, with the drop-in, and with `ftpclient.FTP`: time, and CPU of the client.

    python benchmarks/compare.py [--server proftpd] [--megabytes 256]

Each job runs in a process of its own, five times, and the median counts. The servers are those of tests/daemons.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

FILES = 500
ENTRIES = 10_000


def session(client, host, port, user, password):
    if client == "FTP":
        import ftpclient
        return ftpclient.FTP(host=host, port=int(port), user=user, password=password)
    if client == "drop-in":
        import ftpclient.ftplib as ftplib
    else:
        import ftplib
    ftp = ftplib.FTP()
    ftp.connect(host, int(port))
    ftp.login(user, password)
    return ftp


def download(ftp, client):
    if client == "FTP":
        ftp.get("big", "/dev/null", in_place=True)
    else:
        with open("/dev/null", "wb") as sink:
            ftp.retrbinary("RETR big", sink.write)


def small_files(ftp, client):
    for number in range(FILES):
        if client == "FTP":
            ftp.read(f"small/{number}")
        else:
            blocks = []
            ftp.retrbinary(f"RETR small/{number}", blocks.append)


def listing(ftp, client):
    entries = ftp.list("many") if client == "FTP" else list(ftp.mlsd("many"))
    assert len(entries) >= ENTRIES, len(entries)


JOBS = {"download": download, "small files": small_files, "listing": listing}


def run(job, client, *where):
    with session(client, *where) as ftp:
        before, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        JOBS[job](ftp, client)
        wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF)
    print(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def compare(server, megabytes):
    import conftest

    process, facts = conftest.start(server)
    root = Path(facts["root"])
    with open(root / "big", "wb") as file:
        file.write(os.urandom(1 << 20) * megabytes)
    for folder, count in (("small", FILES), ("many", ENTRIES)):
        (root / folder).mkdir()
        for number in range(count):
            (root / folder / str(number)).write_bytes(b"x" * 1000)
    where = [facts[key] for key in ("host", "port", "user", "password")]
    print(f"| {server}: job | client | seconds | CPU seconds |\n|---|---|---|---|")
    for job in JOBS:
        for client in ("ftplib", "drop-in", "FTP"):
            figures = []
            for _ in range(5):
                ran = subprocess.run([sys.executable, __file__, "--run", job, client, *where], check=True,
                                     stdout=subprocess.PIPE, text=True)
                figures.append([float(it) for it in ran.stdout.split()])
            wall, cpu = (statistics.median(it) for it in zip(*figures))
            print(f"| {job} | {client} | {wall:.3f} | {cpu:.3f} |", flush=True)
    process.stdin.close()
    process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="proftpd")
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--run", nargs=6, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    run(*arguments.run) if arguments.run else compare(arguments.server, arguments.megabytes)
