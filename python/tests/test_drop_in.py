"""Public programs that use ftplib, with the module replaced. Each runs in a process of its own."""
import subprocess
import sys

import pytest

REPLACED = "import sys, ftpclient.ftplib\nsys.modules['ftplib'] = ftpclient.ftplib\n"


def run(program, *arguments):
    ran = subprocess.run([sys.executable, "-c", REPLACED + program, *map(str, arguments)], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def test_urllib_request(server):
    server.put("web/page", b"hello")
    said = run("""
import urllib.request
url = sys.argv[1]
with urllib.request.urlopen(url + "web/page") as page:
    print(page.headers["Content-length"], page.read())
print("page" in urllib.request.urlopen(url + "web/").read().decode())
try:
    urllib.request.urlopen(url + "web/none")
except urllib.error.URLError as error:
    print("URLError")
opener = urllib.request.build_opener(urllib.request.CacheFTPHandler)
print([opener.open(url + "web/page").read() for _ in range(3)])
""", server.url(scheme="ftp"))
    lines = said.splitlines()
    assert lines[0].endswith("b'hello'") and lines[1:] == ["True", "URLError", "[b'hello', b'hello', b'hello']"]


def test_ftputil(server):
    pytest.importorskip("ftputil")
    server.put("util/sub/file", b"line\n" * 1000)
    run("""
import ftplib, ftputil, ftputil.session
host, port, user, password = sys.argv[1:]
factory = ftputil.session.session_factory(base_class=ftplib.FTP, port=int(port))
with ftputil.FTPHost(host, user, password, session_factory=factory) as host:
    assert host.path.isdir("util/sub") and host.listdir("util") == ["sub"]
    with host.open("util/sub/file") as file:
        assert list(file) == ["line\\n"] * 1000
    with host.open("util/sub/file", "rb", rest=4995) as file:
        assert file.read() == b"line\\n"
    with host.open("util/other", "w") as file:
        file.write("x" * 100_000)
    assert host.path.getsize("util/other") == 100_000
    host.rename("util/other", "util/third")
    assert [(path, sorted(files)) for path, _, files in host.walk("util")] == [("util", ["third"]), ("util/sub", ["file"])]
    host.rmtree("util")
    assert not host.path.exists("util")
""", server.host, server.port, server.user, server.password)


def test_the_ftp_filesystem_of_fsspec(server):
    pytest.importorskip("fsspec")
    server.put("spec/file", b"0123456789" * 100_000)
    run("""
from fsspec.implementations.ftp import FTPFileSystem
host, port, user, password = sys.argv[1:]
fs = FTPFileSystem(host, int(port), user, password)
assert type(fs.ftp).__module__ == "ftpclient.ftplib"
assert [it["name"] for it in fs.ls("/spec")] == ["/spec/file"]
with fs.open("/spec/file", "rb", block_size=50_000) as file:
    assert file.read(10) == b"0123456789"
    file.seek(500_000)
    assert file.read(10) == b"0123456789"
assert fs.cat("/spec/file") == b"0123456789" * 100_000
with fs.open("/spec/new", "wb") as file:
    file.write(b"abc")
assert fs.info("/spec/new")["size"] == 3
fs.rm("/spec", recursive=True)
assert not fs.exists("/spec")
""", server.host, server.port, server.user, server.password)
