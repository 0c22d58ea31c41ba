//! What the server can do and is: FEAT, SYST, SITE.

use super::*;

fn feature(client: &mut Client, name: &str) -> Result<Option<String>> {
    let told = client.run(async |client| client.feature(name.as_bytes()).await)?;
    Ok(told.map(|told| String::from_utf8(told).unwrap()))
}

#[test]
fn features_are_asked_for_once_in_a_login() {
    play(
        |s| {
            answers(s, "FEAT", "211-x\r\n MDTM\r\n SITE MKDIR\r\n SITE UTIME\r\n211 x\r\n");
            answers(s, "USER user", "331 password\r\n");
            answers(s, "PASS secret", "230 in\r\n");
            answers(s, "FEAT", "500 what?\r\n");
        },
        |client| {
            assert_eq!(feature(client, "mdtm").unwrap().as_deref(), Some(""));
            assert_eq!(feature(client, "SITE").unwrap().as_deref(), Some("MKDIR;UTIME"));
            assert_eq!(feature(client, "SITE UTIME").unwrap().as_deref(), Some(""));
            assert_eq!(feature(client, "MLST").unwrap(), None);
            log_in(client).unwrap();
            assert_eq!(feature(client, "MDTM").unwrap(), None);
            assert_eq!(feature(client, "MDTM").unwrap(), None);
            assert!(matches!(feature(client, " "), Err(Error::InvalidArgument(_))));
        },
    );
}

#[test]
fn what_the_server_runs_on_is_in_its_words() {
    play(
        |s| {
            answers(s, "SYST", "215 UNIX Type: L8\r\n");
            answers(s, "SYST", "215-Windows_NT\r\n215 x\r\n");
            answers(s, "SYST", "500 what?\r\n");
        },
        |client| {
            let mut syst = || client.run(async |client| client.syst().await);
            assert_eq!(syst().unwrap(), b"UNIX Type: L8");
            assert_eq!(syst().unwrap(), b"Windows_NT");
            assert!(matches!(syst(), Err(Error::Reply { .. })));
        },
    );
}

#[test]
fn site_sends_what_it_is_given() {
    play(
        |s| {
            answers(s, "SITE UMASK 022", "200 ok\r\n");
            answers(s, "SITE HELP", "214-x\r\n CHMOD\r\n214 x\r\n");
            answers(s, "SITE NONE", "504 what?\r\n");
        },
        |client| {
            let mut site = |text: &str| client.run(async |client| client.site(text.as_bytes()).await);
            assert_eq!(site("UMASK 022").unwrap().text(), b"200 ok");
            assert_eq!(site("HELP").unwrap().text(), b"214-x\n CHMOD\n214 x");
            assert!(matches!(site("NONE"), Err(Error::Reply { .. })));
            assert!(matches!(site(""), Err(Error::InvalidArgument(_))));
            assert!(matches!(site("A\r\nDELE b"), Err(Error::InvalidArgument(_))));
        },
    );
}
