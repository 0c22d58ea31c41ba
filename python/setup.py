"""Builds the library with cargo, and puts it into the package with the description of its API.

FTPCLIENT_LIBRARY names a library that is built already. FTPCLIENT_FEATURES names features for cargo, such as "aws-lc".
"""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

ROOT = Path(__file__).resolve().parents[1]


def version():
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "(.*)"', manifest, re.MULTILINE).group(1)


def library():
    """The shared library, built from the repository that this file is in."""
    if os.environ.get("FTPCLIENT_LIBRARY"):
        return Path(os.environ["FTPCLIENT_LIBRARY"])
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    features = os.environ.get("FTPCLIENT_FEATURES")
    options = ["--features", features] if features else []
    subprocess.run(["cargo", "build", "--locked", "--release", "--lib", *options], cwd=ROOT, check=True)
    return target / "release" / "libftpclient.so"


def without_comments(item):
    if isinstance(item, dict):
        return {key: without_comments(value) for key, value in item.items() if key != "doc"}
    if isinstance(item, list):
        return [without_comments(value) for value in item]
    return item


class Build(build_py):
    def run(self):
        super().run()
        package = Path(self.build_lib) / "ftpclient"
        shutil.copy(library(), package / "libftpclient.so")
        api = json.loads((ROOT / "abi" / "ftpclient.json").read_text(encoding="utf-8"))
        (package / "_api.json").write_text(json.dumps(without_comments(api)), encoding="utf-8")


class Wheel(bdist_wheel):
    """One wheel for every Python: what it has of the machine is the library, which knows no Python."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return True


setup(version=version(), cmdclass={"build_py": Build, "bdist_wheel": Wheel}, distclass=WithLibrary)
