//! What is tried again, and when.

use std::time::Duration;

use crate::client::settings::Retries;
use crate::error::Error;

/// "Insufficient storage space": of class 4yz, and a disk that is full stays full.
const DISK_FULL: u16 = 452;
/// No wait is longer than this, but for chance.
const LONGEST: Duration = Duration::from_secs(300);

/// What was tried so far.
pub(crate) struct Tries {
    retries: Retries,
    failed: u32,
    /// What the first attempt has come to.
    first: Option<String>,
}

impl Tries {
    pub(crate) fn new(retries: Retries) -> Tries {
        Tries { retries, failed: 0, first: None }
    }

    /// How often something was begun.
    pub(crate) fn attempts(&self) -> u32 {
        self.failed.saturating_add(1)
    }

    /// What the first attempt has come to, if another was begun after it.
    pub(crate) fn first_error(&self) -> Option<&str> {
        self.first.as_deref()
    }

    /// An attempt has failed: how long to wait before the next one. `None`: there is none. `chance` is any number, so that clients
    /// which failed together do not come back together.
    pub(crate) fn wait_after(&mut self, error: &Error, chance: u64) -> Option<Duration> {
        if self.failed >= self.retries.count || !may_pass(error) {
            return None;
        }
        self.first.get_or_insert_with(|| error.to_string());
        let times = 1_u32.checked_shl(self.failed).unwrap_or(u32::MAX);
        self.failed += 1;
        let wait = self.retries.first_wait.saturating_mul(times).min(LONGEST.max(self.retries.first_wait));
        // From three quarters to five quarters: so each wait is longer than the one before.
        let permille = u32::try_from(750 + chance % 501).unwrap_or(1000);
        Some(wait.saturating_mul(permille) / 1000)
    }
}

/// Whether what has failed may go well if it is done again.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::Reply { reply, .. } if reply.code() == Some(DISK_FULL) => false,
        error => error.is_transient(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::protocol::reply::Reply;

    fn lost() -> Error {
        Error::Eof("x".into())
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let reply =
            |what: &str, text: &str| Error::Reply { what: what.into(), reply: Reply::from_text(text) };
        let of_the_system = |code| io::Error::from_raw_os_error(code);
        for (error, is_tried_again) in [
            (lost(), true),
            (Error::Integrity("x".into()), true),
            (Error::Unverified("x".into()), true),
            (Error::Io { what: "x".into(), source: of_the_system(libc::ECONNRESET) }, true),
            (reply("RETR f", "425 no data connection"), true),
            (reply("STOR f", "421 too many users"), true),
            (reply("STOR f", "450 the file is locked"), true),
            (reply("RETR f", "550 Broken pipe"), true),
            (reply("USER u", "530 too many connections"), true),
            (reply("STOR f", "452 the disk is full"), false),
            (reply("STOR f", "552 quota exceeded"), false),
            (reply("RETR f", "550 no such file"), false),
            (reply("PASS ****", "530 no"), false),
            (reply("PASS ****", "430 no"), false),
            (Error::File { what: "x".into(), source: of_the_system(libc::ENOSPC) }, false),
            (Error::Certificate("x".into()), false),
            (Error::Exists("x".into()), false),
            (Error::NotFound("x".into()), false),
            (Error::Cancelled("x".into()), false),
            (Error::NotConnected("x".into()), false),
        ] {
            let mut tries = Tries::new(Retries { count: 1, first_wait: Duration::from_secs(1) });
            assert_eq!(tries.wait_after(&error, 0).is_some(), is_tried_again, "{error}");
        }
    }

    #[test]
    fn each_wait_is_longer_than_the_one_before_whatever_chance_says() {
        for chance in [0, 250, 500, u64::MAX] {
            let mut tries = Tries::new(Retries { count: 6, first_wait: Duration::from_secs(1) });
            let mut before = Duration::ZERO;
            for at in 0..6_u32 {
                // The worst that can happen: a short wait after a long one.
                let chance = if at % 2 == 0 { chance } else { 0 };
                let wait = tries.wait_after(&lost(), chance).unwrap();
                let about = Duration::from_secs(1 << at);
                assert!(wait >= about * 3 / 4 && wait <= about * 5 / 4, "{wait:?} is not about {about:?}");
                assert!(wait > before, "{wait:?} after {before:?}");
                before = wait;
                assert_eq!(tries.attempts(), at + 2);
            }
            assert_eq!(tries.wait_after(&lost(), chance), None);
        }
    }

    #[test]
    fn no_wait_is_endless() {
        for first_wait in [Duration::ZERO, Duration::from_secs(200), Duration::from_secs(1000), Duration::MAX]
        {
            let mut tries = Tries::new(Retries { count: u32::MAX, first_wait });
            for _ in 0..100 {
                let wait = tries.wait_after(&lost(), 500).unwrap();
                let most = LONGEST.max(first_wait).saturating_mul(5) / 4;
                assert!(wait <= most, "{wait:?} of {first_wait:?}");
            }
        }
        assert_eq!(Tries::new(Retries::default()).wait_after(&lost(), 0), None);
    }
}
