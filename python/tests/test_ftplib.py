"""The drop-in for ftplib: CPython's own tests, and what programs do with the module that those tests do not do."""
import ftplib as standard
import importlib.util
import io
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import ftpclient.ftplib as ftplib
from scripted import Scripted

CPYTHON = """
import sys
import ftpclient.ftplib
sys.modules["ftplib"] = ftpclient.ftplib
import unittest
import test.test_ftplib as tests
unittest.main(module=tests, argv=["test_ftplib"])
"""


def connect(server, **options):
    ftp = ftplib.FTP(timeout=20, **options)
    ftp.connect(server.host, server.port)
    ftp.login(server.user, server.password)
    return ftp


def connect_tls(server, kind=ftplib.FTP_TLS):
    context = ssl.create_default_context(cafile=server.ca)
    ftp = kind(context=context, timeout=20)
    ftp.connect(server.host, server.port)
    ftp.login(server.user, server.password)
    ftp.prot_p()
    return ftp


def test_cpythons_own_tests_pass(capsys):
    if not importlib.util.find_spec("test.test_ftplib"):
        pytest.skip("this interpreter comes without its tests")
    ran = subprocess.run([sys.executable, "-c", CPYTHON], stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 0, ran.stderr
    count = int(re.search(r"^Ran (\d+) tests", ran.stderr, re.MULTILINE).group(1))
    assert count >= 90 and ran.stderr.rstrip().endswith("OK (skipped=1)"), ran.stderr
    with capsys.disabled():
        print(f"\ntest.test_ftplib of Python {sys.version.split()[0]}: {count} tests, 1 skip, no failure")


def test_the_names_are_those_of_the_standard_module():
    def public(item):
        return {name for name in dir(item) if not name.startswith("_")}

    imported = {"re", "sys", "socket", "ssl", "annotations"}
    assert public(standard) - imported == public(ftplib) - imported
    for name in ("FTP", "FTP_TLS"):
        missing = public(getattr(standard, name)) - public(getattr(ftplib, name))
        assert missing <= {"ssl_version", "trust_server_pasv_ipv4_address"}, name


def test_a_host_that_is_none_is_one_that_nobody_knows():
    for module in (standard, ftplib):
        for host in ("localhost:21", "a b", "a\nb", "::1:"):
            with pytest.raises(socket.gaierror) as caught:
                module.FTP(host, timeout=5)
            assert caught.value.errno == socket.EAI_NONAME


#: Each method with one argument that is wrong, of a module and a session with a server. What the name says is what is wrong.
USES = {
    "user": lambda m, f, it: f.login(it), "password": lambda m, f, it: f.login("u", it), "account": lambda m, f, it: f.login("u", "p", it),
    "putline": lambda m, f, it: f.putline(it), "putcmd": lambda m, f, it: f.putcmd(it), "sendcmd": lambda m, f, it: f.sendcmd(it),
    "voidcmd": lambda m, f, it: f.voidcmd(it), "sanitize": lambda m, f, it: f.sanitize(it),
    "sendport, host": lambda m, f, it: f.sendport(it, 5), "sendport, port": lambda m, f, it: f.sendport("127.0.0.1", it),
    "sendeprt, host": lambda m, f, it: f.sendeprt(it, 5),
    "transfercmd": lambda m, f, it: f.transfercmd(it), "ntransfercmd": lambda m, f, it: f.ntransfercmd(it),
    "retrbinary": lambda m, f, it: f.retrbinary(it, print), "retrbinary, callback": lambda m, f, it: f.retrbinary("RETR x", it),
    "retrbinary, size": lambda m, f, it: f.retrbinary("RETR x", list, it),
    "retrlines": lambda m, f, it: f.retrlines(it), "retrlines, callback": lambda m, f, it: f.retrlines("RETR x", it or []),
    "storbinary": lambda m, f, it: f.storbinary(it, io.BytesIO(b"data")), "storbinary, file": lambda m, f, it: f.storbinary("STOR x", it),
    "storbinary, size": lambda m, f, it: f.storbinary("STOR x", io.BytesIO(b"data"), it),
    "storlines": lambda m, f, it: f.storlines(it, io.BytesIO(b"data")), "storlines, file": lambda m, f, it: f.storlines("STOR x", it),
    "acct": lambda m, f, it: f.acct(it), "nlst": lambda m, f, it: f.nlst(it), "nlst, second": lambda m, f, it: f.nlst("a", it),
    "dir, first": lambda m, f, it: f.dir(it, list), "dir, last": lambda m, f, it: f.dir("a", it or []),
    "mlsd": lambda m, f, it: list(f.mlsd("x", it or [5])), "mlsd, fact": lambda m, f, it: list(f.mlsd("x", ["size", it])),
    "rename, from": lambda m, f, it: f.rename(it, "x"), "rename, to": lambda m, f, it: f.rename("x", it), "delete": lambda m, f, it: f.delete(it),
    "cwd": lambda m, f, it: f.cwd(it), "size": lambda m, f, it: f.size(it), "mkd": lambda m, f, it: f.mkd(it), "rmd": lambda m, f, it: f.rmd(it),
    "ftpcp, source": lambda m, f, it: m.ftpcp(it, "x", f), "ftpcp, target": lambda m, f, it: m.ftpcp(f, "x", it),
    "ftpcp, name": lambda m, f, it: m.ftpcp(f, it, f), "ftpcp, type": lambda m, f, it: m.ftpcp(f, "x", f, "y", it),
    "parse150": lambda m, f, it: m.parse150(it), "parse227": lambda m, f, it: m.parse227(it), "parse257": lambda m, f, it: m.parse257(it),
    "parse229": lambda m, f, it: m.parse229(it, ("h", 1)),
    "host": lambda m, f, it: m.FTP(5 if it is None else it, timeout=5), "connect, host": lambda m, f, it: m.FTP().connect(it or [], 1, 5),
    "timeout": lambda m, f, it: m.FTP().connect("127.0.0.1", 1, it or 0),
    "source": lambda m, f, it: m.FTP().connect("127.0.0.1", f.port, 5, (it,)),
}


@pytest.mark.parametrize("name", USES)
def test_wrong_arguments_are_the_errors_of_the_standard_module(name):
    """Of the same class, and no later than there."""
    def stored(session, argument):
        session.say("150 send it")
        with session.open() as data:
            while data.recv(1000):
                pass
        return "226 done"

    told = {}
    for module in (standard, ftplib):
        for value in (None, 5, b"x", 1.5, frozenset(), [], ["x"]):
            with Scripted({"RNFR": "350 and to?", "DELE": "250 gone", "PORT": "200 yes", "STOR": stored}) as server, module.FTP(timeout=5) as ftp:
                ftp.connect("127.0.0.1", server.port)
                outcome = "no error"
                try:
                    USES[name](module, ftp, value)
                except Exception as error:
                    outcome = type(error).__name__
                    del error
                # The standard module learns of some mistakes when it has prepared a transfer.
                sent = [it for it in server.verbs() if it not in ("TYPE", "PASV", "PORT", "ABOR")]
                told.setdefault(repr(value), []).append((outcome, sent))
                ftp.close()
    for value, ((expected, most), (outcome, sent)) in told.items():
        assert expected == "no error" or (outcome, sent) == (expected, most[:len(sent)]), (value, outcome, sent)


def test_a_size_of_blocks_may_be_left_to_the_file(plain):
    with connect(plain) as ftp:
        ftp.storbinary("STOR blocks", io.BytesIO(b"data"), None)
        assert ftp.size("blocks") == 4


def test_files_go_there_and_back(server):
    data = os.urandom(300_000)
    with connect(server) as ftp:
        sent, received = [], []
        ftp.storbinary("STOR there", io.BytesIO(data), callback=sent.append)
        assert b"".join(sent) == data
        ftp.retrbinary("RETR there", received.append, blocksize=1000)
        assert b"".join(received) == data
        assert max(map(len, received)) == 1000
        assert ftp.size("there") == len(data)
        rest = []
        ftp.retrbinary("RETR there", rest.append, rest=299_990)
        assert b"".join(rest) == data[-10:]
        ftp.delete("there")
        with pytest.raises(ftplib.error_perm, match="^550 "):
            ftp.size("there")


def test_listings(server):
    server.put("listed/a file", b"12345")
    with connect(server) as ftp:
        assert [name.rsplit("/", 1)[-1] for name in ftp.nlst("listed")] == ["a file"]
        facts = {name: facts for name, facts in ftp.mlsd("listed") if facts["type"] == "file"}
        assert facts["a file"]["size"] == "5"
        lines = []
        ftp.dir("listed", lines.append)
        assert any(line.endswith("a file") for line in lines)
        listed = []
        with ftp.transfercmd("NLST listed") as data, data.makefile("rb") as file:
            listed = file.read().split()
        assert ftp.voidresp().startswith("226")
        assert listed


def test_what_is_left_unread_is_not_the_reply_to_another_command(server):
    server.put("big", b"x" * 5_000_000)

    def stop(block):
        raise ZeroDivisionError

    with connect(server) as ftp:
        ftp.cwd("/")
        with pytest.raises(ZeroDivisionError):
            ftp.retrbinary("RETR big", stop)
        assert ftp.pwd() == "/"
        data = ftp.transfercmd("RETR big")
        assert data.recv(10) == b"x" * 10
        data.close()
        assert ftp.pwd() == "/"
        ftp.transfercmd("RETR big")
        assert ftp.pwd() == "/"


def test_an_upload_by_hand(plain):
    with connect(plain) as ftp:
        ftp.voidcmd("TYPE I")
        with ftp.transfercmd("STOR by hand") as data:
            assert data.getpeername()[0] == plain.host and data.fileno() >= 0
            data.sendall(bytearray(b"some "))
            data.send(memoryview(b"bytes"))
        assert ftp.voidresp().startswith("226")
    assert (plain.root / "by hand").read_bytes() == b"some bytes"


def test_active_mode_and_the_ports_of_a_program(plain):
    class Own(ftplib.FTP):
        asked = 0

        def makepasv(self):
            self.asked += 1
            return super().makepasv()

    plain.put("small", b"data")
    with connect(plain) as ftp:
        ftp.set_pasv(False)
        received = []
        ftp.retrbinary("RETR small", received.append)
        assert received == [b"data"]
    with Own(timeout=20) as own:
        own.connect(plain.host, plain.port)
        own.login(plain.user, plain.password)
        received = []
        own.retrbinary("RETR small", received.append)
        assert received == [b"data"] and own.asked == 1


def test_audit_events(plain):
    seen = []
    wanted = threading.get_ident()

    def hook(event, arguments):
        if event.startswith("ftplib.") and threading.get_ident() == wanted:
            seen.append((event, arguments[1:]))

    sys.addaudithook(hook)
    with connect(plain) as ftp:
        ftp.nlst()
    assert seen[0] == ("ftplib.connect", (plain.host, plain.port))
    assert [arguments[0] for event, arguments in seen[1:]] == [
        "USER " + plain.user, "PASS " + plain.password, "TYPE A", "PASV", "NLST", "QUIT"]


def test_tls_sessions_are_resumed(secure):
    secure.put("data", b"secret")
    with connect_tls(secure) as ftp:
        assert isinstance(ftp.sock, ssl.SSLSocket) and ftp.sock.version() in ("TLSv1.2", "TLSv1.3")
        assert ftp.sock.getpeercert(True)
        for _ in range(3):
            received = []
            ftp.retrbinary("RETR data", received.append)
            assert received == [b"secret"]
            ftp.storbinary("STOR other", io.BytesIO(b"x"))


def test_programs_that_resume_sessions_themselves_go_on(secure):
    class Resuming(ftplib.FTP_TLS):
        def ntransfercmd(self, cmd, rest=None):
            conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
            if self._prot_p:
                conn = self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session)
            return conn, size

    secure.put("data", b"secret")
    with connect_tls(secure, Resuming) as ftp:
        received = []
        ftp.retrbinary("RETR data", received.append)
        assert received == [b"secret"]


class _Implicit(ftplib.FTP_TLS):
    _wrapped = None

    @property
    def sock(self):
        return self._wrapped

    @sock.setter
    def sock(self, value):
        if value is not None and not isinstance(value, ssl.SSLSocket):
            value = self.context.wrap_socket(value)
        self._wrapped = value


@pytest.mark.parametrize("kind", [ftplib.FTP_TLS, _Implicit])
def test_without_prot_data_is_in_clear(secure, kind):
    """As with the standard module: nobody has asked for more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(secure.ca).with_name("both.pem"))

    def begins(session, argument):
        session.say("234 go on")
        session.begin(session.over_tls(session.control))

    def stores(session, argument):
        session.say("150 go on")
        with session.open() as data:
            stored.append(data.makefile("rb").read())
        return "226 done"

    stored = []
    answers = {"STOR": stores, **({"AUTH": begins} if kind is ftplib.FTP_TLS else {})}
    with Scripted(answers, data=b"a line\r\n", tls=context, data_in_clear=True) as server, kind(timeout=20) as ftp:
        ftp.connect("127.0.0.1", server.port)
        ftp.login("u", "secret")
        for _ in range(2):
            received, lines = [], []
            assert ftp.retrbinary("RETR data", received.append) == "226 done"
            ftp.retrlines("LIST", lines.append)
            assert (b"".join(received), lines) == (b"a line\r\n", ["a line"])
            assert ftp.storbinary("STOR data", io.BytesIO(b"sent")) == "226 done"
            ftp.storlines("STOR data", io.BytesIO(b"sent\n"))
            with ftp.transfercmd("RETR data") as data:
                assert not isinstance(data, ssl.SSLSocket)
                assert data.recv(100) == b"a line\r\n"
            ftp.voidresp()
            # The level that the library knows is the same.
            ftp.prot_c()
        assert stored == [b"sent", b"sent\r\n"] * 2
        server.data_in_clear = False
        ftp.prot_p()
        received = []
        ftp.retrbinary("RETR data", received.append)
        assert received == [b"a line\r\n"]
        assert "PROT C" in server.commands and server.commands.index("PROT C") > server.commands.index("STOR data")


def test_implicit_tls_as_programs_do_it(implicit):
    implicit.put("data", b"secret")
    with connect_tls(implicit, _Implicit) as ftp:
        received = []
        ftp.retrbinary("RETR data", received.append)
        assert received == [b"secret"]


def test_an_unknown_authority_is_refused(secure):
    ftp = ftplib.FTP_TLS(context=ssl.create_default_context(), timeout=20)
    ftp.connect(secure.host, secure.port)
    with pytest.raises(ssl.SSLCertVerificationError):
        ftp.login(secure.user, secure.password)
    ftp.close()


def test_without_a_connection():
    ftp = ftplib.FTP()
    with pytest.raises(AttributeError):
        ftp.sendcmd("NOOP")
    with pytest.raises(AttributeError):
        ftp.retrbinary("RETR x", print)
    ftp.close()


def test_commands_that_a_program_sends_by_the_socket(server, secure):
    for ftp in (connect(server), connect_tls(secure)):
        with ftp:
            ftp.sock.sendall(b"NOOP\r\nNO")
            ftp.sock.send(b"OP\r\n")
            assert [ftp.getresp()[:3], ftp.getresp()[:3], ftp.pwd()] == ["200", "200", ftp.pwd()]


def test_the_certificate_of_the_server(secure):
    with connect_tls(secure) as ftp:
        told = ftp.sock.getpeercert()
        assert told["notAfter"] and told["subject"] and ftp.sock.getpeercert(True)
    with ftplib.FTP_TLS(timeout=20) as ftp:
        ftp.connect(secure.host, secure.port)
        ftp.auth()
        assert ftp.sock.getpeercert() == {} and ftp.sock.getpeercert(True)


def test_names_and_numbers_that_programs_use(server):
    assert (ftplib.socket, ftplib.ssl, ftplib.sys) == (standard.socket, ssl, sys)
    with connect(server) as ftp:
        for size in (0, -1):
            with pytest.raises(ValueError):
                ftp.retrbinary("RETR data", print, blocksize=size)
        assert ftp.pwd() == "/"


def test_the_short_way_and_the_long_one_are_the_same(server):
    """What a program puts in the place of a step is still called. Otherwise nobody sees a difference."""
    class Watched(ftplib.FTP):
        def voidcmd(self, cmd):
            steps.append(cmd)
            return super().voidcmd(cmd)

    def go_there_and_back(kind):
        ftp, told, sent, events[:] = kind(timeout=20), [], [], []
        ftp.connect(server.host, server.port)
        ftp.login(server.user, server.password)
        told.append(ftp.storbinary("STOR way", io.BytesIO(b"x" * 20_000), callback=sent.append))
        told.append(ftp.retrbinary("RETR way", sent.append, blocksize=7000))
        with pytest.raises(ftplib.error_perm) as caught:
            ftp.retrbinary("RETR no way", sent.append)
        told.append((str(caught.value), ftp.lastresp, ftp.pwd()))
        with pytest.raises(ZeroDivisionError):
            ftp.retrbinary("RETR way", lambda block: 1 // 0)
        ftp.putcmd("NOOP")
        ftp.retrbinary("RETR way", sent.append)
        ftp.quit()
        return told, sent, events[:]

    steps, events = [], []
    # A hook stays for ever.
    sys.addaudithook(lambda name, arguments: events.append(arguments[1]) if name == "ftplib.sendcmd" else None)
    quick, long = go_there_and_back(ftplib.FTP), go_there_and_back(Watched)
    assert "TYPE I" in steps and quick == long


def test_ftpcp_with_a_session_of_the_standard_module(plain):
    plain.put("copied", b"data" * 1000)
    old = standard.FTP(timeout=20)
    old.connect(plain.host, plain.port)
    old.login(plain.user, plain.password)
    with connect(plain) as ours:
        for number, (source, target) in enumerate([(old, ours), (ours, old), (ours, connect(plain))]):
            ftplib.ftpcp(source, "copied", target, f"copy{number}", "I")
            assert (plain.root / f"copy{number}").read_bytes() == b"data" * 1000
            with pytest.raises((standard.error_perm, ftplib.error_perm)):
                ftplib.ftpcp(source, "copied", target, "nothing here/x", "I")
            assert source.pwd() == "/" and target.pwd() == "/"
    old.quit()


def test_an_offset_that_is_none(plain):
    plain.put("five", b"12345")
    ftp = connect(plain)
    for rest in (1.5, "1.5", "x", [1]):
        for begin in (lambda: ftp.retrbinary("RETR five", print, rest=rest), lambda: ftp.transfercmd("RETR five", rest)):
            with pytest.raises(ValueError):
                begin()
    blocks = []
    ftp.retrbinary("RETR five", blocks.append, rest="3")
    assert blocks == [b"45"] and ftp.pwd() == "/"
    ftp.quit()
