"""A certificate authority and a server certificate for loopback, made afresh for every server."""

import os
import subprocess
from typing import NamedTuple

CONFIGURATION = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1{more}
"""


class Certificates(NamedTuple):
    ca: str             # what a client must trust
    certificate: str
    key: str
    key_and_certificate: str


def make(directory, behind=""):
    """`behind`: another address that clients may find the server at."""
    os.mkdir(directory)
    files = Certificates(*(os.path.join(directory, n) for n in ("ca.pem", "server.pem", "server.key", "both.pem")))
    ca_key = os.path.join(directory, "ca.key")
    configuration = os.path.join(directory, "openssl.cnf")
    with open(configuration, "w") as f:
        f.write(CONFIGURATION.replace("{more}", f", IP:{behind}" if behind else ""))

    request = ["openssl", "req", "-x509", "-config", configuration, "-days", "365", "-noenc"]
    run(request + ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-extensions", "authority",
                   "-subj", "/CN=Authority of the FTP tests", "-keyout", ca_key, "-out", files.ca])
    run(request + ["-newkey", "rsa:2048", "-extensions", "server", "-CA", files.ca, "-CAkey", ca_key,
                   "-subj", "/CN=localhost", "-keyout", files.key, "-out", files.certificate])
    with open(os.open(files.key_and_certificate, os.O_CREAT | os.O_WRONLY, 0o600), "w") as both:
        for part in (files.key, files.certificate):
            with open(part) as f:
                both.write(f.read())
    return files


def run(command):
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
