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
    check_windows(data);
    // One transfer is open at a time. If the user has aborted it, two replies settle both it and ABOR: nothing at the first one.
    let (mut has_transfer, mut owed_by_pairs) = (false, 0);
    for &byte in data {
        let choice = usize::from(byte >> 3);
        let before = dialogue.outstanding();
        match byte & 7 {
            0 => dialogue.sent(Whose::Command, COMMANDS[choice % COMMANDS.len()]),
            1 if has_transfer => {}
            1 => {
                dialogue.sent(Whose::Transfer, "RETR f");
                has_transfer = true;
            }
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
                let is_second_of_a_pair = is_looked_for && settled == 2 && owed_by_pairs > 0;
                assert!(settled <= 1 || is_second_of_a_pair, "a reply answers one command");
                assert!(settled == 0 || is_second_of_a_pair || matched.whose != Whose::Nobody);
                if is_second_of_a_pair {
                    owed_by_pairs = 0;
                } else if is_looked_for && settled == 0 {
                    owed_by_pairs += 1;
                }
                let ends_transfer = matches!(matched.whose, Whose::Transfer | Whose::EndOfTransfer);
                has_transfer &= !(is_second_of_a_pair || settled == 1 && ends_transfer);
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

/// What a window sends: the commands of a segment by their numbers, and which of them a reply was matched to.
#[derive(Default)]
struct Segment {
    commands: Vec<usize>,
    answered: Vec<usize>,
    has_fence: bool,
}

/// Several commands on their way. Whatever comes: a reply is that to the first that waits or to none, and if a fence comes without a doubt,
/// each command in the window so far was answered once, in their order, and nothing else has come.
fn check_windows(data: &[u8]) {
    const WINDOWED: [&str; 8] =
        ["SIZE a", "MKD b", "DELE c", "RNFR d", "MLST e", "RNTO f", "SITE g", "STAT h"];
    let mut dialogue = Dialogue::new();
    dialogue.found();
    dialogue.begin_window(b"/");
    let mut segments = std::collections::VecDeque::from([Segment::default()]);
    let (mut count, mut strays) = (0, 0);
    for &byte in data {
        let choice = usize::from(byte >> 3);
        match byte & 7 {
            0..=2 => {
                dialogue.sends();
                assert_eq!(dialogue.recovery(), Recovery::Close, "half of it may be sent");
                dialogue.sent(Whose::Window(count), WINDOWED[choice % WINDOWED.len()]);
                segments.back_mut().unwrap().commands.push(count);
                count += 1;
            }
            3 => {
                dialogue.sent(Whose::Fence, "PWD");
                segments.back_mut().unwrap().has_fence = true;
                segments.push_back(Segment::default());
            }
            4..=5 => {
                let first = dialogue.first().map(str::to_owned);
                let matched = dialogue.came(&Reply::from_text("257 \"/\" is here"));
                let first_segment = segments.front().unwrap();
                if matched.whose == Whose::Fence {
                    let is_certain = !dialogue.is_doubtful();
                    let was_each_answered = first_segment.commands == first_segment.answered;
                    assert!(first_segment.has_fence);
                    assert_eq!(is_certain, was_each_answered && strays == 0, "{first:?}");
                    segments.pop_front();
                    strays += usize::from(!is_certain);
                } else if let Whose::Window(at) = matched.whose {
                    assert!(!first_segment.has_fence, "a fence is found wherever it is");
                    segments.front_mut().unwrap().answered.push(at);
                    strays += usize::from(dialogue.is_doubtful());
                } else if dialogue.outstanding() > 0 {
                    strays += 1;
                }
            }
            _ => {
                let text = REPLIES[choice % REPLIES.len()];
                if text.starts_with("421") || text.starts_with("221") {
                    continue;
                }
                let before = dialogue.outstanding();
                let matched = dialogue.came(&Reply::from_text(text));
                assert!(before - dialogue.outstanding() <= 1, "only a fence settles more");
                match matched.whose {
                    Whose::Window(at) => {
                        let first = segments.front_mut().unwrap();
                        assert!(first.commands.contains(&at), "it is one before the next fence");
                        if !text.starts_with('1') {
                            first.answered.push(at);
                        }
                        strays += usize::from(dialogue.is_doubtful());
                    }
                    Whose::Nobody if before > 0 => strays += 1,
                    whose => assert!(whose == Whose::Nobody, "{text}: {whose:?}"),
                }
            }
        }
        let is_all_answered = dialogue.outstanding() == 0;
        // What has come since the last fence may be one too many.
        let is_confirmed = segments.iter().all(|segment| segment.answered.is_empty());
        let is_certain = is_all_answered && is_confirmed && !dialogue.is_doubtful();
        assert_eq!(dialogue.recovery() == Recovery::InStep, is_certain);
        while segments.len() > 1 && is_all_answered && segments.front().is_some_and(|first| !first.has_fence)
        {
            segments.pop_front();
        }
    }
}
