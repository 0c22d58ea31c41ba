use super::*;

/// A window whose fences are answered by `/`. What is sent and what comes: `>` and a command, `|` a fence, `/` the reply to one, `n` a
/// reply that is none, or a code. Tells whose each reply is: the number of a command, `|` a fence, `-` nobody, with `?` if it is doubtful
/// from there on.
fn play(steps: &str) -> (String, Recovery) {
    let mut dialogue = Dialogue::new();
    dialogue.found();
    dialogue.begin_window(b"/");
    let mut count = 0;
    let mut whose = Vec::new();
    for step in steps.split(' ') {
        let text = match step {
            "|" => {
                dialogue.sent(Whose::Fence, "PWD");
                continue;
            }
            "half" => {
                dialogue.sends();
                continue;
            }
            "/" => "257 \"/\"".to_owned(),
            "n" => "what?".to_owned(),
            code if code.starts_with('>') => {
                dialogue.sends();
                dialogue.sent(Whose::Window(count), &code[1..]);
                count += 1;
                continue;
            }
            "257" => "257 \"/made\"".to_owned(),
            code => format!("{code} x"),
        };
        let mark = match dialogue.came(&Reply::from_text(text)).whose {
            Whose::Window(at) => at.to_string(),
            Whose::Fence => "|".to_owned(),
            Whose::Nobody => "-".to_owned(),
            other => panic!("{other:?}"),
        };
        whose.push(mark + if dialogue.is_doubtful() { "?" } else { "" });
    }
    (whose.join(" "), dialogue.recovery())
}

#[test]
fn each_reply_is_matched_to_its_own_command_or_to_none() {
    use Recovery::{Close, InStep};
    for (shown, steps, whose, recovery) in [
        ("in order", ">SIZE >SIZE | 213 550 /", "0 1 |", InStep),
        ("some while others are sent", ">SIZE >SIZE 213 | >SIZE 213 / | 550 /", "0 1 | 2 |", InStep),
        ("nothing has come", ">SIZE", "", Close),
        ("only the fence is missing", ">SIZE | 213", "0", Close),
        ("directories that are made", ">MKD >MKD | 257 257 /", "0 1 |", InStep),
        ("one that may be anything", ">SITE >HASH | 257 213 /", "0 1 |", InStep),
        ("a reply is lost", ">SIZE >SIZE >SIZE | 213 213 /", "0 1 |?", Close),
        ("all are", ">DELE >DELE | /", "|?", Close),
        ("that of a directory is", ">MKD >MKD | 257 /", "0 |?", Close),
        ("what follows is doubtful, too", ">SIZE >SIZE | >SIZE | 213 / 213 /", "0 |? 2? |?", Close),
        ("a fence is answered twice", ">SIZE | >SIZE | 213 / / 213 /", "0 | |? -? -?", Close),
        ("a reply too much", ">SIZE >SIZE | 213 213 550 /", "0 1 -? |?", Close),
        ("one that cannot be that to the command", ">SIZE >DELE | 250 213 /", "0 1? |?", Close),
        ("a path for a deletion", ">DELE >MKD | 257 250 /", "0? 1? |?", Close),
        ("350 for a size", ">SIZE >RNFR | 350 213 /", "0? 1? |?", Close),
        ("a line that is no reply", ">SIZE | n 213 /", "-? 0? |?", Close),
        ("in place of a reply", ">SIZE | n /", "-? |?", Close),
        ("a reply that announces another", ">STAT | 150 213 /", "0 0 |", InStep),
        ("a fence is lost", ">SIZE | >SIZE | 213 213 / ", "0 -? |? ", Close),
        ("a fence is refused", ">SIZE | 213 550", "0 -?", Close),
        ("goodbye", ">SIZE >SIZE | 213 421", "0 1", Close),
        ("and whatever comes after it", ">SIZE >SIZE | 421 213 /", "0 - -", Close),
        ("goodbye to a fence", ">SIZE | 213 421", "0 -?", Close),
        ("and its reply after that", ">SIZE | 213 421 /", "0 -? -?", Close),
        ("all have come, and the fence is not sent", ">SIZE >DELE 213 250", "0 1", Close),
        ("one that was said twice", ">DELE >RNFR 250 250", "0 1", Close),
        ("and cannot be that to the next", ">SIZE >RNFR 213 213", "0 1?", Close),
        ("half a command is sent", ">SIZE half 213", "0", Close),
        ("before it all is in step", "half", "", Close),
        ("before it is sent in full", "half 213", "-", Close),
    ] {
        let (told, after) = play(steps.trim_end());
        assert_eq!((told.as_str(), after), (whose.trim_end(), recovery), "{shown}: {steps}");
    }
}

#[test]
fn the_first_that_waits_is_named() {
    let mut dialogue = Dialogue::new();
    dialogue.found();
    assert_eq!(dialogue.first(), None);
    dialogue.sent(Whose::Window(0), "SIZE a");
    dialogue.sent(Whose::Window(1), "SIZE b");
    assert_eq!(dialogue.first(), Some("SIZE a"));
    dialogue.came(&Reply::from_text("213 1"));
    assert_eq!(dialogue.first(), Some("SIZE b"));
}

#[test]
fn a_doubt_ends_when_the_step_is_found() {
    let mut dialogue = Dialogue::new();
    dialogue.found();
    dialogue.begin_window(b"/");
    dialogue.sent(Whose::Window(0), "SIZE a");
    dialogue.came(&Reply::from_text("what?"));
    assert!(dialogue.is_doubtful() && !dialogue.is_out_of_step());
    dialogue.found();
    assert!(!dialogue.is_doubtful());
    dialogue.lose();
    assert!(dialogue.is_out_of_step());
}
