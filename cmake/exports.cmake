# Turns abi/exports.txt into the linker's version script, ${version_script}. The node's name is a part of the ABI: see
# docs/abi.md.

set(exports_file ${CMAKE_CURRENT_SOURCE_DIR}/abi/exports.txt)
file(STRINGS ${exports_file} exports)

set(version_script ${CMAKE_CURRENT_BINARY_DIR}/ftpclient.map)
list(JOIN exports "; " exports_list)
file(GENERATE OUTPUT ${version_script}
  CONTENT "FTPCLIENT_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} { global: ${exports_list}; local: *; };\n")
