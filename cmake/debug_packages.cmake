# CPack runs this when its packages are made. It names the files in md5sums of a package with debug information by where they were
# built; they are named by where they are installed. Its changelog and copyright are those of the package that it belongs to.

foreach(package IN LISTS CPACK_PACKAGE_FILES)
  if(package MATCHES "[.]ddeb$")
    set(tree ${CPACK_TEMPORARY_DIRECTORY}/ddeb)
    file(REMOVE_RECURSE ${tree})
    execute_process(COMMAND dpkg-deb --raw-extract ${package} ${tree} COMMAND_ERROR_IS_FATAL ANY)
    file(STRINGS ${tree}/DEBIAN/md5sums lines)
    list(TRANSFORM lines REPLACE "  /.*/(usr/lib/debug/)" "  \\1")
    list(JOIN lines "\n" text)
    file(WRITE ${tree}/DEBIAN/md5sums "${text}\n")
    execute_process(COMMAND dpkg-deb --field ${package} Package OUTPUT_VARIABLE name OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX REPLACE "-dbgsym$" "" whose ${name})
    file(MAKE_DIRECTORY ${tree}/usr/share/doc)
    file(CREATE_LINK ${whose} ${tree}/usr/share/doc/${name} SYMBOLIC)
    execute_process(COMMAND dpkg-deb --root-owner-group --build ${tree} ${package} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
  endif()
endforeach()
