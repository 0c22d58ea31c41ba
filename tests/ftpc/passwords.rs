//! Where the login comes from, and that nobody else sees it.

use std::fs::Permissions;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::support::scripted::Scripted;
use super::*;

/// A server for one session, that takes this login and nothing else.
fn server_for(user: &'static str, password: &'static str) -> Scripted {
    Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.expect(format!("USER {user}"));
        s.send("331 password\r\n");
        s.expect(format!("PASS {password}"));
        s.send("230 welcome\r\n");
        s.expect("DELE f");
        s.send("250 gone\r\n");
        s.quit();
    })
}

fn url(server: &Scripted, login: &str) -> String {
    format!("ftp://{login}{}/f", server.addr())
}

fn write_netrc(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_url_comes_before_netrc_and_that_before_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let netrc = folder.path().join(".netrc");
    write_netrc(&netrc, "machine 127.0.0.1 login ann password kept", 0o600);
    let file = netrc.to_str().unwrap();
    for (login, password, home, user, expected) in [
        ("ann:given@", "env", true, "ann", "given"),
        ("ann@", "env", true, "ann", "kept"),
        ("", "env", true, "ann", "kept"),
        ("bob@", "env", true, "bob", "env"),
        ("ann@", "env", false, "ann", "env"),
        ("", "env", false, "anonymous", "anonymous@"),
        ("a%40b:p%3Aw@", "env", true, "a@b", "p:w"),
    ] {
        let server = server_for(user, expected);
        let mut command = with_password(password, &["rm", &url(&server, login)]);
        if home {
            command.env("HOME", folder.path());
        }
        done(command);
        server.finish();
        if home {
            let server = server_for(user, expected);
            done(with_password(password, &["--netrc", file, "rm", &url(&server, login)]));
            server.finish();
        }
    }
}

#[test]
fn a_netrc_that_others_could_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let netrc = folder.path().join(".netrc");
    write_netrc(&netrc, "machine 127.0.0.1 login ann password kept", 0o640);
    let file = netrc.to_str().unwrap();
    // Nothing is sent: no server is there.
    assert_exit(&run(&["ls", "--netrc", file, "ftp://127.0.0.1:1/"]), 2, "chmod 600");
    let output =
        with_password("x", &["ls", "ftp://127.0.0.1:1/"]).env("HOME", folder.path()).output().unwrap();
    assert_exit(&output, 2, "chmod 600");
    assert_exit(&run(&["ls", "--netrc", "/nonexistent", "ftp://127.0.0.1:1/"]), 2, "cannot be read");
    write_netrc(&netrc, "machine 127.0.0.1 logon ann", 0o600);
    assert_exit(&run(&["ls", "--netrc", file, "ftp://127.0.0.1:1/"]), 2, "line 1");
}

#[test]
fn without_a_password_and_a_terminal_there_is_no_login() {
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(&*FTPC).args(["ls", "ftp://ann@127.0.0.1:1/"]).env_remove("FTPC_PASSWORD");
    command.env("HOME", "/nonexistent").stdin(Stdio::null());
    assert_exit(&command.output().unwrap(), 4, "FTPC_PASSWORD");
}

#[test]
fn the_list_of_processes_does_not_show_it() {
    let server = Embedded::start();
    fs::write(server.root().join("f"), pattern(100_000)).unwrap();
    let url = format!("ftp://{USER}:{PASSWORD}@{}/f", server.addr());
    let mut child = ftpc(&["cat", "--limit-rate", "50K", &url]).stdout(Stdio::piped()).spawn().unwrap();
    // It has logged in, and goes on until the other bytes are read.
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    let shown = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains(USER) && !shown.contains(PASSWORD), "{shown:?}");
}
