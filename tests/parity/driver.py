"""Does with ftplib what standard input says, one call a line, and prints what came of it.

The protocol is that of theirs.rs: arguments are hexadecimal after a colon, options are key=number. The answer is one line
for each thing received, one line for the outcome, and an empty line.
"""

import ftplib
import io
import sys
import time


class Stop(Exception):
    """Raised by a callback that has seen enough."""


def encode(text):
    return text.encode("utf-8", "surrogateescape")


def decode(data):
    return data.decode("utf-8", "surrogateescape")


def tell(kind, *texts):
    print(kind, *((text if isinstance(text, bytes) else encode(text)).hex() for text in texts))


class Driver:
    def __init__(self):
        self.ftp = None
        self.port = 0

    # Calls that are no call of ftplib.

    def begin(self, port):
        self.ftp = ftplib.FTP(timeout=5)
        self.port = port

    def end(self):
        self.ftp.close()

    def pause(self, ms):
        time.sleep(ms / 1000)

    def is_open(self):
        return "yes" if self.ftp.sock else "no"

    def pasv(self, on):
        self.ftp.set_pasv(bool(on))

    def trust(self, on):
        self.ftp.trust_server_pasv_ipv4_address = bool(on)

    def maxline(self, bytes):
        self.ftp.maxline = bytes

    def encoding(self, label):
        self.ftp.encoding = label

    def timeout(self, ms):
        self.ftp.timeout = ms / 1000
        if self.ftp.sock:
            self.ftp.sock.settimeout(ms / 1000)

    # Calls that need more than their arguments.

    def connect(self, host="127.0.0.1", timeout=-1):
        return self.ftp.connect(host, self.port, **({} if timeout < 0 else {"timeout": timeout}))

    def size(self, name):
        size = self.ftp.size(name)
        return "unknown" if size is None else str(size)

    def retrbinary(self, command, rest=None, block=8192, stop=0):
        return self.receive(command, rest, block, stop)

    def receive(self, command, rest, block, stop):
        received = []

        def callback(data):
            received.append(data)
            if stop:
                raise Stop

        try:
            return self.ftp.retrbinary(command, callback, block, rest)
        finally:
            tell("data", b"".join(received))

    def retrlines(self, command, stop=0):
        return self.ftp.retrlines(command, self.lines(stop))

    def dir(self, *arguments, stop=0):
        self.ftp.dir(*arguments, self.lines(stop))

    def nlst(self, *arguments):
        for name in self.ftp.nlst(*arguments):
            tell("line", name)

    def lines(self, stop):
        def callback(line):
            tell("line", line.encode(self.ftp.encoding, "surrogateescape").decode(self.ftp.encoding))
            if stop:
                raise Stop

        return callback

    def mlsd(self, path="", facts=""):
        for name, values in self.ftp.mlsd(path, facts.split(";") if facts else []):
            tell("entry", name, "".join(f"{key}={value};" for key, value in sorted(values.items())))

    def storbinary(self, command, content, rest=None, block=8192, stop=0, quiet=0):
        sent = []

        def callback(data):
            sent.append(data)
            if stop:
                raise Stop

        try:
            return self.ftp.storbinary(command, io.BytesIO(encode(content)), block, callback, rest)
        finally:
            if not quiet:
                tell("sent", b"".join(sent))

    def storlines(self, command, content, stop=0):
        def callback(line):
            tell("sent", line)
            if stop:
                raise Stop

        return self.ftp.storlines(command, io.BytesIO(encode(content)), callback)

    def download(self, command, rest=None):
        """A transfer whose data the caller reads."""
        data, size = self.ftp.ntransfercmd(command, rest)
        tell("size", "unknown" if size is None else str(size))
        with data:
            tell("data", b"".join(iter(lambda: data.recv(8192), b"")))
        return self.ftp.voidresp()

    def upload(self, command, content, rest=None):
        """A transfer whose data the caller writes."""
        with self.ftp.transfercmd(command, rest) as data:
            data.sendall(encode(content))
        return self.ftp.voidresp()

    def makepasv(self):
        return self.ftp.makepasv()[0]

    def makeport(self):
        self.ftp.makeport().close()

    def copy(self, source, target, type="I"):
        with ftplib.FTP(timeout=5) as other:
            other.connect("127.0.0.1", self.port)
            without_reply(ftplib.ftpcp, self.ftp, source, other, target, type)

    def parse150(self, reply):
        size = without_reply(ftplib.parse150, reply)
        return "unknown" if size is None else str(size)

    def parse227(self, reply):
        return "%s %d" % without_reply(ftplib.parse227, reply)

    def parse229(self, reply):
        return "%d" % without_reply(ftplib.parse229, reply, ("peer", 21))[1]

    def parse257(self, reply):
        return without_reply(ftplib.parse257, reply)

    def call(self, name, arguments, options):
        """Own methods first, then ftplib's."""
        method = getattr(type(self), name, None)
        return method(self, *arguments, **options) if method else getattr(self.ftp, name)(*arguments)


def without_reply(function, *arguments):
    """Leaves the reply out of the error: no server has sent it, or one of two has."""
    try:
        return function(*arguments)
    except (ftplib.error_reply, ftplib.error_temp, ftplib.error_perm) as error:
        raise type(error)("") from None


def outcome(driver, name, arguments, options):
    try:
        return "ok", driver.call(name, arguments, options) or ""
    except Stop:
        return ("stopped",)
    except (ftplib.error_reply, ftplib.error_temp, ftplib.error_perm) as error:
        return type(error).__name__, error.args[0]
    except ftplib.error_proto:
        return ("error_proto",)
    except ftplib.Error:
        return ("Error",)
    except EOFError:
        return ("EOFError",)
    except TimeoutError:
        return ("TimeoutError",)
    except OSError:
        return ("OSError",)
    except (ValueError, OverflowError):
        return ("ValueError",)
    except Exception as error:
        return (type(error).__name__,)


def main():
    driver = Driver()
    for line in sys.stdin:
        name, *words = line.split()
        arguments = [decode(bytes.fromhex(word[1:])) for word in words if word.startswith(":")]
        options = {key: int(value) for key, value in (word.split("=") for word in words if not word.startswith(":"))}
        tell(*outcome(driver, name, arguments, options))
        print(flush=True)


main()
