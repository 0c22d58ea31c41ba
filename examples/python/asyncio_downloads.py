#!/usr/bin/env python3
"""Several downloads at once in an asyncio loop, through ctypes.

    asyncio_downloads.py LIBRARY HOST PORT USER PASSWORD FILE SESSIONS
"""
import asyncio
import ctypes
import select
import sys

FTP_OK, FTP_AGAIN = 0, 1


class PollFd(ctypes.Structure):
    _fields_ = [("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short)]


DataFn = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)


def load(path):
    """Loads the library, and declares the types that are not plain int."""
    library = ctypes.CDLL(path)
    handle, text = ctypes.c_void_p, ctypes.c_char_p
    library.ftp_new.restype = handle
    library.ftp_free.argtypes = [handle]
    library.ftp_set_blocking.argtypes = [handle, ctypes.c_int]
    library.ftp_pollfds.argtypes = [
        handle, ctypes.POINTER(PollFd), ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t)]
    library.ftp_timeout_ms.argtypes = [handle]
    library.ftp_timeout_ms.restype = ctypes.c_int64
    library.ftp_last_error.argtypes = [handle]
    library.ftp_last_error.restype = text
    library.ftp_connect.argtypes = [handle, text, ctypes.c_uint16]
    library.ftp_login.argtypes = [handle, text, text, text]
    library.ftp_retrbinary.argtypes = [
        handle, text, DataFn, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64]
    library.ftp_quit.argtypes = [handle]
    return library


class Session:
    """One handle whose calls can be awaited, one after the other."""

    def __init__(self, library):
        self.library = library
        self.handle = library.ftp_new()
        library.ftp_set_blocking(self.handle, 0)

    async def call(self, function, *arguments):
        """Repeats the call until it has ended. Meanwhile the arguments stay alive and unchanged."""
        try:
            while (status := function(self.handle, *arguments)) == FTP_AGAIN:
                await self.ready()
        except asyncio.CancelledError:
            # This gives up the call. To go on with the session, call ftp_cancel() and repeat the call instead.
            self.library.ftp_close(ctypes.c_void_p(self.handle))
            raise
        if status != FTP_OK:
            raise RuntimeError(self.library.ftp_last_error(self.handle).decode())

    async def ready(self):
        """Waits for what the library waits for."""
        loop = asyncio.get_running_loop()
        count = ctypes.c_size_t()
        self.library.ftp_pollfds(self.handle, None, 0, ctypes.byref(count))
        fds = (PollFd * count.value)()
        self.library.ftp_pollfds(self.handle, fds, len(fds), ctypes.byref(count))
        timeout = self.library.ftp_timeout_ms(self.handle)
        woken = asyncio.Event()
        wanted = fds[:count.value]
        for wish in wanted:
            if wish.events & select.POLLIN:
                loop.add_reader(wish.fd, woken.set)
            if wish.events & select.POLLOUT:
                loop.add_writer(wish.fd, woken.set)
        try:
            await asyncio.wait_for(woken.wait(), None if timeout == -1 else timeout / 1000)
        except asyncio.TimeoutError:
            pass
        finally:
            for wish in wanted:
                loop.remove_reader(wish.fd)
                loop.remove_writer(wish.fd)

    def close(self):
        self.library.ftp_free(self.handle)


async def download(library, host, port, user, password, file):
    session, received = Session(library), 0

    def count(_data, length, _user):
        nonlocal received
        received += length
        return 0

    try:
        await session.call(library.ftp_connect, host.encode(), int(port))
        await session.call(library.ftp_login, user.encode(), password.encode(), None)
        callback = DataFn(count)
        await session.call(library.ftp_retrbinary, b"RETR " + file.encode(), callback, None, 0, -1)
        await session.call(library.ftp_quit)
    finally:
        session.close()
    return received


async def main(library, *server, sessions):
    library = load(library)
    downloads = (download(library, *server) for _ in range(sessions))
    received = await asyncio.gather(*downloads)
    print(f"{len(received)} sessions, {sum(received)} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 8:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:7], sessions=int(sys.argv[7])))
