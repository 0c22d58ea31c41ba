#!/usr/bin/env python3
"""The work of benches/listings, done with Python's ftplib: HOST PORT. Prints the entries and the CPU time in seconds."""

import ftplib
import sys
import time

ftp = ftplib.FTP()
ftp.connect(sys.argv[1], int(sys.argv[2]))
ftp.login("user", "secret")
before = time.process_time()
entries = total = 0
for name, facts in ftp.mlsd():
    entries += 1
    total += len(name) + int(facts["size"]) + int(facts["modify"])
print(entries, time.process_time() - before)
ftp.quit()
