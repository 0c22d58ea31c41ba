//! The parser alone: 100,000 entries in memory, with all their fields.

use std::hint::black_box;
use std::time::Duration;

use ftpclient::protocol::listing::{Format, Line, Now, Parser, decide};

use super::{ENTRIES, LISTINGS};

const ROUNDS: usize = 10;
/// 2026-06-15 12:00, on a server that is two hours ahead.
const NOW: Now = Now { seconds: 1_781_524_800, offset: Some(7200) };

/// Measures each format ten times in turn, and prints the best.
pub(crate) fn report() {
    let texts = LISTINGS.map(|(_, format, line)| {
        let text = (0..ENTRIES).map(line).collect::<String>().into_bytes();
        assert_eq!(decide(&text), Some(format));
        text
    });
    let mut best = [Duration::MAX; LISTINGS.len()];
    for _ in 0..ROUNDS {
        for (((_, format, _), text), best) in LISTINGS.iter().zip(&texts).zip(&mut best) {
            *best = measure(|| parse(*format, text)).min(*best);
        }
    }
    for ((name, ..), best) in LISTINGS.iter().zip(best) {
        println!("{name:<20} {:7.2} million entries/s", ENTRIES as f64 / best.as_secs_f64() / 1e6);
    }
}

fn parse(format: Format, text: &[u8]) -> usize {
    let mut parser = Parser::new(Some(format), NOW);
    let mut rest = text;
    let mut entries = 0;
    while let Some((line, used)) = parser.next(rest, true) {
        entries += usize::from(matches!(black_box(&line), Line::Entry(entry) if entry.modified.is_some()));
        rest = &rest[used..];
    }
    entries
}

fn measure(work: impl FnOnce() -> usize) -> Duration {
    let before = cpu_time();
    assert_eq!(work(), ENTRIES);
    cpu_time() - before
}

fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}
