#!/bin/bash
# Installs the FTP servers that the tests use. Run it as root on Debian 12; it does nothing when all is there.
#
# Debian's FTP server packages conflict with one another, so apt-get installs only one of them at a time. This script
# unpacks them side by side into a directory of their own ($FTPCLIENT_DAEMONS_PREFIX, by default
# ~/.cache/ftpclient-daemons) and installs just the libraries that they need. No service is started, no account made.
set -euo pipefail

prefix=${FTPCLIENT_DAEMONS_PREFIX:-${HOME:-/root}/.cache/ftpclient-daemons}
export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -o DPkg::Lock::Timeout=300 -qq "$@" >/dev/null; }

main() {
    mkdir -p "$prefix"
    exec 9>"$prefix/.lock"
    flock 9                     # a second run waits here for the first, and then finds its work done

    local libraries=(           # what the servers' packages depend on, besides what every Debian has
        openssl libwrap0 libcap2 libacl1
        libhiredis0.14 libmemcached11 libmemcachedutil2 libpcre2-posix3   # ProFTPD
        libsodium23                                                       # Pure-FTPd
        libglobus-gridftp-server6 libglobus-xio-gsi-driver                # globus-gridftp-server
    )
    if ! python3 -c 'import ensurepip' 2>/dev/null; then
        libraries+=(python3 python3-venv)
    fi
    make_ready .libraries       install_libraries "${libraries[@]}"
    make_ready vsftpd           unpack vsftpd
    make_ready proftpd          unpack proftpd-core proftpd-mod-crypto
    make_ready pure-ftpd        unpack pure-ftpd pure-ftpd-common
    make_ready inetutils-ftpd   unpack inetutils-ftpd
    make_ready ftpd-ssl         unpack ftpd-ssl
    make_ready globus-gridftp-server unpack globus-gridftp-server-progs
    make_ready python           install_for_python pyftpdlib==2.2.0 pyOpenSSL==26.4.0 aioftp==0.28.3 \
        Twisted==26.10.0 zope.server==5.0 copyparty==1.20.26
    if command -v npm >/dev/null; then
        make_ready ftp-srv      install_for_node ftp-srv@4.6.3
    else
        echo "SKIPPED ftp-srv: there is no npm"
    fi
    echo "The FTP servers are ready in $prefix."
}

# make_ready DIRECTORY COMMAND...: runs the command in a fresh directory of the prefix, unless it was run there already. The
# same command with other versions is another one.
make_ready() {
    local directory=$prefix/$1
    shift
    if [ "$(cat "$directory/.ready" 2>/dev/null)" = "$*" ]; then
        return
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "$0: run this as root: it installs Debian packages" >&2
        exit 1
    fi
    rm -rf "$directory"         # until everything is there, nothing counts as there
    mkdir "$directory"
    (cd "$directory" && "$@")
    echo "$*" >"$directory/.ready"
}

install_libraries() {
    update_lists
    apt install -y --no-install-recommends "$@"
}

unpack() {
    local debs
    update_lists
    debs=$(mktemp -d)
    chown _apt "$debs"          # apt-get downloads as this user
    (cd "$debs" && apt download "$@")
    for deb in "$debs"/*.deb; do
        dpkg-deb --extract "$deb" .
    done
    rm -rf "$debs"
}

# Once in a run, and only when something is to be fetched.
update_lists() {
    if [ ! -e "$lists_are_new" ]; then
        apt update
        touch "$lists_are_new"
    fi
}

install_for_python() {
    python3 -m venv .
    bin/pip install --quiet --disable-pip-version-check "$@"
}

install_for_node() {
    npm install --prefix . --silent --no-audit --no-fund "$@"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
lists_are_new=$scratch/lists-are-new
main
