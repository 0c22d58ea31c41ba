"""The recipe for Conan 2: `conan create packaging/conan`. It needs cargo, as docs/building.md says."""

import re
from pathlib import Path

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

PROVIDERS = {"openssl": "system", "vendored": "vendored", "aws-lc": "aws-lc"}


class Ftpclient(ConanFile):
    name = "ftpclient"
    description = "An FTP client library with a C API: all that Python's ftplib does, from C, C++ or any FFI"
    license = "MIT OR Apache-2.0"
    topics = ("ftp", "ftps", "network")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "tls": [*PROVIDERS, "none"], "ftpc": [True, False]}
    default_options = {"shared": False, "fPIC": True, "tls": "openssl", "ftpc": False}

    def set_version(self):
        text = load(self, str(self._root / "Cargo.toml"))
        self.version = re.search(r'^version = "(.*)"$', text, re.MULTILINE).group(1)

    @property
    def _root(self):
        return Path(self.recipe_folder).parents[1]

    def export_sources(self):
        for pattern in ("Cargo.*", "CMakeLists.txt", "LICENSE-*", "build.rs", "cbindgen.toml", "README.md", "abi/*", "benches/*",
                        "cmake/*", "examples/*", "include/*", "src/*"):
            copy(self, pattern, str(self._root), self.export_sources_folder)

    def configure(self):
        # Rust's code is always independent of its position, and the interface is that of C.
        self.options.rm_safe("fPIC")
        self.settings.rm_safe("compiler.libcxx")
        self.settings.rm_safe("compiler.cppstd")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        if self.options.tls == "openssl":
            self.requires("openssl/[>=3.0 <4]")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["FTPCLIENT_LIBRARIES"] = "shared" if self.options.shared else "static"
        toolchain.cache_variables["FTPCLIENT_FTPC"] = bool(self.options.ftpc)
        toolchain.cache_variables["FTPCLIENT_TLS"] = self.options.tls != "none"
        if self.options.tls != "none":
            toolchain.cache_variables["FTPCLIENT_TLS_PROVIDER"] = PROVIDERS[str(self.options.tls)]
        # With [platform_requires] it is the system's, which CMake finds by itself.
        for dependency in self.dependencies.host.values():
            if dependency.ref.name == "openssl" and dependency.package_folder:
                toolchain.cache_variables["OPENSSL_ROOT_DIR"] = dependency.package_folder
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE-*", self.source_folder, str(Path(self.package_folder) / "licenses"))
        # CMakeDeps and PkgConfigDeps write such files for each program.
        rmdir(self, str(Path(self.package_folder) / "lib" / "cmake"))
        rmdir(self, str(Path(self.package_folder) / "lib" / "pkgconfig"))

    def package_info(self):
        self.cpp_info.libs = ["ftpclient"]
        self.cpp_info.set_property("cmake_file_name", "ftpclient")
        self.cpp_info.set_property("cmake_target_name", "ftpclient::ftpclient")
        self.cpp_info.set_property("pkg_config_name", "ftpclient")
        if not self.options.shared:
            self.cpp_info.system_libs = ["pthread", "m", "dl"]
