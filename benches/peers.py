#!/usr/bin/env python3
"""Which FTPS client works with which server: the same work, done by each client on each server, as a Markdown table.

    benches/peers.py                                    # everything: some minutes
    benches/peers.py --servers vsftpd --peers lftp,libftpclient

The servers are those of tests/daemons (root, Debian 12; setup.sh installs them), each with a certificate that the client
must verify. The work: log in, list, download, upload ten files in a row, upload an empty file, and then some more
commands in the same session. What a client claims to have done is compared with what is in the server's directory. A
cell says "ok", or what failed first, in the words of the server or the client.

The peers are curl and lftp where they are installed (apt-get install curl lftp), Python's own ftplib, and this library
(cargo build --release), which also says how many of its data connections resumed the TLS session.
"""

import argparse
import ctypes
import os
import queue
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tests/daemons"))

import accounts  # noqa: E402
import servers  # noqa: E402

LIBRARY = os.path.join(HERE, "../target/release/libftpclient.so")
SECONDS_A_STEP = 20
LONGEST_CELL = 90

UPLOADS = [f"upload{i}" for i in range(10)]
# In this order, in one session. Local and remote names are the same, and each client runs in a directory of its own.
STEPS = ["log in", "list", "download", *UPLOADS, "empty", "remove"]

# After each step that went well, a client prints this; the last other line that it prints says why it went no further.
DONE = "DONE 0"


def commands_of_curl(info, tls):
    """One process, which keeps its connection; it cannot log in without doing something, so that is its first step."""
    scheme, security = {"explicit": ("ftp", ["--ssl-reqd"]), "implicit": ("ftps", [])}[tls]
    directory = f"{scheme}://{info['host']}:{info['port']}/"
    always = [
        *security, "--cacert", info["ca"], "--user", f"{info['user']}:{info['password']}", "--silent", "--show-error",
        "--fail-early", "--trace-ascii", "log", "--write-out", "%{stderr}DONE %{exitcode}\\n",
    ]
    transfers = [
        ["--head", directory],
        ["--output", "list", directory],
        ["--output", "download", directory + "download"],
        *(["--upload-file", name, directory + name] for name in [*UPLOADS, "empty"]),
        ["--quote", "-DELE remove", "--output", "/dev/null", directory],
    ]
    command = ["curl"]
    for transfer in transfers:
        command += always + transfer + ["--next"]
    return command[:-1]


def commands_of_lftp(info, tls):
    scheme = {"explicit": "ftp", "implicit": "ftps"}[tls]
    settings = ["cmd:fail-exit yes", "net:max-retries 1", "ftp:ssl-force yes", "ftp:ssl-protect-data yes",
                "ssl:verify-certificate yes", f"ssl:ca-file {info['ca']}"]
    steps = ["quote PWD >/dev/null", "cls -1 >list", "get download", *(f"put {name}" for name in [*UPLOADS, "empty"]),
             "rm -f remove && cls -1 >/dev/null"]
    script = [f"set {setting}" for setting in settings]
    script.append("debug -o log 5")
    script.append(f"open -u {info['user']},{info['password']} {scheme}://{info['host']}:{info['port']}")
    for step in steps:
        script += [step, f"echo {DONE}"]
    return ["lftp", "--norc", "-c", "\n".join(script)]


def commands_of_ftplib(info, tls):
    if tls == "implicit":
        return None
    return script("with_ftplib.py", info)


def commands_of_ours(info, tls):
    return script("with_libftpclient.py", info, LIBRARY, tls)


def script(name, info, *more):
    return [sys.executable, os.path.join(HERE, "peers", name),
            info["host"], str(info["port"]), info["user"], info["password"], info["ca"], *more]


PEERS = {
    "ftplib": commands_of_ftplib,
    "curl": commands_of_curl,
    "lftp": commands_of_lftp,
    "libftpclient": commands_of_ours,
}


def missing(peer):
    """Why a peer cannot run here, or None."""
    if peer in ("curl", "lftp") and shutil.which(peer) is None:
        return f"{peer} is not installed: apt-get install {peer}"
    if peer == "libftpclient" and not os.path.exists(LIBRARY):
        return "libftpclient is not built: cargo build --release"
    return None


def version(peer):
    if peer == "ftplib":
        return f"ftplib of Python {sys.version.split()[0]} with {ssl.OPENSSL_VERSION}"
    if peer == "libftpclient":
        library = ctypes.CDLL(LIBRARY)
        library.ftp_version.restype = library.ftp_tls_backend.restype = ctypes.c_char_p
        return f"libftpclient {library.ftp_version().decode()} with {library.ftp_tls_backend().decode()}"
    output = subprocess.run([peer, "--version"], capture_output=True, text=True).stdout
    number = re.search(r"(?:^curl|Version) (\S+)", output)[1]
    return f"{peer} {number} with {re.search(r'(GnuTLS|OpenSSL)[ /][^ ,]+', output)[0]}"


def matrix():
    """(server, tls, reuse, TLS version)"""
    for version in ("1.2", "1.3"):
        for name in ("vsftpd", "proftpd", "pyftpdlib"):
            for tls in ("explicit", "implicit"):
                for reuse in ("off", "required"):
                    yield name, tls, reuse, version
        yield "pure-ftpd", "explicit", "off", version


def cell(peer, tries, *kind_of_server):
    """The cell of the table: the outcome of several tries, of which some may fail and others not."""
    outcomes = [run(peer, *kind_of_server) for _ in range(tries)]
    failures = [words for is_ok, words in outcomes if not is_ok]
    if len(failures) in (0, tries):
        return outcomes[0][1]
    return f"{len(failures)} of {tries} tries fail: {failures[0]}"


def run(peer, name, tls, reuse, version):
    """Whether a client works, and in words how. It gets a server of its own: it finds nothing that another left behind."""
    server = servers.Server(name, tls=tls, reuse=reuse, tls_version=version)
    try:
        command = PEERS[peer](server.info, tls)
        if command is None:
            return False, "no such mode"
        with tempfile.TemporaryDirectory(prefix="ftpclient-peer-") as here:
            content = prepare(here, server.info["root"])
            done, complaint, remark = watch(command, here)
            failure = judge(done, complaint, here, server.info["root"], content)
            return not failure, failure or f"ok{remark}{reconnected(here)}"
    finally:
        server.stop()


def prepare(here, root):
    """Puts the files to upload here, and those to download and to remove on the server. Returns what is in each."""
    content = {name: os.urandom(100_000) for name in UPLOADS} | {"empty": b"", "download": os.urandom(1_000_000)}
    for name in [*UPLOADS, "empty"]:
        with open(os.path.join(here, name), "wb") as file:
            file.write(content[name])
    for name in ("download", "remove"):
        path = os.path.join(root, name)
        with open(path, "wb") as file:
            file.write(content.get(name, b"gone soon"))
        os.chown(path, accounts.UID, accounts.UID)
    return content


def watch(command, here):
    """Runs a client. Returns how many steps it has done, its complaint or None, and what it remarked about itself."""
    process = subprocess.Popen(command, cwd=here, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    lines = queue.Queue()

    def read():
        for line in process.stdout:
            lines.put(line.strip())
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    done, words, remark = 0, "it just ended", ""
    try:
        while (line := lines.get(timeout=SECONDS_A_STEP)) is not None:
            if line == DONE:
                done += 1
            elif line.startswith("REMARK "):
                remark = ", " + line.removeprefix("REMARK ")
            elif line and not line.startswith("DONE "):
                words = line
        status = process.wait(timeout=SECONDS_A_STEP)
    except (queue.Empty, subprocess.TimeoutExpired):
        status, words = None, f"no answer in {SECONDS_A_STEP} s"
    finally:
        process.kill()
        process.wait()
    return done, None if status == 0 and done == len(STEPS) else words, remark


def judge(done, complaint, here, root, content):
    """What failed first, or None."""
    for step in STEPS[:done]:
        difference = compare(step, here, root, content)
        if difference:
            return f"{step}: {difference}, and no error"
    return complaint and cut(f"{[*STEPS, 'the end'][done]}: {complaint}")


def compare(step, here, root, content):
    """Whether a step has done what it says: None, or what is wrong."""
    if step == "list":
        with open(os.path.join(here, "list")) as file:
            listed = file.read()
        return None if "download" in listed and "remove" in listed else "files are missing"
    if step == "remove":
        return "the file is still there" if os.path.exists(os.path.join(root, step)) else None
    if step not in content:
        return None
    try:
        with open(os.path.join(here if step == "download" else root, step), "rb") as file:
            received = file.read()
    except FileNotFoundError:
        return "there is no file"
    return None if received == content[step] else f"{len(received)} of {len(content[step])} bytes, or others"


def reconnected(here):
    """curl and lftp may start another session by themselves: their logs tell."""
    try:
        with open(os.path.join(here, "log"), errors="replace") as log:
            count = len(re.findall(r"(?:---> |\n0000: )PASS ", log.read()))
    except FileNotFoundError:
        return ""
    return "" if count == 1 else f", in {count} sessions"


def cut(words):
    words = words.replace("|", "/")
    return words if len(words) <= LONGEST_CELL else words[:LONGEST_CELL - 1] + "…"


def listed(allowed):
    def parse(text):
        names = text.split(",")
        if not set(names) <= set(allowed):
            raise argparse.ArgumentTypeError(f"it can be any of {', '.join(allowed)}")
        return names
    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = sorted({name for name, *_ in matrix()})
    parser.add_argument("--servers", type=listed(known), default=known, help=",".join(known))
    parser.add_argument("--peers", type=listed(PEERS), default=list(PEERS), help=",".join(PEERS))
    parser.add_argument("--tries", type=int, default=1, help="how often each cell is tried: some failures come and go")
    arguments = parser.parse_args()

    peers = [peer for peer in arguments.peers if not missing(peer)]
    for peer in arguments.peers:
        print(f"- {missing(peer) or version(peer)}")
    print(f"\n| server | TLS | session reuse | version | {' | '.join(peers)} |\n|---|---|---|---|{'---|' * len(peers)}",
          flush=True)
    for name, tls, reuse, tls_version in matrix():
        if name in arguments.servers:
            try:
                cells = [cell(peer, arguments.tries, name, tls, reuse, tls_version) for peer in peers]
            except servers.Unavailable as e:
                sys.exit(f"{name}: {e}")
            print(f"| {name} | {tls} | {reuse} | {tls_version} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
