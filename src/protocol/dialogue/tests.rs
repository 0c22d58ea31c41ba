//! Dialogues in short hand, and what the ledger says of them.

use super::*;

/// Plays a dialogue, one step a word: `>whose:command` was sent, `<code` came, `n` a NOOP, `end` the data connection is closed,
/// `user` the replies are left to the user. Returns whose each reply was, and what is to be done at the end.
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
                    _ => Whose::User,
                };
                dialogue.sent(whose, command);
            }
            ("<", code) => owners.push(dialogue.came(&Reply::from_text(format!("{code} x"))).whose),
            ("n", _) => dialogue.sent_noop(),
            ("e", _) => dialogue.end_transfer(),
            ("u", _) => dialogue.leave_to_the_user(),
            _ => panic!("{step}"),
        }
    }
    dialogue
}

#[test]
fn a_reply_finds_its_command() {
    use Whose::{Command, EndOfTransfer, Nobody, Noop, Transfer, User};
    for (shown, steps, owners, recovery) in [
        ("one after the other", ">c:CWD <250 >c:DELE <550", &[Command, Command][..], Recovery::InStep),
        ("1yz announces another", ">c:DELE <150 <120 <250", &[Command; 3], Recovery::InStep),
        ("no reply yet", ">c:DELE", &[], Recovery::Close),
        ("only 1yz", ">c:DELE <150", &[Command], Recovery::Close),
        ("unasked", "<421 >c:CWD <250 <200", &[Nobody, Command, Nobody], Recovery::InStep),
        ("a transfer", ">t:RETR <150 end <226", &[Transfer, EndOfTransfer], Recovery::InStep),
        ("a transfer that goes on", ">t:RETR <150", &[Transfer], Recovery::Abort { started: true }),
        ("one that has not begun", ">t:RETR", &[], Recovery::Abort { started: false }),
        ("one that only ends", ">t:RETR <150 end", &[Transfer], Recovery::Close),
        ("a refused one", ">t:RETR <550", &[Transfer], Recovery::InStep),
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
    assert_eq!(dialogue.take_of_the_user(&Reply::from_text("200 fine")), None);
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
    assert_eq!(dialogue.take_kept().unwrap().0, "STAT");
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
        ("a path", ">u:STAT >u:MKD", "257", "MKD", 0),
        ("with a NOOP it may be that to it", ">u:MKD n >u:STAT", "500", "STAT", 1),
        ("with a transfer it may be its end", ">t:RETR <150 >u:MKD >u:STAT", "550", "STAT", 1),
        ("its end is not the user's", ">t:RETR <150 >u:MKD", "451", "-", 1),
        ("without one it is", ">u:RETR >u:MKD", "226 451", "RETR MKD", 0),
    ] {
        let mut dialogue = played(steps);
        let came = replies.split(' ').map(|code| {
            let matched = dialogue.take_of_the_user(&Reply::from_text(format!("{code} x")));
            matched.map_or("-".to_owned(), |matched| matched.what)
        });
        assert_eq!(came.collect::<Vec<_>>().join(" "), taken, "{shown}");
        assert_eq!(dialogue.paths_due(), paths, "{shown}");
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
        ("a goodbye", ">t:RETR <150 <421", false),
        ("a command of a call's own", ">c:DELE", false),
    ] {
        assert_eq!(played(steps).is_clear(), is_clear, "{shown}");
    }
}
