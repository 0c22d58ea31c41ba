//! A file of keys, as Wireshark reads it.

use ftpclient::net::KeylogFile;

use super::*;

#[test]
fn each_connection_is_in_the_file_of_keys() {
    for (version, label) in [("1.2", "CLIENT_RANDOM "), ("1.3", "CLIENT_TRAFFIC_SECRET_0 ")] {
        let options = DaemonOptions { tls: Tls::Explicit, tls_version: version, ..DaemonOptions::default() };
        let Some(daemon) = Daemon::start("vsftpd", options) else { return };
        let subject = Subject { name: "vsftpd", daemon, tls: Tls::Explicit, resumes: Resumes::All };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let file = fs::File::create(&path).unwrap();
        let mut client = subject.client();
        client.update_tls(|tls| tls.keylog = Some(KeylogFile { name: "keys".into(), file }.into())).unwrap();
        subject.log_in(&mut client);
        support::calls::store(&mut client, "STOR file", b"hello").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let keys: Vec<&str> = text.lines().filter(|line| line.starts_with(label)).collect();
        // The control connection and the data connection.
        assert_eq!(keys.len(), 2, "TLS {version}:\n{text}");
        assert_ne!(keys[0], keys[1]);
    }
}
