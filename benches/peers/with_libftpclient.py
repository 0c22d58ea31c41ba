"""The work of peers.py, done with this library: HOST PORT USER PASSWORD CA LIBRARY explicit|implicit."""

import ctypes
import sys
from ctypes import CFUNCTYPE, POINTER, byref, c_char, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint16, c_void_p

host, port, user, password, ca, library, mode = sys.argv[1:]

FTP_OK = 0
FTP_TLS = {"explicit": 1, "implicit": 2}
Line = CFUNCTYPE(c_int, c_char_p, c_size_t, c_void_p)
Data = CFUNCTYPE(c_int, c_void_p, c_size_t, c_void_p)
Read = CFUNCTYPE(c_int64, POINTER(c_char), c_size_t, c_void_p)


class Details(ctypes.Structure):
    """ftp_tls_info, as far as it is of use here."""
    _fields_ = [("struct_size", c_size_t), ("version", c_int32), ("data_version", c_int32),
                ("data_connections", c_int64), ("data_connections_resumed", c_int64),
                ("data_resumed", c_int32), ("reserved", c_int32)]


ftpclient = ctypes.CDLL(library)
ftpclient.ftp_new.restype = c_void_p
ftpclient.ftp_last_error.restype = c_char_p
ftpclient.ftp_last_error.argtypes = [c_void_p]
handle = ftpclient.ftp_new()


def call(name, types, *arguments):
    function = getattr(ftpclient, name)
    function.argtypes = [c_void_p, *types]
    if function(handle, *arguments) != FTP_OK:
        sys.exit(ftpclient.ftp_last_error(handle).decode())


def done():
    print("DONE 0", flush=True)


def download(name):
    with open(name, "wb") as file:
        save = Data(lambda data, length, _: file.write(ctypes.string_at(data, length)) != length)
        call("ftp_retrbinary", [c_char_p, Data, c_void_p, c_size_t, c_int64], b"RETR " + name.encode(), save, None, 0, -1)
    done()


def upload(name):
    with open(name, "rb") as file:
        def read(buffer, capacity, _):
            block = file.read(capacity)
            ctypes.memmove(buffer, block, len(block))
            return len(block)
        call("ftp_storbinary", [c_char_p, Read, c_void_p, c_void_p, c_size_t, c_int64],
             b"STOR " + name.encode(), Read(read), None, None, 0, -1)
    done()


call("ftp_set_tls", [c_int], FTP_TLS[mode])
call("ftp_set_tls_ca", [c_char_p], ca.encode())
call("ftp_connect", [c_char_p, c_uint16], host.encode(), int(port))
call("ftp_login", [c_char_p, c_char_p, c_char_p], user.encode(), password.encode(), None)
done()
with open("list", "wb") as names:
    save_line = Line(lambda line, length, _: not names.write(line + b"\n"))
    call("ftp_retrlines", [c_char_p, Line, c_void_p], b"NLST", save_line, None)
done()
download("download")
for number in range(10):
    upload(f"upload{number}")
upload("empty")
call("ftp_pwd", [POINTER(c_char_p)], byref(c_char_p()))
call("ftp_delete", [c_char_p], b"remove")
call("ftp_voidcmd", [c_char_p], b"NOOP")
done()
details = Details(struct_size=ctypes.sizeof(Details))
call("ftp_tls_get_info", [POINTER(Details)], byref(details))
print(f"REMARK {details.data_connections_resumed} of {details.data_connections} resumed", flush=True)
call("ftp_quit", [])
