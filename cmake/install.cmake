# Installs the libraries and the headers, and what find_package() and pkg-config read. The installed tree can be moved.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ftpclient)
set(config_file ${CMAKE_CURRENT_BINARY_DIR}/ftpclientConfig.cmake)
set(version_file ${CMAKE_CURRENT_BINARY_DIR}/ftpclientConfigVersion.cmake)
configure_package_config_file(cmake/ftpclientConfig.cmake.in ${config_file} INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${version_file} COMPATIBILITY SameMinorVersion)

# Paths in ftpclient.pc are relative to the file. Not so in /usr, where pkg-config must see that it can leave out
# -I/usr/include, and not for a LIBDIR or INCLUDEDIR that was given as an absolute path.
string(REGEX REPLACE "[^/]+" ".." to_prefix "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(pc_prefix "\${pcfiledir}/${to_prefix}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
endif()
foreach(dir LIBDIR INCLUDEDIR)
  set(pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
    set(pc_${dir} "${CMAKE_INSTALL_${dir}}")
  endif()
endforeach()
list(TRANSFORM system_libraries PREPEND -l OUTPUT_VARIABLE pc_libs_private)
list(JOIN pc_libs_private " " pc_libs_private)
set(pc_requires_private "")
if(system_openssl)
  # By its package, which names what a static OpenSSL needs in its turn; if it is this OpenSSL's package.
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(libssl QUIET libssl)
  endif()
  if(libssl_LIBDIR STREQUAL openssl_lib_dir)
    set(pc_requires_private "libssl >= 3.0, libcrypto >= 3.0")
  else()
    list(JOIN tls_libraries " " pc_tls_libraries)
    string(PREPEND pc_libs_private "${pc_tls_libraries} ")
  endif()
endif()
set(pc_requires "")
set(pc_libs "-lftpclient")
if(FTPCLIENT_LIBRARIES STREQUAL "static")
  # What only a static library needs, each program needs then.
  set(pc_requires "${pc_requires_private}")
  string(APPEND pc_libs " ${pc_libs_private}")
  set(pc_requires_private "")
  set(pc_libs_private "")
endif()
configure_file(cmake/ftpclient.pc.in ftpclient.pc @ONLY)

set(installed_libraries ftpclient ftpclient_static)
if(FTPCLIENT_LIBRARIES STREQUAL "shared")
  set(installed_libraries ftpclient)
elseif(FTPCLIENT_LIBRARIES STREQUAL "static")
  set(installed_libraries ftpclient_static)
endif()
install(TARGETS ${installed_libraries} EXPORT ftpclientTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ftpclient_Runtime NAMELINK_COMPONENT ftpclient_Development
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ftpclient_Development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES include/ftpclient.h include/ftpclient.hpp include/ftpclient_coro.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ftpclient_Development)
install(DIRECTORY include/ftpclient
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ftpclient_Development)
install(EXPORT ftpclientTargets NAMESPACE ftpclient::
  DESTINATION ${package_dir} COMPONENT ftpclient_Development)
install(FILES ${config_file} ${version_file}
  DESTINATION ${package_dir} COMPONENT ftpclient_Development)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ftpclient.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ftpclient_Development)
