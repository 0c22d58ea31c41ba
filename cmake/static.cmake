# The static library, ftpclient::static: one object file in which only the API is global. So it can be linked with other
# Rust libraries, whose standard library would otherwise clash with ours.

set(object ${CMAKE_CURRENT_BINARY_DIR}/ftpclient.o)

set(linker_help "")
if(CMAKE_LINKER)
  execute_process(COMMAND ${CMAKE_LINKER} --help OUTPUT_VARIABLE linker_help ERROR_QUIET)
endif()

if(CMAKE_OBJCOPY AND linker_help MATCHES "--force-group-allocation")
  list(TRANSFORM exports PREPEND --undefined= OUTPUT_VARIABLE wanted)
  # rustc leaves LLVM bitcode in the object, which an older LLVM plugin of ar or ld cannot read.
  set(unwanted --remove-section=.llvmbc --remove-section=.llvmcmd)
  if(FTPCLIENT_DEB OR CMAKE_BUILD_TYPE MATCHES "^(Release|MinSizeRel)$")
    list(APPEND unwanted --strip-debug)
  endif()
  add_custom_command(
    OUTPUT ${object}
    # Without --force-group-allocation, making the symbols local would break the groups that hold them. Without -d, the
    # common symbols of an OpenSSL that was built from source would have no place yet, and could not be made local.
    COMMAND ${CMAKE_LINKER} -r -d --force-group-allocation ${wanted} -o ${object} ${rust_archive}
    COMMAND ${CMAKE_OBJCOPY} ${unwanted} --keep-global-symbols=${exports_file} ${object}
    DEPENDS ${rust_archive} ${exports_file}
    COMMENT "Hiding all but the API in the static library"
    VERBATIM)
  add_library(ftpclient_static STATIC ${object})
else()
  message(STATUS "GNU ld and objcopy are needed to hide Rust's symbols in the static library: they stay visible")
  add_library(ftpclient_static STATIC cmake/no_code.c)
  set_source_files_properties(cmake/no_code.c PROPERTIES OBJECT_DEPENDS ${rust_archive})
  add_custom_command(TARGET ftpclient_static POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E copy ${rust_archive} $<TARGET_FILE:ftpclient_static>
    VERBATIM)
endif()

add_library(ftpclient::static ALIAS ftpclient_static)
if(NOT TARGET ftpclient::ftpclient)
  add_library(ftpclient::ftpclient ALIAS ftpclient_static)
endif()
add_dependencies(ftpclient_static ftpclient_rust)
set_target_properties(ftpclient_static PROPERTIES
  EXPORT_NAME static
  OUTPUT_NAME ftpclient
  LINKER_LANGUAGE C)
target_include_directories(ftpclient_static INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
if(system_openssl)
  # In the installed package OpenSSL is to be found anew, by ftpclientConfig.cmake. Within this build its imported targets
  # would not be known to a project that contains this one.
  target_link_libraries(ftpclient_static INTERFACE
    "$<BUILD_INTERFACE:${tls_libraries}>" $<INSTALL_INTERFACE:OpenSSL::SSL> $<INSTALL_INTERFACE:OpenSSL::Crypto>)
endif()
target_link_libraries(ftpclient_static INTERFACE ${system_libraries})
