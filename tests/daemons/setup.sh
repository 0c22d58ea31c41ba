#!/bin/bash
# Installs the FTP servers that the tests use. Run it as root on Debian 12; it does nothing when all is there.
#
# Debian's FTP server packages conflict with one another, so apt-get installs only one of them at a time. This script
# unpacks them side by side into a directory of their own ($FTPCLIENT_DAEMONS_PREFIX, by default
# ~/.cache/ftpclient-daemons) and installs just the libraries that they need. No service is started, no account made.
set -euo pipefail

prefix=${FTPCLIENT_DAEMONS_PREFIX:-${HOME:-/root}/.cache/ftpclient-daemons}
ready=$prefix/.ready            # holds the checksum of the setup.sh that filled the directory
version=$(sha256sum <"$0")

mkdir -p "$prefix"
exec 9>"$prefix/.lock"
flock 9                         # a second run waits here for the first, and then finds its work done
if [ "$(cat "$ready" 2>/dev/null)" = "$version" ]; then
    echo "The FTP servers are ready in $prefix."
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "$0: run this as root: it installs Debian packages" >&2
    exit 1
fi

rm -f "$ready"                  # until everything is there, nothing counts as there

libraries=(                     # what the servers' packages depend on, besides what every Debian has
    openssl libwrap0 libcap2 libacl1
    libhiredis0.14 libmemcached11 libmemcachedutil2 libpcre2-posix3   # ProFTPD
    libsodium23                                                       # Pure-FTPd
)
if ! python3 -c 'import ensurepip' 2>/dev/null; then
    libraries+=(python3 python3-venv)
fi

export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -o DPkg::Lock::Timeout=300 -qq "$@" >/dev/null; }
apt update
apt install -y --no-install-recommends "${libraries[@]}"

# Every package is unpacked into a directory that is named after its server.
unpack() {
    local server=$1
    shift
    local debs
    debs=$(mktemp -d)
    chown _apt "$debs"          # apt-get downloads as this user
    (cd "$debs" && apt download "$@")
    rm -rf "${prefix:?}/$server"
    for deb in "$debs"/*.deb; do
        dpkg-deb --extract "$deb" "$prefix/$server"
    done
    rm -rf "$debs"
}
unpack vsftpd vsftpd
unpack proftpd proftpd-core proftpd-mod-crypto
unpack pure-ftpd pure-ftpd pure-ftpd-common
unpack inetutils-ftpd inetutils-ftpd

rm -rf "$prefix/pyftpdlib"
python3 -m venv "$prefix/pyftpdlib"
"$prefix/pyftpdlib/bin/pip" install --quiet --disable-pip-version-check pyftpdlib==2.2.0 pyOpenSSL==26.4.0

echo "$version" >"$ready"
echo "The FTP servers are ready in $prefix."
