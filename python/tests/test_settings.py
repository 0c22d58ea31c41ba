"""Each setting reaches what it is about: the commands, the connections, or TLS."""
import ctypes
import dataclasses
import os
import socket
import ssl
import time
from pathlib import Path

import pytest

import ftpclient
from ftpclient import FTP, aio
from ftpclient._keywords import Keywords
from ftpclient._native import lib, numbers, structs
from scripted import Scripted
from test_client import connect


def options_of(ftp):
    """Of the control connection: whether it is probed, after how long, how often, and when it is given up."""
    names = (socket.SOL_SOCKET, socket.SO_KEEPALIVE), *((socket.IPPROTO_TCP, it) for it in (
        socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT))
    with socket.socket(fileno=os.dup(lib.ftp_control_fd(ftp._session.handle))) as control:
        return tuple(control.getsockopt(*name) for name in names)


@pytest.mark.parametrize("setting,expected", [
    (None, (1, 60, 20, 5)), (True, (1, 60, 20, 5)), (7, (1, 7, 20, 5)), ((9, 2.5, 3), (1, 9, 3, 3)), (False, (0,)),
])
def test_keepalive(setting, expected):
    with Scripted() as server, FTP(**server.place(keepalive=setting)) as ftp:
        assert options_of(ftp)[:len(expected)] == expected
    with pytest.raises(ftpclient.InvalidArgument):
        FTP(keepalive=0)


@pytest.mark.parametrize("interval", [None, 0.1])
def test_noop_interval(interval):
    def slowly(session, argument):
        session.say("150 comes")
        with session.open() as data:
            data.sendall(b"da")
            time.sleep(0.5)
            data.sendall(b"ta")
        return "226 done"

    with Scripted({"RETR": slowly}) as server, FTP(**server.place(noop_interval=interval)) as ftp:
        assert ftp.read("file") == b"data"
    assert ("NOOP" in server.commands) == (interval is not None)
    with pytest.raises(ftpclient.InvalidArgument):
        FTP(noop_interval=0)


@pytest.mark.parametrize("address,told", [
    (None, "127,0,0,1"), ("127.0.0.2", "127,0,0,2"), (("0.0.0.0", "192.0.2.7"), "192,0,2,7"), ((None, "192.0.2.7"), "192,0,2,7"),
])
def test_active_address_and_ports(address, told):
    # A port that is free now. Others may take it, so there are some more.
    with socket.create_server(("127.0.0.1", 0)) as free:
        first = free.getsockname()[1]
    ports = (first, min(first + 50, 65535))
    with Scripted() as server, FTP(**server.place(passive=False, active_address=address, active_ports=ports)) as ftp:
        assert ftp.read("file") == b"data"
    *host, high, low = next(it for it in server.commands if it.startswith("PORT"))[5:].split(",")
    assert ",".join(host) == told and ports[0] <= int(high) * 256 + int(low) <= ports[1]
    for wrong in ({"active_address": "no address"}, {"active_ports": (5, 4)}):
        with pytest.raises(ftpclient.InvalidArgument):
            FTP(**wrong)


@pytest.mark.parametrize("peer,is_admitted", [(None, False), ("127.0.0.2", True), ("127.0.0.3", False), ("*", True)])
def test_active_peer(peer, is_admitted):
    def from_elsewhere(session, argument):
        session.source = ("127.0.0.2", 0)
        return session.retr(argument)

    with Scripted({"RETR": from_elsewhere}) as server, FTP(**server.place(passive=False, active_peer=peer)) as ftp:
        if is_admitted:
            assert ftp.read("file") == b"data"
        else:
            with pytest.raises(ftpclient.Error, match="127.0.0.2"):
                ftp.read("file")


@pytest.mark.parametrize("setting", [False, True])
def test_urgent_abort(setting):
    def endlessly(session, argument):
        # What is urgent stands among the other bytes then.
        session.control.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        session.say("150 comes")
        with session.open() as data:
            data.sendall(b"x" * 100_000)
            line = session.lines.readline()
        server.commands.append(line)
        session.say("426 stopped")
        return "226 done"

    with Scripted({"RETR": endlessly}) as server, FTP(**server.place(urgent_abort=setting)) as ftp:
        blocks = ftp.stream("file", size=10)
        next(blocks)
        blocks.close()
        assert ftp.pwd() == "/"
    line = next(it for it in server.commands if isinstance(it, bytes))
    assert line.endswith(b"ABOR\r\n") and line.startswith(b"\xff") == setting


@pytest.mark.parametrize("setting,first", [(False, "PASV"), (True, "EPSV")])
def test_epsv(setting, first):
    with Scripted() as server, FTP(**server.place(epsv=setting)) as ftp:
        assert ftp.read("file") == b"data"
    assert next(it for it in server.verbs() if it in ("PASV", "EPSV")) == first


@pytest.mark.parametrize("setting", [True, False])
def test_utf8(setting):
    with Scripted(features=["UTF8", "MLSD"], data=b"") as server, FTP(**server.place(utf8=setting)) as ftp:
        assert ftp.list() == []
    assert ("OPTS UTF8 ON" in server.commands) == setting


@pytest.mark.parametrize("setting,sends", [("auto", "SYST"), ("unix", None), ("ibm_i", "SITE NAMEFMT 1"), ("mvs", "SITE QUOTESOVERRIDE")])
def test_system(setting, sends):
    with Scripted(data=b"") as server, FTP(**server.place(system=setting)) as ftp:
        ftp.list()
    found = [it for it in server.commands if it.startswith(("SYST", "SITE NAMEFMT", "SITE QUOTES"))]
    assert found == ([sends] if sends else [])
    with pytest.raises(ValueError, match="zvm"):
        FTP(system="amiga")


def tls_of(ftp):
    info = structs["ftp_tls_info"]()
    info.struct_size = ctypes.sizeof(info)
    assert ftp._session.call(lib.ftp_tls_get_info, ctypes.byref(info)) == numbers["FTP_OK"]
    return info.version, info.cipher.decode()


def test_versions_and_ciphers_of_tls(secure):
    place = dict(tls="explicit", ca=secure.ca)
    with connect(secure, tls_max="1.2", **place) as ftp:
        assert tls_of(ftp)[0] == numbers["FTP_TLS_1_2"]
    with connect(secure, tls_min="1.2", tls_max="1.3", **place) as ftp:
        assert tls_of(ftp)[0] == numbers["FTP_TLS_1_3"]
    for cipher in ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"):
        with connect(secure, tls_max="1.2", tls_ciphers=cipher, **place) as ftp:
            assert tls_of(ftp)[1] == cipher
    with connect(secure, tls_min="1.3", tls_ciphers=(None, "TLS_AES_128_GCM_SHA256"), **place) as ftp:
        assert tls_of(ftp) == (numbers["FTP_TLS_1_3"], "TLS_AES_128_GCM_SHA256")
    for wrong in ({"tls_min": "1.4"}, {"tls_max": "SSLv3"}, {"tls_min": "1.3", "tls_max": "1.2"}, {"tls_ciphers": "no such cipher"}):
        with pytest.raises(ValueError):
            FTP(**wrong)


def test_the_name_of_a_server_and_resumption(secure):
    secure.put("data", b"secret")
    place = dict(tls="explicit", ca=secure.ca)
    with connect(secure, tls_server_name="localhost", **place) as ftp:
        assert ftp.read("data") == b"secret"
    with pytest.raises(ftpclient.CertificateError, match="elsewhere.example"):
        connect(secure, tls_server_name="elsewhere.example", **place)
    # This server demands it. One of the kinds ends the session over it.
    ftp = connect(secure, tls_resume=False, **place)
    with pytest.raises(ftpclient.Error):
        ftp.read("data")
    ftp.close()


@pytest.mark.parametrize("end", ["checked", "strict", "trusted"])
@pytest.mark.parametrize("is_size_known", [True, False])
def test_the_end_of_tls(secure, end, is_size_known):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(secure.ca).with_name("both.pem"))
    answers = {} if is_size_known else {"SIZE": "502 no"}
    with Scripted(answers, tls=context) as server, FTP(**server.place(tls="implicit", ca=secure.ca, tls_end=end)) as ftp:
        if end == "trusted" or end == "checked" and is_size_known:
            assert ftp.read("file") == b"data"
        else:
            with pytest.raises(ftpclient.IncompleteError):
                ftp.read("file")
    with pytest.raises(ValueError, match="trusted"):
        FTP(tls_end="never")


def test_what_a_later_call_may_do_better():
    answers = {"DELE": "450 later", "RMD": "550 no", "MKD": "530 too many connections", "SITE": lambda session, argument: "200 " + argument}
    with Scripted(answers) as server, FTP(**server.place()) as ftp:
        for call, is_transient in ((ftp.remove, True), (ftp.rmdir, False), (ftp.mkdir, True)):
            with pytest.raises(ftpclient.Error) as caught:
                call("it")
            assert caught.value.is_transient == is_transient
        with ftp.batch(check=False) as batch:
            told = [batch.remove("it"), batch.rmdir("it")]
        assert [it.error.is_transient for it in told] == [True, False]
        assert ftp.site("HELP me") == "200 HELP me" and "SITE HELP me" in server.commands
    assert ftpclient.ConnectionLost("lost", numbers["FTP_ERR_EOF"]).is_transient and not ftpclient.Exists("there").is_transient


def test_what_the_library_is_built_with():
    assert ftpclient.has_feature("tls") and not ftpclient.has_feature("teleportation")


#: For each kind of setting: what it cannot be, first of another type, and then of the right one.
WRONG = {
    "host": ([5, b"host"], ["ftp://host", "host:21", "user@host", "host/directory", "a b", "1:2:3"]),
    "port": (["21", 1.5, True], [-1, 1 << 16]),
    "user password account": ([5, ["it"]], ["a\nb", b"a\rb", "a\0"]),
    "tls tls_min tls_max": ([5, [], True], ["no"]),
    "system tls_end": ([5, None, []], ["no"]),
    "verify passive urgent_abort epsv utf8 tls_resume": (["no", "", None, 1.0], [5, -1]),
    "ca": ([5, ["it"]], [b"no certificate", "a\0b"]),
    "client_cert": ([5, b"it", (5,), (None, "key")], [(), ("a", "b", "c", "d"), ("a\0",)]),
    "pin": ([5], ["no pin", "a\0b"]),
    "timeout": (["5", b"5", [], True], [0, 0.0, -1, float("nan"), float("-inf")]),
    "retries": (["x", 1.5, None, True], [-1]),
    "encoding": ([None, 5], ["no such", "", "a\0b"]),
    "source_address": (["x", 5, ("127.0.0.1", "5"), (None, 5)], [("127.0.0.1",), ("127.0.0.1", 1, 2), ("127.0.0.1", -1), ("", 5)]),
    "rate_limit": (["x", 1.5, True, (1, "x")], [0, -1, (), (1, 2, 3), (-1, None), (5, -2)]),
    "prearm": ([None, 1.5], ["apart", 5]),
    "log": ([5, "x"], []),
    "keepalive": (["x", ("x", 1, 1), (1, 1, 1.5)], [0, -1, (1, 2), (1, 2, 3, 4), (5, 0, 3), (5, 5, 0), (5, 5, 200), float("nan"), 1e300]),
    "noop_interval": (["x", True, (1, 2)], [0, -1, float("nan"), float("inf")]),
    "active_address": ([5, (1, 2)], ["host", "fe80::1%lo", ("127.0.0.1",), ("127.0.0.1", "host"), ("127.0.0.1",) * 3]),
    "active_ports": ([5, "12", ("a", "b")], [(1,), (1, 2, 3), (5, 4), (0, 5)]),
    "active_peer": ([5, b"*"], ["host"]),
    "tls_ciphers": ([5, (1, 2)], [("a",), ("a", "b", "c"), "no such", (None, "no such")]),
    "tls_server_name": ([5], ["a b"]),
}


@pytest.mark.parametrize("name,number", [(name, number) for number, names in enumerate(WRONG) for name in names.split()])
@pytest.mark.parametrize("kind", [FTP, aio.FTP])
def test_an_error_names_the_setting(kind, name, number):
    """As programs write it. It says what is allowed, and nothing of the library in C."""
    others, values = list(WRONG.values())[number]
    for error, value in [(TypeError, it) for it in others] + [(ftpclient.InvalidArgument, it) for it in values]:
        with pytest.raises(error) as caught:
            kind("ftp://127.0.0.1", **{name: value})
            pytest.fail(f"{value!r} was taken")
        text = str(caught.value)
        assert text.startswith((f"{name} is ", f"{name}: ")), (value, text)
        assert not any(it in text for it in ("NULL", "FTP_", "ftp_", "_ms", "-1 is", "or -1")), text


def test_every_setting_has_been_looked_at():
    assert sorted(" ".join(WRONG).split()) == sorted(FTP.settings_names())


def test_a_number_that_is_too_large_names_the_setting():
    for name, value in (("retries", 1 << 33), ("rate_limit", 1 << 80), ("source_address", ("127.0.0.1", 1 << 16)),
                        ("active_ports", (5, 1 << 16)), ("keepalive", (5, 5, 1 << 40))):
        with pytest.raises(OverflowError, match=name):
            FTP("ftp://127.0.0.1", **{name: value})


def test_an_error_shows_no_secret():
    for wrong in ({"password": ["hunter2"]}, {"account": "hunter2\n"}, {"client_cert": ("a", "b", "hunter2", "c")}, {"host": "u:hunter2@host"}):
        with pytest.raises((TypeError, ValueError)) as caught:
            FTP(**wrong)
        assert "hunter2" not in str(caught.value)


def test_what_a_file_with_settings_has(tmp_path):
    """Lists, numbers for flags, and nothing for what it leaves out."""
    with Scripted() as server, FTP(**server.place(rate_limit=[None, 1 << 30], keepalive=[9, 2.5, 3], active_ports=[5000, 6000],
                                                  source_address=["127.0.0.1", 0], verify=0, passive=1, account=None, tls="")) as ftp:
        assert ftp.pwd() == "/" and options_of(ftp) == (1, 9, 3, 3)
    for missing in (tmp_path / "none", (tmp_path / "none", None)):
        with pytest.raises(ftpclient.LocalFileError, match="client_cert: "):
            FTP(host="127.0.0.1", client_cert=missing)


@pytest.mark.parametrize("kind", [FTP, aio.FTP])
def test_a_session_needs_a_place(kind):
    for arguments in ((), (None,)):
        for keywords in ({}, {"user": "u", "password": "p"}, {"host": ""}, {"host": None}):
            with pytest.raises(TypeError, match="URL or the keyword host"):
                kind(*arguments, **keywords)
    for url in (5, b"ftp://host"):
        with pytest.raises(TypeError, match="URL is a string"):
            kind(url)


def test_the_keywords_are_those_of_both_sessions():
    kinds = {it.name: it.type for it in dataclasses.fields(ftpclient.Settings)}
    names = list(kinds)
    # What type checkers are told.
    assert {name: kind.__forward_arg__ for name, kind in Keywords.__annotations__.items()} == kinds
    assert FTP.settings_names() == aio.FTP.settings_names() == names
    with pytest.raises(TypeError):
        FTP(keepalife=5)
