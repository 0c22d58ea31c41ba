"""FTP for Python, on libftpclient.

`ftpclient.ftplib` is a drop-in for the module `ftplib` of the standard library.
"""
