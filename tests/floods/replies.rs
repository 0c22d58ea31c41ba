//! Floods on the control connection.

use std::sync::LazyLock;

use super::*;

/// What can come without end on a control connection: text, and how often it is repeated before it is sent again.
const LINES: &str = "\r\n";
const WITHOUT_END: &str = "211-more\r\n";

fn greets_with_empty_lines(s: &mut Session) {
    s.flood_until_closed(LINES);
}

#[test]
fn empty_lines_instead_of_a_greeting() {
    connecting_ends(client, ALL, greets_with_empty_lines);
}

#[test]
fn greetings_that_announce_another() {
    connecting_ends(client, ALL, |s| s.flood_until_closed("120 soon\r\n"));
}

#[test]
fn greetings_that_announce_another_now_and_then() {
    connecting_ends(client, ALL, |s| s.drip_until_closed("120 soon\r\n", Duration::from_millis(1)));
}

#[test]
fn a_greeting_without_end() {
    connecting_ends(client, ALL, |s| s.flood_until_closed("220-hello\r\n"));
    connecting_ends(client, ALL, |s| s.flood_until_closed("220 hello "));
    connecting_ends(client, ALL, |s| s.drip_until_closed("220-hello\r\n", Duration::from_millis(1)));
}

#[test]
fn empty_lines_instead_of_a_reply() {
    ends(
        ALL,
        |s| {
            s.login();
            s.expect("PWD");
            s.flood_until_closed(LINES);
        },
        logged_in,
        pwd,
    );
}

#[test]
fn empty_lines_one_by_one_instead_of_a_reply() {
    ends(
        ALL,
        |s| {
            s.login();
            s.expect("PWD");
            s.drip_until_closed(LINES, Duration::from_millis(1));
        },
        logged_in,
        pwd,
    );
}

#[test]
fn telnet_commands_instead_of_a_reply() {
    ends(
        ALL,
        |s| {
            s.login();
            s.expect("PWD");
            // WILL ECHO, which wants an answer; and NOP.
            s.flood_until_closed(b"\xff\xfb\x01\xff\xf1");
        },
        logged_in,
        pwd,
    );
}

#[test]
fn nothing_but_spaces_instead_of_a_reply() {
    ends(
        ALL,
        |s| {
            s.login();
            s.expect("PWD");
            s.flood_until_closed(" ");
        },
        logged_in,
        pwd,
    );
}

#[test]
fn a_reply_without_end() {
    ends(
        ALL,
        |s| {
            s.login();
            s.expect("PWD");
            s.flood_until_closed(WITHOUT_END);
        },
        logged_in,
        pwd,
    );
    ends(
        ALL,
        |s| {
            s.login();
            s.expect("PWD");
            s.drip_until_closed(WITHOUT_END, Duration::from_millis(1));
        },
        logged_in,
        pwd,
    );
}

#[test]
fn preliminary_replies_without_end() {
    for flood in [
        |s: &mut Session| {
            s.login();
            s.expect("PWD");
            s.flood_until_closed("150 working\r\n");
        },
        |s: &mut Session| {
            s.login();
            s.expect("PWD");
            s.drip_until_closed("150 working\r\n", Duration::from_millis(1));
        },
    ] {
        ends(ALL, flood, logged_in, pwd);
    }
}

#[test]
fn unasked_replies() {
    ends(
        ALL,
        |s| {
            s.login();
            s.flood_until_closed("200 hello again\r\n");
        },
        logged_in_and_flooded,
        pwd,
    );
}

#[test]
fn unasked_replies_of_the_largest_size() {
    static REPLY: LazyLock<String> =
        LazyLock::new(|| format!("211-\r\n{}211 end\r\n", format!("{}\r\n", "x".repeat(998)).repeat(4150)));
    ends(
        ALL,
        |s| {
            s.login();
            s.flood_until_closed(REPLY.as_str());
        },
        |server| {
            // It is the server's: made before this flood is measured, and after all others were.
            LazyLock::force(&REPLY);
            logged_in_and_flooded(server)
        },
        pwd,
    );
}

#[test]
fn unasked_empty_lines() {
    ends(
        ALL,
        |s| {
            s.login();
            s.flood_until_closed(LINES);
        },
        logged_in_and_flooded,
        pwd,
    );
}

#[test]
fn an_unasked_reply_without_end() {
    for flood in [
        |s: &mut Session| {
            s.login();
            s.flood_until_closed(WITHOUT_END);
        },
        |s: &mut Session| {
            s.login();
            s.drip_until_closed(WITHOUT_END, Duration::from_millis(1));
        },
    ] {
        ends(ALL, flood, logged_in_and_flooded, pwd);
    }
}
