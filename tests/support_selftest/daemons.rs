//! The real servers.

use super::*;

fn serves_session_after_session(name: &str) {
    for ipv6 in [false, true] {
        let options = DaemonOptions { ipv6, ..DaemonOptions::default() };
        let Some(server) = Daemon::start(name, options) else { continue };
        for _ in 0..2 {
            stores_lists_and_fetches(server.addr(), &server.user, &server.password, &server.root);
        }
        let mut client = RawClient::connect(server.addr());
        client.login(&server.user, &server.password);
        let reply = client.command("PWD");
        assert!(reply.starts_with(&format!("257 \"{}\"", server.login_dir)), "{reply}");

        // What the test puts there belongs to the user.
        server.put("old", "content");
        client.command("TYPE I");
        let data = client.passive();
        client.expect_start("STOR old");
        drop(data);
        assert_eq!(code(&client.reply()), "226");
        assert_eq!(server.get("old"), b"");
    }
}

#[test]
fn vsftpd() {
    serves_session_after_session("vsftpd");
}

#[test]
fn proftpd() {
    serves_session_after_session("proftpd");
}

#[test]
fn pure_ftpd() {
    serves_session_after_session("pure-ftpd");
}

#[test]
fn pyftpdlib() {
    serves_session_after_session("pyftpdlib");
}

#[test]
fn inetutils_ftpd() {
    serves_session_after_session("inetutils-ftpd");
}

#[test]
fn some_let_in_anonymous_users() {
    for name in ["vsftpd", "pyftpdlib"] {
        let options = DaemonOptions { anonymous: true, ..DaemonOptions::default() };
        let Some(server) = Daemon::start(name, options) else { continue };
        RawClient::connect(server.addr()).login("anonymous", "guest@example.org");
    }
}

#[test]
fn end_with_all_their_sessions_when_dropped() {
    for name in ALL {
        let Some(server) = Daemon::start(name, DaemonOptions::default()) else { continue };
        let (addr, root) = (server.addr(), server.root.clone());
        let mut client = RawClient::connect(addr);
        client.login(&server.user, &server.password);
        drop(server);
        assert_ne!(client.read_end(), Err(ErrorKind::WouldBlock), "{name}");
        assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused, "{name}");
        assert!(!root.exists(), "{name}");
    }
}

#[test]
fn are_skipped_only_by_consent() {
    let refused = Daemon::start_under(Policy::Off, "vsftpd", DaemonOptions::default()).err();
    assert_eq!(refused.as_deref(), Some("FTPCLIENT_DAEMONS=off"));
    assert!(catch_unwind(|| Policy::Required.skip("vsftpd", "not installed").is_err()).is_err());
}

#[test]
fn policy_comes_from_the_environment() {
    assert_eq!(Policy::parse(None), Policy::IfAvailable);
    assert_eq!(Policy::parse(Some("required")), Policy::Required);
    assert_eq!(Policy::parse(Some("off")), Policy::Off);
    assert!(catch_unwind(|| Policy::parse(Some("of"))).is_err());
}
