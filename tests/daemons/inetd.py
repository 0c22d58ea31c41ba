#!/usr/bin/env python3
"""Runs a server that expects its client on standard input and output, as inetd would.

    inetd.py HOST PORT PROGRAM [ARGUMENT...]
"""

import signal
import socket
import subprocess
import sys


def main():
    host, port, *command = sys.argv[1:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)       # the kernel buries the children
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, int(port)), family=family) as listener:
        while True:
            client, _ = listener.accept()
            with client:
                subprocess.Popen(command, stdin=client, stdout=client, stderr=client, restore_signals=True,
                                 preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_DFL))


main()
