"""A small server whose answers a test chooses, for what no real server shows or does on demand."""
import contextlib
import socket
import threading


class Scripted:
    """Serves any number of sessions, each in a thread. `commands` has what came, line by line.

    `answers` has other replies than the usual ones, by the verb. One that is a function gets the session, and returns a reply, or
    None after it has sent what there is to say. `tls` is a context: then all goes over TLS from the beginning, or all but the data.
    """

    def __init__(self, answers=None, data=b"data", features=(), tls=None, data_in_clear=False):
        self.answers, self.data, self.features, self.tls, self.data_in_clear = answers or {}, data, features, tls, data_in_clear
        self.commands = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        # A close alone does not wake who waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    def place(self, **more):
        """The keywords of a session with this server."""
        return dict(host="127.0.0.1", port=self.port, user="u", password="secret", timeout=20, **more)

    def verbs(self):
        return [line.split(" ")[0] for line in self.commands]

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), Session(self, connection) as session:
            session.say("220 here")
            while line := session.lines.readline():
                line = line.decode("latin-1").rstrip("\r\n")
                self.commands.append(line)
                verb, _, argument = line.partition(" ")
                answer = self.answers.get(verb) or getattr(session, {"PASS": "pass_"}.get(verb, verb.lower()), "200 yes")
                answer = answer if isinstance(answer, str) else answer(session, argument) if verb in self.answers else answer(argument)
                if answer:
                    session.say(answer)
                if verb == "QUIT":
                    return


def closed(kind, address, **settings):
    """A session that goes to this address with its next connect(), so that another thread has what to end it by."""
    with Scripted() as server:
        ftp = kind(**server.place(**settings))
        ftp.close()
    ftp.settings.host, ftp.settings.port = address
    return ftp


class Session:
    """One control connection, with what the usual commands do."""

    def __init__(self, server, connection):
        self.server = server
        connection.settimeout(20)
        self.begin(connection if "AUTH" in server.answers else self.over_tls(connection))
        self._listener = self._target = None
        #: Where data connections of active mode come from.
        self.source = None

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.lines.close()
        self.control.close()
        if self._listener is not None:
            self._listener.close()

    def begin(self, control):
        self.control, self.lines = control, control.makefile("rb")

    def say(self, text):
        self.control.sendall(text.encode("latin-1") + b"\r\n")

    def open(self):
        """The data connection."""
        if self._target is not None:
            return socket.create_connection(self._target, timeout=20, source_address=self.source)
        self._listener.settimeout(20)
        connection, _ = self._listener.accept()
        return connection if self.server.data_in_clear else self.over_tls(connection)

    def over_tls(self, connection):
        return self.server.tls.wrap_socket(connection, server_side=True) if self.server.tls else connection

    def user(self, argument):
        return "331 and the password?"

    def pass_(self, argument):
        return "230 in"

    def quit(self, argument):
        return "221 bye"

    def pwd(self, argument):
        return '257 "/"'

    def size(self, argument):
        return f"213 {len(self.server.data)}"

    def feat(self, argument):
        if not self.server.features:
            return "500 what"
        return "\r\n".join(["211-these", *(f" {it}" for it in self.server.features), "211 end"])

    def pasv(self, argument):
        port = self._listen()
        return f"227 (127,0,0,1,{port // 256},{port % 256})"

    def epsv(self, argument):
        return f"229 (|||{self._listen()}|)"

    def _listen(self):
        if self._listener is not None:
            self._listener.close()
        self._listener, self._target = socket.create_server(("127.0.0.1", 0)), None
        return self._listener.getsockname()[1]

    def port(self, argument):
        *host, high, low = argument.split(",")
        # The address may be one that is only told.
        self._target = "127.0.0.1" if host[0] != "127" else ".".join(host), int(high) * 256 + int(low)
        return "200 yes"

    def retr(self, argument):
        self.say("150 comes")
        data = self.open()
        data.sendall(self.server.data)
        # Over TLS this sends no close_notify.
        data.close()
        return "226 done"

    mlsd = list = nlst = retr
