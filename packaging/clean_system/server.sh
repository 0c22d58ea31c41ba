#!/bin/sh
# Starts a server with TLS in the background, with a certificate of its own, and prints its URL when it answers.
set -eu
mkdir -p /tmp/server/files
echo "hello from a file" >/tmp/server/files/greeting.txt
cd /tmp/server
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout key.pem -out certificate.pem 2>/dev/null
cat >server.py <<'END'
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer

authorizer = DummyAuthorizer()
authorizer.add_user("user", "password", "/tmp/server/files", perm="elradfmwMT")
TLS_FTPHandler.authorizer = authorizer
TLS_FTPHandler.certfile, TLS_FTPHandler.keyfile = "certificate.pem", "key.pem"
server = FTPServer(("127.0.0.1", 0), TLS_FTPHandler)
with open("port.new", "w") as file:
    print(server.address[1], file=file)
END
echo 'import os; os.rename("port.new", "port"); server.serve_forever()' >>server.py
python3 server.py >log 2>&1 &
tries=0
while [ ! -f port ]; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then cat log >&2; exit 1; fi
  sleep 0.1
done
echo "ftpes://user:password@localhost:$(cat port)/"
