"""What a server has to send for a file that is not read to its end. The server here counts it."""
import contextlib
import socket
import threading

import pytest

pytest.importorskip("fsspec")

from ftpclient.fsspec import FTPFileSystem

SIZE = 1 << 30
REPLIES = {"USER": "331 and?", "PASS": "230 in", "TYPE": "200 ok", "REST": "350 ok", "SIZE": f"213 {SIZE}", "ABOR": "226 aborted", "QUIT": "221 bye",
           "NOOP": "200 ok", "PWD": '257 "/"'}


class Endless:
    """A server with one large file. It sends until the client wants no more."""

    def __init__(self):
        self.sent, self.starts = 0, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                control, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(control,), daemon=True).start()

    def _talk(self, control):
        offset = 0
        with contextlib.suppress(OSError), control, socket.create_server(("127.0.0.1", 0)) as passive:
            control.sendall(b"220 hello\r\n")
            for line in control.makefile("rb"):
                # ABOR may come behind bytes of Telnet.
                verb, _, argument = line.decode("latin-1").strip("\r\n\xff\xf4\xf2").partition(" ")
                if verb == "RETR":
                    self._send(control, passive, offset)
                    continue
                offset = int(argument) if verb == "REST" else 0
                port = passive.getsockname()[1]
                reply = f"227 ok (127,0,0,1,{port >> 8},{port & 255})" if verb == "PASV" else REPLIES.get(verb, "500 what?")
                control.sendall(reply.encode() + b"\r\n")

    def _send(self, control, passive, offset):
        self.starts.append(offset)
        control.sendall(b"150 here it comes\r\n")
        data, _ = passive.accept()
        with data, contextlib.suppress(OSError):
            left = SIZE - offset
            while left:
                step = data.send(bytes(min(left, 1 << 16)))
                self.sent, left = self.sent + step, left - step
            data.close()
            control.sendall(b"226 done\r\n")
            return
        control.sendall(b"426 you have closed it\r\n")

    def close(self):
        self._listener.close()


@pytest.fixture
def endless():
    server = Endless()
    yield server
    server.close()


def test_a_file_that_is_closed_early_is_not_read_to_its_end(endless):
    fs = FTPFileSystem(host=endless.host, port=endless.port, username="u", password="p", skip_instance_cache=True)
    with fs.open("big", "rb", block_size=1000, size=SIZE) as file:
        assert file.read(100) == bytes(100)
    # What the system holds for a connection counts: it is some MiB.
    assert endless.starts == [0] and 1000 <= endless.sent < 1 << 25
    assert fs.cat_file("big", start=5000, end=5100) == bytes(100)
    assert endless.starts == [0, 5000] and endless.sent < 1 << 26
    with fs.open("big", "rb", block_size=1000, size=SIZE) as file:
        file.seek(SIZE - 10)
        assert len(file.read()) == 10
    assert endless.starts == [0, 5000, SIZE - 10]
    fs.close_sessions()
