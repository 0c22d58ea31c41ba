"""The same program in Python. Its argument is the shared library's path."""

import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1])
lib.ftp_version.restype = ctypes.c_char_p
lib.ftp_tls_backend.restype = ctypes.c_char_p
lib.ftp_new.restype = ctypes.c_void_p
lib.ftp_last_error.argtypes = [ctypes.c_void_p]
lib.ftp_last_error.restype = ctypes.c_char_p
lib.ftp_connect.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint16]
lib.ftp_free.argtypes = [ctypes.c_void_p]
lib.ftp_free.restype = None

FTP_ERR_IO = -11

ftp = lib.ftp_new()
# Nobody listens at port 1.
status = lib.ftp_connect(ftp, b"127.0.0.1", 1)
tls = lib.ftp_tls_backend() or b"no TLS"
print(f"{lib.ftp_version().decode()}, {tls.decode()}: {lib.ftp_last_error(ftp).decode()}")
lib.ftp_free(ftp)
sys.exit(0 if status == FTP_ERR_IO else 1)
