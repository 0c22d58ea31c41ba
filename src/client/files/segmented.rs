//! A file that several sessions fetch together, each of them a range of it.
//!
//! Whoever fetches a range begins a little before it. So it shows at each joint whether both have fetched the same file, and whether
//! the server has begun where it was told to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::client::files::get::is_for_good;
use crate::client::files::get_request::GetRequest;
use crate::client::files::hash::Check;
use crate::client::files::ranges::{Piece, Ranges};
use crate::client::files::resume::OVERLAP;
use crate::client::history::{Report, Verified};
use crate::client::pool::Repeats;
use crate::client::progress::Standing;
use crate::client::session::Session;
use crate::client::transfer::body::{DEFAULT_BLOCK, Room};
use crate::disk::Part;
use crate::error::{Error, Result};
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Direction;

/// After so many bytes more, the note beside the part says that they are there.
const NOTED: u64 = 32 * 1024 * 1024;

/// See the module.
pub(crate) struct Segmented {
    wanted: GetRequest,
    size: u64,
    /// Whose bytes they are: see [`Session::identity`].
    identity: Vec<u8>,
    /// What the file is to have.
    time: Option<i64>,
    state: Mutex<State>,
}

struct State {
    /// `None` while somebody looks at the whole, and afterwards.
    part: Option<Part>,
    ranges: Ranges,
    joints: Vec<Joint>,
    /// How many do something for it.
    busy: usize,
    /// Somebody looks at the whole, or has.
    is_looked_at: bool,
    end: Option<End>,
    /// Somebody was told of the end.
    is_told: bool,
    /// What the note vouches for.
    vouched: u64,
    repeats: Repeats,
    report: Report,
}

/// What was fetched before a range.
struct Joint {
    /// Where the range begins.
    end: u64,
    bytes: Vec<u8>,
}

/// What became of it.
enum End {
    Done,
    Failed(Error),
    /// It has changed, or the server does not go on in the middle of it.
    Anew,
}

/// What became of it, for the last who leaves.
pub(crate) enum Over {
    Done(Report),
    Failed(Error, Report),
    /// It is to be fetched by one session.
    Anew,
}

/// What one of the sessions does.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Share {
    /// It fetches a range.
    Range(Piece),
    /// All is here: it looks whether that is the file, and gives it its name.
    Whole,
}

/// Whether a session is to go on.
enum Next {
    More,
    /// The range is here.
    Enough,
    /// This is not the file that was begun with.
    Different,
    /// All has ended.
    Over,
}

impl Segmented {
    /// The first `have` bytes of the part are those of the file.
    pub(super) fn new(
        wanted: &GetRequest,
        mut part: Part,
        have: u64,
        (identity, size): (Vec<u8>, u64),
        time: Option<i64>,
    ) -> Result<Segmented> {
        part.vouch(have, wanted.resume.then_some(&identity))?;
        let state = State {
            part: Some(part),
            ranges: Ranges::of(size, have),
            joints: Vec::new(),
            busy: 0,
            is_looked_at: false,
            end: None,
            is_told: false,
            vouched: have,
            repeats: Repeats::default(),
            report: Report { resumed: have > 0, ..Report::begin(have) },
        };
        Ok(Segmented { wanted: wanted.clone(), size, identity, time, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path on the server.
    pub(crate) fn remote(&self) -> &[u8] {
        &self.wanted.remote
    }

    /// How many bytes of it are here.
    pub(crate) fn len(&self) -> u64 {
        self.state().ranges.len()
    }

    /// For how many more there is something to do.
    pub(crate) fn open(&self) -> usize {
        let state = self.state();
        match (&state.end, state.ranges.is_whole()) {
            (Some(_), _) => 0,
            (None, true) => usize::from(!state.is_looked_at),
            (None, false) => state.ranges.open(),
        }
    }

    /// What one more session can do. `may_split`: also at the cost of another.
    pub(crate) fn take(&self, may_split: bool) -> Option<Share> {
        let mut state = self.state();
        if state.end.is_some() {
            return None;
        }
        let share = if state.ranges.is_whole() {
            state.look_at_the_whole()
        } else if may_split || state.ranges.free() > 0 {
            state.ranges.take().map(Share::Range)
        } else {
            None
        };
        state.busy += usize::from(share.is_some());
        share
    }

    /// What a session that is here already does after it has fetched a range.
    pub(crate) fn take_next(&self) -> Option<Share> {
        let mut state = self.state();
        if state.end.is_none() && state.ranges.is_whole() { state.look_at_the_whole() } else { None }
    }

    /// Whether what was begun may be begun once more in another session.
    pub(crate) fn may_be_repeated(&self, was_sent: bool) -> bool {
        let state = self.state();
        state.end.is_none() && state.repeats.are_left(was_sent)
    }

    /// The session was lost: somebody else does this.
    pub(crate) fn put_back(&self, share: Share, was_sent: bool) {
        let mut state = self.state();
        state.repeats.count(was_sent);
        state.report.attempts += u32::from(was_sent);
        state.busy = state.busy.saturating_sub(1);
        match share {
            Share::Range(piece) => state.ranges.give_back(piece),
            Share::Whole => state.is_looked_at = false,
        }
    }

    /// A session does no more for it. If that is its end, what has become of it.
    pub(crate) fn leave(&self, share: Share, outcome: Result<()>) -> Option<Over> {
        let mut state = self.state();
        state.busy = state.busy.saturating_sub(1);
        if let Err(error) = outcome {
            // A helper that has not begun is no loss: the one that it was to help goes on.
            let is_no_loss =
                matches!(share, Share::Range(piece) if state.ranges.join_to_the_one_before(piece));
            if !is_no_loss {
                state.end.get_or_insert(End::Failed(error));
            }
        }
        if state.is_told || state.end.is_none() || state.busy > 0 && !matches!(state.end, Some(End::Done)) {
            return None;
        }
        state.is_told = true;
        state.report.end();
        let report = state.report;
        match state.end.replace(End::Done)? {
            End::Done => Some(Over::Done(report)),
            End::Failed(error) => Some(Over::Failed(error, report)),
            End::Anew => {
                // Nobody is to go on from it.
                match state.part.take().map(|mut part| part.begin_anew(None)) {
                    Some(Err(error)) => Some(Over::Failed(error, report)),
                    _ => Some(Over::Anew),
                }
            }
        }
    }

    /// All has ended for another reason. Whether this was the last who did something for it.
    pub(crate) fn interrupt(&self) -> bool {
        let mut state = self.state();
        state.busy = state.busy.saturating_sub(1);
        state.busy == 0 && !state.is_told
    }

    /// Where to begin with a range. `None`: there is nothing to do any more.
    fn begin(&self, piece: Piece) -> Option<u64> {
        let mut state = self.state();
        if state.end.is_some() {
            return None;
        }
        let (from, offset) = (state.ranges.from(piece), state.ranges.offset(piece, OVERLAP));
        if offset < from {
            state.joints.retain(|joint| joint.end != from);
            state.joints.push(Joint { end: from, bytes: Vec::new() });
        }
        Some(offset)
    }

    /// The server does not begin where the range begins.
    fn refused(&self, piece: Piece) {
        let mut state = self.state();
        let from = state.ranges.from(piece);
        state.joints.retain(|joint| joint.end != from);
        if !state.ranges.join_to_the_one_before(piece) {
            state.end.get_or_insert(End::Anew);
        }
    }

    /// A block that stands at `at` in the file. Returns also how many bytes of it are new.
    fn take_block(&self, piece: Piece, at: u64, block: &[u8]) -> Result<(Next, usize)> {
        let mut state = self.state();
        let State { part: Some(part), ranges, joints, end: None, .. } = &mut *state else {
            return Ok((Next::Over, 0));
        };
        let sorted = ranges.sort(piece, at, block.len());
        let (joint, rest) = block.split_at_checked(sorted.joint).unwrap_or((block, b""));
        let (again, rest) = rest.split_at_checked(sorted.again).unwrap_or((rest, b""));
        let new = rest.get(..sorted.new).unwrap_or(rest);
        let from = ranges.from(piece);
        if let Some(known) = joints.iter_mut().find(|known| known.end == from) {
            known.bytes.extend_from_slice(joint);
        }
        let mut here = vec![0; again.len()];
        part.read_at(&mut here, at + joint.len() as u64)?;
        if here != again || sorted.is_too_long {
            return Ok((Next::Different, 0));
        }
        part.write_at(new, at + (joint.len() + again.len()) as u64)?;
        ranges.wrote(piece, new.len());
        state.report.bytes = state.report.bytes.map(|bytes| bytes + block.len() as u64);
        if !joint.is_empty() && !state.joints_fit()? {
            return Ok((Next::Different, 0));
        }
        state.note(self)?;
        Ok((if sorted.is_enough { Next::Enough } else { Next::More }, new.len()))
    }

    /// How many bytes of a range are to come.
    fn rest(&self, piece: Piece) -> u64 {
        self.state().ranges.rest(piece)
    }

    /// A range is here. Whether it fits to what is beside it.
    fn finish(&self, piece: Piece) -> Result<bool> {
        let mut state = self.state();
        state.ranges.finish(piece);
        state.joints_fit()
    }

    fn begin_anew(&self) {
        self.state().end.get_or_insert(End::Anew);
    }
}

impl State {
    fn look_at_the_whole(&mut self) -> Option<Share> {
        let was_looked_at = std::mem::replace(&mut self.is_looked_at, true);
        (!was_looked_at).then_some(Share::Whole)
    }

    /// Compares what was fetched before a range with what is there, where all of both is here.
    fn joints_fit(&mut self) -> Result<bool> {
        let State { part: Some(part), ranges, joints, .. } = self else { return Ok(true) };
        let mut do_fit = true;
        let mut failed = Ok(());
        joints.retain(|joint| {
            let from = joint.end.saturating_sub(OVERLAP);
            let is_all = joint.bytes.len() as u64 == joint.end - from && ranges.has(from, joint.end);
            if !is_all || failed.is_err() {
                return true;
            }
            let mut here = vec![0; joint.bytes.len()];
            failed = part.read_at(&mut here, from);
            do_fit &= here == joint.bytes;
            false
        });
        failed.map(|()| do_fit)
    }

    /// Has the note vouch for what is there, from time to time: if the process is killed, the next call goes on from it.
    fn note(&mut self, file: &Segmented) -> Result<()> {
        let whole = self.ranges.whole_up_to();
        let Some(part) = self.part.as_mut().filter(|_| file.wanted.resume && whole >= self.vouched + NOTED)
        else {
            return Ok(());
        };
        self.vouched = whole;
        part.vouch(whole, Some(&file.identity))
    }
}

/// What it could not finish is kept, if that was wanted.
impl Drop for Segmented {
    fn drop(&mut self) {
        let identity = self.wanted.resume.then_some(self.identity.as_slice());
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(part) = state.part.as_mut().filter(|part| part.is_of_this_process()) {
            // Without a note it is begun anew.
            let _ = part.vouch(state.ranges.whole_up_to(), identity);
        }
    }
}

impl Session<'_> {
    /// Does one share of the work.
    pub(crate) async fn do_share(&mut self, file: &Segmented, share: Share) -> Result<()> {
        match share {
            Share::Range(piece) => self.fetch_range(file, piece).await,
            Share::Whole => self.look_at_the_whole(file).await,
        }
    }

    async fn fetch_range(&mut self, file: &Segmented, piece: Piece) -> Result<()> {
        let command = self.about("RETR", &file.wanted.remote)?;
        self.prepare_for(&command, TransferType::Image, Direction::FromServer).await?;
        let Some(offset) = file.begin(piece) else { return Ok(()) };
        match self.begin(&command, (offset > 0).then_some(offset)).await {
            Err(refusal) if offset > 0 && is_for_good(&refusal) => {
                self.go_on_after(refusal).await?;
                file.refused(piece);
                return Ok(());
            }
            outcome => outcome?,
        }
        self.expect_total(Some(file.size));
        self.env.progress.is_of_a_range();
        let (mut room, mut at) = (Room::new(DEFAULT_BLOCK)?, offset);
        loop {
            let block = self.read_block(&mut room).await?;
            if block.is_empty() {
                self.finish("received").await?;
                // It may have become shorter.
                if file.rest(piece) > 0 || !file.finish(piece)? {
                    file.begin_anew();
                }
                return Ok(());
            }
            let (next, new) = file.take_block(piece, at, block)?;
            self.env.progress.came(new as u64, block.len() as u64);
            let is_same = match next {
                Next::More => {
                    at += block.len() as u64;
                    self.checkpoint().await?;
                    continue;
                }
                Next::Enough => file.finish(piece)?,
                Next::Different => false,
                Next::Over => true,
            };
            if !is_same {
                file.begin_anew();
            }
            self.stop_in_the_middle().await;
            return Ok(());
        }
    }

    /// What the server still sends is of no use.
    async fn stop_in_the_middle(&mut self) {
        if !self.is_settled().await {
            let what = self.connection.transfer.what.clone();
            self.connection.broken = Some(format!("it was closed after a part of a file ({what})"));
        }
    }

    /// All ranges are here. They are the file if the server has it still, and it is still the same.
    async fn look_at_the_whole(&mut self, file: &Segmented) -> Result<()> {
        let path = &file.wanted.remote;
        if self.identity(path).await?.is_none_or(|now| now != (file.identity.clone(), file.size)) {
            file.begin_anew();
            return Ok(());
        }
        let Some(mut part) = file.state().part.take() else { return Ok(()) };
        let outcome = self.verify_and_publish(file, &mut part).await;
        let mut state = file.state();
        match outcome {
            Ok(None) => {
                state.part = Some(part);
                state.end.get_or_insert(End::Anew);
                Ok(())
            }
            Ok(Some(verified)) => {
                state.end.get_or_insert(End::Done);
                state.report.verified = verified;
                state.report.end();
                self.history.report = Some(state.report);
                let offset = state.report.offset;
                let standing = Standing {
                    offset,
                    bytes: file.size - offset.min(file.size),
                    ..Standing::of_file(file.size, false)
                };
                drop(state);
                self.env.progress.is_of_a_range();
                self.env.progress.end_file(path, standing);
                Ok(())
            }
            Err(error) => {
                state.part = Some(part);
                Err(error)
            }
        }
    }

    /// `None`: the server tells the hash of others.
    async fn verify_and_publish(&mut self, file: &Segmented, part: &mut Part) -> Result<Option<Verified>> {
        // Whoever is stopped while the server computes a hash need not fetch the file once more.
        part.vouch(file.size, file.wanted.resume.then_some(&file.identity))?;
        let mut verified = Verified::Size;
        if file.wanted.verify {
            let path = &file.wanted.remote;
            if !self.has_same_hash(path, file.size, &mut Check::default(), &*part).await? {
                return Ok(None);
            }
            verified = Verified::Hash;
        }
        part.publish(file.time)?;
        Ok(Some(verified))
    }
}
