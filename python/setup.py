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
from setuptools.command.sdist import sdist
from setuptools.dist import Distribution

HERE = Path(__file__).resolve().parent
# The archive of sources has the library's sources in it. In the repository, they are around this folder.
INSIDE = HERE / "library"
ROOT = INSIDE if INSIDE.is_dir() else HERE.parent
# What cargo needs, and what the package takes from the repository.
SOURCES = ("Cargo.toml", "Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "build.rs", ".cargo/config.toml", "abi", "benches", "src")


def version():
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "(.*)"', manifest, re.MULTILINE).group(1)


def cargo_home():
    return os.environ.get("CARGO_HOME") or Path.home() / ".cargo"


def remap(target):
    """A setting for cargo: the library does not tell where it was built. cmake/remap.cmake says which paths these are, and why."""
    paths = {ROOT: ".", target: "cargo", cargo_home(): "cargo-home"}
    rustc = os.environ.get("RUSTC", "rustc")
    told = subprocess.run([rustc, "-vV"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    sysroot = subprocess.run([rustc, "--print", "sysroot"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    if commit := re.search("^commit-hash: ([0-9a-f]+)$", told, re.MULTILINE):
        paths[f"{sysroot}/lib/rustlib/src/rust"] = f"/rustc/{commit[1]}"
    return f"build.rustflags={json.dumps([f'--remap-path-prefix={path}={name}' for path, name in paths.items()])}"


def library():
    """The shared library, built from the sources of this package."""
    if os.environ.get("FTPCLIENT_LIBRARY"):
        return Path(os.environ["FTPCLIENT_LIBRARY"])
    target = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target")
    features = os.environ.get("FTPCLIENT_FEATURES")
    options = ["--features", features] if features else []
    environment = {"CARGO_PROFILE_RELEASE_LTO": "fat", "CARGO_PROFILE_RELEASE_STRIP": "symbols", **os.environ}
    if "aws-lc" in (features or ""):
        # Its sources name themselves in the errors that they report. It maps those in C by itself, and not those in C++.
        environment["CXXFLAGS"] = f"{os.environ.get('CXXFLAGS', '')} -ffile-prefix-map={cargo_home()}=cargo-home".strip()
    # Built alone, it is optimized as a whole.
    subprocess.run(["cargo", "rustc", "--locked", "--release", "--lib", "--crate-type", "cdylib", *options, "--config", remap(target)],
                   cwd=ROOT, check=True, env=environment)
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


class Sources(sdist):
    """The archive of sources can be built alone."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for name in SOURCES:
            target = Path(base_dir, INSIDE.name, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, target)
            else:
                shutil.copy(ROOT / name, target)


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return True


setup(version=version(), cmdclass={"build_py": Build, "bdist_wheel": Wheel, "sdist": Sources}, distclass=WithLibrary)
