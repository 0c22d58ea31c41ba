"""The work of peers.py, done with Python's ftplib: HOST PORT USER PASSWORD CA."""

import ftplib
import ssl
import sys

host, port, user, password, ca = sys.argv[1:]


def done():
    print("DONE 0", flush=True)


def upload(name):
    with open(name, "rb") as file:
        ftp.storbinary("STOR " + name, file)
    done()


try:
    ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=ca))
    ftp.connect(host, int(port))
    ftp.login(user, password)
    ftp.prot_p()
    done()
    with open("list", "w") as names:
        ftp.retrlines("NLST", lambda line: names.write(line + "\n"))
    done()
    with open("download", "wb") as file:
        ftp.retrbinary("RETR download", file.write)
    done()
    for i in range(10):
        upload(f"upload{i}")
    upload("empty")
    ftp.pwd()
    ftp.delete("remove")
    ftp.voidcmd("NOOP")
    done()
    ftp.quit()
except (OSError, EOFError, ftplib.Error) as e:
    sys.exit(f"{type(e).__name__}: {e}")
