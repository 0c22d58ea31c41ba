# Lets cargo build the archive that both libraries are made of: ${rust_archive}, by the target ftpclient_rust.

find_program(CARGO_EXECUTABLE cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT CARGO_EXECUTABLE)
  message(FATAL_ERROR "cargo was not found. Install Rust, or set CARGO_EXECUTABLE to cargo's path.")
endif()

# Cargo builds for this machine unless it is told otherwise, and the linker would find that out late. A toolchain file names the target.
if(CMAKE_CROSSCOMPILING AND NOT FTPCLIENT_RUST_TARGET)
  include(cmake/rust_target.cmake)
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

include(cmake/remap.cmake)

file(GLOB_RECURSE rust_sources CONFIGURE_DEPENDS src/*.rs)
add_custom_command(
  OUTPUT ${rust_archive}
  COMMAND ${CMAKE_COMMAND} -E env ${cargo_environment} ${CARGO_EXECUTABLE} rustc ${cargo_options} ${remap_rust}
  # Cargo leaves the archive alone when a change did not matter; it would look out of date for ever.
  COMMAND ${CMAKE_COMMAND} -E touch ${rust_archive}
  DEPENDS ${rust_sources} Cargo.toml Cargo.lock build.rs
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
  COMMENT "Building the Rust part of libftpclient"
  USES_TERMINAL VERBATIM)
add_custom_target(ftpclient_rust DEPENDS ${rust_archive})
