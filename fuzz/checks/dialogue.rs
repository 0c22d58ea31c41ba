//! Whatever is sent and comes, the ledger knows what is owed: no reply is counted twice, and once PWD has told, nothing is due.

use ftpclient::protocol::dialogue::{Dialogue, Recovery, Whose};
use ftpclient::protocol::reply::Reply;

const COMMANDS: [&str; 8] = ["CWD a", "PWD", "STAT", "QUIT", "RETR f", "STOU", "ABOR", "MKD d"];
const REPLIES: [&str; 16] = [
    "110 x", "150 x", "200 x", "211 x", "221 x", "225 x", "226 x", "250 x", "257 x", "350 x", "421 x",
    "426 x", "451 x", "500 x", "550 x", "abc",
];

/// Each byte is a step: its low bits tell which, its high bits with what.
pub fn check(data: &[u8]) {
    let mut dialogue = Dialogue::new();
    assert_eq!(dialogue.recovery(), Recovery::Close, "the greeting is due");
    dialogue.found();
    for &byte in data {
        let choice = usize::from(byte >> 3);
        let before = dialogue.outstanding();
        match byte & 7 {
            0 => dialogue.sent(Whose::Command, COMMANDS[choice % COMMANDS.len()]),
            1 => dialogue.sent(Whose::Transfer, "RETR f"),
            2 => dialogue.sent(Whose::User, COMMANDS[choice % COMMANDS.len()]),
            3 => dialogue.sent_noop(),
            4 => dialogue.end_transfer(),
            5 => dialogue.lose(),
            _ => {
                let reply = Reply::from_text(REPLIES[choice % REPLIES.len()]);
                let is_looked_for = choice >= REPLIES.len();
                let matched =
                    if is_looked_for { dialogue.came_in_search(&reply) } else { dialogue.came(&reply) };
                let settled = before - dialogue.outstanding();
                assert!(settled <= 1, "a reply answers one command");
                assert!(settled == 0 || matched.whose != Whose::Nobody);
                assert!(before > 0 || matched.whose == Whose::Nobody, "nothing was due");
                if matched.whose == Whose::User {
                    dialogue.keep(matched, reply);
                }
            }
        }
        if dialogue.recovery() == Recovery::InStep {
            assert!(dialogue.noops() == 0 && dialogue.outstanding() <= dialogue.count_of_the_user());
        }
    }
    let kept = dialogue.count_of_the_user();
    dialogue.found();
    assert_eq!((dialogue.recovery(), dialogue.outstanding()), (Recovery::InStep, 0));
    assert!(!dialogue.has_due() && dialogue.count_of_the_user() <= kept);
    while dialogue.take_kept().is_some() {}
    assert_eq!(dialogue.kept_bytes(), 0);
}
