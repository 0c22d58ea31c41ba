"""What help() shows: every public class, function, method and property has a text."""
import inspect

import pytest

import ftpclient
from ftpclient import aio, fsspec, ftplib


def public(module):
    """The classes and functions that the module has for programs."""
    for name, it in vars(module).items():
        is_its_own = name in getattr(module, "__all__", ()) or getattr(it, "__module__", "") == module.__name__
        if is_its_own and not name.startswith("_") and (inspect.isclass(it) or inspect.isfunction(it)):
            yield name, it


def without_text(kind):
    """The members that the package has defined, also those of a base class that is not public itself."""
    for base in kind.__mro__:
        if base.__module__.split(".")[0] == "ftpclient":
            for name, it in vars(base).items():
                function = getattr(it, "fget", None) or getattr(it, "__func__", it)
                # What takes the place of a method of another package may have the text of that.
                if not name.startswith("_") and inspect.isfunction(function) and not inspect.getdoc(getattr(kind, name)):
                    yield name


@pytest.mark.parametrize("module", [ftpclient, aio, ftplib, fsspec], ids=lambda it: it.__name__)
def test_everything_public_has_a_text(module):
    found, missing = 0, [] if module.__doc__ else [module.__name__]
    for name, it in public(module):
        found += 1
        # A dataclass without a text of its own is given one, which is its signature.
        if not it.__doc__ or it.__doc__.startswith(f"{name}("):
            missing.append(name)
        if inspect.isclass(it):
            missing += [f"{name}.{member}" for member in without_text(it)]
    assert found > 2 and not missing
