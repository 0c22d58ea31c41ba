//! Another certificate in the session that was to bring the transfer back.

use super::*;

/// What another session must not be trusted for, although the client knows its server's certificate from the first one.
fn strangers() -> [(TlsServer, Option<[u8; 32]>); 2] {
    let unknown = Identity::self_signed(&CertificateRequest::default());
    // The authority has signed it, but it is not the one that is pinned.
    let not_pinned = AUTHORITY.issue(&CertificateRequest::default());
    [(TlsServer::new(&unknown), None), (TlsServer::new(&not_pinned), Some(IDENTITY.spki_sha256()))]
}

fn logged_in_with_pin(site: &Site, pin: Option<[u8; 32]>) -> Client {
    let mut client = client();
    client.update_tls(|tls| tls.pins.extend(pin)).unwrap();
    connect_to(&mut client, site.server.addr()).unwrap();
    log_in(&mut client).unwrap();
    client.set_retries(again(5));
    client
}

#[track_caller]
fn assert_stopped(site: &Site, client: &Client, error: &Error) {
    assert!(site.has_died() && matches!(error, Error::Certificate(_)), "{error:?}");
    assert_text(client, error, "(tried again after: ");
    assert!(!client.is_connected());
    let heard = String::from_utf8_lossy(&site.server.received()).into_owned();
    assert_eq!(heard.matches("AUTH").count(), 2, "it was tried a third time: {heard}");
    for line in ["USER", "PASS", "PBSZ"] {
        assert_eq!(heard.matches(line).count(), 1, "{line}: {heard}");
    }
}

#[test]
fn another_certificate_stops_a_download_that_is_tried_again() {
    for (tls, pin) in strangers() {
        let site = Site::start_secured(Habits::default(), tls_server());
        site.put("f", &content());
        let mut client = logged_in_with_pin(&site, pin);
        site.secure(tls);
        // In the middle of the data.
        site.die_at(8);
        let place = Place::new();
        let error = get(&mut client, &place.download()).unwrap_err();
        assert_stopped(&site, &client, &error);
        assert!(place.is_empty());
    }
}

#[test]
fn another_certificate_stops_an_upload_that_is_tried_again() {
    for (tls, pin) in strangers() {
        let site = Site::start_secured(Habits::default(), tls_server());
        site.put("f", b"old");
        let mut client = logged_in_with_pin(&site, pin);
        site.secure(tls);
        // In the middle of the data.
        site.die_at(5);
        let here = Place::with(&content());
        let error = put(&mut client, &PutRequest { atomic: true, ..here.upload() }).unwrap_err();
        assert_stopped(&site, &client, &error);
        assert_eq!(site.get("f").unwrap(), b"old");
        let heard = site.heard();
        assert_eq!(heard.iter().filter(|line| line.starts_with("STOR")).count(), 1, "{heard:?}");
    }
}
