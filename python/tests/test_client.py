"""The session of `ftpclient`, on real servers."""
import asyncio
import datetime
import io
import os
import pickle
import resource
import socket
import threading
import time

import pytest

import ftpclient
import ftpclient.aio
import ftpclient.ftplib
from ftpclient import FTP


def connect(server, **settings):
    return FTP(host=server.host, port=server.port, user=server.user, password=server.password, **settings)


def test_a_tour(server, tmp_path):
    data = os.urandom(700_000)
    (tmp_path / "local").write_bytes(data)
    with connect(server) as ftp:
        ftp.makedirs("tour/deep")
        report = ftp.put(tmp_path / "local", "tour/deep/file", keep_time=server.name == "proftpd")
        assert report.bytes == len(data) and report.verified == "size"
        entry = ftp.stat("tour/deep/file")
        assert (entry.name, entry.size, entry.is_file) == ("file", len(data), True)
        assert entry.modified.tzinfo is datetime.timezone.utc
        assert abs(entry.modified - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(hours=1)
        assert [it.name for it in ftp.list("tour")] == ["deep"]
        assert [it.name for it in ftp.glob("tour/**/f*")] == ["tour/deep/file"]
        assert [(path, [it.name for it in files]) for path, _, files in ftp.walk("tour")] == [
            ("tour", []), ("tour/deep", ["file"])]
        ftp.get("tour/deep/file", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == data
        assert ftp.read("tour/deep/file") == data
        ftp.write("tour/small", b"small")
        ftp.rename("tour/small", "tour/other")
        assert ftp.exists("tour/other") and not ftp.exists("tour/small")
        assert ftp.size("tour/other") == 5
        ftp.remove_tree("tour")
        assert not ftp.exists("tour")
        assert ftp.pwd() == "/"


def test_errors_tell_what_they_know(server, tmp_path):
    with connect(server) as ftp:
        with pytest.raises(ftpclient.NotFound) as caught:
            ftp.get("nothing here", tmp_path / "x")
        assert isinstance(caught.value, FileNotFoundError) and isinstance(caught.value, ftpclient.Error)
        assert caught.value.code == 550 and caught.value.reply.startswith("550 ")
        for call in (ftp.rmdir, ftp.cwd, ftp.remove, ftp.read, lambda name: ftp.rename(name, "other"),
                     lambda name: ftp.chmod(name, 0o600), lambda name: ftp.open(name, "rb")):
            with pytest.raises(FileNotFoundError, match="zz nothing") as caught:
                call("zz nothing")
            assert (type(caught.value), caught.value.code) == (ftpclient.NotFound, 550)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (type(again), again.code, str(again)) == (type(caught.value), 550, str(caught.value))
        with pytest.raises(ftpclient.LimitError):
            ftp.write("five", b"12345")
            ftp.read("five", limit=4)
        with pytest.raises(ftpclient.InvalidArgument) as caught:
            ftp.cwd("a\r\nDELE b")
        assert (caught.value.code, caught.value.reply) == (0, "")
        with pytest.raises(ftpclient.NotFound):
            ftp.remove("nothing here")
        with pytest.raises(ftpclient.LocalFileError) as caught:
            ftp.put(tmp_path / "nothing here", "x")
        assert (caught.value.code, caught.value.reply, caught.value.errno) == (0, "", 2)
        assert ftp.last_reply.startswith("550 ")
    with pytest.raises(ftpclient.PermanentError) as caught:
        FTP(host=server.host, port=server.port, user=server.user, password="hunter2 wrong")
    assert "hunter2" not in str(caught.value) and "hunter2" not in repr(ftpclient.Settings(password="hunter2"))


def test_files_as_objects(server):
    data = os.urandom(3_000_000)
    server.put("object", data)
    with connect(server) as ftp:
        with ftp.open("object", "rb") as file:
            assert file.read(10) == data[:10]
            file.seek(2_000_000)
            assert file.read(5) == data[2_000_000:2_000_005]
            assert ftp.pwd() == "/"                 # interrupts the file, which goes on
            assert file.read(5) == data[2_000_005:2_000_010]
            file.seek(-7, io.SEEK_END)
            assert file.read() == data[-7:] and file.read() == b""
            file.seek(0)
            assert file.read() == data
        with ftp.open("lines", "w") as file:
            file.write("one\ntwo\n")
        with ftp.open("lines", "a") as file:
            file.write("three\n")
        with ftp.open("lines") as file:
            assert list(file) == ["one\n", "two\n", "three\n"]
        with pytest.raises(ftpclient.Exists):
            ftp.open("lines", "x")
        assert b"".join(ftp.stream("object", offset=2_999_000)) == data[2_999_000:]
        with pytest.raises(FileNotFoundError):
            ftp.open("no/where", "rb")


def test_progress(plain, tmp_path):
    tqdm = pytest.importorskip("tqdm")
    plain.put("big", b"x" * 2_000_000)
    with connect(plain) as ftp:
        told = []
        ftp.get("big", tmp_path / "big", progress=told.append)
        assert told[-1].has_ended and told[-1].bytes == 2_000_000
        with tqdm.tqdm(total=None, file=io.StringIO()) as bar:
            ftp.get("big", tmp_path / "big", progress=bar)
            assert bar.n == bar.total == 2_000_000

        def stop(progress):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            ftp.get("big", tmp_path / "stopped", progress=stop)
        assert ftp.pwd() == "/"


def test_mirrors(plain, tmp_path):
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt", "sub/c.bin"):
        (tree / name).write_text(name)
    with connect(plain) as ftp:
        actions = []
        report = ftp.mirror_put(tree, "mirrored", exclude=["*.bin"], on_action=actions.append)
        assert (report.failed, sorted(it.path for it in actions if it.kind == "add" and it.type == "file")) == (
            0, ["a.txt", "sub/b.txt"])
        report = ftp.mirror_get("mirrored", tmp_path / "back")
        assert report.failed == 0 and (tmp_path / "back/sub/b.txt").read_text() == "sub/b.txt"
        assert ftp.mirror_get("mirrored", tmp_path / "back", delete=True).added == 0


def test_tls(secure, tmp_path):
    secure.put("data", b"secret")
    with connect(secure, tls="explicit", ca=secure.ca) as ftp:
        for _ in range(3):
            assert ftp.read("data") == b"secret"
        ftp.write("other", b"x" * 100_000)
    with FTP(secure.url(), ca=secure.ca) as ftp:
        assert ftp.read("data") == b"secret"
    with pytest.raises(ftpclient.CertificateError):
        connect(secure, tls="explicit")
    with connect(secure, tls="explicit", verify=False) as ftp:
        assert ftp.read("data") == b"secret"


def test_an_empty_path_is_the_working_directory_or_nothing(server, tmp_path):
    with connect(server) as ftp:
        ftp.makedirs("work")
        ftp.cwd("work")
        ftp.write("file", b"data")
        assert ftp.exists("") and ftp.stat("").is_directory and [it.name for it in ftp.list("")] == ["file"]
        with ftp.batch() as batch:
            told = batch.stat("")
        assert told.value.is_directory
        ftp.cwd("")
        for call in (ftp.remove, ftp.rmdir, ftp.remove_tree, ftp.mkdir, ftp.makedirs, ftp.read, ftp.size, ftp.modified,
                     lambda path: ftp.rename(path, "x"), lambda path: ftp.chmod(path, 0o600), lambda path: ftp.write(path, b"")):
            with pytest.raises(ftpclient.InvalidArgument, match="empty"):
                call("")
        ftp.cwd("/")
        ftp.remove_tree("work")


@pytest.mark.parametrize("text", ["RETR file", "retr file", " RETR file", "STOR file", "STOU", "APPE file", "LIST", "NLST -a", b"MLSD", "List\t/"])
def test_a_plain_command_moves_no_data(plain, text):
    """The server would wait for a data connection, and the call for the server."""
    async def awaited():
        async with ftpclient.aio.FTP(plain.url()) as ftp:
            with pytest.raises(ftpclient.InvalidArgument, match=r"use \w+\(\)"):
                await ftp.command(text)
            assert (await ftp.command("NOOP"))[:1] == "2"

    with connect(plain) as ftp:
        begun = time.monotonic()
        with pytest.raises(ftpclient.InvalidArgument, match=r"use \w+\(\)"):
            ftp.command(text)
        assert time.monotonic() - begun < 10 and ftp.command("NOOP")[:1] == "2"
    asyncio.run(awaited())


def test_where_the_part_of_a_file_is(plain, tmp_path):
    data = os.urandom(4_000_000)
    plain.put("big", data)
    part, target = tmp_path / ".target.ftp-part", tmp_path / "target"

    def stop(told):
        if told.bytes > 1_000_000:
            raise ZeroDivisionError

    # In a flash, it would be whole before the progress is told.
    with connect(plain, rate_limit=4_000_000) as ftp, pytest.raises(ZeroDivisionError):
        ftp.get("big", target, resume=True, progress=stop)
    with connect(plain) as ftp:
        assert part.stat().st_size and not target.exists()
        assert ftp.get("big", target, resume=True).resumed
        assert target.read_bytes() == data and not part.exists()
        # What has the name itself is no part.
        target.write_bytes(data[:1_000_000])
        assert not ftp.get("big", target, resume=True).resumed and target.read_bytes() == data
        with pytest.raises(ZeroDivisionError), ftp.open("cut", "wb", buffering=0) as file:
            file.write(b"first")
            raise ZeroDivisionError
        assert ftp.read("cut") == b"first"


def test_names_that_are_not_utf8(server):
    if server.name == "pyftpdlib":
        pytest.skip("this server changes such names itself")
    server.put("plain", b"")
    os.rename(server.root / "plain", os.fsencode(server.root) + b"/odd\xe9")
    with connect(server) as ftp:
        assert "odd\udce9" in [it.name for it in ftp.list()]
        assert ftp.exists("odd\udce9")
        ftp.remove("odd\udce9")


def test_it_is_connected_from_the_beginning_to_the_end(plain):
    ftp = connect(plain)
    assert ftp.is_connected and ftp.welcome.startswith("220 ")
    ftp.quit()
    assert not ftp.is_connected
    with pytest.raises(ftpclient.StateError):
        ftp.pwd()
    ftp.reconnect()
    assert ftp.pwd() == "/"
    ftp.close()


def test_a_url_and_keywords_complete_each_other(plain):
    place = f"ftp://{plain.host}:{plain.port}/"
    account = {"user": plain.user, "password": plain.password}
    for url, keywords in ((place, account), (f"ftp://{plain.host}/", dict(account, port=plain.port)),
                          (f"ftp://{plain.user}@{plain.host}:{plain.port}", {"password": plain.password}),
                          (plain.url(), dict(account, host=plain.host, port=plain.port))):
        with FTP(url, **keywords) as ftp:
            assert ftp.pwd() == "/" and plain.host in repr(ftp) and plain.password not in repr(ftp)
            ftp.write("whose", b"")                 # which an anonymous user may not
    for url, keywords in ((plain.url(), {"user": "other"}), (plain.url(), {"password": "other"}),
                          (f"ftp://:@{plain.host}:{plain.port}/", {"password": "other"}),
                          (place, {"host": "other"}), (place, {"port": 2}), ("ftps://host", {"tls": "explicit"}),
                          ("ftpes://host", {"tls": "off"})):
        for kind in (FTP, ftpclient.aio.FTP):
            with pytest.raises(ValueError) as caught:
                kind(url, **keywords)
            assert "other" not in str(caught.value) and plain.password not in str(caught.value)
    ftp = FTP(plain.url())
    ftp.close()
    ftp.connect()
    assert ftp.pwd() == "/"
    ftp.close()


@pytest.mark.parametrize("url,keywords,expected", [
    ("ftp://h", {"user": "a@b", "password": "p/:"}, "ftp://a%40b:p%2F%3A@h"),
    ("ftp://[::1]/x@y", {"port": 2, "user": "u"}, "ftp://u@[::1]:2/x@y"),
    ("ftp://[::1]:2", {"host": "::1", "port": 2}, "ftp://[::1]:2"),
    ("ftp://a%40b@H:21/", {"host": "h", "user": "a@b"}, "ftp://a%40b@H:21/"),
    ("ftp:///pub", {"host": "h", "port": 3}, "ftp://h:3/pub"),
    ("ftp://h", {"user": b"\xe9", "password": b"p"}, "ftp://%E9:p@h"),
    ("ftp://%E9@h", {"user": b"\xe9", "password": "\udce9"}, "ftp://%E9:%E9@h"),
    (None, {"host": "h", "user": b"\xe9", "password": "\udce9"}, "ftp://%E9:%E9@h"),
    (None, {"host": "::1", "user": None, "password": None, "port": None}, "ftp://[::1]"),
    ("no url", {"user": "u"}, "no url"),
])
def test_how_a_url_is_completed(url, keywords, expected):
    assert ftpclient.Settings(**keywords).url(url) == expected.encode()


def test_a_server_that_dies_while_a_file_is_open():
    """The next call says that the connection is lost, and not that there was none."""
    def serve():
        control, _ = listener.accept()
        lines = control.makefile("rb")
        control.sendall(b"220 here\r\n")
        for line in lines:
            if line.startswith((b"EPSV", b"PASV")):
                data = socket.create_server(("127.0.0.1", 0))
                port = data.getsockname()[1]
                control.sendall(b"229 (|||%d|)\r\n" % port if line.startswith(b"EPSV") else
                                b"227 (127,0,0,1,%d,%d)\r\n" % divmod(port, 256))
            elif line.startswith(b"RETR"):
                control.sendall(b"150 comes\r\n")
                connection, _ = data.accept()
                connection.sendall(b"x" * 100)
                ends.wait(20)
                connection.close(), data.close(), lines.close(), control.close()
                return
            elif line.startswith(b"FEAT"):
                control.sendall(b"500 what\r\n")
            else:
                control.sendall(b"230 in\r\n" if line.startswith(b"USER") else b"213 1000\r\n" if line.startswith(b"SIZE") else b"200 yes\r\n")

    ends = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        ftp = FTP(host="127.0.0.1", port=listener.getsockname()[1])
        file = ftp.open("file", "rb", buffering=0)
        assert file.read(10) == b"x" * 10
        ends.set()
        thread.join()
        with pytest.raises(ConnectionError):
            ftp.pwd()
        ftp.close()


@pytest.mark.parametrize("limit", [100_000, (100_000, None), (None, 100_000)])
def test_a_limit_of_the_rate_is_for_the_directions_that_it_names(plain, limit):
    data = bytes(60_000)
    receive, send = limit if isinstance(limit, tuple) else (limit, limit)
    with connect(plain, rate_limit=limit) as ftp:
        for is_limited, call in ((send, lambda: ftp.write("slow", data)), (receive, lambda: ftp.read("slow"))):
            begin = time.monotonic()
            call()
            took = time.monotonic() - begin
            assert not is_limited or took > 0.5, took
    for wrong in (0, (5, -2)):
        with pytest.raises(ftpclient.InvalidArgument):
            connect(plain, rate_limit=wrong)


def test_arguments_that_cannot_be_meant(plain, tmp_path):
    async def told(progress):
        """Nobody awaits it."""

    with connect(plain, timeout=float("inf")) as ftp:
        for data in (5, "text", None):
            with pytest.raises(TypeError):
                ftp.write("never", data)
        assert not ftp.exists("never")
        ftp.write("view", memoryview(b"abc"))
        for call in (lambda: ftp.get("view", tmp_path / "x", progress=told), lambda: ftp.read("view", progress=5),
                     lambda: ftp.mirror_get("/", tmp_path / "y", on_action=told)):
            with pytest.raises(TypeError, match="progress is|on_action is"):
                call()
        with pytest.raises(ValueError):
            ftp.open("view", buffering=0)
        for buffering in (-1, 0, 1, 7):
            with ftp.open("view", "rb", buffering=buffering) as file:
                assert (file.name, file.mode, file.read(3), file.read()) == ("view", "rb", b"abc", b"")
            assert isinstance(file, io.RawIOBase) == (buffering == 0)
        with ftp.open("view", "w", buffering=1) as file:
            assert (file.name, file.mode, file.line_buffering) == ("view", "w", True)
    for timeout in (-1, float("nan"), float("-inf")):
        with pytest.raises(ValueError):
            connect(plain, timeout=timeout)
        with pytest.raises(ValueError):
            ftpclient.ftplib.FTP(plain.host, timeout=timeout)


def test_a_session_with_a_high_descriptor_is_looked_at(plain):
    """select() cannot look at more than 1024."""
    old = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, old[1]) if old[1] != resource.RLIM_INFINITY else 2048, old[1]))
    others = []
    try:
        others = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
        with connect(plain) as ftp:
            assert not ftp.is_stale()
            ftp.command("NOOP")
            assert not ftp.is_stale()
    finally:
        for descriptor in others:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, old)
