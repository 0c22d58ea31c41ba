"""Batches, pools, and mirrors of several sessions, on real servers."""
import gc
import os
import signal

import pytest

import ftpclient
from ftpclient import Pool, aio
from test_client import connect


def test_a_batch(server):
    for number in range(100):
        server.put(f"batch/{number}", b"x" * number)
    with connect(server) as ftp:
        with ftp.batch() as batch:
            sizes = [batch.size(f"batch/{number}") for number in range(100)]
            entry, time = batch.stat("batch/7"), batch.modified("batch/8")
            assert len(batch) == 102 and sizes[0].fate == "waiting"
            with pytest.raises(ftpclient.StateError):
                sizes[0].value
        assert [it.value for it in sizes] == list(range(100))
        assert (entry.value.size, entry.value.is_file, time.value) == (7, True, ftp.modified("batch/8"))
        with ftp.batch() as batch:
            batch.mkdir("batch/new")
            batch.rename("batch/1", "batch/new/one")
            batch.chmod("batch/2", 0o600)
            batch.remove("batch/3")
            said = batch.command("NOOP")
        assert said.value == said.reply and said.reply.startswith("2")
        assert [it.name for it in ftp.list("batch/new")] == ["one"] and not ftp.exists("batch/3")
        with ftp.batch() as batch:
            batch.remove("batch/new/one")
            batch.rmdir("batch/new")
        assert not ftp.exists("batch/new")
        ftp.remove_tree("batch")


def test_what_fails_in_a_batch(server):
    server.put("there", b"12345")
    with connect(server) as ftp:
        with pytest.raises(ftpclient.PartialError):
            with ftp.batch() as batch:
                bad, good = batch.remove("zz nothing"), batch.size("there")
        assert good.is_done and good.value == 5
        assert not bad.is_done and bad.fate == "answered" and (bad.error.code, bad.reply[:4]) == (550, "550 ")
        with pytest.raises(FileNotFoundError, match="zz nothing"):
            bad.value
        with ftp.batch(check=False) as batch:
            bad = batch.rmdir("zz nothing")
            with pytest.raises(ftpclient.InvalidArgument):
                batch.size("a\r\nDELE there")
            with pytest.raises(ftpclient.InvalidArgument):
                batch.command("PASS secret")
            size = batch.size("there")
        assert isinstance(bad.error, ftpclient.NotFound) and size.value == 5
        with pytest.raises(ZeroDivisionError):
            with ftp.batch() as batch:
                outcome = batch.remove("there")
                raise ZeroDivisionError
        assert outcome.fate == "not sent" and ftp.exists("there")
        with pytest.raises(ftpclient.StateError):
            batch.size("there")
        # What was refused before it began waits for the next time.
        batch = ftp.batch()
        size = batch.size("there")
        ftp.close()
        with pytest.raises(ftpclient.StateError):
            batch.run()
        assert len(batch) == 1 and size.fate == "waiting"
        ftp.reconnect()
        batch.run()
        assert size.value == 5
        again = batch.size("there")
        batch.run()
        assert again.value == 5 and "there" in repr(again)


def test_a_signal_stops_a_batch(plain):
    """It ends with what the handler raises, and nothing is left that seems to wait."""
    plain.put("there", b"12345")
    with connect(plain) as ftp:
        batch = ftp.batch()
        outcomes = [batch.size("there") for _ in range(5000)]
        settle = outcomes[1]._settle

        def interrupt(*told):
            settle(*told)
            signal.raise_signal(signal.SIGINT)

        outcomes[1]._settle = interrupt
        with pytest.raises(KeyboardInterrupt):
            batch.run()
        assert len(batch) == 0 and outcomes[1].value == 5
        assert {it.fate for it in outcomes} <= {"answered", "unknown", "not sent"} and outcomes[-1].fate != "answered"
        if not ftp.is_connected:
            ftp.reconnect()
        assert ftp.pwd() == "/"


def test_a_pool(secure, tmp_path):
    for number in range(40):
        secure.put(f"pool/{number}", b"%d" % number * 1000)
    told, seen = [], []
    with connect(secure, tls="explicit", ca=secure.ca) as ftp:
        with Pool(ftp, 3, progress=seen.append, on_outcome=told.append) as pool:
            gets = [pool.get(f"pool/{number}", tmp_path / str(number)) for number in range(40)]
            listing = pool.list("pool")
            made = pool.command("MKD pool/made")
            assert len(pool) == 42
        for number, job in enumerate(gets):
            assert job.value.bytes == len(str(number)) * 1000
            assert (tmp_path / str(number)).read_bytes() == b"%d" % number * 1000
        assert {str(number) for number in range(40)} <= {it.name for it in listing.value}
        assert made.reply.startswith("257") and len(told) == 42 and set(told) == {*gets, listing, made}
        assert max(it.all_bytes for it in seen) == sum(job.value.bytes for job in gets)
        with Pool(ftp, 2, check=False) as pool:
            good = pool.put(tmp_path / "7", "pool/made/copy")
            bad = pool.get("zz nothing", tmp_path / "nothing")
            gone = pool.remove("pool/3")
        assert good.value.bytes == 1000 and gone.is_done
        # Not every server says that a file is missing.
        with pytest.raises((ftpclient.NotFound, ftpclient.PermanentError), match="zz nothing") as caught:
            bad.value
        assert caught.value.code == 550
        with pytest.raises(ftpclient.PartialError):
            with Pool(ftp) as pool:
                pool.remove("zz nothing")
        assert ftp.exists("pool/made/copy") and not ftp.exists("pool/3")
        ftp.remove_tree("pool")


def test_a_pool_whose_callback_adds_jobs_or_stops_it(server, tmp_path):
    for number in range(4):
        server.put(f"adds/{number}", b"data")
    with connect(server) as ftp:
        later = []

        def follow(outcome):
            if outcome.what.startswith("list"):
                later.extend(pool.get(f"adds/{it.name}", tmp_path / it.name) for it in outcome.value)

        with Pool(ftp, 2, on_outcome=follow) as pool:
            pool.list("adds")
        assert len(later) == 4 and all(it.value.bytes == 4 for it in later)

        def stop(outcome):
            raise ZeroDivisionError(outcome.what)

        with pytest.raises(ZeroDivisionError):
            with Pool(ftp, 1, on_outcome=stop) as pool:
                jobs = [pool.remove(f"adds/{number}") for number in range(4)]
        assert [it.fate for it in jobs].count("answered") == 1
        assert ftp.exists("adds/3")
        with pytest.raises(ftpclient.InvalidArgument):
            Pool(ftp, 0)


def test_what_is_forgotten(plain):
    """A batch or pool that nobody closes goes with its session, in any order."""
    for _ in range(3):
        ftp = connect(plain)
        batch, pool = ftp.batch(), Pool(ftp, 2)
        batch.size("x")
        pool.list()
        del batch
        gc.collect()
        assert len(ftp._session.left) == 1
        ftp.batch().close()
        assert len(ftp._session.left) == 1
        del ftp, pool
        gc.collect()


def test_a_mirror_of_several_sessions(plain, tmp_path):
    tqdm = pytest.importorskip("tqdm")
    total = 0
    for number in range(30):
        plain.put(f"several/{number}", os.urandom(1000 * number))
        total += 1000 * number
    with connect(plain, prearm="together") as ftp:
        for number in range(30):
            assert len(ftp.read(f"several/{number}")) == 1000 * number
    with pytest.raises(ValueError):
        connect(plain, prearm="apart")
    with connect(plain, prearm=True) as ftp:
        with tqdm.tqdm(total=None, file=open(os.devnull, "w")) as bar:
            report = ftp.mirror_get("several", tmp_path / "back", sessions=3, progress=bar)
            assert (report.added, report.failed, bar.n, bar.total) == (30, 0, total, total)
        ftp.prearm()
        assert len(ftp.list("several")) == 30
        with pytest.raises(ftpclient.InvalidArgument):
            ftp.mirror_get("several", tmp_path / "back", sessions=5000)


def test_a_session_of_the_other_kind_is_refused(plain):
    with connect(plain) as ftp:
        theirs = aio.FTP(host=plain.host, port=plain.port)
        for kind, wrong in ((ftpclient.Pool, theirs), (ftpclient.Batch, theirs), (aio.Pool, ftp), (aio.Batch, ftp), (ftpclient.Pool, None)):
            with pytest.raises(TypeError, match="FTP of its own module"):
                kind(wrong)
