"""What ends a call, or comes in the middle of one: signals, other threads, close(), the garbage collector, the end of Python."""
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import ftpclient
import ftpclient.ftplib
from ftpclient import FTP
from scripted import closed
from test_client import connect


def test_a_silent_server_and_ctrl_c():
    """A signal ends a wait at once, with what its handler raises."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def interrupt():
            # The client is waiting once it has connected.
            connection, _ = listener.accept()
            held.append(connection)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        held = []
        thread = threading.Thread(target=interrupt)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            FTP(host="127.0.0.1", port=port, timeout=50)
        assert time.monotonic() - begun < 10
        thread.join()
        held[0].close()


@pytest.mark.parametrize("how", ["FTP", "drop-in"])
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_during_a_transfer(how, times, tmp_path):
    """The first ends the transfer in an orderly way. The second does not wait for the server any more."""
    def serve():
        control, _ = listener.accept()
        control.settimeout(30)
        lines = control.makefile("rb")
        control.sendall(b"220 here\r\n")
        for line in lines:
            verb = line.split()[0]
            if verb == b"RETR":
                control.sendall(b"150 comes\r\n")
                data, _ = passive.accept()
                data.sendall(b"x" * 100)
            elif verb == b"ABOR" and times == 2:
                interrupt()
                begun = time.monotonic()
                seen.append((lines.read(), time.monotonic() - begun))
            else:
                port = "227 (127,0,0,1,%d,%d)" % divmod(passive.getsockname()[1], 256)
                answers = {b"USER": "230 in", b"PASV": port, b"FEAT": "500 what", b"PWD": '257 "/"', b"ABOR": "426 stopped\r\n226 done"}
                control.sendall(answers.get(verb, "200 yes").encode() + b"\r\n")
        control.close()

    def interrupt():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    def interrupt_what_waits():
        arrived.wait(30)
        interrupt()

    seen, arrived = [], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as passive:
        threads = [threading.Thread(target=serve), threading.Thread(target=interrupt_what_waits)]
        for thread in threads:
            thread.start()
        host, port = listener.getsockname()
        if how == "FTP":
            ftp = FTP(host=host, port=port)
            with pytest.raises(KeyboardInterrupt):
                ftp.get("file", tmp_path / "file", progress=lambda told: told.bytes and arrived.set())
        else:
            ftp = ftpclient.ftplib.FTP()
            ftp.connect(host, port)
            ftp.login()
            with pytest.raises(KeyboardInterrupt):
                ftp.retrbinary("RETR file", lambda block: arrived.set())
        if times == 1:
            assert ftp.pwd() == "/"
        ftp.close()
        for thread in threads:
            thread.join()
    # It would wait for 5 seconds.
    assert len(seen) == times - 1 and all(told == b"" and waited < 4 for told, waited in seen), seen


@pytest.mark.parametrize("how", [{"mode": "wb"}, {"mode": "wb", "buffering": 0}, {"mode": "w"}, {"fsspec": True}])
def test_ctrl_c_comes_out_of_a_file_that_is_written(plain, how):
    """The end of `with` tells it again, and no other error takes its place."""
    with connect(plain, rate_limit=200_000) as ftp:
        def opened():
            if "fsspec" in how:
                from ftpclient.fsspec import FTPFileSystem
                fs = FTPFileSystem(plain.host, plain.port, plain.user, plain.password, rate_limit=200_000, skip_instance_cache=True)
                return fs.open("stopped", "wb", block_size=100_000)
            return ftp.open("stopped", **how)

        thread = threading.Timer(0.3, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT))
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            with opened() as file:
                for _ in range(100):
                    file.write("x" * 50_000 if how.get("mode") == "w" else b"x" * 50_000)
        thread.join()
        assert ftp.exists("stopped")
        # An error is told again as well.
        with pytest.raises(ftpclient.Cancelled), ftp.open("stopped", "wb") as file:
            threading.Timer(0.3, ftp.cancel).start()
            file.write(bytes(1_000_000))
        assert ftp.pwd()


def test_cancelling_from_another_thread():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ftp = closed(FTP, listener.getsockname())

        def cancel():
            connection, _ = listener.accept()
            held.append(connection)
            ftp.cancel()

        held = []
        thread = threading.Thread(target=cancel)
        thread.start()
        with pytest.raises(ftpclient.Cancelled):
            ftp.connect()
        thread.join()
        held[0].close()


@pytest.mark.parametrize("kind", [FTP, ftpclient.ftplib.FTP])
def test_closing_while_another_thread_waits(kind):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        ftp = closed(FTP, address) if kind is FTP else kind()
        held = []

        def close():
            connection, _ = listener.accept()
            held.append(connection)
            ftp.close()

        thread = threading.Thread(target=close)
        thread.start()
        with pytest.raises((ftpclient.Error, OSError, EOFError)):
            if kind is FTP:
                ftp.connect()
            else:
                ftp.connect(*address, timeout=50)
        thread.join()
        held[0].close()


def test_what_the_garbage_collector_calls_last_does_no_harm(plain):
    """In a cycle, a session may be freed before those that use it."""
    class Last:
        def __del__(self):
            try:
                self.ftp.close()
                self.ftp.pwd()
            except (ftpclient.Error, ValueError) as error:
                seen.append(error)

    seen = []
    for number in range(20):
        last = Last()
        last.ftp = connect(plain)
        last.ftp.last = last
        del last
        gc.collect()
    assert len(seen) == 20


def test_many_threads_share_a_session(plain):
    plain.put("shared", b"data" * 1000)
    with connect(plain) as ftp:
        wrong = []

        def use():
            for _ in range(10):
                if ftp.read("shared") != b"data" * 1000 or ftp.pwd() != "/":
                    wrong.append(1)

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_a_forgotten_session_is_closed(plain):
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        ftp = connect(plain)
        plain.put("big", b"x" * 1_000_000)
        file = ftp.open("big", "rb")
        file.read(10)
        del ftp, file
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_closing_in_a_callback(plain, tmp_path):
    # So large that it is told of in the middle, however fast it comes.
    plain.put("big", b"")
    os.truncate(plain.root / "big", 8 << 30)
    ftp = connect(plain)
    with pytest.raises(ftpclient.Cancelled):
        ftp.get("big", tmp_path / "big", progress=lambda told: ftp.close())
    assert not ftp.is_connected and not (tmp_path / "big").exists()
    ftp.reconnect()
    assert ftp.pwd() == "/"
    ftp.close()


def test_closing_in_the_last_call_of_a_callback(plain, tmp_path):
    """The file is whole then, and stays."""
    plain.put("small", b"x" * 1000)
    ftp = connect(plain)
    ftp.get("small", tmp_path / "small", progress=lambda told: told.has_ended and ftp.close())
    assert not ftp.is_connected and (tmp_path / "small").read_bytes() == b"x" * 1000
    ftp.close()


def test_closing_in_a_signal_handler():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ftp, held = closed(FTP, listener.getsockname()), []

        def interrupt():
            held.append(listener.accept()[0])
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

        before = signal.signal(signal.SIGUSR1, lambda *ignored: ftp.close())
        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            with pytest.raises(ftpclient.Cancelled):
                ftp.connect()
        finally:
            signal.signal(signal.SIGUSR1, before)
            thread.join()
            held[0].close()
        assert not ftp.is_connected


def test_the_interpreter_ends_while_a_daemon_thread_is_in_a_call():
    """Python ends such a thread as soon as it comes back from C, also within a callback."""
    program = """
import socket, sys, threading, time, ftpclient
class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(0.5)
listener = socket.create_server(("127.0.0.1", 0))
def connect():
    ftpclient.FTP(host="127.0.0.1", port=listener.getsockname()[1])
threading.Thread(target=connect, daemon=True).start()
connection, _ = listener.accept()
sys.modules["slow"] = Slow()        # ends late
"""
    ran = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert (ran.returncode, "FATAL" in ran.stdout) == (0, False), ran.stdout
