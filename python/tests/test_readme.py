"""Each block of Python in the README runs, with real servers in the place of those that it names."""
import importlib.util
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import fsspec
import pytest

from ftpclient import FTP

README = Path(__file__).resolve().parents[1] / "README.md"


def blocks():
    """Each with the line that it begins at."""
    text = README.read_text(encoding="utf-8")
    for found in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield pytest.param(found[1], text.count("\n", 0, found.start(1)), id=f"line-{text.count(chr(10), 0, found.start(1)) + 1}")


def read_csv(url, storage_options):
    """What pandas does with a URL that it knows nothing about."""
    with fsspec.open(url, **storage_options) as file:
        return file.read().decode()


def pandas():
    return importlib.import_module("pandas") if importlib.util.find_spec("pandas") else SimpleNamespace(read_csv=read_csv)


@pytest.mark.parametrize("code,line", blocks())
def test_a_block(code, line, secure, plain, tmp_path, monkeypatch):
    for server in (secure, plain):
        for name in ("big.iso", "table.csv", "pub/big.iso", "pub/table.csv", "first", "second"):
            server.put(name, b"1,2\n3,4\n")
    monkeypatch.chdir(tmp_path)
    shutil.copy(secure.ca, "authority.pem")
    Path("report.pdf").write_bytes(b"report")
    code = re.sub(r"(\w+)://(user:password@)?ftp\.example\.org", lambda it: (secure if it[1] == "ftpes" else plain).url().rstrip("/"), code)
    assert "example.org" not in code
    with FTP(plain.url()) as ftp:
        # What the text around the blocks takes for granted.
        names = {"__name__": "__main__", "ftp": ftp, "names": ["first", "second"], "pandas": pandas()}
        # An error tells the line of the README.
        exec(compile("\n" * line + code, str(README), "exec"), names)


def test_there_are_blocks():
    assert len(list(blocks())) >= 5
