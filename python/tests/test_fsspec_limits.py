"""Servers that let few sessions be open: whatever the filesystems for fsspec do goes on with those that there are."""
import concurrent.futures
import gc
import multiprocessing
import os
import random
import threading
import time

import pytest

pytest.importorskip("fsspec")

import ftpclient
from conftest import serve
from ftpclient import FTP, _fsspec_sessions
from ftpclient.fsspec import FTPESFileSystem, FTPFileSystem

TLS = ("--tls", "explicit", "--reuse", "required")
CASES = [(1, "vsftpd", *TLS), (2, "pyftpdlib")]
MORE_CASES = [(1, "pyftpdlib"), (2, "vsftpd", *TLS), (2, "proftpd"), (1, "pure-ftpd")]


@pytest.fixture(scope="module", params=CASES + [pytest.param(it, marks=pytest.mark.long) for it in MORE_CASES],
                ids=lambda case: f"{case[1]}-{case[0]}")
def few(request):
    """A server that lets one session or two be open."""
    most, *kind = request.param
    for server in serve(*kind, "--most-sessions", str(most)):
        server.most = most
        yield server


@pytest.fixture(scope="module")
def one():
    yield from serve("pyftpdlib", "--most-sessions", "1")


@pytest.fixture(scope="module")
def two():
    yield from serve("vsftpd", "--most-sessions", "2")


@pytest.fixture(autouse=True)
def nothing_is_left():
    """A test leaves no session that has a place of the server."""
    yield
    gc.collect()
    for server in _fsspec_sessions._servers.values():
        server._close_others({})
        assert not server._open and not server._queue and not server._opening


def filesystem(server, **options):
    kind = FTPESFileSystem if server.scheme == "ftpes" else FTPFileSystem
    ca = {"ca": server.ca} if server.ca else {}
    return kind(host=server.host, port=server.port, username=server.user, password=server.password, skip_instance_cache=True, **ca, **options)


def session(server, **options):
    """One that is not the filesystem's. A place that was just given back may not be free yet."""
    tls = {"tls": "explicit", "ca": server.ca} if server.ca else {}
    for _ in range(50):
        try:
            return FTP(host=server.host, port=server.port, user=server.user, password=server.password, **tls, **options)
        except ftpclient.Error:
            time.sleep(0.1)
    raise AssertionError("the server has no place")


def test_many_open_files(few):
    contents = {f"open{number}": random.Random(number).randbytes(300_000 + number) for number in range(8)}
    for name, data in contents.items():
        few.put(name, data)
    fs = filesystem(few)
    files = {name: fs.open(name, "rb", block_size=50_000) for name in contents}
    read = {name: b"" for name in contents}
    sizes = random.Random(1)
    while any(len(read[name]) < len(contents[name]) for name in contents):
        for name, file in files.items():
            read[name] += file.read(sizes.randrange(1, 120_000))
    assert read == contents
    for name, file in files.items():
        file.seek(123_456)
        assert file.read(100) == contents[name][123_456:123_556]
        file.close()


def test_a_file_that_changes_between_two_sessions_is_no_mixture(one):
    """The first half was that of the old version."""
    old, new = b"old" * 100_000, b"new" * 100_001
    for number, written in enumerate((new, new[:-3])):
        name = f"changes{number}"
        one.put(name, old)
        os.utime(one.root / name, (1_700_000_000, 1_700_000_000))
        fs = filesystem(one)
        with fs.open(name, "rb", block_size=50_000) as file:
            assert file.read(100_000) == old[:100_000]
            fs.pipe_file("other", b"takes the session")
            one.put(name, written)
            with pytest.raises(ftpclient.IncompleteError, match="has changed"):
                file.read()
            # It tells so again.
            with pytest.raises(ftpclient.IncompleteError, match="has changed"):
                file.read()
        assert fs.cat_file(name) == written


def test_many_threads(few):
    contents = {f"thread{number}": random.Random(number).randbytes(300_000 + number) for number in range(16)}
    fs = filesystem(few)

    def work(name):
        fs.pipe_file(f"/made/{name}", contents[name])
        with fs.open(f"/made/{name}", "rb", block_size=50_000) as file:
            begin = file.read(60_000)
            assert fs.info(f"/made/{name}")["size"] == len(contents[name])
            return begin + file.read() == contents[name]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, contents)) == [True] * 16
    assert len(fs.ls("/made")) == 16
    fs.rm("/made", recursive=True)


def test_reading_and_writing(few):
    data = os.urandom(2_500_000)
    few.put("source", data)
    fs = filesystem(few)
    with fs.open("source", "rb", block_size=100_000) as source:
        assert source.read(10) == data[:10]
        with fs.open("target", "wb") as target:
            target.write(data[:700_000])
        fs.cp_file("/source", "/new/copy")
        assert source.read() == data[10:]
    assert fs.cat("/target") == data[:700_000] and fs.cat("/new/copy") == data
    with fs.transaction, fs.open("/target", "ab") as file:
        file.write(b"more")
    assert fs.cat("/target") == data[:700_000] + b"more"
    with pytest.raises(FileNotFoundError):
        fs.cp_file("/none", "/new/none")
    assert fs.ls("/new", detail=False) == ["/new/copy"]


def lengths(fs, names):
    """In another process."""
    found = []
    for name in names:
        with fs.open(name, "rb", block_size=50_000) as file:
            found.append(len(file.read(60_000)) + len(file.read()))
    return found


def test_two_processes(few):
    names = [f"both{number}" for number in range(10)]
    for name in names:
        few.put(name, b"x" * 200_000)
    fs = filesystem(few)
    assert fs.exists(names[0])      # this process is a third one: its session has to end, for its place is needed
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(lengths, [fs, fs], [names, names])) == [[200_000] * 10] * 2


def test_files_that_are_written_have_all_sessions(few):
    few.put("kept", b"data")
    fs, block = filesystem(few, timeout=2), b"w" * 100_000
    writers = [fs.open(f"written{number}", "wb", block_size=1000) for number in range(few.most)]
    for writer in writers:
        writer.write(block)
    for attempt in (lambda: fs.cat("kept"), lambda: fs.open("one more", "wb", block_size=1000).write(block)):
        begun = time.monotonic()
        with pytest.raises(ftpclient.Error, match="no session left") as caught:
            attempt()
        assert caught.value.code in (421, 530) and caught.value.reply and 1.9 < time.monotonic() - begun < 5
    for writer in writers:
        writer.write(block)
        writer.close()
    assert fs.cat("kept") == b"data"
    assert [fs.cat(f"written{number}") for number in range(few.most)] == [2 * block] * few.most


def test_a_wait_ends_when_a_file_is_closed(one):
    one.put("kept", b"data")
    fs = filesystem(one, timeout=None)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        with fs.open("written", "wb", block_size=10) as file:
            file.write(b"x" * 100)
            waiting = [pool.submit(fs.cat, "kept") for _ in range(4)]
            assert not concurrent.futures.wait(waiting, 1.5).done
        assert [it.result(10) for it in waiting] == [b"data"] * 4


def test_who_reads_on_and_on_lets_others_have_a_turn(one, monkeypatch):
    # Nobody takes the session in the moment between two reads.
    monkeypatch.setattr(_fsspec_sessions.Server, "_longest_unread", lambda self: None)
    monkeypatch.setattr(_fsspec_sessions, "_TURN", 0.2)
    one.put("big", b"x" * 3_000_000)
    one.put("kept", b"data")
    fs = filesystem(one, timeout=5)
    with concurrent.futures.ThreadPoolExecutor(1) as pool, fs.open("big", "rb", block_size=1000) as file:
        assert file.read(2000)
        waiting = pool.submit(fs.cat, "kept")
        while not waiting.done():
            file.seek(0)
            assert file.read(5000) and file.seek(1_000_000) and file.read(5000)
        assert waiting.result() == b"data"


def test_a_place_that_somebody_else_has_given_back(few):
    few.put("kept", b"data")
    others = [session(few) for _ in range(few.most)]
    threading.Timer(1.5, others[0].quit).start()
    begun = time.monotonic()
    assert filesystem(few).cat("kept") == b"data"
    assert 1 < time.monotonic() - begun < 10
    for other in others[1:]:
        other.quit()


def test_a_free_session_with_other_settings_makes_room(few):
    few.put("kept", b"data")
    for encoding in ("utf-8", "latin-1", "utf-8", "latin-1"):
        fs = filesystem(few, encoding=encoding, timeout=0.9)
        with fs.open("kept", "rb") as file:
            assert file.read() == b"data"


def test_what_nobody_uses_is_ended(one, monkeypatch):
    """Of a process that does nothing more, and of a file that is open and nobody reads."""
    monkeypatch.setattr(_fsspec_sessions, "_KEPT", 1.0)
    one.put("big", b"x" * 3_000_000)
    fs = filesystem(one)
    with fs.open("big", "rb", block_size=1000) as file:
        assert file.read(1000) and fs._server._open and not fs._server._free
        session(one).quit()
        assert not fs._server._open
        assert len(file.read()) == 2_999_000
    assert not fs._server._is_swept or fs._server._free
    session(one).quit()


def test_the_server_is_asked_again_later(two, monkeypatch):
    monkeypatch.setattr(_fsspec_sessions, "_LATER", 1.0)
    two.put("big", b"x" * 3_000_000)
    other, fs = session(two), filesystem(two)
    with fs.open("big", "rb", block_size=1000) as first, fs.open("big", "rb", block_size=1000) as second:

        def reads():
            assert first.read(5000) and second.read(5000)
            return len(fs._server._open)

        assert (reads(), fs._server._limit) == (1, 1)
        refused_at = fs._server._refused_at
        assert (reads(), fs._server._refused_at) == (1, refused_at)     # each read needs a session, and none asks the server
        other.quit()
        time.sleep(1.2)
        assert (reads(), fs._server._limit) == (2, 2)


def test_a_login_that_is_refused_is_not_tried_again(one):
    begun = time.monotonic()
    with pytest.raises(ftpclient.PermanentError):
        FTPFileSystem(host=one.host, port=one.port, username=one.user, password="wrong", skip_instance_cache=True).ls("/")
    # The server itself waits for some seconds.
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("code, reply, is_it", [
    (421, "421 Too many connections.", True), (530, "530 Sorry, the maximum number of clients (1) are already connected.", True),
    (530, "530 Login incorrect.", False), (450, "450 too many", False), (0, "", False)])
def test_which_refusals_are_about_the_number_of_sessions(code, reply, is_it):
    assert _fsspec_sessions.is_about_the_number(ftpclient.TemporaryError("no", code=code, reply=reply)) == is_it


def test_a_file_that_is_forgotten_gives_way(one):
    """The garbage collector comes later. Until then it is a file that nobody reads."""
    one.put("big", b"x" * 3_000_000)
    fs = filesystem(one, timeout=5)
    gc.collect()
    gc.disable()
    try:
        file = fs.open("big", "rb", block_size=1000)
        assert file.read(1000) and len(fs._server._open) == 1
        del file
        assert len(fs.cat("big")) == 3_000_000
    finally:
        gc.enable()


def test_files_that_are_forgotten_hold_nothing(one):
    """Whoever waits may have the session of a file that the garbage collector has ended."""
    one.put("big", b"x" * 3_000_000)
    fs = filesystem(one)
    for _ in range(5):
        file = fs.open("big", "rb", block_size=1000)
        file.itself = file
        assert file.read(1000)
        del file
        gc.collect()
        assert len(fs.cat("big")) == 3_000_000
