//! Hashes: which command is sent to which server, what is believed of its reply, and what is put back.

use ftpclient::protocol::hashes::Algorithm;

use super::*;

const MD5: &str = "7F1EE68D2344001A050752B669242182";
const SHA1: &str = "85c7c35f151659b612c67ed74c4760a78d89f4c8";

fn feat(s: &mut Session, lines: &str) {
    answers(s, "FEAT", &format!("211-x\r\n{lines}211 x\r\n"));
    answers(s, "TYPE I", "200 ok\r\n");
}

fn hash(client: &mut Client, path: &str, algorithm: Option<Algorithm>) -> Result<String> {
    client.run(async |client| client.hash(path.as_bytes(), algorithm).await)
}

#[test]
fn hash_is_told_what_to_compute_and_what_was_chosen_before_is_put_back() {
    play(
        |s| {
            feat(s, " HASH SHA-1*;SHA-256;MD5\r\n");
            answers(s, "OPTS HASH MD5", "200 MD5\r\n");
            answers(s, "HASH a b", &format!("213 MD5 0-49 {MD5} a b\r\n"));
            answers(s, "OPTS HASH SHA-1", "200 SHA-1\r\n");
            answers(s, "HASH a", &format!("213 SHA-1 0-49 {SHA1} a\r\n"));
        },
        |client| {
            assert_eq!(hash(client, "a b", Some(Algorithm::Md5)).unwrap(), MD5.to_lowercase());
            assert!(client.last_reply().unwrap().starts_with("213 MD5"));
            assert_eq!(hash(client, "a", Some(Algorithm::Sha1)).unwrap(), SHA1);
        },
    );
}

#[test]
fn a_refusal_puts_back_what_was_chosen_as_well() {
    play(
        |s| {
            feat(s, " HASH SHA-1*;MD5\r\n");
            answers(s, "OPTS HASH MD5", "200 MD5\r\n");
            answers(s, "HASH a", "550 no such file\r\n");
            answers(s, "OPTS HASH SHA-1", "200 SHA-1\r\n");
            answers(s, "OPTS HASH MD5", "200 MD5\r\n");
            answers(s, "HASH a", "213 nothing here\r\n");
            answers(s, "OPTS HASH SHA-1", "501 no\r\n");
            answers(s, "HASH a", &format!("213 {MD5}\r\n"));
        },
        |client| {
            assert!(matches!(hash(client, "a", Some(Algorithm::Md5)), Err(Error::Reply { .. })));
            let error = hash(client, "a", Some(Algorithm::Md5)).unwrap_err();
            assert!(matches!(&error, Error::Protocol(text) if text.contains("no MD5")), "{error:?}");
            // It was not put back: MD5 is chosen still.
            assert_eq!(hash(client, "a", Some(Algorithm::Md5)).unwrap(), MD5.to_lowercase());
        },
    );
}

#[test]
fn the_users_own_choice_is_the_one_that_is_put_back() {
    play(
        |s| {
            feat(s, " HASH SHA-1*;SHA-256;MD5\r\n");
            answers(s, "HASH a", &format!("213 SHA-1 0-49 {SHA1} a\r\n"));
            answers(s, "opts hash MD5", "200 MD5\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "HASH a", &format!("213 MD5 0-49 {MD5} a\r\n"));
            answers(s, "OPTS HASH SHA-1", "200 SHA-1\r\n");
            answers(s, "HASH a", &format!("213 SHA-1 0-49 {SHA1} a\r\n"));
            answers(s, "OPTS HASH MD5", "200 MD5\r\n");
        },
        |client| {
            assert_eq!(hash(client, "a", Some(Algorithm::Sha1)).unwrap(), SHA1);
            send(client, "opts hash MD5").unwrap();
            assert_eq!(hash(client, "a", Some(Algorithm::Md5)).unwrap(), MD5.to_lowercase());
            assert_eq!(hash(client, "a", Some(Algorithm::Sha1)).unwrap(), SHA1);
        },
    );
}

#[test]
fn a_call_that_is_given_up_leaves_its_choice_to_be_put_back() {
    let server = Scripted::start(|s| {
        s.login();
        feat(s, " HASH SHA-1*;MD5\r\n");
        answers(s, "OPTS HASH MD5", "200 MD5\r\n");
        // No FTP reply: nobody knows whose it is.
        answers(s, "HASH a", "what?\r\n");
        expect_in_step(s);
        answers(s, "OPTS HASH SHA-1", "200 SHA-1\r\n");
        answers(s, "HASH a", &format!("213 SHA-1 0-49 {SHA1} a\r\n"));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert!(matches!(hash(&mut client, "a", Some(Algorithm::Md5)), Err(Error::Protocol(_))));
    assert_eq!(hash(&mut client, "a", Some(Algorithm::Sha1)).unwrap(), SHA1);
    assert_in_step(&mut client);
}

#[test]
fn a_choice_that_was_not_sent_is_not_put_back() {
    play(
        |s| {
            feat(s, " HASH SHA-1*;MD5\r\n");
            answers(s, "HASH a", &format!("213 SHA-1 0-49 {SHA1} a\r\n"));
            answers(s, "STAT", "211 fine\r\n");
        },
        |client| {
            assert_eq!(hash(client, "a", Some(Algorithm::Sha1)).unwrap(), SHA1);
            put(client, "STAT").unwrap();
            let outcome = hash(client, "a", Some(Algorithm::Md5));
            assert!(matches!(outcome, Err(Error::OutOfTurn(_))), "{outcome:?}");
            assert_eq!(getresp(client).unwrap(), "211 fine");
        },
    );
}

#[test]
fn the_best_that_is_named_is_used_and_else_each_is_tried_once() {
    play(
        |s| {
            feat(s, " XMD5\r\n XCRC filename;start;end\r\n XSHA1\r\n");
            answers(s, "XSHA1 a", &format!("250 {SHA1}\r\n"));
            answers(s, "XCRC a", "250 1F\r\n");
            answers(s, "XMD5 a", "550 no\r\n");
            answers(s, "XSHA1 ./-a", &format!("250 {SHA1}\r\n"));
        },
        |client| {
            assert_eq!(hash(client, "a", None).unwrap(), SHA1);
            assert_eq!(hash(client, "a", Some(Algorithm::Crc32)).unwrap(), "0000001f");
            assert!(matches!(hash(client, "a", Some(Algorithm::Md5)), Err(Error::Reply { .. })));
            assert_eq!(hash(client, "-a", None).unwrap(), SHA1);
        },
    );
    play(
        |s| {
            answers(s, "FEAT", "500 what?\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            for command in ["XSHA512 a", "XSHA256 a", "XSHA1 a", "XSHA a"] {
                answers(s, command, "500 what?\r\n");
            }
            answers(s, "XMD5 a", &format!("250 {MD5}\r\n"));
            answers(s, "XMD5 b", &format!("250 {MD5}\r\n"));
            answers(s, "XCRC b", "502 what?\r\n");
        },
        |client| {
            assert_eq!(hash(client, "a", None).unwrap(), MD5.to_lowercase());
            assert_eq!(hash(client, "b", None).unwrap(), MD5.to_lowercase());
            for _ in 0..2 {
                let outcome = hash(client, "b", Some(Algorithm::Crc32));
                assert!(matches!(outcome, Err(Error::Unsupported(_))), "{outcome:?}");
            }
            let outcome = hash(client, "b", Some(Algorithm::Sha256));
            assert!(matches!(outcome, Err(Error::Unsupported(_))), "{outcome:?}");
            for path in ["", "a\nb", "a\0b"] {
                assert!(matches!(hash(client, path, None), Err(Error::InvalidArgument(_))));
            }
        },
    );
}

#[test]
fn what_the_server_has_chosen_wrongly_is_not_taken_for_the_hash() {
    play(
        |s| {
            feat(s, " HASH SHA-1;MD5\r\n XMD5\r\n");
            // No star: nobody knows what was chosen before.
            answers(s, "OPTS HASH SHA-1", "200 ok\r\n");
            answers(s, "HASH a", &format!("213 MD5 0-49 {MD5} a\r\n"));
            answers(s, "OPTS HASH MD5", "501 no\r\n");
            answers(s, "XMD5 a", &format!("250 {MD5}\r\n"));
            answers(s, "XMD5 a", &format!("250 {MD5}\r\n"));
        },
        |client| {
            assert!(matches!(hash(client, "a", Some(Algorithm::Sha1)), Err(Error::Protocol(_))));
            assert_eq!(hash(client, "a", Some(Algorithm::Md5)).unwrap(), MD5.to_lowercase());
            assert_eq!(hash(client, "a", Some(Algorithm::Md5)).unwrap(), MD5.to_lowercase());
        },
    );
}
