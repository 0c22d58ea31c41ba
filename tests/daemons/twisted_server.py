#!/usr/bin/env python3
"""A server made of twisted.protocols.ftp: servers.py starts it with the Python that has Twisted installed."""

import argparse

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor
from twisted.protocols import ftp
from twisted.python.filepath import FilePath
from zope.interface import implementer


@implementer(IRealm)
class OneDirectory:
    """Every user sees the same directory."""

    def __init__(self, root):
        self.root = FilePath(root)

    def requestAvatar(self, _user, _mind, *_interfaces):
        return ftp.IFTPShell, ftp.FTPShell(self.root), lambda: None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("host", "user", "password", "root"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()

    passwords = InMemoryUsernamePasswordDatabaseDontUse()
    passwords.addUser(arguments.user, arguments.password)
    factory = ftp.FTPFactory(Portal(OneDirectory(arguments.root), [passwords]))
    factory.allowAnonymous = False
    reactor.listenTCP(arguments.port, factory, interface=arguments.host)
    reactor.run()


main()
