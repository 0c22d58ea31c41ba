//! A control connection that goes on in clear, on the real servers that know CCC.

use ftpclient::error::Error;

use super::scenario::{assert_in_step, retrieve};
use super::support::calls::store;
use super::*;

#[test]
fn ccc_and_what_follows() {
    for name in ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"] {
        let options = DaemonOptions { tls: Tls::Explicit, ..DaemonOptions::default() };
        let Some(daemon) = Daemon::start(name, options) else { continue };
        let subject = Subject { name, daemon, tls: Tls::Explicit, resumes: Resumes::All };
        let mut client = subject.client();
        subject.log_in(&mut client);
        let outcome = client.run(async |client| client.ccc().await);
        eprintln!("{name}: CCC: {outcome:?}");
        match outcome {
            // It goes on in clear, and so do commands; data does not.
            Ok(()) => assert_eq!(client.tls_info(), None),
            Err(Error::Reply { .. }) => assert!(client.tls_info().is_some()),
            other => panic!("{name}: {other:?}"),
        }
        assert_in_step(&mut client);
        store(&mut client, "STOR after", b"hello").unwrap();
        assert_eq!(retrieve(&mut client, "RETR after", usize::MAX).unwrap(), b"hello");
        assert!(client.data_tls().unwrap().last.is_some());
        client.run(async |client| client.quit().await).unwrap();
    }
}
