#!/usr/bin/env python3
"""What a server costs that is far away: wall time, for each client the same work, as a Markdown table.

    benches/far.py                      # 20 ms there and back: about 5 minutes
    benches/far.py --ms 5 --runs 3

The server is vsftpd of tests/daemons (root, Debian 12), in a network of its own. A process carries each packet between the two
networks, half of that time later. So connecting takes a round trip as well. The library is that of `cargo build --release`.
Peers are Python's ftplib, and curl and lftp where they are installed. Each client's files are counted, and looked at.
"""

import argparse
import ctypes
import fcntl
import ftplib
import heapq
import os
import pathlib
import select
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/daemons"))

import servers  # noqa: E402

CLONE_NEWNET = 0x4000_0000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x4004_54CA, 1, 0x1000
NEAR, FAR = "10.73.0.1", "10.73.0.2"
CONTENT = bytes(range(256)) * 16


def enter_new_network(address):
    """A network of its own for this process. Returns the descriptor whose other side is the network's device."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "a network of its own needs root")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"far0", IFF_TUN | IFF_NO_PI))
    for words in (["link", "set", "lo", "up"], ["address", "add", address + "/24", "dev", "far0"],
                  ["link", "set", "far0", "up", "txqueuelen", "10000"]):
        subprocess.run(["ip", *words], check=True)
    return device


def carry(near, far, delay):
    """Carries packets both ways, each so much later, until it is killed."""
    late, number = [], 0
    while True:
        wait = max(0.0, late[0][0] - time.monotonic()) if late else None
        readable, _, _ = select.select([near, far], [], [], wait)
        for source in readable:
            packet = os.read(source, 65536)
            heapq.heappush(late, (time.monotonic() + delay, number, far if source == near else near, packet))
            number += 1
        while late and late[0][0] <= time.monotonic():
            _, _, target, packet = heapq.heappop(late)
            os.write(target, packet)


def start_carrier(near, far, delay):
    carrier = os.fork()
    if carrier == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            carry(near, far, delay)
        finally:
            os._exit(1)
    return carrier


def of_ours(program, work):
    return lambda info, count: run([program, info["host"], str(info["port"]), info["user"], info["password"], work, str(count)])


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr[-500:]}")


def with_ftplib(work):
    def session(info, count):
        with ftplib.FTP() as ftp:
            ftp.connect(info["host"], info["port"])
            ftp.login(info["user"], info["password"])
            ftp.voidcmd("TYPE I")
            for number in range(count):
                work(ftp, f"f{number}")
    return session


def ftplib_file(ftp, name):
    with open(name, "wb") as file:
        ftp.retrbinary(f"RETR {name}", file.write)


def with_sockets(asks_ahead):
    """The least that a client can do for each file: EPSV, RETR. `asks_ahead` sends the EPSV of the next file together with RETR."""
    def downloads(info, count):
        with socket.create_connection((info["host"], info["port"])) as control:
            control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            replies = control.makefile("rb")

            def ask(*commands):
                control.sendall("".join(f"{command}\r\n" for command in commands).encode())

            def reply(code):
                line = next(line for line in replies if line[3:4] == b" ")
                assert line.startswith(code), line
                return line

            reply(b"220")
            for command, code in [(f"USER {info['user']}", b"331"), (f"PASS {info['password']}", b"230"), ("TYPE I", b"200")]:
                ask(command)
                reply(code)
            for number in range(count):
                if number == 0 or not asks_ahead:
                    ask("EPSV")
                port = int(reply(b"229").split(b"|")[3])
                with socket.create_connection((info["host"], port)) as data, open(f"f{number}", "wb") as file:
                    ask(f"RETR f{number}", *(["EPSV"] if asks_ahead and number + 1 < count else []))
                    reply(b"150")
                    while block := data.recv(65536):
                        file.write(block)
                reply(b"226")
    return downloads


def with_curl(*options):
    def downloads(info, count):
        url = f"ftp://{info['user']}:{info['password']}@{info['host']}:{info['port']}/f[0-{count - 1}]"
        run(["curl", "--silent", "--show-error", "--fail-early", *options, "--output", "f#1", url])
    return downloads


def with_lftp(script):
    def downloads(info, count):
        names = " ".join(f"f{number}" for number in range(count))
        login = f"open -u {info['user']},{info['password']} ftp://{info['host']}:{info['port']}"
        run(["lftp", "--norc", "-c", f"set cmd:fail-exit yes; {login}; {script.format(names=names)}"])
    return downloads


def works(program):
    """What is done, how often, whether it leaves files, and by whom."""
    curl, lftp = shutil.which("curl"), shutil.which("lftp")
    yield "SIZE", 2000, False, [
        ("libftpclient, batch", of_ours(program, "batch")),
        ("libftpclient, ftp_size()", of_ours(program, "sizes")),
        ("ftplib", with_ftplib(lambda ftp, name: ftp.size(name))),
    ]
    yield "files of 4 KiB, one session", 120, True, [
        ("libftpclient", of_ours(program, "files")),
        ("libftpclient, ftp_set_prearm()", of_ours(program, "armed")),
        ("libftpclient, FTP_PREARM_TOGETHER", of_ours(program, "together")),
        ("bare sockets: EPSV, RETR", with_sockets(asks_ahead=False)),
        ("bare sockets: RETR and the next EPSV", with_sockets(asks_ahead=True)),
        ("ftplib", with_ftplib(ftplib_file)),
        *([("curl", with_curl())] if curl else []),
        *([("lftp", with_lftp("mget -O . {names}"))] if lftp else []),
    ]
    yield "files of 4 KiB, 8 sessions", 2000, True, [
        ("libftpclient, pool", of_ours(program, "8")),
        *([("curl -Z", with_curl("--parallel", "--parallel-max", "8"))] if curl else []),
        *([("lftp mirror -P8", with_lftp("mirror --parallel=8 / ."))] if lftp else []),
    ]


def measure(client, info, count, leaves_files):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        start = time.monotonic()
        client(info, count)
        took = time.monotonic() - start
        if leaves_files:
            for number in range(count):
                assert pathlib.Path(f"f{number}").read_bytes() == CONTENT, f"f{number}"
        os.chdir("/")
    return took


def build(folder):
    program, library = f"{folder}/far", f"{folder}/libftpclient.so.0"
    os.symlink(ROOT / "target/release/libftpclient.so", library)
    subprocess.run(["cc", "-O2", "-o", program, ROOT / "benches/c/far.c", f"-I{ROOT / 'include'}", library,
                    f"-Wl,-rpath,{folder}"], check=True)
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ms", type=float, default=20, help="a round trip (20)")
    parser.add_argument("--work", default="", help="only the works whose names have this in them")
    parser.add_argument("--runs", type=int, default=1, help="each client in turn, so often (1)")
    arguments = parser.parse_args()
    round_trip = arguments.ms / 1000

    far = enter_new_network(FAR)
    server = servers.Server("vsftpd", host=FAR)
    near = enter_new_network(NEAR)
    carrier = start_carrier(near, far, round_trip / 2)
    try:
        with tempfile.TemporaryDirectory() as folder:
            program = build(folder)
            print(f"| work, with {arguments.ms:g} ms there and back | client | wall, s | round trips each |\n|---|---|---|---|")
            for work, count, leaves_files, clients in works(program):
                if arguments.work not in work:
                    continue
                for number in range(count):
                    (pathlib.Path(server.info["root"]) / f"f{number}").write_bytes(CONTENT)
                walls = {name: [] for name, _ in clients}
                for _ in range(arguments.runs):
                    for name, client in clients:
                        walls[name].append(measure(client, server.info, count, leaves_files))
                for name, wall in walls.items():
                    median = statistics.median(wall)
                    print(f"| {count} {work} | {name} | {median:.2f} | {median / round_trip / count:.2f} |", flush=True)
    finally:
        os.kill(carrier, signal.SIGTERM)
        os.waitpid(carrier, 0)
        server.stop()


if __name__ == "__main__":
    main()
