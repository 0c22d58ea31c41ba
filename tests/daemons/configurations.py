"""How each server is told what to do: one function a server. It writes a configuration and returns a command line."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Optional

import accounts
from accounts import PASSWORD, UID, USER
from certificates import Certificates

HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX = os.environ.get("FTPCLIENT_DAEMONS_PREFIX", os.path.expanduser("~/.cache/ftpclient-daemons"))

PROGRAMS = {
    "vsftpd": "vsftpd/usr/sbin/vsftpd",
    "proftpd": "proftpd/usr/sbin/proftpd",
    "pure-ftpd": "pure-ftpd/usr/sbin/pure-ftpd",
    "pyftpdlib": "python/bin/python",
    "inetutils-ftpd": "inetutils-ftpd/usr/sbin/ftpd",
    "ftpd-ssl": "ftpd-ssl/usr/sbin/in.ftpd",
    "globus-gridftp-server": "globus-gridftp-server/usr/sbin/globus-gridftp-server",
    "aioftp": "python/bin/python",
    "twisted": "python/bin/python",
    "zope.server": "python/bin/python",
    "copyparty": "python/bin/python",
    "ftp-srv": "ftp-srv/node_modules/ftp-srv/ftp-srv.js",
}

# These log in an account of the machine, and become that user.
IN_A_NAMESPACE = ("vsftpd", "proftpd", "pure-ftpd", "inetutils-ftpd", "ftpd-ssl", "globus-gridftp-server")
WITH_TLS = ("vsftpd", "proftpd", "pure-ftpd", "pyftpdlib")
BEHIND_A_RELAY = WITH_TLS

# Where a relay waits for data connections. tests/kill/network.rs knows it, too.
PASSIVE_PORTS = range(20000, 20064)


@dataclass
class Settings:
    directory: str              # for configuration files
    root: str                   # what the user sees
    host: str
    port: int
    tls: str                    # none, explicit, implicit
    reuse: str                  # off, required
    tls_version: str            # any, 1.2, 1.3
    anonymous: bool
    idle_seconds: int           # 0: the server's own limit
    most_sessions: int          # from one address at the same time; 0: as many as come
    behind: str                 # the address that clients know the server by, if it is not its own
    certificates: Optional[Certificates]

    def write(self, name, text, mode=0o644):
        return accounts.write(self.directory, name, text, mode)

    def path(self, name):
        return os.path.join(self.directory, name)


def program(name):
    return os.path.join(PREFIX, PROGRAMS[name])


def check(name, tls, reuse, anonymous, idle_seconds, most_sessions, behind):
    """Raises ValueError when the server cannot do what is asked of it."""
    if tls != "none" and name not in WITH_TLS:
        raise ValueError(f"{name} has no TLS here")
    if tls == "implicit" and name == "pure-ftpd":
        raise ValueError("pure-ftpd has no implicit TLS")
    if reuse == "required" and (tls == "none" or name == "pure-ftpd"):
        raise ValueError(f"{name} with tls={tls} cannot require that TLS sessions are resumed")
    if anonymous and name not in ("vsftpd", "pyftpdlib"):
        raise ValueError(f"{name} is not set up for anonymous users here")
    if idle_seconds and name not in ("vsftpd", "proftpd", "pyftpdlib"):
        raise ValueError(f"{name} cannot end a session that is idle for seconds")
    if most_sessions and name not in ("vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"):
        raise ValueError(f"{name} cannot limit the number of sessions here")
    if behind and name not in BEHIND_A_RELAY:
        raise ValueError(f"{name} is not set up to stand behind a relay here")


def login_directory(name, root):
    """Where PWD says that the user is after login: some servers do not change the root directory."""
    return root if name in ("inetutils-ftpd", "ftpd-ssl", "globus-gridftp-server") else "/"


def vsftpd(s):
    os.mkdir(s.path("empty"))
    ipv6 = ":" in s.host
    options = {
        "listen": not ipv6,
        "listen_ipv6": ipv6,
        "listen_address6" if ipv6 else "listen_address": s.host,
        "listen_port": s.port,
        "background": False,
        "max_clients": 0,
        "max_per_ip": s.most_sessions,
        "local_enable": True,
        "local_root": s.root,
        "local_umask": "022",
        "write_enable": True,
        "chroot_local_user": True,
        "allow_writeable_chroot": True,
        "secure_chroot_dir": s.path("empty"),
        "pam_service_name": "vsftpd",
        "session_support": False,
        "seccomp_sandbox": False,           # its list of system calls is older than this C library
        "connect_from_port_20": False,
        # Of ports that clients use, too, many wait for their end (TIME_WAIT). It tries nine, and then dies with "500 OOPS".
        "pasv_min_port": 10000,
        "pasv_max_port": 32767,
        "ls_recurse_enable": True,
        "anonymous_enable": s.anonymous,
    }
    if s.anonymous:
        options |= {"anon_root": s.root, "ftp_username": accounts.ANONYMOUS_USER}
    if s.tls != "none":
        options |= {
            "ssl_enable": True,
            "implicit_ssl": s.tls == "implicit",
            "require_ssl_reuse": s.reuse == "required",
            "allow_anon_ssl": True,
            "force_local_logins_ssl": True,
            "force_local_data_ssl": True,
            "rsa_cert_file": s.certificates.certificate,
            "rsa_private_key_file": s.certificates.key,
            "ssl_ciphers": "HIGH",
        }
    if s.idle_seconds:
        options["idle_session_timeout"] = s.idle_seconds
    if s.behind:
        options |= {"pasv_address": s.behind, "pasv_min_port": PASSIVE_PORTS[0], "pasv_max_port": PASSIVE_PORTS[-1]}
    words = {True: "YES", False: "NO"}
    lines = [f"{key}={words[value] if isinstance(value, bool) else value}\n" for key, value in options.items()]
    return [program("vsftpd"), s.write("vsftpd.conf", "".join(lines))]


def proftpd(s):
    password = f"{USER}:{accounts.password_hash()}:{UID}:{UID}::{s.root}:/bin/sh\n"
    directives = [
        f"ModulePath {PREFIX}/proftpd/usr/lib/proftpd",
        "ServerName test",
        "ServerType standalone",
        "DefaultServer on",
        f"DefaultAddress {s.host}",
        "SocketBindTight on",
        f"Port {s.port}",
        f"UseIPv6 {'on' if ':' in s.host else 'off'}",
        "UseReverseDNS off",
        "User nobody",
        "Group nogroup",
        f"AuthUserFile {s.write('proftpd.passwd', password, 0o600)}",
        f"AuthGroupFile {s.write('proftpd.group', f'{USER}:x:{UID}:', 0o600)}",
        "AuthOrder mod_auth_file.c",
        "AuthPAM off",
        "RequireValidShell off",
        "DefaultRoot ~",
        "Umask 022",
        "AllowOverwrite on",
        "AllowStoreRestart on",
        "AllowRetrieveRestart on",
        "WtmpLog off",
        "TransferLog none",
        f"SystemLog {s.path('log')}",
        f"PidFile {s.path('proftpd.pid')}",
        f"ScoreboardFile {s.path('proftpd.scoreboard')}",
    ]
    # Hashes of files, by HASH and by the commands with X.
    directives += ["LoadModule mod_digest.c", "DigestEngine on", "DigestAlgorithms all"]
    # SITE UTIME, MKDIR, RMDIR and SYMLINK.
    directives.append("LoadModule mod_site_misc.c")
    if s.tls != "none":
        options = []
        if s.reuse == "off":
            options.append("NoSessionReuseRequired")
        if s.tls == "implicit":
            options.append("UseImplicitSSL")
        directives += [
            "LoadModule mod_tls.c",
            "TLSEngine on",
            "TLSRequired on",
            f"TLSLog {s.path('log')}",
            f"TLSRSACertificateFile {s.certificates.certificate}",
            f"TLSRSACertificateKeyFile {s.certificates.key}",
            "TLSProtocol " + ("TLSv1.2 TLSv1.3" if s.tls_version == "any" else f"TLSv{s.tls_version}"),
            "TLSRenegotiate none",
        ] + ([f"TLSOptions {' '.join(options)}"] if options else [])
    if s.idle_seconds:
        directives.append(f"TimeoutIdle {s.idle_seconds}")
    if s.most_sessions:
        directives.append(f"MaxClientsPerHost {s.most_sessions}")
    if s.behind:
        directives += [f"MasqueradeAddress {s.behind}", f"PassivePorts {PASSIVE_PORTS[0]} {PASSIVE_PORTS[-1]}"]
    configuration = s.write("proftpd.conf", "\n".join(directives) + "\n")
    return [program("proftpd"), "--nodaemon", "--quiet", "--config", configuration]


def pure_ftpd(s):
    # The fields after the home directory are limits and quotas: none of them.
    password = f"{USER}:{accounts.password_hash()}:{UID}:{UID}::{s.root}/./" + ":" * 12 + "\n"
    passwords = s.write("pure-ftpd.passwd", password, 0o600)
    database = s.path("pure-ftpd.pdb")
    subprocess.run([PREFIX + "/pure-ftpd/usr/bin/pure-pw", "mkdb", database, "-f", passwords], check=True)
    command = [
        program("pure-ftpd"),
        "--bind", f"{s.host},{s.port}",
        "--login", f"puredb:{database}",
        "--noanonymous",
        "--chrooteveryone",
        "--dontresolve",
        "--minuid", "1",
        "--umask", "022:022",
        "--maxclientsnumber", "100",
        "--maxclientsperip", str(s.most_sessions or 100),
        "--limitrecursion", "1000000:50",   # of a listing: files and depth
        "--pidfile", s.path("pure-ftpd.pid"),
    ]
    if s.tls != "none":
        command += ["--tls", "3", "--certfile", s.certificates.key_and_certificate]     # 3: for data as well
    if s.behind:
        command += ["--forcepassiveip", s.behind, "--passiveportrange", f"{PASSIVE_PORTS[0]}:{PASSIVE_PORTS[-1]}"]
    return command


def pyftpdlib(s):
    command = [
        program("pyftpdlib"), HERE + "/pyftpd_server.py",
        "--host", s.host,
        "--port", str(s.port),
        "--user", USER,
        "--password", PASSWORD,
        "--root", s.root,
        "--tls", s.tls,
        "--reuse", s.reuse,
    ]
    if s.anonymous:
        command.append("--anonymous")
    if s.idle_seconds:
        command += ["--idle-seconds", str(s.idle_seconds)]
    if s.most_sessions:
        command += ["--most-sessions", str(s.most_sessions)]
    if s.behind:
        command += ["--behind", s.behind, "--passive-ports", str(PASSIVE_PORTS[0]), str(PASSIVE_PORTS[-1])]
    if s.tls != "none":
        command += ["--certificate", s.certificates.certificate, "--key", s.certificates.key]
    return command


def inetutils_ftpd(s):
    return [sys.executable, HERE + "/inetd.py", s.host, str(s.port), program("inetutils-ftpd"), "--auth=pam"]


def ftpd_ssl(s):
    return [sys.executable, HERE + "/inetd.py", s.host, str(s.port), program("ftpd-ssl"), "-n"]


DES_HASH_OF_PASSWORD = "ftPjlfmhn51xU"      # the only kind that globus-gridftp-server knows


def globus_gridftp_server(s):
    password = f"{USER}:{DES_HASH_OF_PASSWORD}:{UID}:{UID}::{s.root}:/bin/sh\n"
    return [
        program("globus-gridftp-server"),
        "-exec", program("globus-gridftp-server"),
        "-control-interface", s.host,
        "-data-interface", s.host,
        "-port", str(s.port),
        "-password-file", s.write("gridftp.passwd", password),
        "-c", s.write("gridftp.conf", ""),
    ]


def python_script(name, s):
    return [
        program("aioftp"), f"{HERE}/{name}.py",
        "--host", s.host,
        "--port", str(s.port),
        "--user", USER,
        "--password", PASSWORD,
        "--root", s.root,
    ]


def aioftp(s):
    return python_script("aioftp_server", s)


def twisted(s):
    return python_script("twisted_server", s)


def zope_server(s):
    return python_script("zope_server", s)


def copyparty(s):
    return [
        program("copyparty"), "-m", "copyparty",
        "--ftp-i", s.host,
        "--ftp", str(s.port),
        "--usernames",
        "-a", f"{USER}:{PASSWORD}",
        "-v", f"{s.root}::rwmd,{USER}",     # read, write, move, delete
        "-i", f"unix:{s.path('http')}",     # its web server, which nobody uses
        "--hist", s.path("history"),
    ]


def ftp_srv(s):
    settings = {
        "module": os.path.dirname(program("ftp-srv")),
        "host": s.host,
        "port": s.port,
        "user": USER,
        "password": PASSWORD,
        "root": s.root,
    }
    return ["node", HERE + "/ftp_srv_server.js", json.dumps(settings)]


COMMANDS = {
    "vsftpd": vsftpd,
    "proftpd": proftpd,
    "pure-ftpd": pure_ftpd,
    "pyftpdlib": pyftpdlib,
    "inetutils-ftpd": inetutils_ftpd,
    "ftpd-ssl": ftpd_ssl,
    "globus-gridftp-server": globus_gridftp_server,
    "aioftp": aioftp,
    "twisted": twisted,
    "zope.server": zope_server,
    "copyparty": copyparty,
    "ftp-srv": ftp_srv,
}
