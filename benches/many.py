#!/usr/bin/env python3
"""What many sessions at the same time cost: one thread that has all of them, and a process of curl for each, as a Markdown table.

    benches/many.py                         # 500 sessions, 500 files of 64 KiB: about half a minute
    benches/many.py --sessions 50 --runs 1

The server is vsftpd of tests/daemons (root, Debian 12), on loopback. The library is that of `cargo build --release`, and its program
a pool. CPU time is that of the clients, and of GNU time, which takes less than a millisecond for each of them. It tells the memory: the most
that a process had resident. That of several is added up, and counts what they share in each.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import far  # noqa: E402

CONTENT = bytes(range(256)) * 256


def pool(program, info, count):
    return [[program, info["host"], str(info["port"]), info["user"], info["password"], str(count), str(count)]]


def curls(info, count):
    login = f"ftp://{info['user']}:{info['password']}@{info['host']}:{info['port']}"
    return [["curl", "--silent", "--show-error", "--output", f"f{number}", f"{login}/f{number}"] for number in range(count)]


def measure(commands, count):
    """Seconds of wall and of CPU time, and KiB of memory, of processes that run at the same time."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        start, processes, cpu, memory = time.monotonic(), [], 0.0, 0
        for number, command in enumerate(commands):
            timed = ["/usr/bin/time", "--format=%M", f"--output=time{number}", *command]
            processes.append(subprocess.Popen(timed, cwd=folder, stdout=subprocess.DEVNULL))
        for process in processes:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, process.args
            cpu += usage.ru_utime + usage.ru_stime
        wall = time.monotonic() - start
        for number in range(len(commands)):
            memory += int(pathlib.Path(folder, f"time{number}").read_text())
        for number in range(count):
            assert pathlib.Path(folder, f"f{number}").read_bytes() == CONTENT, f"f{number}"
        return wall, cpu, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=500, help="and as many files (500)")
    parser.add_argument("--runs", type=int, default=3, help="each client in turn, so often (3)")
    options = parser.parse_args()

    server = far.servers.Server("vsftpd")
    try:
        with tempfile.TemporaryDirectory() as folder:
            clients = [("libftpclient, a pool", pool(far.build(folder), server.info, options.sessions))]
            if shutil.which("curl"):
                clients.append(("curl, a process each", curls(server.info, options.sessions)))
            for number in range(options.sessions):
                (pathlib.Path(server.info["root"]) / f"f{number}").write_bytes(CONTENT)
            runs = {name: [] for name, _ in clients}
            for _ in range(options.runs):
                for name, commands in clients:
                    runs[name].append(measure(commands, options.sessions))
            print(f"| {options.sessions} files of 64 KiB, as many sessions | wall, s | CPU, s | memory, MiB |\n|---|---|---|---|")
            for name, measured in runs.items():
                wall, cpu, memory = (statistics.median(values) for values in zip(*measured))
                print(f"| {name} | {wall:.2f} | {cpu:.2f} | {memory / 1024:.1f} |", flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
