//! A file of the server becomes a file of this machine.

use std::future::pending;
use std::time::Duration;

use crate::client::files::get_request::GetRequest;
use crate::client::files::hash::{Check, Here};
use crate::client::files::ranges::Ranges;
use crate::client::files::resume::{self, Start};
use crate::client::files::segmented::Segmented;
use crate::client::files::verdict::{Verdict, is_want_of_room, leaves_open, of_download};
use crate::client::history::{Report, Verified};
use crate::client::metadata::named;
use crate::client::session::Session;
use crate::client::transfer::body::{DEFAULT_BLOCK, Room};
use crate::disk::{InPlace, Part, Place, Replace};
use crate::error::{Error, Result};
use crate::net::{Deadline, Pipe, is_refusal};
use crate::protocol::command::Command;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Direction;

/// How long to wait for the reader of a FIFO, which nothing tells of.
const READER_TIME: Duration = Duration::from_millis(10);

/// A download, over all its attempts.
pub(crate) struct Download<'a> {
    wanted: &'a GetRequest,
    command: Command,
    target: Target,
    /// Whose bytes are in the target: see [`Session::identity`].
    source: Option<Vec<u8>>,
    wish: Wish,
    /// In nanoseconds since 1970, if the file is to have it.
    time: Option<i64>,
    /// A later attempt may go on from what this one has got.
    may_go_on: bool,
    /// If there is no room for all of it, others are to have what it has taken.
    gives_way: bool,
    check: Check,
    /// All has come, and the server did not confirm it.
    is_open: bool,
    /// What is in the target begins with what an earlier call has left there.
    is_resumed: bool,
}

/// Which time the file is to have.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// That of the download.
    None,
    /// What the server tells. Without it there is no file.
    Told,
    /// What the server tells, or else this, if it is known.
    ToldOr(Option<i64>),
    /// This, which the server has told already.
    Known(i64),
}

/// What a download has become that several sessions may do.
pub(crate) enum Begun<'a> {
    /// One session does it.
    Whole(Download<'a>),
    Segmented(Segmented),
}

/// Where the data goes.
enum Target {
    Part(Part),
    InPlace(InPlace),
}

impl Target {
    fn len(&self) -> u64 {
        match self {
            Target::Part(part) => part.len(),
            Target::InPlace(file) => file.len(),
        }
    }
}

impl Here for Target {
    fn read(&self, buffer: &mut [u8], at: u64) -> Result<usize> {
        match self {
            Target::Part(part) => part.read(buffer, at),
            // What cannot be read has come by, each byte of it.
            Target::InPlace(_) => Ok(0),
        }
    }
}

/// What came of comparing.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Compared {
    Same,
    Different,
}

impl<'a> Download<'a> {
    /// What can be found out before anything is sent. `is_retried`: there may be more than one attempt.
    pub(crate) fn begin(wanted: &'a GetRequest, is_retried: bool) -> Result<Download<'a>> {
        wanted.check()?;
        let command = named("RETR", &wanted.remote)?;
        let replace = if wanted.no_replace { Replace::No } else { Replace::Yes };
        let path = &wanted.local;
        let target = match (wanted.in_place, wanted.resume) {
            (true, _) => Target::InPlace(InPlace::open(path, wanted.no_replace)?),
            (false, true) => Target::Part(Part::find(path, replace)?),
            (false, false) => Target::Part(Part::create(path, replace)?),
        };
        let wish = if wanted.keep_time { Wish::Told } else { Wish::None };
        Ok(Download::to(target, wanted, command, wish, is_retried))
    }

    /// As [`Download::begin`], to a place in a tree.
    pub(crate) fn begin_at(
        place: Place,
        wanted: &'a GetRequest,
        wish: Wish,
        is_retried: bool,
    ) -> Result<Download<'a>> {
        let command = named("RETR", &wanted.remote)?;
        let replace = if wanted.no_replace { Replace::No } else { Replace::Yes };
        let part =
            if wanted.resume { Part::find_at(place, replace)? } else { Part::create_at(place, replace)? };
        let download = Download::to(Target::Part(part), wanted, command, wish, is_retried);
        Ok(Download { gives_way: true, ..download })
    }

    /// It has failed for good.
    pub(crate) fn give_up(&mut self, error: &Error) {
        if self.gives_way && is_want_of_room(error) {
            // Nothing more can be done about it.
            let _ = self.begin_anew(None);
        }
    }

    /// Begins what several sessions do, if the rest of the file is worth that: `identity` tells which file it is.
    pub(crate) fn split(mut self, identity: (Vec<u8>, u64)) -> Result<Begun<'a>> {
        let start = self.start(Some(&identity))?;
        let have = if start == Start::Anew { 0 } else { self.len() };
        match self.target {
            Target::Part(part) if Ranges::is_worth_it(identity.1, have) => {
                Segmented::new(self.wanted, part, have, identity, self.time).map(Begun::Segmented)
            }
            target => Ok(Begun::Whole(Download { target, ..self })),
        }
    }

    fn to(
        mut target: Target,
        wanted: &'a GetRequest,
        command: Command,
        wish: Wish,
        is_retried: bool,
    ) -> Download<'a> {
        let source = match &mut target {
            Target::Part(part) => Some(part.note()).filter(|note| !note.is_empty()),
            Target::InPlace(_) => None,
        };
        let may_go_on = wanted.resume || is_retried;
        let check = Check::default();
        Download {
            wanted,
            command,
            target,
            source,
            wish,
            time: None,
            may_go_on,
            gives_way: false,
            check,
            is_open: false,
            // Otherwise it is begun anew.
            is_resumed: true,
        }
    }

    /// Where to begin, now that it is known which file the server has.
    fn start(&mut self, identity: Option<&(Vec<u8>, u64)>) -> Result<Start> {
        let is_same = identity.is_some_and(|(text, _)| self.source.as_ref() == Some(text));
        let start = match &self.target {
            Target::Part(part) if is_same => resume::download(part.len(), identity.map(|(_, size)| *size)),
            _ => Start::Anew,
        };
        if start == Start::Anew {
            self.begin_anew(identity.map(|(text, _)| text.as_slice()))?;
        }
        Ok(start)
    }

    fn begin_anew(&mut self, source: Option<&[u8]>) -> Result<()> {
        self.source = source.map(<[u8]>::to_vec);
        self.is_resumed = false;
        self.check.begin_anew();
        match &mut self.target {
            Target::Part(part) => part.begin_anew(source),
            Target::InPlace(file) => {
                if file.begin_anew()? {
                    return Ok(());
                }
                let text = "what was written in place cannot be taken back, so it cannot be begun anew";
                Err(Error::Unsupported(text.into()))
            }
        }
    }

    /// How many bytes are here.
    pub(crate) fn len(&self) -> u64 {
        self.target.len()
    }

    /// The bytes of a block from `at` on that are here already must be the same. What is left of the block is new.
    fn compare<'b>(&self, at: u64, block: &'b [u8]) -> Result<(Compared, &'b [u8])> {
        let Target::Part(part) = &self.target else { return Ok((Compared::Same, block)) };
        let known = usize::try_from(part.len().saturating_sub(at)).unwrap_or(usize::MAX).min(block.len());
        let (again, new) = block.split_at_checked(known).unwrap_or((block, b""));
        let mut here = vec![0; again.len()];
        part.read_at(&mut here, at)?;
        let compared = if here == again { Compared::Same } else { Compared::Different };
        Ok((compared, new))
    }

    /// The path on the server.
    pub(crate) fn remote(&self) -> &[u8] {
        &self.wanted.remote
    }

    /// It is whole, and gets its name.
    pub(crate) fn publish(&mut self) -> Result<()> {
        match &mut self.target {
            Target::Part(part) => part.publish(self.time),
            Target::InPlace(file) => file.finish(self.time),
        }
    }
}

impl Session<'_> {
    /// Which file it is that several sessions are to fetch. `None`: one session is enough, or must be.
    pub(crate) async fn ask_before_it_is_split(
        &mut self,
        download: &mut Download<'_>,
    ) -> Result<Option<(Vec<u8>, u64)>> {
        download.command = self.about("RETR", &download.wanted.remote)?;
        self.require_sendable(&download.command).await?;
        let size = self.size_if_told(&download.wanted.remote).await?;
        if size.is_none_or(|size| !Ranges::is_worth_it(size, 0)) {
            return Ok(None);
        }
        if download.wanted.verify {
            self.choose_check(&mut download.check).await?;
        }
        if download.wish == Wish::Told {
            download.time = Some(self.time_to_keep(&download.wanted.remote).await?);
        }
        self.identity(&download.wanted.remote).await
    }

    /// One attempt. After it, all of the file is in the target, and it is known to be whole.
    pub(crate) async fn download(&mut self, download: &mut Download<'_>) -> Result<()> {
        download.command = self.about("RETR", &download.wanted.remote)?;
        self.require_sendable(&download.command).await?;
        if download.wanted.verify {
            self.choose_check(&mut download.check).await?;
        }
        let identity = if download.may_go_on { self.identity(&download.wanted.remote).await? } else { None };
        download.time = match download.wish {
            Wish::None => None,
            Wish::Told => Some(self.time_to_keep(&download.wanted.remote).await?),
            Wish::ToldOr(other) => self.modified_if_told(&download.wanted.remote).await?.or(other),
            Wish::Known(time) => Some(time),
        };
        let mut start = download.start(identity.as_ref())?;
        let size = identity.as_ref().map(|(_, size)| *size);
        if start != Start::Anew && size == Some(download.len()) && self.is_here_already(download).await? {
            let here = Report { resumed: true, ..Report::begin(download.len()) };
            self.history.report.get_or_insert(here);
            self.report_whole(Verified::Hash);
            return Ok(());
        }
        let before = download.len();
        loop {
            match self.receive_file(download, start, size).await {
                Ok(Compared::Same) => break,
                Ok(Compared::Different) => {
                    // First: if the session is lost over it, what is here must not be met again.
                    download.begin_anew(None)?;
                    self.stop_to_begin_anew(&download.command).await?;
                }
                // The server does not go on in the middle of a file, or not of this one.
                Err(refusal) if start != Start::Anew && is_for_good(&refusal) => {
                    self.go_on_after(refusal).await?;
                }
                Err(error) => return Err(error),
            }
            start = Start::Anew;
            download.begin_anew(identity.as_ref().map(|(text, _)| text.as_slice()))?;
        }
        let verified = match self.finish_file(download, start, size).await {
            Err(error) if leaves_open(&error) && self.may_be_whole(download, start, size) => {
                download.is_open = true;
                let (what, bytes) = (download.command.shown(), download.len());
                let came = match size.or(self.connection.transfer.announced) {
                    Some(_) => format!("all {bytes} bytes were received, and the server did not confirm it"),
                    None => format!(
                        "the data ended after {bytes} bytes, and the server did not confirm that this is all"
                    ),
                };
                return Err(Error::Unverified(format!("{what}: {came}: {error}")));
            }
            outcome => outcome?,
        };
        let verified = match verified {
            _ if download.wanted.verify => self.verify_download(download).await?,
            // Nothing new has come: all was here, and its end was fetched once more.
            Verified::Size if start != Start::Anew && download.len() == before => Verified::Compared,
            verified => verified,
        };
        if let Some(report) = &mut self.history.report {
            report.verified = report.verified.max(verified);
        }
        Ok(())
    }

    /// As many bytes are here as the server has, of the same file: a hash tells whether they are the same, if it may be asked for.
    async fn is_here_already(&mut self, download: &mut Download<'_>) -> Result<bool> {
        let (path, size) = (&download.wanted.remote, download.len());
        if download.wanted.verify {
            return self.has_same_hash(path, size, &mut download.check, &download.target).await;
        }
        if !download.is_open {
            return Ok(false);
        }
        Ok(self.has_same_hash_if_told(path, size, &download.target).await? == Some(true))
    }

    /// All is here, and the server has confirmed it. So must its hash.
    async fn verify_download(&mut self, download: &mut Download<'_>) -> Result<Verified> {
        let (path, size) = (&download.wanted.remote, download.len());
        if self.has_same_hash(path, size, &mut download.check, &download.target).await? {
            return Ok(Verified::Hash);
        }
        let what = download.command.shown().into_owned();
        if let Target::Part(_) = download.target {
            // Nobody is to go on from it.
            download.begin_anew(None)?;
        }
        let text = format!("{what}: {size} bytes were received, and the server tells the hash of others");
        Err(Error::Integrity(text))
    }

    /// The time that the user wants the file to have. Without it the user gets no file.
    async fn time_to_keep(&mut self, path: &[u8]) -> Result<i64> {
        let no_time =
            || Error::Unsupported("FTP_KEEP_TIME: the server does not tell the time of the file".into());
        self.modified(path).await?.ok_or_else(no_time)
    }

    /// Moves the data. `size`: what SIZE has told before.
    async fn receive_file(
        &mut self,
        download: &mut Download<'_>,
        start: Start,
        size: Option<u64>,
    ) -> Result<Compared> {
        let Download { check, target, is_resumed, .. } = download;
        let known = if start == Start::Anew { 0 } else { target.len() };
        self.take_up_to(known, check, target).await?;
        self.prepare_for(&download.command, TransferType::Image, Direction::FromServer).await?;
        let (mut at, rest) = match start {
            Start::Anew => (0, None),
            Start::At(offset) => (offset, Some(offset)),
        };
        self.begin(&download.command, rest).await?;
        if let Some(report) = &mut self.history.report {
            report.resumed = *is_resumed;
        }
        self.expect_total(size);
        let mut room = Room::new(DEFAULT_BLOCK)?;
        // What is hashed while it moves goes through this process.
        let mut is_moved = download.check.is_wanted();
        loop {
            if room.is_full() && at == download.len() && !is_moved {
                is_moved = true;
                self.move_to_part(download, &mut room).await?;
                at = download.len();
            }
            let block = self.read_block(&mut room).await?;
            if block.is_empty() {
                break;
            }
            let (compared, new) = download.compare(at, block)?;
            if compared == Compared::Different {
                return Ok(Compared::Different);
            }
            at += block.len() as u64;
            self.keep(download, new).await?;
            self.checkpoint().await?;
        }
        // It ended in the middle of what is here: it has become shorter.
        Ok(if at < download.len() { Compared::Different } else { Compared::Same })
    }

    /// Lets the system move the rest of the file, as far as it does.
    async fn move_to_part(&mut self, download: &mut Download<'_>, room: &mut Room) -> Result<()> {
        let Target::Part(part) = &mut download.target else { return Ok(()) };
        let mut drain = |pipe: &mut Pipe| {
            let moved = part.write_by(|file, end| pipe.write_to(file, Some(end)), is_refusal)?;
            Ok(moved.is_some())
        };
        let Some(mut pipe) = self.move_to_file(&mut drain).await? else { return Ok(()) };
        while pipe.held() > 0 {
            let read = pipe.read(room.block());
            read.map_err(|source| Error::Io { what: "cannot read a pipe".into(), source })?;
            part.write(room.block().bytes())?;
        }
        Ok(())
    }

    async fn keep(&self, download: &mut Download<'_>, mut new: &[u8]) -> Result<()> {
        download.check.take(download.len(), new)?;
        match &mut download.target {
            Target::Part(part) => part.write(new),
            Target::InPlace(file) => {
                while !new.is_empty() {
                    let count = file.write(new)?;
                    new = new.get(count..).unwrap_or_default();
                    if count == 0 {
                        let pause = Deadline::after(Some(READER_TIME));
                        let _ = pause.limit(&self.env.reactor, pending::<()>()).await;
                    }
                }
                Ok(())
            }
        }
    }

    /// What the server sends is another file than what is here.
    pub(super) async fn stop_to_begin_anew(&mut self, command: &Command) -> Result<()> {
        let what = command.shown();
        self.env.log.state(format_args!("{what}: the file has changed; it is fetched anew"));
        if self.is_settled().await {
            return Ok(());
        }
        let text = format!("{what}: the file has changed since a part of it was fetched");
        self.connection.broken = Some(text.clone());
        Err(Error::Integrity(text))
    }

    /// The final reply, and the size. `size`: what SIZE has told before.
    async fn finish_file(
        &mut self,
        download: &Download<'_>,
        start: Start,
        size: Option<u64>,
    ) -> Result<Verified> {
        self.finish("received").await?;
        let have = download.len();
        if self.history.report.is_some_and(|report| report.verified == Verified::Size) {
            // It was asked for because the data had no proper end.
            return Ok(Verified::Size);
        }
        let announced = self.connection.transfer.announced.filter(|_| start == Start::Anew);
        match of_download(have, announced, size, false) {
            Verdict::Whole(verified) => return Ok(verified),
            Verdict::Ask | Verdict::Other(_) => {}
        }
        let size = self.size_if_told(&download.wanted.remote).await?;
        match of_download(have, announced, size, true) {
            Verdict::Whole(verified) => Ok(verified),
            Verdict::Other(size) => {
                let what = download.command.shown();
                let text = format!("{what}: {have} bytes were received, and the file has {size}");
                Err(Error::Integrity(text))
            }
            Verdict::Ask => Ok(Verified::FinalReply),
        }
    }

    /// Whether all may be here, although nobody has confirmed it.
    fn may_be_whole(&self, download: &Download<'_>, start: Start, size: Option<u64>) -> bool {
        let announced = self.connection.transfer.announced.filter(|_| start == Start::Anew);
        size.or(announced).is_none_or(|size| size == download.len())
    }
}

/// A refusal that will not pass.
pub(super) fn is_for_good(error: &Error) -> bool {
    error.is_refusal() && !error.is_transient()
}
