"""The log of a session: what it tells, to whom, and what comes of a function that fails."""
import asyncio
import collections
import contextlib
import ctypes
import gc
import logging
import pickle
import signal
import sys
import threading
import time
from functools import partial

import pytest

import ftpclient
from ftpclient import FTP, Pool, aio
from ftpclient.fsspec import FTPFileSystem
from scripted import Scripted
from test_client import connect


def test_a_function_gets_the_dialogue(plain):
    plain.put("file", b"12345")
    told = []
    with connect(plain, log=lambda kind, text: told.append((kind, text))) as ftp:
        assert ftp.read("file") == b"12345"
    assert {kind for kind, _ in told} == {"command", "reply", "state", "data"}
    commands = [text for kind, text in told if kind == "command"]
    assert commands[:2] == [f"USER {plain.user}", "PASS ****"] and "RETR file" in commands and commands[-1] == "QUIT"
    assert told[1][0] == "reply" and told[1][1].startswith("220 ")
    assert plain.password not in str(told)


def test_a_logger_gets_messages(plain, caplog):
    logger = logging.getLogger("transfers of the night")
    with caplog.at_level(logging.DEBUG, logger.name):
        connect(plain, log=logger).quit()
        assert "command PASS ****" in caplog.messages and {it.name for it in caplog.records} == {logger.name}
    caplog.clear()
    with caplog.at_level(logging.INFO, logger.name):
        connect(plain, log=logger).quit()
    assert not caplog.records


@pytest.mark.parametrize("text", [b"200 \xff\xe9", "200 \u00e9".encode()])
def test_bytes_that_are_no_text(text):
    told = []
    with Scripted({"NOOP": text.decode("latin-1")}) as server, FTP(**server.place(log=lambda *it: told.append(it))) as ftp:
        ftp.command("NOOP")
    assert ("reply", text.decode("utf-8", "backslashreplace")) in told
    str(told).encode()


def test_the_sessions_of_a_pool_and_of_asyncio(plain, tmp_path):
    for name in "abcd":
        plain.put(name, b"x" * 200_000)
    told = []
    with connect(plain, log=lambda *it: told.append(it)) as ftp:
        with Pool(ftp, sessions=2) as pool:
            for name in "abcd":
                pool.get(name, tmp_path / name)
    assert [told.count(("command", it)) for it in ("PASS ****", "RETR a", "RETR d", "QUIT")] == [2, 1, 1, 2]

    async def fetch():
        async with aio.FTP(plain.url(), log=lambda *it: told.append(it)) as ftp:
            return await ftp.read("a")

    told.clear()
    assert len(asyncio.run(fetch())) == 200_000
    assert [told.count(("command", it)) for it in ("PASS ****", "RETR a", "QUIT")] == [1, 1, 1]


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt, StopIteration, GeneratorExit])
def test_what_it_raises_ends_the_call(plain, kind):
    def fail(what, text):
        if text == wanted:
            raise kind("from the log")

    wanted = "NOOP"
    with connect(plain, log=fail) as ftp:
        with pytest.raises(kind, match="from the log"):
            ftp.command("NOOP")
        wanted = None
        ftp.reconnect()
        assert ftp.pwd() == "/"

    async def fetch():
        async with aio.FTP(plain.url(), log=fail) as ftp:
            with pytest.raises(kind, match="from the log"):
                await ftp.command("NOOP")
            ftp.close()

    wanted = "NOOP"
    if kind is ZeroDivisionError:       # what others of these mean to a loop is its own affair
        asyncio.run(fetch())


def test_it_ends_a_call_that_would_wait():
    """The server never answers: only the exception can end that."""
    def fail(what, text):
        if text == "SITE WAIT":
            raise ZeroDivisionError

    with Scripted({"SITE": lambda session, argument: None}) as server:
        ftp, begun = FTP(**server.place(log=fail)), time.monotonic()
        with pytest.raises(ZeroDivisionError):
            ftp.site("WAIT")
        assert time.monotonic() - begun < 10
        ftp.close()


def test_what_it_raises_as_the_connection_is_closed(plain):
    def fail(what, text):
        if what == "state" and is_ready:
            raise ZeroDivisionError

    is_ready = False
    ftp = connect(plain, log=fail)
    is_ready = True
    with pytest.raises(ZeroDivisionError):
        ftp.close()
    is_ready = False
    assert not ftp.is_connected
    ftp.reconnect()
    assert ftp.pwd() == "/"
    ftp.close()


def test_it_cannot_use_the_session_and_waits_for_nothing(plain):
    """Not even while another thread waits for its turn."""
    def use(what, text):
        if text == "NOOP" and not failures:
            other.start()
            for call in (ftp.pwd, ftp.list, lambda: ftp.read("x"), lambda: ftp.open("x", "wb", buffering=0).write(b"x"), ftp.quit):
                with pytest.raises(ftpclient.BusyError):
                    call()
                failures.append(call)

    failures, answers = [], []
    other = threading.Thread(target=lambda: answers.append(ftp.pwd()))
    with connect(plain, log=use) as ftp:
        ftp.command("NOOP")
        other.join(20)
    assert len(failures) == 5 and answers == ["/"]


@pytest.mark.parametrize("what", ["pwd", "read", "write", "close"])
def test_it_cannot_use_a_file_that_is_open(what):
    """Nothing of the file is lost, and what it closes is given back behind the call."""
    def slowly(session, argument):
        session.say("150 comes")
        with session.open() as data, contextlib.suppress(OSError):
            for _ in range(4):
                if what == "write":
                    time.sleep(0.3)
                else:
                    data.sendall(b"x" * 1000)
                    time.sleep(0.1)
            while what == "write" and data.recv(1 << 20):
                pass
        return "226 done"

    def use(kind, text):
        if text == "NOOP" and len(told) < 3:
            told.append(text)
            if what == "close":
                file.close()
            with pytest.raises(ftpclient.BusyError):
                file.read(1) if what == "read" else file.write(b"x") if what == "write" else ftp.pwd()

    told = []
    with Scripted({"RETR": slowly, "STOR": slowly}, data=b"x" * 4000) as server:
        with FTP(**server.place(log=use, noop_interval=0.03)) as ftp:
            if what == "write":
                with ftp.open("file", "wb", buffering=0) as file:
                    assert file.write(b"x" * 20_000_000) == 20_000_000
            elif what == "close":
                file = ftp.open("file", "rb", buffering=0)
                with pytest.raises(ValueError, match="closed"):
                    while file.read(4000):
                        pass
            else:
                with ftp.open("file", "rb", buffering=0) as file:
                    assert b"".join(iter(lambda: file.read(4000), b"")) == b"x" * 4000
                assert server.verbs().count("RETR") == 1
            assert told and ftp.pwd() == "/"


def test_a_signal_as_it_begins_is_not_lost():
    """Its handler runs as soon as Python code does. C code raises the signal here and then calls the log, with no Python between."""
    told = []
    with Scripted() as server, FTP(**server.place(log=lambda *it: told.append(it))) as session:
        ftp = session
    function, _ = ftp._session.kept[-2:]
    before = signal.signal(signal.SIGUSR1, lambda *ignored: 1 / 0)
    try:
        steps = [partial(getattr(ctypes.CDLL(None), "raise"), signal.SIGUSR1), partial(function, 2, b"lost"), partial(function, 1, b"next")]
        collections.deque(map(partial.__call__, steps), 0)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [type(it) for it in ftp._session.failures] == [ZeroDivisionError] and told[-1] == ("command", "next")


def forget(server, ends, told, knows):
    """Makes a session whose log may know it, and lets it go."""
    known = []
    ftp = FTP(**server.place(log=lambda what, text: told.append((what, text, len(known)))))
    if knows:
        known.append(ftp)
    assert told and not ends.is_set()


@pytest.mark.parametrize("knows", [False, True])
def test_a_forgotten_session_is_closed(knows, monkeypatch):
    """At once, if the log does not know it. If it does, the garbage collector ends both, in whatever order."""
    def wait_for_the_end(session, argument):
        session.say("230 in")
        if not session.lines.readline():
            ends.set()

    ends, told, wrong = threading.Event(), [], []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: wrong.append(str(it.exc_value)))
    gc.collect()
    gc.disable()
    try:
        with Scripted({"USER": wait_for_the_end}) as server:
            forget(server, ends, told, knows)
            assert ends.wait(0.5) == (not knows)
            gc.collect()
            assert ends.wait(10)
    finally:
        gc.enable()
    assert not wrong
    # Nobody is told while the garbage collector works.
    assert not any("closed" in text for what, text, _ in told if what == "state")


def test_what_it_raises_as_a_task_is_given_up():
    """It comes out of that call, and does not wait for the next one."""
    def fail(what, text):
        if what == "state" and is_ready:
            raise ZeroDivisionError

    def hang(session, argument):
        """It does not answer ABOR, so that the end takes long."""
        session.say("150 comes")
        with session.open() as data:
            data.sendall(b"data")
            moves.set()
            session.lines.readline()
            session.lines.readline()

    async def wait(server):
        nonlocal is_ready
        async with aio.FTP(**server.place(log=fail)) as ftp:
            task = asyncio.ensure_future(ftp.read("file"))
            while not moves.is_set():
                await asyncio.sleep(0.01)
            is_ready = True
            for _ in range(2):
                task.cancel()
                await asyncio.sleep(0.1)
            with pytest.raises(ZeroDivisionError):
                await task
            is_ready = False
            await ftp.reconnect()
            assert await ftp.pwd() == "/"

    is_ready, moves = False, threading.Event()
    with Scripted({"RETR": hang}) as server:
        asyncio.run(wait(server))


def test_what_cannot_be_told():
    async def tell(what, text):
        """Nobody awaits it."""

    for wrong in (5, "stderr", tell, [print]):
        for kind in (FTP, aio.FTP):
            with pytest.raises(TypeError):
                kind(log=wrong)


def test_a_filesystem_with_a_log(plain):
    """It can be pickled if the log can be: a logger is known by its name."""
    place = dict(host=plain.host, port=plain.port, username=plain.user, password=plain.password, skip_instance_cache=True)
    fs = FTPFileSystem(log=logging.getLogger("files"), **place)
    assert pickle.loads(pickle.dumps(fs)).ls("/", detail=False) == fs.ls("/", detail=False)
    fs.close_sessions()
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(FTPFileSystem(log=lambda what, text: None, **place))
