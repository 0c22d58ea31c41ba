# The Debian package python3-ftpclient: the modules of python/, which load the library of libftpclient0.

add_debian_package(ftpclient_Python python3-ftpclient python
  "FTP client for Python, with a drop-in for ftplib"
  "The package has sessions, file objects, mirrors, pools and batches, the same\nfor asyncio, filesystems for fsspec, and a module that takes the place of\nftplib. It uses libftpclient.")
# In 0.x, only libraries of the same minor version fit.
set(next_minor ${PROJECT_VERSION_MINOR})
math(EXPR next_minor "${next_minor} + 1")
set(CPACK_DEBIAN_FTPCLIENT_PYTHON_PACKAGE_DEPENDS
  "libftpclient0 (>= ${PROJECT_VERSION}), libftpclient0 (<< ${PROJECT_VERSION_MAJOR}.${next_minor}~), python3:any (>= 3.9)")
set(CPACK_DEBIAN_FTPCLIENT_PYTHON_PACKAGE_SUGGESTS python3-fsspec)
set(CPACK_DEBIAN_FTPCLIENT_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_FTPCLIENT_PYTHON_DEBUGINFO_PACKAGE OFF)

# Debian's Python compiles the modules when they are installed, and takes away what it has compiled.
file(WRITE ${debian_files}/postinst "#!/bin/sh\nset -e\nif command -v py3compile >/dev/null 2>&1; then\n  py3compile -p python3-ftpclient\nfi\n")
file(WRITE ${debian_files}/prerm "#!/bin/sh\nset -e\nif command -v py3clean >/dev/null 2>&1; then\n  py3clean -p python3-ftpclient\nfi\n")
set(CPACK_DEBIAN_FTPCLIENT_PYTHON_PACKAGE_CONTROL_EXTRA "${debian_files}/postinst;${debian_files}/prerm")
set(CPACK_DEBIAN_FTPCLIENT_PYTHON_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(python_files ${CMAKE_CURRENT_BINARY_DIR}/python)
add_custom_command(
  OUTPUT ${python_files}/ftpclient/_api.json
  COMMAND ${PYTHON3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/python_package.py ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_VERSION} ${python_files}
  DEPENDS cmake/python_package.py python/pyproject.toml abi/ftpclient.json
  COMMENT "Describing the API for Python"
  VERBATIM)
add_custom_target(ftpclient_python ALL DEPENDS ${python_files}/ftpclient/_api.json)
install(DIRECTORY python/src/ftpclient ${python_files}/ DESTINATION lib/python3/dist-packages COMPONENT ftpclient_Python
  FILES_MATCHING REGEX "[.](py|typed|json|txt)$|/(METADATA|INSTALLER)$" PATTERN __pycache__ EXCLUDE)
