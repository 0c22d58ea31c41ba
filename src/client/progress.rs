//! What the user is told of a transfer while it goes on.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::shared::Shared;
use crate::error::Error;
use crate::net::clock;
use crate::printable::printable;

/// How often the user is told at most.
const INTERVAL: Duration = Duration::from_millis(100);
/// Over how long the rate is measured.
const WINDOW: Duration = Duration::from_secs(3);

/// How far a transfer has got.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The argument of the command: in most cases a path. Of a file that has a temporary name meanwhile, the final one.
    pub name: &'a [u8],
    /// How many bytes have gone over the data connection.
    pub bytes: u64,
    /// The offset in the file that the transfer began at.
    pub offset: u64,
    /// The size of the whole file, if it is known.
    pub total: Option<u64>,
    /// How many bytes went in each of the last seconds.
    pub rate: u64,
    /// How long the rest takes at this rate, if that can be known.
    pub left: Option<Duration>,
    /// The data goes to the server.
    pub is_upload: bool,
    /// The transfer has ended well, and a file is known to be whole: this is the last call.
    pub has_ended: bool,
    /// The data is no file, but a listing.
    pub is_listing: bool,
    /// How far all files of the call have got.
    pub all: Standings,
}

/// How far all files of a call have got, in all its sessions.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// How many bytes of them are there, with those that were there already of files that were continued.
    pub bytes: u64,
    /// How many there will be, if that is known.
    pub total: Option<u64>,
    /// How many bytes went in each of the last seconds.
    pub rate: u64,
}

/// How far a transfer has got, for who does not know the time.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub bytes: u64,
    pub offset: u64,
    pub total: Option<u64>,
    pub is_upload: bool,
    pub has_ended: bool,
    pub is_listing: bool,
}

impl Standing {
    /// Of a file that is there already.
    pub(crate) fn of_file(size: u64, is_upload: bool) -> Standing {
        Standing { offset: size, total: Some(size), is_upload, ..Standing::default() }
    }
}

/// Is told how far a transfer has got. An error is the value that stops it.
pub type ProgressHook = Box<dyn FnMut(&Progress<'_>) -> Result<(), i64> + Send + Sync>;

/// The function that is told, if there is one, and what it was told.
#[derive(Default)]
pub(crate) struct Teller {
    hook: Option<ProgressHook>,
    /// The same function, while several sessions use it.
    shared: Shared<ProgressHook>,
    name: Vec<u8>,
    /// What a command names, and what the user calls it.
    alias: Option<Box<(Vec<u8>, Vec<u8>)>>,
    /// When it is to be told next.
    next: Option<Instant>,
    meter: Meter,
    /// Of all files of the call. Its sessions share it. Where nobody is told, there is none.
    sum: Option<Arc<Mutex<Sum>>>,
    /// What the sum has of this transfer, and how much of that has moved.
    counted: (u64, u64),
    /// The transfer fetches a range of a file, and [`Teller::came`] counts it.
    is_range: bool,
    has_ended: bool,
    file: Option<Box<WholeFile>>,
    /// What the user has answered to the end of a file, if that is to stop the others.
    last_answer: Option<i64>,
}

/// What one file takes: several transfers, perhaps, of which none is the last that is told of it.
struct WholeFile {
    is_upload: bool,
    /// Where its own last transfer has ended, and at which rate.
    end: Option<(Standing, u64)>,
}

#[derive(Debug, Default)]
struct Sum {
    bytes: u64,
    moved: u64,
    total: Option<u64>,
    meter: Meter,
}

impl Teller {
    pub(crate) fn set(&mut self, hook: Option<ProgressHook>) {
        self.take_back();
        self.sum = hook.is_some().then(Arc::default);
        (self.hook, self.last_answer) = (hook, None);
        self.begin(b"");
    }

    pub(crate) fn is_set(&self) -> bool {
        self.hook.is_some() || self.shared.is_set()
    }

    /// The same function for another session, which has transfers of its own.
    pub(crate) fn share(&mut self) -> Teller {
        Teller { shared: self.shared.share(&mut self.hook), sum: self.sum.clone(), ..Teller::default() }
    }

    /// After [`Teller::share`], when the other sessions are gone.
    pub(crate) fn take_back(&mut self) {
        self.shared.take_back(&mut self.hook);
    }

    /// A call begins.
    pub(crate) fn begin_call(&mut self) {
        if self.is_set() {
            self.sum().into_iter().for_each(|mut sum| *sum = Sum::default());
            (self.counted, self.has_ended) = ((0, 0), true);
            (self.file, self.last_answer) = (None, None);
        }
    }

    /// A file is moved, in as many transfers as that takes. [`Teller::end_file`] or [`Teller::give_up_file`] comes after them.
    pub(crate) fn begin_file(&mut self, is_upload: bool) {
        if self.is_set() {
            self.file = Some(Box::new(WholeFile { is_upload, end: None }));
            (self.counted, self.has_ended) = ((0, 0), true);
        }
    }

    /// The file is known to be whole. `standing`: how far it is if nothing of it had to be moved.
    pub(crate) fn end_file(&mut self, name: &[u8], standing: Standing) {
        let Some(file) = self.file.take() else { return };
        self.name.clear();
        self.name.extend_from_slice(name);
        if let Some((moved, _)) = file.end {
            self.counted.1 = moved.bytes;
        }
        let (standing, rate) = file.end.unwrap_or((standing, 0));
        self.last_answer = self.tell_at(rate, Standing { has_ended: true, ..standing }).err();
        self.has_ended = true;
    }

    /// A file has ended, and others may follow.
    ///
    /// # Errors
    /// [`Error::Callback`]: the user wants none.
    pub(crate) fn go_on(&mut self) -> Result<(), Error> {
        match self.last_answer.take() {
            Some(value) => Err(Error::Callback { what: printable(&self.name), value }),
            None => Ok(()),
        }
    }

    /// The file has failed. What came of it does not count: whoever fetches it anew counts it again.
    pub(crate) fn give_up_file(&mut self) {
        if self.file.take().is_some() {
            let counted = std::mem::take(&mut self.counted);
            self.forget(counted.0);
            self.has_ended = true;
        }
    }

    /// So many bytes do not count any more.
    pub(crate) fn forget(&self, bytes: u64) {
        if let Some(mut sum) = self.sum() {
            sum.bytes = sum.bytes.saturating_sub(bytes);
        }
    }

    /// So many bytes are to be moved in the call, as far as is known.
    pub(crate) fn expect(&mut self, total: Option<u64>) {
        if let Some(mut sum) = self.sum() {
            sum.total = total;
        }
    }

    fn sum(&self) -> Option<MutexGuard<'_, Sum>> {
        Some(self.sum.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Transfers of this temporary name are those of the file that the user has named.
    pub(crate) fn knows_as(&mut self, temporary: &[u8], name: &[u8]) {
        if self.is_set() {
            self.alias = Some(Box::new((temporary.to_vec(), name.to_vec())));
        }
    }

    /// A transfer begins. Where nobody is told, this costs nothing.
    pub(crate) fn begin(&mut self, argument: &[u8]) {
        if !self.is_set() {
            return;
        }
        let alias = self.alias.as_deref().filter(|(temporary, _)| temporary == argument);
        let name = alias.map_or(argument, |(_, name)| name);
        let now = clock::now();
        let is_tried_again = self.name == name && !self.has_ended;
        // What the sum has of it already does not count twice.
        self.counted = (if is_tried_again { self.counted.0 } else { 0 }, 0);
        (self.has_ended, self.is_range) = (false, false);
        self.name.clear();
        self.name.extend_from_slice(name);
        self.next = now.checked_add(INTERVAL);
        self.meter.begin(now);
    }

    /// The transfer that has begun fetches a range of a file, as others do.
    pub(crate) fn is_of_a_range(&mut self) {
        self.is_range = true;
    }

    /// More of a file is there that is fetched in ranges, and so much of that has moved.
    pub(crate) fn came(&mut self, bytes: u64, moved: u64) {
        if let Some(mut sum) = self.sum() {
            sum.bytes += bytes;
            sum.moved += moved;
        }
    }

    /// When it is to be told next; `None` is never.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next.filter(|_| self.is_set())
    }

    pub(crate) fn is_due(&self) -> bool {
        self.next().is_some_and(|next| clock::now() >= next)
    }

    /// Tells it.
    ///
    /// # Errors
    /// The value with which the user stops the transfer.
    pub(crate) fn tell(&mut self, standing: Standing) -> Result<(), i64> {
        let rate = self.meter.rate(clock::now(), standing.bytes);
        self.tell_at(rate, standing)
    }

    /// A transfer has ended well. Of a file, that is not yet the end.
    pub(crate) fn end(&mut self, standing: Standing) {
        if !self.is_set() {
            return;
        }
        let now = clock::now();
        let rate = self.meter.rate(now, standing.bytes);
        let Some(is_upload) = self.file.as_ref().map(|file| file.is_upload) else {
            let _ = self.tell_at(rate, Standing { has_ended: true, ..standing });
            return;
        };
        self.count(now, standing);
        // An upload may be fetched again to compare it.
        if let Some(file) = self.file.as_mut().filter(|_| is_upload == standing.is_upload && !self.is_range) {
            file.end = Some((standing, rate));
        }
    }

    fn tell_at(&mut self, rate: u64, standing: Standing) -> Result<(), i64> {
        if !self.is_set() {
            return Ok(());
        }
        let Standing { bytes, offset, total, is_upload, has_ended, is_listing } = standing;
        let now = clock::now();
        let rest = total.map(|total| total.saturating_sub(offset.saturating_add(bytes)));
        let left = if has_ended { Some(Duration::ZERO) } else { time_for(rest, rate) };
        let all = self.count(now, standing);
        let name = self.name.as_slice();
        let progress =
            Progress { name, bytes, offset, total, rate, left, is_upload, has_ended, is_listing, all };
        let told = match &mut self.hook {
            Some(hook) => hook(&progress),
            None => self.shared.with(|hook| hook(&progress)).unwrap_or(Ok(())),
        };
        self.meter.add(now, bytes);
        // From when it has returned: one that takes long must not be all that there is.
        self.next = clock::now().checked_add(INTERVAL);
        told
    }

    /// Adds to the sum what has come since.
    fn count(&mut self, now: Instant, standing: Standing) -> Standings {
        let Some(sum) = &self.sum else { return Standings::default() };
        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
        if !standing.is_listing && !self.is_range {
            let (position, moved) = self.counted;
            self.counted = (position.max(standing.offset.saturating_add(standing.bytes)), standing.bytes);
            sum.bytes += self.counted.0 - position;
            sum.moved += standing.bytes.saturating_sub(moved);
            self.has_ended = standing.has_ended;
        }
        let moved = sum.moved;
        if sum.meter.is_due(now) {
            sum.meter.add(now, moved);
        }
        Standings { bytes: sum.bytes, total: sum.total, rate: sum.meter.rate(now, moved) }
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Teller {{ hook: {} }}", self.is_set())
    }
}

/// In whole seconds, rounded up.
fn time_for(rest: Option<u64>, rate: u64) -> Option<Duration> {
    rest.filter(|_| rate > 0).map(|rest| Duration::from_secs(rest.div_ceil(rate)))
}

/// How many bytes there were, and when: as far back as the rate is measured, and once before that.
#[derive(Debug, Default)]
struct Meter(VecDeque<(Instant, u64)>);

impl Meter {
    fn begin(&mut self, now: Instant) {
        self.0.clear();
        self.0.push_back((now, 0));
    }

    /// Whether it is worth while to add more: not for each of many small files.
    fn is_due(&self, now: Instant) -> bool {
        self.0.back().is_none_or(|&(then, _)| now.saturating_duration_since(then) >= INTERVAL)
    }

    fn add(&mut self, now: Instant, bytes: u64) {
        self.0.push_back((now, bytes));
        let is_old = |&(then, _): &(Instant, u64)| now.saturating_duration_since(then) >= WINDOW;
        while self.0.get(1).is_some_and(is_old) {
            self.0.pop_front();
        }
    }

    /// Bytes in a second.
    fn rate(&self, now: Instant, bytes: u64) -> u64 {
        let Some(&(then, before)) = self.0.front() else { return 0 };
        let nanoseconds = now.saturating_duration_since(then).as_nanos().max(1);
        let moved = u128::from(bytes.saturating_sub(before));
        u64::try_from(moved * 1_000_000_000 / nanoseconds).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
        let start = clock::now();
        let at = |milliseconds| start.checked_add(Duration::from_millis(milliseconds)).unwrap();
        let mut meter = Meter::default();
        assert_eq!(meter.rate(start, 5), 0);
        meter.begin(start);
        assert_eq!(meter.rate(at(100), 1000), 10_000);
        assert_eq!(meter.rate(at(2000), 1000), 500);
        for tenth in 1..=100 {
            meter.add(at(tenth * 100), tenth * 100);
        }
        assert_eq!(meter.rate(at(10_000), 10_000), 1000);
        // It stands still.
        for tenth in 101..=129 {
            meter.add(at(tenth * 100), 10_000);
        }
        assert!(meter.rate(at(12_900), 10_000) < 100);
        meter.add(at(13_000), 10_000);
        meter.add(at(13_100), 10_000);
        assert_eq!(meter.rate(at(13_200), 10_000), 0);
        assert!(meter.0.len() < 40, "{}", meter.0.len());
        // Nobody asked for long: what is known is older than the window.
        assert_eq!(meter.rate(at(110_000), 110_000), 1001);
    }

    #[test]
    fn the_time_that_is_left_is_not_known_without_a_size_or_a_rate() {
        for (rest, rate, left) in [
            (Some(100), 10, Some(10)),
            (Some(101), 10, Some(11)),
            (Some(0), 10, Some(0)),
            (Some(100), 0, None),
            (None, 10, None),
            (Some(u64::MAX), 1, Some(u64::MAX)),
        ] {
            assert_eq!(time_for(rest, rate), left.map(Duration::from_secs), "{rest:?} {rate}");
        }
    }
}
