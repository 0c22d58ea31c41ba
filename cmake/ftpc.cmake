# ftpc, the command-line client in examples/c/ftpc, with its manual page and its completions for shells.

set(ftpc_dir ${CMAKE_CURRENT_SOURCE_DIR}/examples/c/ftpc)
file(GLOB ftpc_sources CONFIGURE_DEPENDS ${ftpc_dir}/*.c)
add_executable(ftpc ${ftpc_sources} examples/c/netrc.c)
target_include_directories(ftpc PRIVATE examples/c)
target_compile_options(ftpc PRIVATE -Wall -Wextra -Wpedantic ${remap_c})
target_link_libraries(ftpc PRIVATE ftpclient::ftpclient)
set_target_properties(ftpc PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
# In the build, it finds the library from itself: the directory of the build would stay in its build ID.
set_target_properties(ftpc PROPERTIES BUILD_RPATH_USE_ORIGIN ON)

if(FTPCLIENT_DEB)
  target_compile_options(ftpc PRIVATE -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  target_link_options(ftpc PRIVATE LINKER:-z,relro,-z,now)
endif()

if(FTPCLIENT_INSTALL)
  # The library is found from the program, so that the installed tree can be moved. The system's own directories need no such help.
  if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_BINDIR}")
    set_target_properties(ftpc PROPERTIES INSTALL_RPATH "${CMAKE_INSTALL_FULL_LIBDIR}")
  elseif(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    string(REGEX REPLACE "[^/]+" ".." from_bindir "${CMAKE_INSTALL_BINDIR}")
    set_target_properties(ftpc PROPERTIES INSTALL_RPATH "$ORIGIN/${from_bindir}/${CMAKE_INSTALL_LIBDIR}")
  endif()
  install(TARGETS ftpc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ftpclient_Tools)
  set(ftpc_page ${ftpc_dir}/ftpc.1)
  if(FTPCLIENT_DEB)
    set(ftpc_page ${CMAKE_CURRENT_BINARY_DIR}/ftpc.1.gz)
    execute_process(COMMAND gzip -9nc ${ftpc_dir}/ftpc.1 OUTPUT_FILE ${ftpc_page})
  endif()
  install(FILES ${ftpc_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ftpclient_Tools)
  install(FILES ${ftpc_dir}/ftpc.bash RENAME ftpc
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT ftpclient_Tools)
  install(FILES ${ftpc_dir}/ftpc.zsh RENAME _ftpc
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT ftpclient_Tools)
endif()
