#!/usr/bin/env python3
"""A file by ftplib, as programs do it that continue and try again: by the size of what is there."""

import ftplib
import os
import ssl
import sys
import time


def connect(host, port, user, password, authority):
    if authority:
        context = ssl.create_default_context(cafile=authority)
        ftp = ftplib.FTP_TLS(context=context, timeout=2)
    else:
        ftp = ftplib.FTP(timeout=2)
    ftp.connect(host, int(port))
    ftp.login(user, password)
    if authority:
        ftp.prot_p()
    ftp.voidcmd("TYPE I")
    return ftp


def get(ftp, name, local):
    have = os.path.getsize(local) if os.path.exists(local) else 0
    if have and have == ftp.size(name):
        return
    with open(local, "ab") as file:
        ftp.retrbinary(f"RETR {name}", file.write, rest=have or None)


def put(ftp, name, local):
    try:
        have = ftp.size(name) or 0
    except ftplib.error_perm:
        have = 0
    if have and have == os.path.getsize(local):
        return
    with open(local, "rb") as file:
        file.seek(have)
        ftp.storbinary(f"{'APPE' if have else 'STOR'} {name}", file)


def main():
    direction, host, port, user, password, authority, name, local = sys.argv[1:]
    for attempt in range(4):
        try:
            ftp = connect(host, port, user, password, authority)
            (get if direction == "get" else put)(ftp, name, local)
            ftp.quit()
            return
        except ftplib.all_errors as error:
            print(error, file=sys.stderr)
            time.sleep(0.1 * 2 ** attempt)
    sys.exit(1)


main()
