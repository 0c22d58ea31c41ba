"""Programs as users write them. Nothing here runs: mypy checks it, and must find what is wrong on purpose.

`.ci/python` does that with --strict and --warn-unused-ignores: an error that mypy does not see is an unused "ignore".
"""
import datetime
import io
import logging
import socket
import ssl
from pathlib import Path
from typing import List, Optional, Tuple

import ftpclient
import ftpclient.ftplib as ftplib
from ftpclient import FTP, Entry, Outcome, Pool, Progress, Report, aio, has_feature
from ftpclient.fsspec import FTPFileSystem


def session(folder: Path) -> int:
    with FTP("ftpes://user@host/", password="p", ca=folder / "ca.pem", log=logging.getLogger(__name__), keepalive=(30, 5, 3)) as ftp:
        entries: List[Entry] = ftp.list("pub", hidden=True)
        newest: List[datetime.datetime] = [it.modified for it in entries if it.is_file and it.modified is not None]
        size: Optional[int] = ftp.size(folder)
        report: Report = ftp.get(b"remote", folder / "local", resume=True, progress=lambda told: print(told.bytes, told.rate))
        ftp.put(folder / "local", "remote", atomic=True, progress=watch)
        with ftp.open("table.csv") as file:
            print(file.readline())
        for path, directories, others in ftp.walk():
            print(path + "/", [it.name for it in directories + others])
        for block in ftp.stream("big", offset=5):
            print(block.hex())
        print(ftp.mirror_put(folder, "tree", delete=True, on_action=print).failed + 1)
        ftp.set_modified("remote", newest[0])
        ftp.set_modified("remote", 5.5)
        print(ftp.site("HELP").upper(), has_feature("tls") is True)
        return report.bytes + (size or 0)


def watch(progress: Progress) -> None:
    print(progress.name.upper())


def together(ftp: FTP) -> Tuple[int, str]:
    with ftp.batch(check=False) as batch:
        sizes: List["Outcome[Optional[int]]"] = [batch.size(it) for it in ("a", "b")]
        reply = batch.command("NOOP")
    with Pool(ftp, sessions=4, progress=print) as pool:
        job = pool.get("remote", "local", segmented=True)
    return sum(it.value or 0 for it in sizes) + job.value.bytes, reply.value.upper()


def failures(ftp: FTP) -> bool:
    try:
        ftp.remove("it")
    except ftpclient.NotFound as error:
        print(error.filename, error.code + 1, error.reply.upper())
    except ftpclient.Error as error:
        return error.is_transient
    return False


async def tasks() -> bytes:
    async with aio.FTP(host="host", tls="explicit", timeout=None) as ftp:
        async for block in ftp.stream("big"):
            print(block.hex())
        async for path, directories, others in ftp.walk():
            print(path.upper(), len(directories) + len(others))
        async with ftp.batch() as batch:
            size = batch.size("a")
        async with aio.Pool(ftp, 2) as pool:
            pool.put("local", "remote")
        print((size.value or 0) + 1)
        ftp.cancel()
        return await ftp.read("file", limit=10)


def old(context: ssl.SSLContext) -> List[str]:
    with ftplib.FTP_TLS("host", "user", "password", context=context, timeout=5) as ftp:
        ftp.prot_p()
        with open("local", "wb") as file:
            ftp.retrbinary("RETR remote", file.write)
        ftp.storbinary("STOR remote", io.BytesIO(b"data"), callback=lambda block: print(block.hex()))
        lines: List[str] = []
        ftp.retrlines("LIST", lines.append)
        ftp.dir("pub", lines.append)
        for name, facts in ftp.mlsd(facts=["size"]):
            print(name.upper(), int(facts["size"]))
        data, size = ftp.ntransfercmd("RETR remote", rest=10)
        received: Tuple[socket.socket, Optional[int]] = data, size
        print(received, ftp.getwelcome().upper(), ftplib.parse227("227 x")[1] + 1)
        try:
            ftp.cwd("nowhere")
        except ftplib.error_perm as refusal:
            print(refusal)
        except ftplib.all_errors:
            pass
        return ftp.nlst("pub")


def filesystem() -> FTPFileSystem:
    return FTPFileSystem(host="host", username="user")


def what_is_wrong(ftp: FTP, old_ftp: ftplib.FTP) -> None:
    FTP(keepalife=5)                                # type: ignore[call-arg]
    FTP("ftp://host/", timeout="long")              # type: ignore[arg-type]
    ftp.size(5)                                     # type: ignore[arg-type]
    ftp.size("a") + 1                               # type: ignore[operator]
    ftp.list("a", True)                             # type: ignore[call-arg]
    ftp.list("a")[0].modified.year                  # type: ignore[union-attr]
    ftp.get("a", "b", resumed=True)                 # type: ignore[call-arg]
    ftp.write("a", "text")                          # type: ignore[arg-type]
    ftp.batch().size("a").value.upper()             # type: ignore[union-attr]
    ftp.site(b"HELP")                               # type: ignore[arg-type]
    ftpclient.Settings(keepalive="often")           # type: ignore[arg-type]
    ftpclient.Settings(log=lambda text: None)       # type: ignore[arg-type, misc]
    ftpclient.has_feature(5)                        # type: ignore[arg-type]
    old_ftp.retrbinary("RETR a")                    # type: ignore[call-arg]
    old_ftp.retrlines("LIST", lambda block: block.hex())        # type: ignore[attr-defined]
    old_ftp.size("a") + 1                           # type: ignore[operator]
    old_ftp.mkd(5)                                  # type: ignore[arg-type]
    old_ftp.set_debuglevel("much")                  # type: ignore[arg-type]


async def what_is_wrong_in_a_task(ftp: aio.FTP) -> None:
    aio.FTP(verfy=False)                            # type: ignore[call-arg]
    ftp.pwd().upper()                               # type: ignore[attr-defined]
    len(ftp.read("a"))                              # type: ignore[arg-type]
    await ftp.chmod("a", "0644")                    # type: ignore[arg-type]
