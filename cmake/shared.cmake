# The shared library, ftpclient::ftpclient. It is linked by the C linker, since rustc cannot give symbols a version.

add_library(ftpclient SHARED cmake/no_code.c)
add_library(ftpclient::ftpclient ALIAS ftpclient)
add_dependencies(ftpclient ftpclient_rust)

# 0 as long as the version is 0.x; see docs/abi.md.
set_target_properties(ftpclient PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)
set_target_properties(ftpclient PROPERTIES LINK_DEPENDS "${rust_archive};${version_script}")

target_include_directories(ftpclient INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
target_link_libraries(ftpclient PRIVATE
  -Wl,--whole-archive ${rust_archive} -Wl,--no-whole-archive
  -Wl,--as-needed ${tls_libraries} ${system_libraries})
target_link_options(ftpclient PRIVATE
  LINKER:--version-script=${version_script}
  LINKER:--gc-sections
  LINKER:--no-undefined
  LINKER:-z,relro,-z,now
  # Rust's thread-local destructors and OpenSSL's callbacks would run after dlclose() had unmapped them.
  LINKER:-z,nodelete)
target_compile_options(ftpclient PRIVATE ${remap_c})
if(CMAKE_BUILD_TYPE MATCHES "^(Release|MinSizeRel)$")
  # The debug information of Rust's own standard library, many times the size of the code.
  target_link_options(ftpclient PRIVATE LINKER:--strip-debug)
endif()
