"""Batches and pools of asyncio, and calls that nobody goes on with, on real servers."""
import asyncio
import os
import random
import socket

import pytest

import ftpclient
from ftpclient import aio
from test_aio import session


def test_a_batch(server):
    for number in range(50):
        server.put(f"aiobatch/{number}", b"x" * number)

    async def batches():
        async with session(server) as ftp:
            async with ftp.batch() as batch:
                sizes = [batch.size(f"aiobatch/{number}") for number in range(50)]
                # Other calls may come between.
                assert await ftp.pwd() == "/"
                assert len(batch) == 50 and sizes[0].fate == "waiting"
            assert [it.value for it in sizes] == list(range(50))
            with pytest.raises(ftpclient.PartialError):
                async with ftp.batch() as batch:
                    bad, good, never = batch.remove("zz nothing"), batch.size("aiobatch/7"), batch.size("a\r\nDELE 1")
            assert good.value == 7 and bad.error.code == 550
            assert isinstance(never.error, ftpclient.InvalidArgument) and never.fate == "not sent"
            with pytest.raises(ftpclient.PartialError):
                async with ftp.batch() as batch:
                    batch.command("PASS secret")
            async with ftp.batch(check=False) as batch:
                bad, never = batch.rmdir("zz nothing"), batch.command("PASS secret")
            assert bad.error is not None and never.error is not None
            with pytest.raises(ZeroDivisionError):
                async with ftp.batch() as batch:
                    outcome = batch.remove("aiobatch/7")
                    raise ZeroDivisionError
            assert outcome.fate == "not sent" and await ftp.exists("aiobatch/7")
            with pytest.raises(ftpclient.StateError):
                batch.size("aiobatch/7")
            # What was refused before it began waits for the next time.
            batch = ftp.batch()
            size = batch.size("aiobatch/7")
            ftp.close()
            with pytest.raises(ftpclient.StateError):
                await batch.run()
            assert len(batch) == 1 and size.fate == "waiting"
            await ftp.reconnect()
            await batch.run()
            assert size.value == 7 and len(batch) == 0
            await ftp.remove_tree("aiobatch")

    asyncio.run(batches())


def test_two_tasks_with_batches_of_one_session(plain):
    plain.put("there", b"12345")

    async def one(ftp):
        async with ftp.batch() as batch:
            sizes = [batch.size("there") for _ in range(200)]
            await asyncio.sleep(0)
        return {it.value for it in sizes}

    async def both():
        async with session(plain) as ftp:
            assert await asyncio.gather(one(ftp), one(ftp), ftp.pwd()) == [{5}, {5}, "/"]
            task = asyncio.ensure_future(one(ftp))
            await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            if not ftp.is_connected:
                await ftp.reconnect()
            assert await one(ftp) == {5}

    asyncio.run(both())


def test_a_pool(secure, tmp_path):
    for number in range(30):
        secure.put(f"aiopool/{number}", b"%d" % number * 1000)

    async def pools():
        told, later = [], []

        def follow(outcome):
            told.append(outcome)
            if outcome.what.startswith("list"):
                later.append(pool.get("aiopool/3", tmp_path / "later"))

        async with session(secure, tls="explicit", ca=secure.ca) as ftp:
            async with aio.Pool(ftp, 3, on_outcome=follow) as pool:
                gets = [pool.get(f"aiopool/{number}", tmp_path / str(number)) for number in range(30)]
                listing = pool.list("aiopool")
                assert len(pool) == 31 and await ftp.pwd() == "/"
            assert len(listing.value) == 30 and later[0].value.bytes == 1000 and len(told) == 32
            for number, job in enumerate(gets):
                assert job.value.bytes == (tmp_path / str(number)).stat().st_size
            with pytest.raises(ftpclient.PartialError):
                async with aio.Pool(ftp, 2) as pool:
                    bad, good = pool.remove("zz nothing"), pool.remove("aiopool/3")
            assert bad.error is not None and good.is_done
            with pytest.raises(ftpclient.StateError):
                pool.list()

            # A pool that is cancelled keeps what it has not done, and the session stays of use.
            pool = aio.Pool(ftp, 2)
            with pytest.raises(ftpclient.StateError):
                pool.list()
            await pool.__aenter__()
            jobs = [pool.get(f"aiopool/{number}", tmp_path / "again" ) for number in (5,)]
            task = asyncio.ensure_future(pool.run())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            if jobs[0].fate == "waiting":
                await pool.run()
            assert jobs[0].value.bytes == 1000
            pool.close()
            await ftp.remove_tree("aiopool")
            assert [path async for path, _, _ in ftp.walk("")][0] == "" and ftp.last_reply

    asyncio.run(pools())


def test_a_call_that_nobody_goes_on_with(plain):
    """A task that is given up leaves a session that can be used again, and not one that is busy for ever."""
    async def given_up():
        with socket.create_server(("127.0.0.1", 0)) as silent:
            ftp = aio.FTP(host="127.0.0.1", port=silent.getsockname()[1], timeout=50)
            call = ftp.connect()
            call.send(None)
            call.close()
            assert not ftp.is_connected
            ftp.settings.port = plain.port
        ftp.settings.user, ftp.settings.password = plain.user, plain.password
        await ftp.connect()
        # In the middle of a transfer, too.
        plain.put("big", b"x" * 4_000_000)
        call = ftp.read("big")
        call.send(None)
        call.close()
        assert not ftp.is_connected
        await ftp.connect()
        assert await ftp.pwd() == "/"
        await ftp.quit()

    asyncio.run(given_up())


def test_calls_that_are_cancelled_at_any_moment(secure, tmp_path):
    """Once or more often. The session is in step or closed, and what it tells next is right."""
    data = os.urandom(2_000_000)
    secure.put("storm/big", data)
    for number in range(20):
        secure.put(f"storm/tree/{number}", b"x" * number)
    chance = random.Random(7)

    async def storm():
        ftp = session(secure, tls="explicit", ca=secure.ca)
        await ftp.connect()

        async def pool():
            async with aio.Pool(ftp, 2) as pool:
                for number in range(10):
                    pool.get(f"storm/tree/{number}", tmp_path / str(number))

        async def batch():
            async with ftp.batch() as batch:
                sizes = [batch.size(f"storm/tree/{number % 20}") for number in range(100)]
            assert [it.value for it in sizes] == [number % 20 for number in range(100)]

        async def stream():
            assert b"".join([block async for block in ftp.stream("storm/big")]) == data

        async def get():
            await ftp.get("storm/big", tmp_path / "big")
            assert (tmp_path / "big").read_bytes() == data

        async def listing():
            assert len(await ftp.list("storm/tree")) == 20

        for _ in range(30):
            call = chance.choice([pool, batch, stream, get, listing, ftp.reconnect])
            task = asyncio.ensure_future(call())
            await asyncio.sleep(chance.random() ** 2 * 0.1)
            for _ in range(chance.choice([1, 1, 2, 3])):
                task.cancel()
                await asyncio.sleep(chance.choice([0, 0, 0.001, 0.01]))
            try:
                await task
            except asyncio.CancelledError:
                pass
            if not ftp.is_connected:
                await ftp.reconnect()
            assert await ftp.pwd() == "/" and await ftp.read("storm/tree/7") == b"x" * 7
        await ftp.remove_tree("storm")
        await ftp.quit()

    asyncio.run(storm())
