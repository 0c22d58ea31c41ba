"""The shared library, as ctypes sees it: each function, struct, callback and number of the C API by its name.

Nothing is declared by hand: all comes from the description of the API, `abi/ftpclient.json`. A wheel has a copy of it.
"""
from __future__ import annotations

import ctypes
import ctypes.util
import json
import operator
import os
import sys
from pathlib import Path
from typing import Any, Dict

_HERE = Path(__file__).resolve().parent

_SCALARS: Dict[str, Any] = {
    "void": None,
    "int": ctypes.c_int,
    "short": ctypes.c_short,
    "ftp_status": ctypes.c_int,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "size_t": ctypes.c_size_t,
    "const char *": ctypes.c_char_p,
    "char *": ctypes.c_char_p,
    "void *": ctypes.c_void_p,
    "const void *": ctypes.c_void_p,
}


def _description() -> Dict[str, Any]:
    """The description in the package or, when this runs in the source tree, the one of the tree."""
    for path in (_HERE / "_api.json", _HERE.parents[2] / "abi" / "ftpclient.json"):
        if path.is_file():
            api: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return api
    raise ImportError("the description of the C API is missing: install the package with pip")


def _library(soname: str) -> ctypes.CDLL:
    """What FTPCLIENT_LIBRARY names, the library in the package, or that of the system, in this order."""
    named = os.environ.get("FTPCLIENT_LIBRARY")
    bundled = _HERE / "libftpclient.so"
    if named:
        return ctypes.CDLL(named)
    if bundled.is_file():
        return ctypes.CDLL(str(bundled))
    try:
        return ctypes.CDLL(soname)
    except OSError as error:
        raise ImportError(f"the library {soname} is not here: {error}") from error


TOO_LARGE = "is too large or too small"
NUL = "a NUL cannot be in a path, a name or a command"


class _Text:
    """What a function takes as a text. C would take what stands before a NUL for the whole: for another file, or another host."""

    @staticmethod
    def from_param(value: Any) -> Any:
        if isinstance(value, bytes) and b"\0" in value:
            raise ValueError(NUL)
        return ctypes.c_char_p.from_param(value)


def _whole(kind: Any) -> Any:
    """What a function takes as a whole number. ctypes would take the last bits of one that is too large: 1 << 64 would be 0."""
    bits, is_signed = 8 * ctypes.sizeof(kind), kind(-1).value < 0
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)

    class Whole:
        @staticmethod
        def from_param(value: Any) -> Any:
            value = operator.index(value)
            if not least <= value <= most:
                raise OverflowError(f"{value} {TOO_LARGE}: {least} to {most} do")
            return kind(value)

    return Whole


class _Types:
    """The C types by their text."""

    def __init__(self, api: Dict[str, Any]) -> None:
        self.known = dict(_SCALARS)
        for handle in api["handles"]:
            self.known[handle["name"] + " *"] = self.known[f"const {handle['name']} *"] = ctypes.c_void_p
        self.structs: Dict[str, Any] = {}
        self.callbacks: Dict[str, Any] = {}
        for struct in api["structs"]:
            name = struct["name"]
            self.known[name] = self.structs[name] = type(name, (ctypes.Structure,), {})
        for callback in api["callbacks"]:
            types = self.of_all(callback["parameters"])
            kind = ctypes.CFUNCTYPE(self.of(callback["returns"]), *types)
            self.known[callback["name"]] = self.callbacks[callback["name"]] = kind
        for struct in api["structs"]:
            names = [field["name"] for field in struct["fields"]]
            self.structs[struct["name"]]._fields_ = list(zip(names, self.of_all(struct["fields"])))

    def of_all(self, items: Any) -> Any:
        """The types of parameters or fields. A text whose length follows may contain NUL: it stays an address."""
        types = [self.of(item["type"]) for item in items]
        for index, (item, following) in enumerate(zip(items, items[1:])):
            if types[index] is ctypes.c_char_p and following["name"] in ("len", item["name"] + "_len"):
                types[index] = ctypes.c_void_p
        return types

    def of(self, text: str) -> Any:
        if text not in self.known:
            inner = text[: text.rindex("*")].rstrip()
            # A const before the name means nothing here; one behind a star only goes with it.
            inner = inner[: -len("const")].rstrip() if inner.endswith("*const") else inner
            bare = inner[len("const ") :] if inner.startswith("const ") and inner not in self.known else inner
            self.known[text] = ctypes.POINTER(self.of(bare))
        return self.known[text]


def _check_version(library: ctypes.CDLL, version: str) -> None:
    """In 0.x, only libraries of the same minor version fit: struct layouts and values may differ."""
    library.ftp_version.restype = ctypes.c_char_p
    found = library.ftp_version().decode()
    if found.split(".")[:2] != version.split(".")[:2]:
        raise ImportError(f"the library has version {found}, and this package needs {version}")


if sys.platform == "win32":
    raise ImportError("ftpclient is for Unix")

_api = _description()
lib = _library(_api["soname"])
_check_version(lib, _api["version"])
_types = _Types(_api)

structs = _types.structs
callbacks = _types.callbacks
#: Every number of the header by its name: constants and values of enums.
numbers: Dict[str, int] = {it["name"]: it["value"] for it in _api["constants"]}
for _enum in _api["enums"]:
    numbers.update((it["name"], it["value"]) for it in _enum["values"])

_CHECKED: Dict[Any, Any] = {it: _whole(it) for it in (ctypes.c_int, ctypes.c_short, ctypes.c_int32, ctypes.c_int64, ctypes.c_uint16,
                                                      ctypes.c_uint32, ctypes.c_size_t)}
_CHECKED[ctypes.c_char_p] = _Text

for _function in _api["functions"]:
    _symbol = getattr(lib, _function["name"], None)
    # An older library of the same minor version lacks what is new. Who calls it learns its name.
    if _symbol is not None:
        _taken = [_types.of(it["type"]) for it in _function["parameters"]]
        _symbol.argtypes = [_CHECKED.get(it, it) for it in _taken]
        _symbol.restype = _types.of(_function["returns"])
