# Debian packages, which `cpack` makes of the components: libftpclient0, libftpclient-dev, ftpclient-tools and python3-ftpclient.
# .ci/packages checks them.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ftpclient)
set(CPACK_PACKAGE_VENDOR libftpclient)
set(CPACK_PACKAGE_CONTACT "libftpclient developers <libftpclient@lists.example.org>" CACHE STRING "The maintainer that the packages name")
set(CPACK_COMPONENTS_ALL ftpclient_Runtime ftpclient_Development ftpclient_Python)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_CURRENT_BINARY_DIR})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# What is stripped off goes into packages of its own.
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/debug_packages.cmake)
# Debian's policy, and the same file for each build.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

find_program(PYTHON3_EXECUTABLE python3 REQUIRED)
set(debian_files ${CMAKE_CURRENT_BINARY_DIR}/debian)
file(MAKE_DIRECTORY ${debian_files})

# A Debian package: its component, name and section, and the texts about it.
function(add_debian_package component name section summary description)
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_DESCRIPTION "${summary}\n${description}" PARENT_SCOPE)
  set(CPACK_COMPONENT_${key}_DESCRIPTION "${summary}\n${description}" PARENT_SCOPE)
  set(doc ${CMAKE_INSTALL_DATADIR}/doc/${name})
  install(FILES ${debian_files}/copyright DESTINATION ${doc} COMPONENT ${component})
  install(FILES ${debian_files}/changelog.gz DESTINATION ${doc} COMPONENT ${component})
endfunction()

set(about "libftpclient offers all that Python programmers know from ftplib: one\nfunction for each command, listings as typed entries, whole files and\ntrees, FTPS, and calls that do not wait.")
add_debian_package(ftpclient_Runtime libftpclient0 libs
  "FTP client library with a C API" "${about}\n.\nThis package has the shared library.")
add_debian_package(ftpclient_Development libftpclient-dev libdevel
  "FTP client library with a C API - development files"
  "${about}\n.\nThis package has the headers for C and C++, the static library and the\nmanual pages.")
if(system_openssl)
  set(CPACK_DEBIAN_FTPCLIENT_DEVELOPMENT_PACKAGE_DEPENDS "libftpclient0 (= ${PROJECT_VERSION}), libc6-dev, libssl-dev")
else()
  set(CPACK_DEBIAN_FTPCLIENT_DEVELOPMENT_PACKAGE_DEPENDS "libftpclient0 (= ${PROJECT_VERSION}), libc6-dev")
endif()
if(FTPCLIENT_FTPC)
  list(APPEND CPACK_COMPONENTS_ALL ftpclient_Tools)
  add_debian_package(ftpclient_Tools ftpclient-tools net
    "command-line client for FTP servers"
    "ftpc lists, moves and changes files on FTP servers, and makes trees equal.\nIt continues what was interrupted, and a file has its name only when it\nis whole.")
  set(CPACK_DEBIAN_FTPCLIENT_TOOLS_PACKAGE_SHLIBDEPS ON)
endif()

include(cmake/python.cmake)

set(CPACK_DEBIAN_FTPCLIENT_RUNTIME_PACKAGE_SHLIBDEPS ON)
# What a program needs that is linked with the library: by symbols, and by the whole library.
set(CPACK_DEBIAN_FTPCLIENT_RUNTIME_PACKAGE_CONTROL_EXTRA
  "${debian_files}/symbols;${debian_files}/shlibs;${debian_files}/triggers")
set(node FTPCLIENT_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(symbols "libftpclient.so.0 libftpclient0 #MINVER#\n* Build-Depends-Package: libftpclient-dev\n ${node}@${node} ${PROJECT_VERSION}\n")
foreach(name IN LISTS exports)
  string(APPEND symbols " ${name}@${node} ${PROJECT_VERSION}\n")
endforeach()
file(WRITE ${debian_files}/symbols "${symbols}")
file(WRITE ${debian_files}/shlibs "libftpclient 0 libftpclient0 (>= ${PROJECT_VERSION})\n")
file(WRITE ${debian_files}/triggers "activate-noawait ldconfig\n")

file(READ LICENSE-MIT mit)
string(REGEX REPLACE "\n\n" "\n.\n" mit "${mit}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" mit "${mit}")
file(WRITE ${debian_files}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: libftpclient

Files: *
Copyright: the libftpclient developers
License: MIT or Apache-2.0

License: MIT
 ${mit}
License: Apache-2.0
 On Debian systems, the full text of this license is in the file
 /usr/share/common-licenses/Apache-2.0.
")

# The day of the source, if it is known: then each build of it is the same.
set(epoch $ENV{SOURCE_DATE_EPOCH})
if(NOT epoch)
  string(TIMESTAMP epoch "%s" UTC)
endif()
execute_process(COMMAND date -u -R -d @${epoch} OUTPUT_VARIABLE day OUTPUT_STRIP_TRAILING_WHITESPACE)
file(WRITE ${debian_files}/changelog
"ftpclient (${PROJECT_VERSION}) unstable; urgency=medium

  * Version ${PROJECT_VERSION}. The file CHANGELOG.md of the source tells what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${day}
")
execute_process(COMMAND gzip -9nc ${debian_files}/changelog OUTPUT_FILE ${debian_files}/changelog.gz)

# The manual pages are made of the header.
set(man_pages ${CMAKE_CURRENT_BINARY_DIR}/man3)
add_custom_command(
  OUTPUT ${man_pages}/ftpclient.3.gz
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${man_pages}
  COMMAND ${PYTHON3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/man_pages.py
    ${CMAKE_CURRENT_SOURCE_DIR}/include/ftpclient.h ${PROJECT_VERSION} ${man_pages}
  COMMAND sh -c "gzip -9n man3/*.3"
  WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
  DEPENDS cmake/man_pages.py include/ftpclient.h
  COMMENT "Making the manual pages"
  VERBATIM)
add_custom_target(ftpclient_man ALL DEPENDS ${man_pages}/ftpclient.3.gz)
install(DIRECTORY ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT ftpclient_Development)

include(CPack)
