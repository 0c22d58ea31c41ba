#!/usr/bin/env python3
"""A server made of zope.server: servers.py starts it with the Python that has zope.server installed.

zope.server leaves the files to its application: `Files` gives it those of a directory, and adds nothing to them.
"""

import argparse
import asyncore
import os
import shutil
from datetime import datetime

from zope.interface import implementer
from zope.security.interfaces import Unauthorized
from zope.server.ftp.server import FTPServer
from zope.server.interfaces.ftp import IFileSystem, IFileSystemAccess
from zope.server.taskthreads import ThreadedTaskDispatcher


@implementer(IFileSystem)
class Files:
    def __init__(self, root):
        self.root = root

    def local(self, path):
        return os.path.join(self.root, path.lstrip("/"))

    def type(self, path):
        path = self.local(path)
        return "d" if os.path.isdir(path) else "f" if os.path.exists(path) else None

    def names(self, path, filter=None):
        return [name for name in os.listdir(self.local(path)) if filter is None or filter(name)]

    def ls(self, path, filter=None):
        return [self.lsinfo(os.path.join(path, name)) for name in self.names(path, filter)]

    def lsinfo(self, path):
        return {"name": os.path.basename(path), "type": self.type(path), "size": self.size(path), "mtime": self.mtime(path)}

    def mtime(self, path):
        return datetime.fromtimestamp(os.stat(self.local(path)).st_mtime)

    def size(self, path):
        return os.stat(self.local(path)).st_size

    def readfile(self, path, outstream, start=0, end=None):
        with open(self.local(path), "rb") as file:
            file.seek(start)
            outstream.write(file.read())

    def writefile(self, path, instream, start=None, end=None, append=False):
        with open(self.local(path), "ab" if append else "r+b" if start else "wb") as file:
            if start:
                file.seek(start)
            shutil.copyfileobj(instream, file)

    def writable(self, path):
        return os.path.isdir(os.path.dirname(self.local(path))) and self.type(path) != "d"

    def mkdir(self, path):
        os.mkdir(self.local(path))

    def remove(self, path):
        os.remove(self.local(path))

    def rmdir(self, path):
        os.rmdir(self.local(path))

    def rename(self, old, new):
        os.rename(self.local(old), self.local(new))


@implementer(IFileSystemAccess)
class OneUser:
    def __init__(self, credentials, files):
        self.credentials = credentials
        self.files = files

    def authenticate(self, credentials):
        if credentials != self.credentials:
            raise Unauthorized

    def open(self, credentials):
        self.authenticate(credentials)
        return self.files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("host", "user", "password", "root"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()

    threads = ThreadedTaskDispatcher()
    threads.setThreadCount(4)
    access = OneUser((arguments.user, arguments.password), Files(arguments.root))
    FTPServer(arguments.host, arguments.port, access, task_dispatcher=threads)
    asyncore.loop()


main()
