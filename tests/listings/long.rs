//! Text without end takes time that grows as its length does, and no faster.

use std::fs;
use std::time::Duration;

use ftpclient::protocol::listing::{Format, Now, Parser, decide};

const FORMATS: [Format; 22] = [
    Format::Mlsd,
    Format::Unix,
    Format::Dos,
    Format::Eplf,
    Format::Vms,
    Format::Mvs,
    Format::IbmI,
    Format::Zvm,
    Format::Guardian,
    Format::NetWare,
    Format::MacOs,
    Format::Os2,
    Format::Numeric,
    Format::VShell,
    Format::VxWorks,
    Format::WfFtp,
    Format::ConnectEnterprise,
    Format::Os9,
    Format::Mpe,
    Format::Vos,
    Format::Chameleon,
    Format::ClearPath,
];

/// What a line, or a listing, is made of, again and again.
const PIECES: [&str; 16] = [
    " ", "1 ", "a", ";", "; ", "=", "a;", "a=b;", " -> ", "1 Jan ", "\t", "A.B;1\n", "^", "\n\n", "a\n",
    "[A,B] ",
];

const BEGINNINGS: [&str; 3] = ["", "lrwxrwxrwx 1 a b 1 Jan 15 10:30 ", "A.B;1 "];

const LENGTH: usize = 40_000;
/// For all formats together, which take some hundredths of a second. With its square, each would take as long.
const LIMIT: Duration = Duration::from_secs(5);

/// How long this thread has worked: what other programs do meanwhile does not count. Nothing where the system does not tell.
fn worked() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|worked| worked.parse().ok()).unwrap_or(0))
}

#[test]
fn time_grows_as_the_text_does() {
    for piece in PIECES {
        for beginning in BEGINNINGS {
            let text = format!("{beginning}{}", piece.repeat(LENGTH / piece.len())).into_bytes();
            let start = worked();
            decide(&text);
            for format in FORMATS {
                let mut parser = Parser::new(Some(format), Now { seconds: 0, offset: None });
                let mut rest = text.as_slice();
                while let Some((_, used)) = parser.next(rest, true) {
                    rest = &rest[used..];
                }
                assert!(worked() - start < LIMIT, "{format:?}: {beginning}{piece}{piece}{piece}…");
            }
        }
    }
}
