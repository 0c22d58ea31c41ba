"""The account that the tests log in with. It exists only inside a server's namespace."""

import os
import subprocess

USER = "ftptest"
PASSWORD = "secret"
UID = 30021
ANONYMOUS_USER = "ftpanon"      # sees the same directory and cannot write to it
ANONYMOUS_UID = UID + 1

NAMESPACE = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=SIGKILL",
             "--mount-proc"]

# $0 is the directory with the server's own etc, the arguments are the server's command line. The shell stays as the
# namespace's first process, which inherits orphans: vsftpd dies when it is told of the end of a child not its own.
LAY_OVER_ETC = """
for name in passwd shadow group pam.d; do
    mount --bind "$0/$name" "/etc/$name" || exit 1
done
"$@"
exit $?
"""


def namespace_command(directory, root, command):
    """The command line that runs `command` in a namespace where the account exists, with `root` as its home."""
    etc = os.path.join(directory, "etc")
    os.makedirs(os.path.join(etc, "pam.d"))
    passwd = (f"{USER}:x:{UID}:{UID}::{root}:/bin/sh\n"
              f"{ANONYMOUS_USER}:x:{ANONYMOUS_UID}:{ANONYMOUS_UID}::{root}:/usr/sbin/nologin\n")
    write(etc, "passwd", read("/etc/passwd") + passwd)
    write(etc, "shadow", read("/etc/shadow") + f"{USER}:{password_hash()}:19000:0:99999:7:::\n", mode=0o600)
    write(etc, "group", read("/etc/group") + f"{USER}:x:{UID}:\n")
    rules = ("auth required pam_unix.so try_first_pass\n"
             "account required pam_unix.so\n"
             "session required pam_permit.so\n")
    write(etc, "pam.d/other", rules)
    write(etc, "pam.d/vsftpd", rules)
    # inetutils-ftpd asks PAM already at USER, when there is no password yet; only with pam_ftp.so does it go on.
    write(etc, "pam.d/ftp", "auth sufficient pam_ftp.so\n" + rules)
    return NAMESPACE + ["/bin/sh", "-c", LAY_OVER_ETC, etc] + command


def password_hash():
    command = ["openssl", "passwd", "-6", PASSWORD]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def read(path):
    with open(path) as f:
        return f.read()


def write(directory, name, text, mode=0o644):
    path = os.path.join(directory, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path
