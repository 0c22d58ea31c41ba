# FTPS: ${cargo_features} for cargo; ${system_openssl}, and then ${tls_libraries} to link.

option(FTPCLIENT_TLS "FTPS" ON)
set(providers system vendored aws-lc)
set(FTPCLIENT_TLS_PROVIDER system CACHE STRING
  "system is the system's OpenSSL 3; built from source are vendored, an OpenSSL, and aws-lc")
set_property(CACHE FTPCLIENT_TLS_PROVIDER PROPERTY STRINGS ${providers})
if(NOT FTPCLIENT_TLS_PROVIDER IN_LIST providers)
  message(FATAL_ERROR
    "FTPCLIENT_TLS_PROVIDER is \"${FTPCLIENT_TLS_PROVIDER}\"; it can be system, vendored or aws-lc")
endif()

set(cargo_features --no-default-features)
set(system_openssl OFF)
if(FTPCLIENT_TLS AND FTPCLIENT_TLS_PROVIDER STREQUAL "system")
  list(APPEND cargo_features --features tls)
  set(system_openssl ON)
elseif(FTPCLIENT_TLS)
  list(APPEND cargo_features --features ${FTPCLIENT_TLS_PROVIDER})
endif()

set(tls_libraries "")
set(tls_environment "")
if(system_openssl)
  find_package(OpenSSL 3 QUIET)
  if(NOT OpenSSL_FOUND)
    set(found "which were not found")
    if(OPENSSL_VERSION)
      set(found "and found is ${OPENSSL_VERSION} in ${OPENSSL_INCLUDE_DIR}")
    endif()
    message(FATAL_ERROR
      "FTPS needs OpenSSL 3 with its headers, ${found}.\n"
      "  Debian, Ubuntu:    apt-get install libssl-dev\n"
      "  Fedora, RHEL:      dnf install openssl-devel\n"
      "  in another place:  -DOPENSSL_ROOT_DIR=... names the folder that holds its include/ and lib/\n"
      "Without OpenSSL's headers:\n"
      "  -DFTPCLIENT_TLS_PROVIDER=vendored builds OpenSSL from source; needs perl and make\n"
      "  -DFTPCLIENT_TLS=OFF leaves FTPS out\n")
  endif()
  set(tls_libraries ${OPENSSL_SSL_LIBRARY} ${OPENSSL_CRYPTO_LIBRARY})
  # Cargo is to take the same OpenSSL, and to leave it to the C linker to link it.
  get_filename_component(openssl_lib_dir ${OPENSSL_SSL_LIBRARY} DIRECTORY)
  set(tls_environment
    OPENSSL_INCLUDE_DIR=${OPENSSL_INCLUDE_DIR} OPENSSL_LIB_DIR=${openssl_lib_dir} OPENSSL_STATIC=0)
endif()
