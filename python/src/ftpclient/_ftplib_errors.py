"""The exceptions of ftplib. To programs they belong to the module `ftplib`."""


class Error(Exception):
    """The class of all errors of the protocol."""


class error_reply(Error):
    """A reply of class 1yz, 2yz or 3yz that does not fit the command."""


class error_temp(Error):
    """A 4yz reply."""


class error_perm(Error):
    """A 5yz reply."""


class error_proto(Error):
    """What is not a reply."""


class error_incomplete(Error):
    """The server reported success, and the data is not complete. The standard module takes it for the whole."""


for _error in (Error, error_reply, error_temp, error_perm, error_proto, error_incomplete):
    _error.__module__ = "ftpclient.ftplib"
