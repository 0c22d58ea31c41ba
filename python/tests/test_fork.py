"""A child of fork() comes to the end of what its parent has begun, and does nothing else with it. The parent's sessions go on."""
import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import traceback

import pytest

import ftpclient
from ftpclient import FTP, Pool, StateError, aio
from ftpclient.ftplib import FTP as Old
from scripted import closed
from test_client import connect


def fork_in(act):
    """Runs a function that calls the function it gets, which forks. The parent waits there, and is told what the child has met."""
    told, tell = os.pipe()
    children = []

    def fork():
        children.append(os.fork())
        if children[0]:
            os.waitpid(children[0], 0)
        return children[0] == 0

    try:
        act(fork)
        outcome = "nothing"
    except BaseException:
        outcome = traceback.format_exc()
    if children == [0]:
        gc.collect()
        os.write(tell, outcome.encode())
        os._exit(0)
    os.close(tell)
    with open(told) as pipe:
        assert (outcome, pipe.read()) == ("nothing", "nothing")


def a_session(plain, path, fork):
    with connect(plain) as ftp:
        in_child = fork()
        assert ftp.is_connected != in_child and repr(ftp)
        if not in_child:
            assert ftp.pwd() == "/"


def an_error_in_a_session(plain, path, fork):
    with contextlib.suppress(ZeroDivisionError), connect(plain) as ftp:
        if not fork():
            assert ftp.pwd() == "/"
        raise ZeroDivisionError


def a_session_that_is_used(plain, path, fork):
    with connect(plain) as ftp:
        if not fork():
            assert ftp.pwd() == "/"
            return
        for use in (ftp.pwd, ftp.connect, ftp.reconnect, lambda: list(ftp.stream("big"))):
            with pytest.raises(StateError, match="fork"):
                use()
        with connect(plain) as own:
            assert own.pwd() == "/"


def a_session_of_the_drop_in(plain, path, fork):
    with Old() as ftp:
        ftp.connect(plain.host, plain.port)
        ftp.login(plain.user, plain.password)
        if not fork():
            assert ftp.pwd() == "/"


def a_file_that_is_read(plain, path, fork):
    with connect(plain) as ftp, ftp.open("big", "rb") as file:
        assert file.read(10)
        if not fork():
            assert len(file.read()) == 3_000_000 - 10


def a_file_that_is_written(plain, path, fork):
    with connect(plain) as ftp:
        with ftp.open("written", "wb", buffering=0) as file:
            file.write(b"one")
            in_child = fork()
            if not in_child:
                file.write(b"two")
        if not in_child:
            assert ftp.read("written") == b"onetwo"


def a_stream(plain, path, fork):
    with connect(plain) as ftp:
        stream = ftp.stream("big", size=1000)
        first = len(next(stream))
        stream.close() if fork() else None
        assert first + sum(map(len, stream)) in (3_000_000, 1000)


def a_batch(plain, path, fork):
    with connect(plain) as ftp:
        with ftp.batch() as batch:
            size = batch.size("big")
            in_child = fork()
        assert size.fate == ("not sent" if in_child else "answered")


def a_pool(plain, path, fork):
    with connect(plain) as ftp:
        with Pool(ftp, 2) as pool:
            job = pool.get("big", path / "big")
            in_child = fork()
        assert job.fate == ("waiting" if in_child else "answered")


def a_session_of_asyncio(plain, path, fork):
    async def main():
        async with aio.FTP(plain.url()) as ftp, ftp.batch() as batch, aio.Pool(ftp, 2) as pool:
            batch.size("big")
            pool.get("big", path / "big")
            async for _ in ftp.stream("big"):
                if not fork():
                    assert await ftp.pwd() == "/"
                break

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("act", [
    a_session, an_error_in_a_session, a_session_that_is_used, a_session_of_the_drop_in, a_file_that_is_read, a_file_that_is_written,
    a_stream, a_batch, a_pool, a_session_of_asyncio], ids=lambda act: act.__name__)
def test_what_a_child_comes_to_the_end_of_is_still_the_parents(act, plain, tmp_path):
    plain.put("big", b"x" * 3_000_000)
    fork_in(lambda fork: act(plain, tmp_path, fork))


def filesystem(plain):
    fsspec = pytest.importorskip("fsspec")
    return fsspec.filesystem("ftp", host=plain.host, port=plain.port, username=plain.user, password=plain.password,
                             skip_instance_cache=True)


def test_a_file_of_fsspec_is_read_in_a_child_by_a_session_of_its_own(plain):
    plain.put("big", b"x" * 3_000_000)

    def act(fork):
        with filesystem(plain).open("big", "rb", block_size=10_000) as file:
            assert file.read(10)
            fork()
            assert len(file.read()) == 3_000_000 - 10

    fork_in(act)


def test_a_child_makes_no_file_of_what_its_parent_had_written_by_then(plain):
    """Its end may come after the parent's, and would replace a whole file by the first part of it."""
    fs = filesystem(plain)
    for name in ("half", "half in a transaction"):
        def act(fork):
            with fs.transaction if "transaction" in name else contextlib.nullcontext():
                with fs.open(name, "wb") as file:
                    file.write(b"one")
                    if fork():
                        with pytest.raises(StateError, match="fork"):
                            file.write(b"three")
                    else:
                        assert not (plain.root / name).exists()
                        file.write(b"two")

        (plain.root / name).unlink(missing_ok=True)
        fork_in(act)
        assert (plain.root / name).read_bytes() == b"onetwo"


def test_a_child_of_fork_does_not_wait_for_a_thread_of_its_parent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ftp = closed(FTP, listener.getsockname())

        def wait():
            with pytest.raises(ftpclient.Error):
                ftp.connect()

        thread = threading.Thread(target=wait)
        thread.start()
        held, _ = listener.accept()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(20)
            try:
                with pytest.raises(ftpclient.StateError, match=r"the session was made before fork\(\), .*: open another one here"):
                    ftp.pwd()
                assert not ftp.is_connected
                ftp.close()
                del ftp
                gc.collect()
                os._exit(7)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        ftp.close()
        thread.join()
        held.close()
        assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 7, status


def test_what_a_child_of_fork_forgets_is_still_the_parents(plain):
    """Neither the end of `with` nor that of the last reference says anything to the server, nor does that of the child."""
    plain.put("kept", b"data")
    ftp = FTP(host=plain.host, port=plain.port, user=plain.user, password=plain.password)
    ftp.connect()
    held = {"session": ftp}
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            for call in (ftp.pwd, ftp.quit, lambda: ftp.open("kept", "rb"), lambda: ftp.read("kept")):
                with pytest.raises(ftpclient.StateError, match=r"before fork\(\)"):
                    call()
            ftp.__exit__(None, None, None)
            ftp.close()
            del held["session"], ftp
            gc.collect()
            os._exit(7)
        except BaseException as wrong:
            print(repr(wrong), file=sys.stderr, flush=True)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 7, status
    assert ftp.pwd() == "/" and ftp.read("kept") == b"data"
    queue = multiprocessing.get_context("fork").SimpleQueue()
    process = multiprocessing.get_context("fork").Process(target=tell_what_a_child_gets, args=(ftp, queue))
    process.start()
    process.join(20)
    assert process.exitcode == 0 and queue.get() == "StateError"
    # An answer to what the child had said would come now.
    assert ftp.pwd() == "/" and ftp.read("kept") == b"data"
    ftp.quit()


def tell_what_a_child_gets(ftp, queue):
    try:
        ftp.pwd()
    except ftpclient.Error as error:
        queue.put(type(error).__name__)
