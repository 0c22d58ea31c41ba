//! Dialogues in short hand, and what the ledger says of them.

use super::*;

/// Plays a dialogue, one step a word: `>whose:command` was sent, `<code` came, `n` a NOOP, `end` the data connection is closed,
/// `aborts` a transfer is aborted, `lost` the search begins, `?code` came in it, `found` PWD was answered, `user` the replies are
/// left to the user. Returns whose each reply was, and what is to be done at the end.
fn play(steps: &str) -> (Vec<Whose>, Recovery) {
    let mut owners = Vec::new();
    let dialogue = play_and_tell(steps, &mut owners);
    (owners, dialogue.recovery())
}

fn played(steps: &str) -> Dialogue {
    play_and_tell(steps, &mut Vec::new())
}

fn play_and_tell(steps: &str, owners: &mut Vec<Whose>) -> Dialogue {
    let mut dialogue = Dialogue::new();
    dialogue.found();
    for step in steps.split_whitespace() {
        match step.split_at(1) {
            (">", sent) => {
                let (whose, command) = sent.split_once(':').unwrap();
                let whose = match whose {
                    "c" => Whose::Command,
                    "t" => Whose::Transfer,
                    "x" => Whose::Next,
                    _ => Whose::User,
                };
                dialogue.sent(whose, command);
            }
            ("<", code) => {
                let reply = Reply::from_text(format!("{code} x"));
                let is_of_next = dialogue.take_next(&reply);
                owners.push(if is_of_next { Whose::Next } else { dialogue.came(&reply).whose });
            }
            ("?", code) => drop(dialogue.came_in_search(&Reply::from_text(format!("{code} x")))),
            ("l", _) => dialogue.lose(),
            ("n", _) => dialogue.sent_noop(),
            ("e", _) => dialogue.end_transfer(),
            ("a", _) => dialogue.aborts(),
            ("f", _) => dialogue.found(),
            ("u", _) => dialogue.leave_to_the_user(&Command::new("X")),
            _ => panic!("{step}"),
        }
    }
    dialogue
}

#[test]
fn a_reply_finds_its_command() {
    use Whose::{Aborted, Command, EndOfTransfer, Nobody, Noop, Transfer, User};
    for (shown, steps, owners, recovery) in [
        ("one after the other", ">c:CWD <250 >c:DELE <550", &[Command, Command][..], Recovery::InStep),
        ("1yz announces another", ">c:DELE <150 <120 <250", &[Command; 3], Recovery::InStep),
        ("no reply yet", ">c:DELE", &[], Recovery::Close),
        ("only 1yz", ">c:DELE <150", &[Command], Recovery::Close),
        (
            "late about an abort",
            "aborts >c:PWD <226 <425 <257",
            &[Aborted, Command, Nobody],
            Recovery::InStep,
        ),
        (
            "each of the words",
            "aborts >c:PWD <225 <226 <426 <257",
            &[Aborted, Aborted, Aborted, Command],
            Recovery::InStep,
        ),
        (
            "nor after another reply",
            "aborts >c:PWD <257 >c:NOOP <226 <200",
            &[Command, Aborted, Command],
            Recovery::InStep,
        ),
        (
            "what may be a transfer's own end",
            ">t:RETR <150 aborts found >t:RETR <150 <226",
            &[Transfer, Transfer, Aborted],
            Recovery::Abort { started: true },
        ),
        (
            "and what is none",
            ">t:RETR aborts found >t:RETR <426 <150 end <225 <452",
            &[Aborted, Transfer, Aborted, EndOfTransfer],
            Recovery::InStep,
        ),
        (
            "once it is known",
            ">t:RETR aborts found >t:RETR <150 end <226 found >t:RETR <150 <226",
            &[Transfer, Aborted, Transfer, Transfer],
            Recovery::InStep,
        ),
        ("where nothing was aborted", "aborts >t:RETR <150 <226", &[Transfer; 2], Recovery::InStep),
        ("ABOR's own reply", "aborts >c:ABOR <225", &[Command], Recovery::InStep),
        ("one that the user plays", "aborts >u:RETR <226 >u:ABOR <226", &[User; 2], Recovery::InStep),
        ("not where the user reads", "aborts >u:NOOP <226", &[User], Recovery::InStep),
        ("unasked", "<421 >c:CWD <250 <200", &[Nobody, Command, Nobody], Recovery::InStep),
        ("a transfer", ">t:RETR <150 end <226", &[Transfer, EndOfTransfer], Recovery::InStep),
        ("a transfer that goes on", ">t:RETR <150", &[Transfer], Recovery::Abort { started: true }),
        ("one that has not begun", ">t:RETR", &[], Recovery::Abort { started: false }),
        ("one that only ends", ">t:RETR <150 end", &[Transfer], Recovery::Close),
        ("a refused one", ">t:RETR <550", &[Transfer], Recovery::InStep),
        (
            "a refused one, and STAT behind it",
            ">t:RETR >u:STAT <550 <211",
            &[Transfer, User],
            Recovery::InStep,
        ),
        ("125 and 150", ">t:RETR <125 <150 <226", &[Transfer; 3], Recovery::InStep),
        ("the user's commands, in order", ">u:STAT >u:NOOP <211 <200", &[User; 2], Recovery::InStep),
        ("the user may read them later", ">u:STAT >u:NOOP <211", &[User], Recovery::InStep),
        ("STAT at once", ">t:RETR <150 >u:STAT <211 <226", &[Transfer, User, Transfer], Recovery::InStep),
        ("STAT after it", ">t:RETR <150 >u:STAT <226 <211", &[Transfer, Transfer, User], Recovery::InStep),
        ("ABOR by hand", ">t:RETR <150 >u:ABOR <426 <226", &[Transfer, Transfer, User], Recovery::InStep),
        ("after the end", ">t:RETR <150 >u:ABOR <226 <225", &[Transfer, Transfer, User], Recovery::InStep),
        ("QUIT by hand", ">t:RETR <150 >u:QUIT <226 <221", &[Transfer, Transfer, User], Recovery::InStep),
        (
            "PORT after STOU",
            ">c:STOU <150 user >c:PORT <200 <226",
            &[Command, Command, User],
            Recovery::InStep,
        ),
        ("and refused", ">c:STOU <150 user >c:PORT <500 <226", &[Command, Command, User], Recovery::InStep),
        (
            "data by a command of no standard",
            ">t:SITE <150 >u:STAT <211 <226",
            &[Transfer, User, Transfer],
            Recovery::InStep,
        ),
        ("NOOP at once", ">t:RETR <150 n <200 <226", &[Transfer, Noop, Transfer], Recovery::InStep),
        ("NOOP unknown", ">t:RETR <150 n n <500 <226", &[Transfer, Noop, Transfer], Recovery::FindByPwd),
        ("NOOP after it", ">t:RETR <150 n <226 <200", &[Transfer, Transfer, Noop], Recovery::InStep),
        (
            "NOOP and STAT after it",
            ">t:RETR <150 n >u:STAT <226 <200 <211",
            &[Transfer, Transfer, Noop, User],
            Recovery::InStep,
        ),
        ("one dropped", ">t:RETR <150 n >u:STAT <211", &[Transfer, User], Recovery::Abort { started: true }),
        (
            "STAT refused before NOOP",
            ">t:RETR <150 >u:STAT n <502 <200 <226",
            &[Transfer, User, Noop, Transfer],
            Recovery::InStep,
        ),
        (
            "a second address",
            ">c:PASV <227 >t:RETR <227",
            &[Command, Nobody],
            Recovery::Abort { started: false },
        ),
        ("and after 150", ">t:RETR <150 end <229", &[Transfer, Nobody], Recovery::Close),
        ("an address by hand", ">u:STOU <150 >u:PASV <227 <226", &[User; 3], Recovery::InStep),
        ("in order by hand", ">u:CWD >u:RETR <250 <550", &[User; 2], Recovery::InStep),
        ("no reply", ">c:STAT <abc", &[Command], Recovery::FindByPwd),
        ("no reply to PWD", ">c:PWD <abc", &[Command], Recovery::Close),
        ("no reply to mkd", ">u:mkd <abc", &[User], Recovery::Close),
        (
            "unclear until PWD",
            ">t:RETR <150 >u:STAT <abc >u:NOOP <211",
            &[Transfer, User, Nobody],
            Recovery::FindByPwd,
        ),
        ("after no reply", ">u:STAT >u:NOOP <abc <200", &[User, Nobody], Recovery::FindByPwd),
        ("unasked goodbye", "<421", &[Nobody], Recovery::Close),
        ("goodbye", ">c:CWD <221", &[Command], Recovery::Close),
        ("goodbye to QUIT", ">c:QUIT <221", &[Command], Recovery::InStep),
        ("421", ">c:CWD <421", &[Command], Recovery::Close),
        ("421 ends a transfer", ">t:RETR <150 <421", &[Transfer, Transfer], Recovery::Close),
    ] {
        assert_eq!(play(steps), (owners.to_vec(), recovery), "{shown}: {steps}");
    }
}

#[test]
fn what_was_lost_stays_lost_until_it_is_found() {
    let mut dialogue = Dialogue::new();
    assert_eq!(dialogue.recovery(), Recovery::Close, "the greeting is due");
    dialogue.found();
    dialogue.sent(Whose::User, "STAT");
    dialogue.lose();
    dialogue.came(&Reply::from_text("no reply"));
    assert_eq!(dialogue.recovery(), Recovery::Close, "a line that is no reply finds nothing");
    dialogue.found();
    assert_eq!((dialogue.recovery(), dialogue.count_of_the_user()), (Recovery::InStep, 0));
}

#[test]
fn after_a_line_that_is_no_reply_nothing_is_known_to_be_the_users() {
    let mut dialogue = Dialogue::new();
    dialogue.found();
    dialogue.sent(Whose::User, "NOOP");
    assert_eq!(dialogue.came(&Reply::from_text("what?")).whose, Whose::User);
    assert_eq!(dialogue.came_in_search(&Reply::from_text("200 fine")).whose, Whose::Nobody);
}

/// What is unclear needs no other loss.
#[test]
fn after_a_line_that_is_no_reply_a_noop_is_still_told_by_its_code() {
    let mut dialogue = played(">t:RETR <150 n >u:STAT <abc");
    assert!(!dialogue.is_lost());
    assert_eq!(dialogue.came_in_search(&reply("200 fine")).whose, Whose::Noop);
    assert_eq!(dialogue.came_in_search(&reply("211 fine")).whose, Whose::Nobody);
    assert_eq!((dialogue.noops(), dialogue.outstanding()), (0, 2));
}

#[test]
fn kept_replies_come_in_order_and_outlive_the_search() {
    let mut dialogue = Dialogue::new();
    dialogue.found();
    for command in ["STAT", "NOOP"] {
        dialogue.sent(Whose::User, command);
    }
    for text in ["211 a", "200 b"] {
        let reply = Reply::from_text(text);
        let matched = dialogue.came(&reply);
        dialogue.keep(matched, reply);
    }
    dialogue.found();
    assert_eq!((dialogue.count_of_the_user(), dialogue.kept_bytes()), (2, 10));
    assert_eq!(dialogue.first_of_the_user(), Some("STAT"));
    assert_eq!(dialogue.take_kept().unwrap().0.as_str(), "STAT");
    assert_eq!(dialogue.take_kept().unwrap().1, Reply::from_text("200 b"));
    assert!(dialogue.take_kept().is_none());
}

/// Which of the user's commands gets a reply that comes while the step is looked for, and how many look like that to PWD after it.
#[test]
fn a_refusal_while_the_step_is_looked_for_is_that_to_the_first_that_waits() {
    for (shown, steps, replies, taken, paths) in [
        ("a refused MKD", ">u:MKD", "550", "MKD", 0),
        ("a refused PWD", ">u:PWD", "450", "PWD", 0),
        ("one of two", ">u:XMKD >u:XPWD", "550", "XMKD", 1),
        ("in their order", ">u:MKD >u:STAT", "550 211", "MKD STAT", 0),
        ("also the other way round", ">u:STAT >u:MKD", "500 550", "STAT MKD", 0),
        ("what is no path and no refusal", ">u:MKD >u:STAT", "211 550", "STAT MKD", 0),
        ("perhaps over", ">t:RETR <150 >u:ABOR >u:ABOR >u:STAT", "225 225 502", "ABOR ABOR STAT", 0),
        ("a path", ">u:STAT >u:MKD", "257", "MKD", 0),
        ("with a NOOP before it, it is that to the NOOP", ">u:MKD n >u:STAT", "500", "NOOP", 1),
        ("but not with one behind it", ">u:MKD >u:STAT n", "500", "STAT", 1),
        ("nor if a NOOP is not answered so", ">u:MKD n >u:STAT", "211", "STAT", 1),
        (
            "also the user's ABOR, where no transfer is due",
            "n >u:ABOR n >u:STAT",
            "225 200 200 211",
            "ABOR NOOP NOOP STAT",
            0,
        ),
        ("with a transfer it may be its end", ">t:RETR <150 >u:MKD >u:STAT", "550", "STAT", 1),
        ("its end is not the user's", ">t:RETR <150 >u:MKD", "451", "-", 1),
        ("without one it is", ">u:RETR >u:MKD", "226 451", "RETR MKD", 0),
        (
            "the end, the answer to ABOR, the next",
            ">t:RETR <150 >u:ABOR >u:STAT",
            "426 226 500",
            "- - STAT",
            0,
        ),
        (
            "also of a transfer that only ends",
            ">t:LIST <150 end >u:ABOR >u:NOOP",
            "250 226 200",
            "- - NOOP",
            0,
        ),
        ("and what moves data after it", ">t:RETR <150 >u:ABOR >u:SITE", "226 226 226", "- - SITE", 0),
        ("225 tells by itself", ">t:RETR <150 >u:ABOR >u:STAT", "226 225 211", "- ABOR STAT", 0),
        (
            "one reply for the two: what follows may be either's",
            ">t:RETR <150 >u:ABOR >u:STAT",
            "426 500",
            "- -",
            0,
        ),
        ("and all behind it", ">t:RETR <150 >u:ABOR >u:STAT >u:STAT", "426 211 211", "- - -", 0),
        ("but with nothing else due", ">t:RETR <150 >u:ABOR", "426 500", "- ABOR", 0),
        ("a NOOP is told by its code", ">t:RETR <150 n >u:ABOR >u:STAT", "426 200 211", "- NOOP -", 0),
        ("1yz is none of the two", ">t:RETR <150 >u:ABOR >u:STAT", "150 426 226 211", "- - - STAT", 0),
        ("nor does it answer a command", ">u:RETR", "150 226", "- RETR", 0),
        ("ABOR is found behind another", ">t:RETR <150 >u:STAT >u:ABOR", "426 226 211", "- - STAT", 0),
        ("and the library's own is not the user's", ">t:RETR <150 >u:STAT", "426 226 211", "- - STAT", 0),
    ] {
        let mut dialogue = played(steps);
        dialogue.lose();
        let came = replies.split(' ').map(|code| {
            let matched = dialogue.came_in_search(&Reply::from_text(format!("{code} x")));
            if matched.whose == Whose::Nobody { "-".to_owned() } else { matched.what.to_string() }
        });
        assert_eq!(came.collect::<Vec<_>>().join(" "), taken, "{shown}");
        assert_eq!(dialogue.paths_due(), paths, "{shown}");
    }
}

fn reply(text: &str) -> Reply {
    Reply::from_text(text)
}

/// A connection whose greeting has come.
fn in_step() -> Dialogue {
    let mut dialogue = Dialogue::new();
    dialogue.found();
    dialogue
}

#[test]
fn a_reply_while_a_transfer_is_aborted_may_be_the_users() {
    for (shown, commands, text, found) in [
        ("in order", &["STAT", "NOOP"][..], "211 x", Some("STAT")),
        ("a path", &["STAT", "PWD"], "257 x", Some("PWD")),
        ("no path", &["PWD", "STAT"], "211 x", Some("STAT")),
        ("a refusal", &["PWD"], "550 x", Some("PWD")),
        ("a path that nobody has asked for", &["STAT", "NOOP"], "257 x", Some("STAT")),
        ("nothing is the user's", &[], "211 x", None),
        ("the end of the transfer", &["STAT"], "226 x", None),
        ("its failure", &["STAT"], "426 x", None),
        ("no final reply", &["STAT"], "150 x", None),
        ("the answer to ABOR", &["STAT"], "225 x", None),
        ("no reply", &["STAT"], "x", None),
    ] {
        let mut dialogue = in_step();
        dialogue.sent(Whose::Transfer, "RETR f");
        for command in commands {
            dialogue.sent(Whose::User, command);
        }
        dialogue.lose();
        let matched = dialogue.came_in_search(&reply(text));
        let of_the_user = (matched.whose == Whose::User).then_some(matched.what.as_str());
        assert_eq!(of_the_user, found, "{shown}");
        let left = commands.len() - usize::from(found.is_some());
        assert_eq!((dialogue.count_of_the_user(), dialogue.outstanding()), (left, left + 1), "{shown}");
    }
}

#[test]
fn only_a_ledger_that_can_match_the_next_reply_is_clear() {
    for (shown, steps, is_clear) in [
        ("nothing is due", "", true),
        ("a transfer goes on", ">t:RETR <150", true),
        ("with a NOOP", ">t:RETR <150 n", true),
        ("which alone is not answered", ">t:RETR <150 n <226", true),
        ("with the user's", ">t:RETR <150 >u:STAT n", true),
        ("a line that is no reply", ">t:RETR <150 <abc", false),
        // What was sent before it can still be read.
        ("a goodbye in a transfer", ">t:RETR <150 <421", true),
        ("a command of a call's own", ">c:DELE", false),
    ] {
        assert_eq!(played(steps).is_clear(), is_clear, "{shown}");
    }
}

#[test]
fn nobody_can_match_a_reply_after_a_goodbye_or_a_line_that_is_none() {
    for (steps, is_out_of_step) in [
        ("", false),
        (">c:DELE", false),
        (">c:DELE <550", false),
        (">c:DELE <421", true),
        (">c:DELE <abc", true),
    ] {
        assert_eq!(played(steps).is_out_of_step(), is_out_of_step, "{steps}");
    }
}

#[test]
fn a_transfer_goes_on_until_its_final_reply() {
    for (steps, has_transfer) in [
        ("", false),
        (">u:RETR", false),
        (">t:RETR", true),
        (">t:RETR <150 end", true),
        (">t:RETR >x:PASV <150 <227", true),
        (">t:RETR >x:PASV <226", false),
    ] {
        assert_eq!(played(steps).has_transfer(), has_transfer, "{steps}");
    }
}

#[test]
fn what_is_due_is_counted() {
    let mut dialogue = in_step();
    dialogue.sent(Whose::Transfer, "RETR f");
    assert!(!dialogue.transfer_has_started());
    dialogue.came(&reply("150 x"));
    assert!(dialogue.transfer_has_started());
    dialogue.sent_noop();
    assert!(!dialogue.has_due_of_the_user());
    for command in ["STAT", "PWD", "MKD d"] {
        dialogue.sent(Whose::User, command);
    }
    assert_eq!((dialogue.outstanding(), dialogue.noops()), (5, 1));
    assert_eq!((dialogue.replies_due(), dialogue.paths_due()), (9, 2));
    assert_eq!((dialogue.count_of_the_user(), dialogue.first_of_the_user()), (3, Some("STAT")));
    assert!(dialogue.has_due() && dialogue.has_due_of_the_user());
    dialogue.found();
    assert_eq!((dialogue.outstanding(), dialogue.noops(), dialogue.replies_due()), (0, 0, 0));
    assert_eq!((dialogue.count_of_the_user(), dialogue.first_of_the_user()), (0, None));
    assert!(!dialogue.has_due() && !dialogue.has_due_of_the_user());
}

#[test]
fn a_noop_is_settled_by_what_answers_noops() {
    let mut dialogue = in_step();
    dialogue.sent(Whose::User, "STAT");
    assert!(!dialogue.take_noop(&reply("200 x")), "none was sent");
    dialogue.sent_noop();
    dialogue.sent_noop();
    assert!(!dialogue.take_noop(&reply("211 x")));
    assert_eq!(dialogue.noops(), 2);
    assert!(dialogue.take_noop(&reply("200 x")) && dialogue.take_noop(&reply("502 x")));
    assert!(!dialogue.take_noop(&reply("200 x")), "both are settled");
    assert_eq!(dialogue.outstanding(), 1);
    dialogue.found();
    dialogue.sent_noop();
    assert!(!dialogue.has_due(), "a NOOP may never be answered");
}

#[test]
fn data_starts_a_transfer_as_well() {
    let mut dialogue = in_step();
    dialogue.sent(Whose::User, "STAT");
    dialogue.sent(Whose::Transfer, "RETR f");
    dialogue.start_transfer();
    assert_eq!(dialogue.recovery(), Recovery::Abort { started: true });
    assert_eq!(dialogue.replies_due(), 3, "nothing else has started");
}

#[test]
fn a_step_that_did_not_fail_halfway_loses_nothing() {
    let mut dialogue = in_step();
    dialogue.lose();
    assert!(dialogue.is_lost());
    dialogue.regain();
    assert!(!dialogue.is_lost());
    dialogue.lose();
    dialogue.sent(Whose::User, "STAT");
    assert!(!dialogue.is_lost());
}

#[test]
fn data_that_the_user_moves_may_be_agreed_on_while_its_end_is_awaited() {
    for (shown, command, text, expected) in [
        ("a transfer that goes on", "STOU", "150 x", true),
        ("one that does not", "STOU", "", false),
        ("no transfer", "SITE x", "150 x", false),
    ] {
        let mut dialogue = in_step();
        dialogue.sent(Whose::User, command);
        if !text.is_empty() {
            dialogue.came(&reply(text));
        }
        assert_eq!(dialogue.waits_for_the_users_data(), expected, "{shown}");
        dialogue.keep(
            Matched { whose: Whose::User, what: Arc::new("STAT".into()), command: None },
            reply("211 x"),
        );
        assert!(!dialogue.waits_for_the_users_data(), "{shown}, and a reply is to be read");
        dialogue.drop_kept();
        assert_eq!((dialogue.count_of_the_user(), dialogue.kept_bytes()), (1, 0), "{shown}");
    }
}

/// The user's ABOR ends a transfer; the library sends none then, and the ledger is not lost.
#[test]
fn what_comes_after_an_abor_of_the_users_is_matched() {
    for (shown, commands, is_lost, text, whose, what) in [
        ("the end of the transfer", &["ABOR"][..], false, "426 x", Whose::Transfer, "RETR f"),
        ("in order", &["STAT", "ABOR"], false, "225 x", Whose::User, "STAT"),
        ("225 answers ABOR", &["STAT", "ABOR"], true, "225 x", Whose::User, "ABOR"),
        ("226 may be the end of the transfer", &["STAT", "ABOR"], true, "226 x", Whose::Nobody, ""),
    ] {
        let mut dialogue = in_step();
        dialogue.sent(Whose::Transfer, "RETR f");
        dialogue.start_transfer();
        commands.iter().for_each(|command| dialogue.sent(Whose::User, command));
        assert_eq!(dialogue.has_abor_of_the_user(), commands.contains(&"ABOR"));
        if is_lost {
            dialogue.lose();
        }
        let matched = dialogue.came_in_search(&reply(text));
        assert_eq!((matched.whose, matched.what.as_str()), (whose, what), "{shown}");
    }
}

/// What the server has made of them is not known: whoever follows the session has to be told, once.
#[test]
fn commands_of_the_users_are_given_up_with_what_is_due() {
    let [read, moved, last] =
        ["STAT", "CWD /a", "RMD b"].map(|text| Command::parse(text.as_bytes()).unwrap());
    for (shown, end) in
        [("given up", Dialogue::give_up as fn(&mut Dialogue)), ("found by PWD", Dialogue::found)]
    {
        let mut dialogue = in_step();
        dialogue.sent_for_the_user(&read);
        dialogue.sent_for_the_user(&moved);
        dialogue.sent(Whose::Command, "PWD");
        dialogue.sent_for_the_user(&last);
        let matched = dialogue.came(&reply("211 x"));
        assert!(
            matched.whose == Whose::User
                && *matched.what == "STAT"
                && matched.command.as_ref() == Some(&read)
        );
        assert!(dialogue.take_given_up().is_empty(), "{shown}: they are still waited for");
        end(&mut dialogue);
        assert!(dialogue.take_given_up() == [moved.clone(), last.clone()], "{shown}");
        assert!(dialogue.take_given_up().is_empty(), "{shown}: told once");
    }
}

#[test]
fn the_address_of_the_next_transfer_is_no_end_of_this_one_nor_its_end_a_refusal_of_the_address() {
    use Whose::{EndOfTransfer, Next, Nobody, Noop, Transfer};
    let next = |replies: &str| play(&format!(">t:RETR >x:PASV {replies}"));
    for (replies, owners, recovery) in [
        ("<150 <226 <227", &[Transfer, Transfer, Next][..], Recovery::InStep),
        ("<150 end <226 <229", &[Transfer, EndOfTransfer, Next], Recovery::InStep),
        ("<150 <227 <226", &[Transfer, Next, Transfer], Recovery::InStep),
        ("<150 <227 <227", &[Transfer, Next, Nobody], Recovery::Abort { started: true }),
        ("<150 end <229 <229", &[Transfer, Next, Nobody], Recovery::Close),
        ("<227 <150 <226", &[Next, Transfer, Transfer], Recovery::InStep),
        ("<550 <227", &[Transfer, Next], Recovery::InStep),
        ("<227 <550", &[Next, Transfer], Recovery::InStep),
        ("<425 <500", &[Transfer, Nobody], Recovery::FindByPwd),
        ("<150 <226 <451 <227", &[Transfer, Transfer, Nobody, Next], Recovery::InStep),
        ("<150 <550 <227", &[Transfer, Transfer, Next], Recovery::InStep),
        ("<150 <500", &[Transfer, Transfer], Recovery::FindByPwd),
        ("<150 <226", &[Transfer, Transfer], Recovery::FindByPwd),
        ("<150 <226 <200", &[Transfer, Transfer, Nobody], Recovery::FindByPwd),
        ("<150 <226 <227 <227", &[Transfer, Transfer, Next, Nobody], Recovery::InStep),
        ("<150 n <200 <226 <227", &[Transfer, Noop, Transfer, Next], Recovery::InStep),
        ("<150 n <226 <227 <200", &[Transfer, Transfer, Next, Noop], Recovery::InStep),
        ("<150 n <226 <500 <200", &[Transfer, Transfer, Noop, Nobody], Recovery::FindByPwd),
        ("<150", &[Transfer], Recovery::Abort { started: true }),
        ("<227", &[Next], Recovery::Abort { started: false }),
        ("<150 end", &[Transfer], Recovery::Close),
    ] {
        assert_eq!(next(replies), (owners.to_vec(), recovery), "{replies}");
    }
    assert!(played(">t:RETR >x:PASV <226").only_next_waits());
    assert!(!played(">t:RETR >x:PASV <150").only_next_waits());
}

#[test]
fn a_server_may_keep_what_it_has_announced_and_not_ended() {
    for (steps, before_data, after_data) in [
        (">t:RETR <150 lost ?225", true, false),
        (">t:RETR lost ?150 ?225", true, false),
        (">t:RETR lost ?225 ?150", true, false),
        (">t:RETR <125 lost ?225", false, false),
        (">t:RETR <150 lost ?125 ?225", false, false),
        (">t:RETR lost ?225", false, false),
        // Not yet answered, or by another word than 225: it is no server that keeps transfers.
        (">t:RETR <150 lost", false, false),
        (">t:RETR <150 lost ?502", false, false),
        (">t:RETR <150 lost ?426 ?225", false, false),
        (">t:RETR <150 lost ?225 ?426", false, false),
        (">t:RETR <150 lost ?226", false, false),
        (">t:RETR <150 <226", false, false),
        // The end of the transfer before says nothing of this one, nor does its 225.
        (">t:RETR <150 lost ?426 found >t:RETR <150 lost ?225", true, false),
        (">t:RETR <150 lost ?426 ?225 found >t:RETR <150 lost", false, false),
        // The user's own ABOR is answered.
        (">t:RETR <150 >u:ABOR <225", true, false),
        (">t:RETR <150 >u:ABOR aborts <225 <426", false, false),
        // What the user plays is not known to have moved data.
        (">u:RETR <150", true, true),
        (">u:RETR <125", false, false),
        (">u:RETR <150 <226", false, false),
        (">u:RETR", false, false),
        (">u:ECHO <150", false, false),
        // Its data connection is closed, and the end is waited for.
        (">t:RETR <150 end lost ?225", false, false),
    ] {
        let dialogue = played(steps);
        assert_eq!(dialogue.may_keep_a_transfer(false), before_data, "{steps}");
        assert_eq!(dialogue.may_keep_a_transfer(true), after_data, "{steps}");
    }
}
