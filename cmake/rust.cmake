# Lets cargo build the archive that both libraries are made of: ${rust_archive}, by the target ftpclient_rust.

find_program(CARGO_EXECUTABLE cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT CARGO_EXECUTABLE)
  message(FATAL_ERROR "cargo was not found. Install Rust, or set CARGO_EXECUTABLE to cargo's path.")
endif()

# Cargo builds for this machine unless it is told otherwise, and the linker would find that out late. A toolchain file names the target.
if(CMAKE_CROSSCOMPILING AND NOT FTPCLIENT_RUST_TARGET)
  set(architecture ${CMAKE_SYSTEM_PROCESSOR})
  if(architecture MATCHES "^(aarch64|arm64)$")
    set(architecture aarch64)
  elseif(architecture MATCHES "^(x86_64|amd64|AMD64)$")
    set(architecture x86_64)
  elseif(architecture MATCHES "^i[3-6]86$")
    set(architecture i686)
  elseif(architecture STREQUAL "riscv64")
    set(architecture riscv64gc)
  elseif(architecture MATCHES "^(ppc64le|powerpc64le)$")
    set(architecture powerpc64le)
  elseif(NOT architecture MATCHES "^(s390x|loongarch64)$")
    set(architecture "")
  endif()
  # glibc is what a toolchain has that does not speak of another C library, and the only one whose name is complete without more.
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND architecture AND NOT "${CMAKE_C_COMPILER} ${CMAKE_C_COMPILER_TARGET}" MATCHES "musl|android|uclibc")
    set(FTPCLIENT_RUST_TARGET ${architecture}-unknown-linux-gnu)
    message(STATUS "FTPCLIENT_RUST_TARGET is ${FTPCLIENT_RUST_TARGET}, for ${CMAKE_SYSTEM_NAME} on ${CMAKE_SYSTEM_PROCESSOR}")
  else()
    message(FATAL_ERROR "Set FTPCLIENT_RUST_TARGET to Rust's name of ${CMAKE_SYSTEM_NAME} on ${CMAKE_SYSTEM_PROCESSOR}, one of `rustc --print target-list`.")
  endif()
endif()

# Cargo applies link-time optimization only to a crate type that is built alone.
set(cargo_environment CARGO_PROFILE_RELEASE_LTO=fat ${tls_environment})
set(cargo_options --locked --lib --crate-type staticlib ${cargo_features} --target-dir ${FTPCLIENT_CARGO_DIR})
set(rust_archive ${FTPCLIENT_CARGO_DIR})

if(FTPCLIENT_RUST_TARGET)
  list(APPEND cargo_options --target ${FTPCLIENT_RUST_TARGET})
  string(APPEND rust_archive /${FTPCLIENT_RUST_TARGET})
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  string(APPEND rust_archive /debug)
else()
  list(APPEND cargo_options --release)
  string(APPEND rust_archive /release)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  list(APPEND cargo_environment CARGO_PROFILE_RELEASE_DEBUG=full)
elseif(CMAKE_BUILD_TYPE STREQUAL "MinSizeRel")
  list(APPEND cargo_environment CARGO_PROFILE_RELEASE_OPT_LEVEL=z)
endif()
string(APPEND rust_archive /libftpclient.a)

file(GLOB_RECURSE rust_sources CONFIGURE_DEPENDS src/*.rs)
add_custom_command(
  OUTPUT ${rust_archive}
  COMMAND ${CMAKE_COMMAND} -E env ${cargo_environment} ${CARGO_EXECUTABLE} rustc ${cargo_options}
  # Cargo leaves the archive alone when a change did not matter; it would look out of date for ever.
  COMMAND ${CMAKE_COMMAND} -E touch ${rust_archive}
  DEPENDS ${rust_sources} Cargo.toml Cargo.lock build.rs
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
  COMMENT "Building the Rust part of libftpclient"
  USES_TERMINAL VERBATIM)
add_custom_target(ftpclient_rust DEPENDS ${rust_archive})
