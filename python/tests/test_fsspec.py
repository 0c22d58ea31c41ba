"""The filesystems for fsspec: its own abstract tests on real servers, and what those leave out."""
import concurrent.futures
import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import threading

import pytest

fsspec = pytest.importorskip("fsspec")

import fsspec
import fsspec.tests.abstract as abstract

import ftpclient
from conftest import serve
from ftpclient.fsspec import FTPESFileSystem, FTPFileSystem, FTPSFileSystem


def filesystem(server, kind=FTPFileSystem, **options):
    return kind(host=server.host, port=server.port, username=server.user, password=server.password,
                skip_instance_cache=True, **options)


TLS = ("--tls", "explicit", "--reuse", "required")


@pytest.fixture(scope="session", ids=lambda it: it[0],
                params=[("pyftpdlib",), ("vsftpd", *TLS), pytest.param(("proftpd", *TLS), marks=pytest.mark.long)])
def each(request):
    yield from serve(*request.param)


class Fixtures(abstract.AbstractFixtures):
    @pytest.fixture(scope="class")
    def fs(self, each):
        kind, options = (FTPESFileSystem, {"ca": each.ca}) if each.ca else (FTPFileSystem, {})
        fs = filesystem(each, kind, use_listings_cache=False, **options)
        yield fs
        fs.close_sessions()

    @pytest.fixture
    def fs_path(self, fs):
        path = "/abstract"
        fs.makedirs(path, exist_ok=True)
        yield path
        fs.rm(path, recursive=True)


class TestCopy(abstract.AbstractCopyTests, Fixtures):
    pass


class TestGet(abstract.AbstractGetTests, Fixtures):
    pass


class TestPut(abstract.AbstractPutTests, Fixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, Fixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, Fixtures):
    pass


def test_urls_name_the_filesystems():
    for scheme, kind in (("ftp", "FTPFileSystem"), ("ftps", "FTPSFileSystem"), ("ftpes", "FTPESFileSystem")):
        try:
            found = fsspec.get_filesystem_class(scheme)
        except ValueError:
            pytest.skip("the package is not installed")
        if found.__module__ != "ftpclient.fsspec":
            pytest.skip("the package is not installed")
        assert found.__name__ == kind


def test_a_tour(server):
    fs = filesystem(server)
    data = os.urandom(3_000_000)
    fs.makedirs("/tour/deep", exist_ok=True)
    fs.pipe("/tour/deep/file", data)
    assert fs.cat("/tour/deep/file") == data
    assert fs.cat_file("/tour/deep/file", start=10, end=20) == data[10:20]
    assert fs.cat_file("/tour/deep/file", start=-5) == data[-5:]
    with fs.open("/tour/deep/file", "rb", block_size=100_000) as file:
        file.seek(2_500_000)
        assert file.read(10) == data[2_500_000:2_500_010]
        assert fs.exists("/tour/deep")              # another session
        file.seek(5)
        assert file.read() == data[5:]
    with fs.open("/tour/new", "wb") as file:
        file.write(b"abc")
    assert fs.info("/tour/new")["size"] == 3 and fs.isdir("/tour") and not fs.isdir("/tour/new")
    assert sorted(fs.find("/tour")) == ["/tour/deep/file", "/tour/new"]
    assert fs.glob("/tour/*/f*") == ["/tour/deep/file"]
    fs.mv("/tour/new", "/tour/other")
    assert sorted(fs.ls("/tour", detail=False)) == ["/tour/deep", "/tour/other"]
    assert fs.ls("/tour/other", detail=False) == ["/tour/other"]
    with pytest.raises(FileNotFoundError):
        fs.info("/tour/nothing")
    with pytest.raises(FileNotFoundError):
        fs.rm_file("/tour/nothing")
    fs.rm("/tour", recursive=True)
    assert not fs.exists("/tour")
    fs.close_sessions()


def test_no_secret_is_shown(plain):
    fs = filesystem(plain)
    assert plain.password not in repr(fs) + str(fs) + fs.unstrip_protocol("/x")
    again = pickle.loads(pickle.dumps(fs))
    assert again.exists("/")
    with pytest.raises(ftpclient.Error) as caught:
        FTPFileSystem(host=plain.host, port=plain.port, username="nobody", password="hunter2").ls("/")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="%2F") as refused:
        fsspec.open("ftp://user:hunter2/x@127.0.0.1/file")
    assert "hunter2" not in str(refused.value)


def test_a_file_that_ends_early_is_not_whole(server):
    server.put("shrinks", b"hello")
    kind, options = (FTPESFileSystem, {"ca": server.ca}) if server.ca else (FTPFileSystem, {})
    fs = filesystem(server, kind, **options)
    with fs.open("/shrinks", "rb") as file:
        server.put("shrinks", b"hel")
        with pytest.raises(ftpclient.IncompleteError, match="ended after 3 bytes"):
            file.read()


def _length(fs, path):
    return len(fs.cat(path))


def test_many_threads_and_processes(secure):
    secure.put("shared", b"x" * 100_000)
    fs = filesystem(secure, FTPESFileSystem, ca=secure.ca)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: _length(fs, "/shared"), range(12))) == [100_000] * 12
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(_length, [fs] * 4, ["/shared"] * 4)) == [100_000] * 4
    fs.close_sessions()


def test_a_session_that_the_server_has_ended_is_brought_back(plain):
    plain.put("file", b"data")
    fs = filesystem(plain)
    assert fs.cat("/file") == b"data"
    # As if the server had ended it for being idle.
    for free in fs._server._free:
        free.ftp.close()
    assert fs.cat("/file") == b"data"


def test_nobody_gets_a_session_of_somebody_else(plain):
    fs = filesystem(plain)
    assert fs.ls("/") is not None and fs._server._free
    for wrong in ({"password": "wrong"}, {"username": "nobody"}):
        with pytest.raises(ftpclient.PermanentError):
            FTPFileSystem(**{**fs.storage_options, **wrong}, skip_instance_cache=True).ls("/")
    assert FTPFileSystem(**fs.storage_options, skip_instance_cache=True)._server is fs._server
    fs.close_sessions()
    assert not fs._server._free


def test_a_directory_that_another_thread_makes(plain):
    """It is there when the refusal is looked into."""
    fs, calls = filesystem(plain), []

    def write():
        calls.append(1)
        if len(calls) == 1:
            (plain.root / "just made").mkdir()
            raise ftpclient.PermanentError("no such directory")
        return "written"

    with fs._session() as ftp:
        assert fs._writing(ftp, "/just made/file", write) == "written"


def test_transactions(server):
    fs = filesystem(server)
    fs.pipe("/trans/old", b"old")
    with fs.transaction:
        with fs.open("/trans/new", "wb") as file:
            file.write(b"new")
        with fs.open("/trans/old", "ab") as file:
            file.write(b"er")
        fs.pipe("/trans/piped", b"piped")
        assert not fs.exists("/trans/new") and not fs.exists("/trans/piped") and fs.cat("/trans/old") == b"old"
    assert (fs.cat("/trans/new"), fs.cat("/trans/old"), fs.cat("/trans/piped")) == (b"new", b"older", b"piped")
    with pytest.raises(ZeroDivisionError):
        with fs.transaction:
            with fs.open("/trans/old", "wb") as file:
                file.write(b"never")
            fs.pipe("/trans/never", b"never")
            raise ZeroDivisionError
    assert fs.cat("/trans/old") == b"older"
    assert sorted(os.listdir(server.root / "trans")) == ["new", "old", "piped"]
    fs.rm("/trans", recursive=True)
    fs.close_sessions()


def test_keywords():
    with pytest.raises(TypeError, match="verfy"):
        FTPFileSystem(host="h", verfy=False)
    with pytest.raises(ValueError):
        FTPFileSystem(host="h", username="one", user="two")
    own = FTPFileSystem(host="h", tls=True, acct="a", tempdir="/tmp", use_listings_cache=True, skip_instance_cache=True)
    assert (own._settings["tls"], own._settings["account"]) == ("explicit", "a")
    assert FTPESFileSystem(host="h")._settings["tls"] == "explicit" and FTPFileSystem(host="h")._settings["tls"] == "off"


def test_a_child_of_fork_has_sessions_of_its_own(plain):
    fs = filesystem(plain)
    assert fs.exists("/")
    is_held, ends = threading.Event(), threading.Event()

    def hold():
        with fs._server._changed:
            is_held.set()
            ends.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait()
    with contextlib.ExitStack() as stack:
        stack.callback(ends.set)
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            try:
                os._exit(7 if fs.isdir("/") and fs.ls("/") is not None else 1)
            finally:
                os._exit(2)
        _, status = os.waitpid(child, 0)
    thread.join()
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 7, status
    assert fs.exists("/")
    fs.close_sessions()


def test_a_directory_that_is_got_as_a_file(server, tmp_path):
    """It is made here, as by fsspec's own filesystem. A small file costs its download, and no question before it."""
    server.put("got/sub/file", b"data")
    fs = filesystem(server)
    for target in (tmp_path / "new", tmp_path):
        fs.get_file("/got/sub", str(target))
        assert target.is_dir() and not list(target.glob("sub"))
    fs.get("/got", str(tmp_path / "all"), recursive=True)
    assert (tmp_path / "all" / "sub" / "file").read_bytes() == b"data"
    with pytest.raises((FileNotFoundError, ftpclient.PermanentError)):
        fs.get_file("/got/none", str(tmp_path / "none"))
    with pytest.raises(ftpclient.LocalFileError):
        fs.get_file("/got/sub/file", str(tmp_path))
    assert not (tmp_path / "none").exists()
    fs.close_sessions()


def test_what_is_not_there_is_found_out_where_the_server_only_refuses(secure, tmp_path):
    fs = filesystem(secure, FTPESFileSystem, ca=secure.ca)
    for call in (lambda: fs.cat_file("/zz"), lambda: fs.cat_file("/zz", start=0, end=5), lambda: fs.mv("/zz", "/yy"),
                 lambda: fs.get_file("/zz", str(tmp_path / "zz")), lambda: fs.rm_file("/zz"), lambda: fs.open("/zz")):
        with pytest.raises(FileNotFoundError):
            call()
    files = fs.get_mapper("/")
    assert files.get("zz") is None
    with pytest.raises(KeyError):
        files["zz"]


def test_files_that_are_forgotten(plain):
    """The garbage collector frees the parts of a file in an order of its own. A session that it has freed must not be one of the free ones."""
    plain.put("kept", b"12345")
    fs = filesystem(plain)
    for _ in range(30):
        fs.open("kept", "rb").read()
        gc.collect()
        assert fs.cat_file("kept") == b"12345"
        assert all(it.ftp.is_connected for it in fs._server._free)


def test_what_is_no_file_and_no_block(plain):
    """Each of these was an empty file."""
    plain.put("folder/kept", b"12345")
    fs = filesystem(plain)
    with pytest.raises(IsADirectoryError):
        fs.open("folder", "rb")
    with pytest.raises(ValueError, match="block"):
        fs.open("folder/kept", "rb", block_size=-1)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_url_of_a_file_opens_it_again(host):
    for server in serve("pyftpdlib", "--host", host):
        fs = filesystem(server)
        for name in ("plain", "a b", "100%41", "x#y?z", "caf\u00e9", "tab\tin it", "semi;colon:at@"):
            server.put(name, name.encode())
            url = fs.unstrip_protocol("/" + name)
            assert f":{server.port}/" in url and server.password not in url
            with fsspec.open(url, username=server.user, password=server.password) as file:
                assert type(file.fs) is FTPFileSystem and file.read() == name.encode(), url
            assert fs.unstrip_protocol(url) == url and fs.cat(url) == name.encode()
        fs.close_sessions()


def test_the_url_of_a_file_has_only_a_port_that_is_not_the_usual_one():
    for kind, port, url in ((FTPFileSystem, 0, "ftp://h/x"), (FTPFileSystem, 21, "ftp://h/x"), (FTPESFileSystem, 21, "ftpes://h/x"),
                            (FTPESFileSystem, 990, "ftpes://h:990/x"), (FTPSFileSystem, 990, "ftps://h/x"), (FTPSFileSystem, 21, "ftps://h:21/x")):
        assert kind(host="h", port=port).unstrip_protocol("x") == url


def test_ranges(server):
    server.put("range", b"0123456789")
    fs = filesystem(server)
    for start, end, expected in ((2, 4, b"23"), (-2, None, b"89"), (None, -8, b"01"), (-99, 1, b"0"), (3, 3, b""), (5, 2, b""), (8, 99, b"89"),
                                 (10, 12, b""), (99, 100, b""), (7, 1 << 50, b"789"), (9, 1 << 70, b"9")):
        assert fs.cat_file("range", start=start, end=end) == expected, (start, end)
