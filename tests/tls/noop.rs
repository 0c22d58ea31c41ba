//! NOOP while data moves, over TLS: a record that is on its way is not disturbed.

use super::*;

#[test]
fn noops_over_tls_leave_the_session_in_step() {
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let tls = TlsServer::with(&IDENTITY).version(version).build();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            data.send("hel");
            s.expect("NOOP");
            s.expect("NOOP");
            data.send("lo");
            data.close_tls();
            s.send("226 done\r\n200 noop\r\n200 noop\r\n");
            while let Some(line) = s.line_or_end() {
                s.send(match line.as_str() {
                    "NOOP" => "200 noop\r\n",
                    "PWD" => "257 \"/\"\r\n",
                    _ => "215 in step\r\n",
                });
            }
        });
        let mut client = logged_in(&server);
        client.set_noop_interval(Some(Duration::from_millis(20)));
        let (data, outcome) = retrieve(&mut client, "RETR f");
        outcome.unwrap();
        assert_eq!(data, b"hello");
        for _ in 0..3 {
            let reply = client.run(async |client| client.voidcmd(&command("SYST")).await).unwrap();
            assert_eq!(reply.to_string(), "215 in step");
        }
        client.close();
    }
}
