"""Lists a directory and reads a file of it: program.py URL AUTHORITIES"""
import sys

import ftpclient

url, authorities = sys.argv[1:]
with ftpclient.FTP(url, ca=authorities) as ftp:
    for entry in ftp.list():
        print(entry.name, entry.size)
    print(ftp.read("greeting.txt").decode(), end="")
try:
    import fsspec
except ImportError:
    pass
else:
    with fsspec.open(f"{url}greeting.txt", ca=authorities) as file:
        print("by fsspec:", file.read().decode(), end="")
