"""A file that is read is one version of it, and all of it."""
import asyncio
import os

import pytest

import ftpclient
from ftpclient import FTP, IncompleteError, aio
from scripted import Scripted

OLD, NEW = b"old " * 100_000, b"new " * 100_000


def replace(daemon, name, data, moved=7):
    """As a program at the server does it: another file under the same name."""
    path = os.path.join(daemon.root, name)
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.utime(path + ".new", (1_700_000_000 + moved,) * 2)
    os.replace(path + ".new", path)


def place(daemon):
    return dict(host=daemon.host, port=daemon.port, user=daemon.user, password=daemon.password)


@pytest.mark.parametrize("interrupt", ["seek", "another call"])
@pytest.mark.parametrize("new", [NEW, NEW + b"longer", b"short", None], ids=["the same size", "longer", "shorter", "gone"])
def test_a_file_that_has_changed_between_two_transfers(server, interrupt, new):
    replace(server, "changing", OLD, 0)
    with FTP(**place(server)) as ftp, ftp.open("changing", "rb", buffering=0) as file:
        assert file.read(4) == b"old "
        replace(server, "changing", new) if new is not None else os.remove(os.path.join(server.root, "changing"))
        file.seek(300_000) if interrupt == "seek" else ftp.pwd()
        with pytest.raises(ftpclient.NotFound if new is None else IncompleteError):
            while file.read(4096):
                pass
        # The session goes on, and so does who opens it anew.
        assert ftp.exists("changing") == (new is not None)
        if new is not None:
            assert ftp.read("changing") == new


def test_a_file_that_has_not_changed_goes_on(server):
    replace(server, "staying", OLD, 0)
    with FTP(**place(server)) as ftp, ftp.open("staying", "rb") as file:
        assert file.read(4) == b"old "
        ftp.pwd()
        assert file.read(4) == b"old "
        file.seek(399_998)
        assert file.read() == b"d "
        file.seek(-4, os.SEEK_END)
        assert file.read() == b"old "
        file.seek(0)
        assert file.read() == OLD


def test_a_stream_goes_on_with_the_same_version_only(server):
    for new, is_same in ((OLD, True), (NEW, False)):
        replace(server, "streamed", OLD, 0)
        with FTP(**place(server)) as ftp:
            stream, got = ftp.stream("streamed", size=4), b""
            got += next(stream)
            if not is_same:
                replace(server, "streamed", new)
            ftp.pwd()
            if is_same:
                assert got + b"".join(stream) == OLD
            else:
                with pytest.raises(IncompleteError, match="has changed on the server"):
                    next(stream)


def test_a_stream_of_asyncio_goes_on_with_the_same_version_only(server):
    async def play(new):
        replace(server, "streamed", OLD, 0)
        got = []
        async with aio.FTP(**place(server)) as ftp:
            async for block in ftp.stream("streamed", size=65_536):
                if not got and new != OLD:
                    replace(server, "streamed", new)
                if not got:
                    await ftp.pwd()
                got.append(block)
        return b"".join(got)

    assert asyncio.run(play(OLD)) == OLD
    with pytest.raises(IncompleteError, match="has changed on the server"):
        asyncio.run(play(NEW))


FACTS = {"MLST": "250-here\r\n type=file;size={};modify=20260101000000; file\r\n250 end", "SIZE": "213 {}"}


@pytest.mark.parametrize("verb", FACTS)
@pytest.mark.parametrize("told, is_whole", [(4, True), (3, True), (0, True), (5, False), (10**12, False)])
def test_a_file_that_ends_before_its_size_is_not_whole(verb, told, is_whole):
    """The server confirms it all the same. One that has grown is as whole as it can be."""
    def read_all(ftp):
        with ftp.open("file", "rb") as file:
            return file.read()

    async def of_asyncio():
        async with aio.FTP(**server.place()) as ftp:
            return b"".join([block async for block in ftp.stream("file")])

    features = ("MLST type*;size*;modify*;",) if verb == "MLST" else ()
    with Scripted({verb: FACTS[verb].format(told)}, features=features) as server, FTP(**server.place()) as ftp:
        for call in (lambda: read_all(ftp), lambda: b"".join(ftp.stream("file")), lambda: asyncio.run(of_asyncio())):
            if is_whole:
                assert call() == b"data"
            else:
                with pytest.raises(IncompleteError, match=f"ended after 4 bytes, and it had {told} when it was opened"):
                    call()
        ftp.pwd()


def test_a_file_whose_server_tells_nothing_of_it_is_read():
    with Scripted({"SIZE": "502 what is SIZE?"}) as server, FTP(**server.place()) as ftp:
        with ftp.open("file", "rb", buffering=0) as file:
            assert file.read(4) == b"data"
            ftp.pwd()
            file.seek(0)
            assert file.read(4) == b"data"
        assert list(ftp.stream("file")) == [b"data"]


def test_a_directory_is_no_file_that_can_be_read(server):
    async def of_asyncio():
        async with aio.FTP(**place(server)) as ftp:
            return [block async for block in ftp.stream("folder")]

    os.makedirs(os.path.join(server.root, "folder"), exist_ok=True)
    with FTP(**place(server)) as ftp:
        for call in (lambda: ftp.open("folder"), lambda: list(ftp.stream("folder")), lambda: asyncio.run(of_asyncio())):
            with pytest.raises(OSError if ftp.feature("MLST") is not None else ftpclient.PermanentError):
                call()
        assert ftp.pwd()
