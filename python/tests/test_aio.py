"""Sessions of asyncio, on real servers."""
import asyncio
import contextlib
import socket

import pytest

import ftpclient
from ftpclient import aio


def session(server, **settings):
    return aio.FTP(host=server.host, port=server.port, user=server.user, password=server.password, **settings)


def test_a_tour(server, tmp_path):
    async def tour():
        async with session(server) as ftp:
            await ftp.makedirs("aio/deep")
            await ftp.write("aio/deep/file", b"x" * 300_000)
            assert [it.name for it in await ftp.list("aio/deep")] == ["file"]
            assert (await ftp.stat("aio/deep/file")).size == 300_000
            assert await ftp.read("aio/deep/file") == b"x" * 300_000
            report = await ftp.get("aio/deep/file", tmp_path / "file")
            assert report.bytes == 300_000
            blocks = [block async for block in ftp.stream("aio/deep/file", offset=100)]
            assert b"".join(blocks) == b"x" * 299_900
            await ftp.remove_tree("aio")
            assert not await ftp.exists("aio")
            with pytest.raises(ftpclient.NotFound):
                await ftp.list("aio")

    asyncio.run(tour())


def test_many_sessions_at_once(secure):
    secure.put("data", b"secret" * 10_000)

    async def one():
        async with session(secure, tls="explicit", ca=secure.ca) as ftp:
            return await ftp.read("data")

    async def all_of_them():
        return await asyncio.gather(*(one() for _ in range(8)))

    assert asyncio.run(all_of_them()) == [b"secret" * 10_000] * 8


def test_a_task_that_is_cancelled(plain):
    async def cancelled():
        with socket.create_server(("127.0.0.1", 0)) as silent:
            ftp = aio.FTP(host="127.0.0.1", port=silent.getsockname()[1], timeout=50)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(ftp.connect(), 0.2)
            assert not ftp.is_connected
        async with session(plain) as ftp:
            assert await ftp.pwd() == "/"

    asyncio.run(cancelled())


def test_a_session_that_a_cancelled_task_has_closed_is_closed_for_the_others(plain):
    plain.put("big", bytes(50_000_000))

    async def main():
        ftp = session(plain)
        assert not ftp.is_connected
        await ftp.connect()
        reading, waiting = asyncio.ensure_future(ftp.read("big")), asyncio.ensure_future(ftp.pwd())
        await asyncio.sleep(0.01)
        for _ in range(2):
            reading.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await reading
        with pytest.raises(ftpclient.StateError):
            await waiting
        await ftp.reconnect()
        assert await ftp.pwd() == "/"
        await ftp.quit()

    asyncio.run(main())


def test_calls_of_several_tasks_take_turns(plain):
    async def turns():
        async with session(plain) as ftp:
            assert await asyncio.gather(*(ftp.pwd() for _ in range(5))) == ["/"] * 5

    asyncio.run(turns())


def test_what_a_callback_raises_ends_the_call_and_no_more(plain, tmp_path):
    plain.put("big", b"x" * 4_000_000)
    plain.put("tree/one", b"1")

    def fail(told):
        raise ZeroDivisionError

    async def failing():
        async with session(plain) as ftp:
            for call in (lambda: ftp.get("big", tmp_path / "big", progress=fail), lambda: ftp.read("big", progress=fail),
                         lambda: ftp.mirror_get("tree", tmp_path / "tree", on_action=fail)):
                with pytest.raises(ZeroDivisionError):
                    await call()
                assert await ftp.pwd() == "/"
            with contextlib.suppress(ftpclient.Cancelled):      # unless all had come
                await ftp.read("big", progress=lambda told: ftp.close())
            assert not ftp.is_connected
            await ftp.connect()

    asyncio.run(failing())


def test_closing_while_another_task_waits():
    async def closing():
        with socket.create_server(("127.0.0.1", 0)) as silent:
            ftp = aio.FTP(host="127.0.0.1", port=silent.getsockname()[1], timeout=50)
            task = asyncio.ensure_future(ftp.connect())
            connection, _ = await asyncio.get_running_loop().run_in_executor(None, silent.accept)
            ftp.close()
            with pytest.raises(ftpclient.Error):
                await asyncio.wait_for(task, 20)
            connection.close()

    asyncio.run(closing())


@pytest.mark.parametrize("is_thread", [False, True])
def test_a_call_that_is_cancelled_by_name(is_thread):
    async def wait():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            ftp = aio.FTP(host="127.0.0.1", port=listener.getsockname()[1], timeout=20)
            call = asyncio.ensure_future(ftp.connect())
            await asyncio.sleep(0.1)
            if is_thread:
                await asyncio.get_running_loop().run_in_executor(None, ftp.cancel)
            else:
                ftp.cancel()
            with pytest.raises(ftpclient.Cancelled):
                await asyncio.wait_for(call, 10)

    asyncio.run(wait())


def test_a_stream_gives_way_to_other_calls(plain):
    data = bytes(range(256)) * 20_000
    plain.put("big", data)

    async def streams():
        async with session(plain) as ftp:
            async for _ in ftp.stream("big"):
                break
            assert await ftp.pwd() == "/"
            blocks = []
            async for block in ftp.stream("big", size=1_000_000):
                blocks.append(block)
                assert await ftp.pwd() == "/"
            assert b"".join(blocks) == data
            one, two = ftp.stream("big"), ftp.stream("big", offset=1)
            assert (await one.__anext__())[:1] == data[:1] and (await two.__anext__())[:1] == data[1:2]
            await one.aclose()
            await two.aclose()
            with pytest.raises(TypeError):
                await ftp.write("never", 5)

    asyncio.run(streams())


def test_arguments_that_cannot_be_meant(plain, tmp_path):
    """They begin no call, and the session goes on."""
    plain.put("kept", b"12345")

    async def main():
        async with aio.FTP(plain.url()) as ftp:
            for kind, call in ((OverflowError, lambda: ftp.read("kept", limit=1 << 70)), (TypeError, lambda: ftp.read("kept", limit=1.5)),
                               (OverflowError, lambda: ftp.chmod("kept", 1 << 40)), (TypeError, lambda: ftp.read(None)),
                               (ValueError, lambda: ftp.remove("kept\0not")), (OverflowError, lambda: anext_of(ftp.stream("kept", offset=1 << 64))),
                               (ValueError, lambda: anext_of(ftp.stream("kept", size=0))),
                               (TypeError, lambda: ftp.mirror_get("", tmp_path / "tree", exclude="*"))):
                with pytest.raises(kind):
                    await call()
                assert ftp.is_connected
            assert await ftp.read("kept") == b"12345"

    asyncio.run(main())


async def anext_of(stream):
    return await stream.__anext__()
