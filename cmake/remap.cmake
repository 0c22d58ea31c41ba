# What is shipped does not tell where it was built, and is the same wherever that was: ${remap_rust} for cargo, and ${remap_c} for the
# C compiler. What is built to be debugged here keeps its paths, so that a debugger finds the sources.

set(remap_rust "")
set(remap_c "")
if(FTPCLIENT_DEB OR CMAKE_BUILD_TYPE MATCHES "^(Release|MinSizeRel)$")
  if(DEFINED ENV{CARGO_HOME})
    set(cargo_home $ENV{CARGO_HOME})
  else()
    set(cargo_home $ENV{HOME}/.cargo)
  endif()
  # The last one that fits counts, and the others may be within the source. The dependencies are in cargo's home.
  set(remapped ${CMAKE_CURRENT_SOURCE_DIR}=. ${FTPCLIENT_CARGO_DIR}=cargo ${cargo_home}=cargo-home)
  # The sources of Rust's own library, where they are installed: without them, rustc gives them this name by itself.
  if(DEFINED ENV{RUSTC})
    set(rustc $ENV{RUSTC})
  else()
    get_filename_component(rustc ${CARGO_EXECUTABLE} DIRECTORY)
    string(APPEND rustc /rustc)
  endif()
  execute_process(COMMAND ${rustc} --print sysroot
    OUTPUT_VARIABLE sysroot OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
  execute_process(COMMAND ${rustc} -vV OUTPUT_VARIABLE rustc_version ERROR_QUIET)
  if(NOT failed AND rustc_version MATCHES "commit-hash: ([0-9a-f]+)")
    list(APPEND remapped ${sysroot}/lib/rustlib/src/rust=/rustc/${CMAKE_MATCH_1})
  endif()
  list(TRANSFORM remapped REPLACE "(.+)" "\"--remap-path-prefix=\\1\"")
  list(JOIN remapped "," remapped)
  # As a setting, it joins those of the user. RUSTFLAGS in the environment takes the place of both, as cargo has it.
  set(remap_rust --config "build.rustflags=[${remapped}]")

  include(CheckCCompilerFlag)
  check_c_compiler_flag(-ffile-prefix-map=a=b FTPCLIENT_HAS_PREFIX_MAP)
  if(FTPCLIENT_HAS_PREFIX_MAP)
    set(remap_c -ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_CURRENT_BINARY_DIR}=build)
  endif()
endif()
