"""What a program should not do, and what comes of it, on real servers."""
import copy
import pickle
from pathlib import Path

import pytest

import ftpclient
from ftpclient import FTP, Pool, _errors, _native, aio, ftplib
from test_client import connect


def test_a_nul_ends_no_text(plain, tmp_path):
    """What stands before it is another file, or another host."""
    plain.put("kept", b"data")
    with connect(plain) as ftp:
        calls = [
            lambda: ftp.remove("kept\0not"),
            lambda: ftp.get("kept", str(tmp_path / "other\0x")),
            lambda: ftp.put(str(tmp_path / "other\0x"), "y"),
            lambda: ftp.mirror_get("", str(tmp_path / "tree\0x")),
            lambda: ftp.mirror_get("", tmp_path / "tree", include=["a\0b"]),
            lambda: Pool(ftp).get("kept", str(tmp_path / "other\0x")),
            lambda: ftp.batch().remove("kept\0not"),
            lambda: FTP(host=plain.host, port=plain.port, ca=str(tmp_path / "x\0y")),
            lambda: FTP(host=plain.host, port=plain.port, client_cert=str(tmp_path / "x\0y")),
            lambda: FTP(host=plain.host + "\0.example.org", port=plain.port),
        ]
        for number, call in enumerate(calls):
            with pytest.raises(ValueError, match="NUL"):
                print(number, call())
        assert ftp.exists("kept") and not list(tmp_path.iterdir())
        with pytest.raises(TypeError):
            ftp.chmod("kept", "0600")
    old = ftplib.FTP()
    with pytest.raises(ValueError, match="NUL"):
        old.connect(plain.host + "\0.example.org", plain.port)
    old.connect(plain.host, plain.port)
    old.login(plain.user, plain.password)
    for call in (lambda: old.delete("kept\0not"), lambda: old.voidcmd("DELE kept\0not"), lambda: old.retrbinary("RETR kept\0", print),
                 lambda: old.retrlines("RETR kept\0", print), lambda: old.rename("kept\0", "other"), lambda: old.nlst("\0")):
        with pytest.raises(ValueError, match="NUL"):
            call()
    old.voidcmd("TYPE I")
    assert old.size("kept") == 4
    old.quit()


def test_a_callback_raises_what_ends_generators(plain, tmp_path):
    plain.put("big", b"x" * 4_000_000)
    with connect(plain) as ftp:
        for kind in (GeneratorExit, StopIteration, SystemExit, RecursionError):
            def fail(told):
                raise kind("from the callback")

            for _ in range(2):
                with pytest.raises(kind, match="from the callback"):
                    ftp.get("big", tmp_path / "big", progress=fail)
                assert ftp.pwd() == "/"


def test_a_session_has_no_copy(plain):
    with connect(plain) as ftp:
        for act in (copy.copy, copy.deepcopy, pickle.dumps):
            for it in (ftp, aio.FTP(plain.url()), ftp.batch()):
                with pytest.raises(TypeError, match="copied or pickled"):
                    act(it)
        entry = ftp.list()[0]
        assert pickle.loads(pickle.dumps(entry)) == entry
        with pytest.raises(ftpclient.NotFound) as caught:
            ftp.get("nothing here", "/tmp/nothing here")
        again = pickle.loads(pickle.dumps(caught.value))
        assert (str(again), again.code, again.reply) == (str(caught.value), 550, caught.value.reply)


def test_numbers_that_do_not_fit(plain, tmp_path):
    """The last bits of such a number would be another one: a mode of 0, the beginning of a file."""
    plain.put("kept", b"12345")
    plain.put("tree/kept", b"1")
    with connect(plain) as ftp:
        ftp.chmod("kept", 0o640)
        before = ftp.stat("kept")
        for call in (lambda: ftp.chmod("kept", 1 << 40), lambda: ftp.read("kept", limit=1 << 70), lambda: ftp.read("kept", limit=-1),
                     lambda: list(ftp.stream("kept", offset=1 << 64)), lambda: ftp.set_modified("kept", 1e30),
                     lambda: ftp.mirror_get("tree", tmp_path / "tree", sessions=1 << 32), lambda: Pool(ftp, 1 << 32),
                     lambda: FTP(host=plain.host, port=plain.port, retries=1 << 33),
                     lambda: FTP(host=plain.host, port=plain.port, source_address=("127.0.0.1", 1 << 16))):
            with pytest.raises(OverflowError):
                call()
        for size in (0, -1):
            with pytest.raises(ValueError, match="block"):
                list(ftp.stream("kept", size=size))
        assert ftp.stat("kept") == before and ftp.read("kept", limit=5) == b"12345"
        assert not (tmp_path / "tree").exists()


def test_arguments_of_another_type(plain, tmp_path):
    plain.put("kept", b"12345")
    plain.put("tree/a.txt", b"1")
    plain.put("tree/b.bin", b"1")
    with connect(plain) as ftp:
        for call in (lambda: ftp.read(None), lambda: ftp.cwd(3), lambda: ftp.feature(None), lambda: ftp.list(None),
                     lambda: ftp.read("kept", limit=1.5), lambda: ftp.set_modified("kept", "now"), lambda: ftp.open(None),
                     lambda: ftp.open("kept", None), lambda: ftp.mirror_get("tree", tmp_path / "tree", include="*.txt"),
                     lambda: ftp.mirror_get("tree", tmp_path / "tree", exclude="*.txt")):
            with pytest.raises(TypeError):
                call()
        assert not (tmp_path / "tree").exists()
        for mode in ("", "b", "rbb", "rtt", "rw", "r+", "rbt"):
            with pytest.raises(ValueError, match="mode"):
                ftp.open("kept", mode)
        for more in ({"encoding": "no such"}, {"newline": "x"}, {"buffering": 0}):
            with pytest.raises((LookupError, ValueError)):
                ftp.open("kept", "w", **more)
        for more in ({"encoding": "utf-8"}, {"newline": "\n"}, {"errors": "replace"}):
            with pytest.raises(ValueError, match="for text"):
                ftp.open("kept", "wb", **more)
        assert ftp.read("kept") == b"12345"


def test_errors_speak_of_python(plain, tmp_path):
    """They come from a library in C, which names its own constants and functions."""
    plain.put("kept", b"12345")
    with connect(plain) as ftp:
        with Pool(ftp, 2, check=False) as pool:
            job = pool.get("kept", tmp_path / "x", in_place=True, resume=True)
        for words, call in (("in_place=True excludes resume=True", lambda: ftp.get("kept", tmp_path / "x", resume=True, in_place=True)),
                            ("in_place=True excludes resume=True", lambda: job.value),
                            ("in_place=True", lambda: ftp.get("kept", "/dev/null")),
                            ("replace=False with resume=True needs atomic=True", lambda: ftp.put(__file__, "x", resume=True, replace=False)),
                            ("with atomic=True", lambda: ftp.put(__file__, "x/", atomic=True)),
                            ("SHA-512 or None", lambda: ftp.hash("kept", "no such"))):
            with pytest.raises(ftpclient.Error) as caught:
                call()
            text = str(caught.value)
            assert words in text and not any(it in text for it in ("FTP_", "ftp_", "NULL", "handle")), text
        with pytest.raises(ftpclient.BusyError, match="another call is running on this session"):
            ftp.get("kept", tmp_path / "x", progress=lambda told: ftp.pwd())
        # What a name has is shown as it is.
        with pytest.raises(ftpclient.LocalFileError, match="this handle"):
            ftp.put(tmp_path / "this handle", "x")
    with pytest.raises(ftpclient.StateError) as caught:
        ftp.pwd()
    assert "handle" not in str(caught.value)


def test_what_is_put_into_python_is_what_the_library_says():
    """Otherwise nobody would notice that a message has changed. Names of functions are put into most messages later."""
    loaded = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "libftpclient" in line}
    library = b"".join(Path(path).read_bytes() for path in loaded)
    for text in (*_errors._OF_HANDLES, *_errors._OF_C):
        if not text.startswith("ftp_"):
            assert text.encode() in library, text
        else:
            assert hasattr(_native.lib, text[:-2]), text


def test_places_that_are_not_in_a_file(server):
    server.put("five", b"12345")
    with connect(server) as ftp:
        with ftp.open("five", "rb", buffering=0) as file:
            for place in (5, 6, 1 << 40):
                assert file.seek(place) == place
                assert file.read(10) == b"" and file.tell() == place
            assert file.seek(-1, 1) == (1 << 40) - 1
            for act in (lambda: file.seek(-1), lambda: file.seek(-6, 2), lambda: file.seek(0, 3)):
                with pytest.raises(ValueError):
                    act()
            assert file.seek(-5, 2) == 0 and file.read() == b"12345"
            assert file.read(1) == b"" and file.seek(7) == 7 and file.read(1) == b"" and file.tell() == 7
        assert ftp.pwd() == "/"
