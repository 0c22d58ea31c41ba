"""Builds and runs the program of tests/consumers with the package."""

from pathlib import Path

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class TestPackage(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure(variables={"LIBRARIES": "ftpclient", "WANTED_VERSION": str(self.dependencies["ftpclient"].ref.version)})
        cmake.build()

    def test(self):
        if can_run(self):
            for program in ("c_ftpclient", "cpp_ftpclient"):
                self.run(str(Path(self.build_folder) / program), env="conanrun")
