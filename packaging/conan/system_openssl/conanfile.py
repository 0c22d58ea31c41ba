"""Makes a package of the system's OpenSSL, under the name that Conan's has, where there is no ConanCenter: for tests. Debian."""

import subprocess
from pathlib import Path

from conan import ConanFile
from conan.tools.files import copy


def pkg_config(*arguments):
    return subprocess.run(["pkg-config", *arguments, "openssl"], check=True, capture_output=True, text=True).stdout.strip()


class SystemOpenssl(ConanFile):
    name = "openssl"
    license = "Apache-2.0"
    package_type = "library"
    settings = "os", "arch"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    def set_version(self):
        self.version = pkg_config("--modversion")

    def package(self):
        libraries, headers = pkg_config("--variable=libdir"), pkg_config("--variable=includedir")
        place = Path(self.package_folder)
        copy(self, "openssl/*.h", headers, str(place / "include"))
        copy(self, "openssl/*.h", str(Path(headers) / Path(libraries).name), str(place / "include"))
        kind = "so*" if self.options.shared else "a"
        for name in ("ssl", "crypto"):
            copy(self, f"lib{name}.{kind}", libraries, str(place / "lib"))

    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "both")
        self.cpp_info.set_property("cmake_file_name", "OpenSSL")
        crypto, ssl = self.cpp_info.components["crypto"], self.cpp_info.components["ssl"]
        crypto.libs, ssl.libs, ssl.requires = ["crypto"], ["ssl"], ["crypto"]
        crypto.system_libs = ["dl", "pthread"]
        crypto.set_property("cmake_target_name", "OpenSSL::Crypto")
        ssl.set_property("cmake_target_name", "OpenSSL::SSL")
