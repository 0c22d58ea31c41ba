//! Many commands at once: what can be sent before others are answered is, and the rest waits for its turn.

mod job;
mod judge;

use std::sync::atomic::Ordering;

use crate::client::metadata::batch::job::can_be_sent_ahead;
use crate::client::metadata::batch::judge::{Judged, Known, judge};
use crate::client::metadata::named;
use crate::client::session::{Answer, Answers, Session, Step};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::modes::ModeWay;
use crate::protocol::reply::Reply;
use crate::protocol::system::System;
use crate::protocol::times::question;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Fact;
pub use job::{Batch, BatchJob};
pub use judge::{BatchFate, BatchValue};

/// How many steps are planned at a time.
const MOST_STEPS: usize = 1024;

/// What has come of one job.
pub struct BatchResult<'a> {
    /// Which one, counted from 0.
    pub index: usize,
    /// What was asked for, or why there is none.
    pub outcome: Result<&'a mut BatchValue, &'a Error>,
    /// What is known of its commands.
    pub fate: BatchFate,
    /// The last reply to it.
    pub reply: Option<&'a Reply>,
}

/// Is told each result, in the order of the jobs. An error stops the batch, with this reason of the caller's.
pub type BatchHook<'a> = &'a mut (dyn FnMut(BatchResult<'_>) -> Result<(), i64> + Send);

/// How a job is done.
enum Way {
    /// By these commands. Others may be on their way at the same time.
    Steps(Vec<Step>),
    /// With the session to itself.
    Alone,
}

/// What is done next.
enum Plan {
    Group(Group),
    Alone,
    /// It cannot be done.
    Failed(Error),
}

/// Jobs that are done together.
#[derive(Default)]
struct Group {
    steps: Vec<Step>,
    /// For each job the step that comes after its last.
    ends: Vec<usize>,
    /// A job may turn out to need the session to itself, for a question that those behind it must not change the answer to.
    may_stay_open: bool,
    /// A command of the user's own may have changed what SIZE means.
    has_own: bool,
}

impl Group {
    fn add(&mut self, job: &BatchJob, steps: Vec<Step>) {
        self.steps.extend(steps);
        self.ends.push(self.steps.len());
        self.may_stay_open |= matches!(job, BatchJob::Modified(_) | BatchJob::Stat(_));
        self.has_own |= matches!(job, BatchJob::Command(command) if !command.verb().is(Fact::Harmless));
    }

    /// Whether a job must wait until those before it are done.
    fn must_end_before(&self, job: &BatchJob) -> bool {
        self.steps.len() >= MOST_STEPS
            || self.may_stay_open && !job.is_harmless()
            || self.has_own && matches!(job, BatchJob::Size(_) | BatchJob::Stat(_))
    }
}

impl Session<'_> {
    /// Does all that was added to a batch.
    pub(crate) async fn run_batch(&mut self, batch: &Batch, tell: BatchHook<'_>) -> Result<()> {
        self.require_no_unread_reply(&Command::new("NOOP"))?;
        let jobs = batch.begin().ok_or_else(given_up)?;
        let mut teller = Teller { batch, tell, told: 0, stopped: None, failed: 0, first: String::new() };
        while let Some(job) = jobs.get(teller.told) {
            match self.plan_group(&jobs, teller.told).await? {
                Plan::Group(group) => self.do_group(&jobs, &group, &mut teller).await?,
                Plan::Alone => self.do_alone(job, &mut teller).await?,
                Plan::Failed(error) => teller.tell(Err(error), BatchFate::NotSent, None),
            }
            if let Some(value) = teller.stopped {
                let last = jobs.get(teller.told.saturating_sub(1));
                return Err(Error::Callback { what: last.unwrap_or(job).shown(), value });
            }
        }
        teller.into_outcome()
    }

    /// What is to be done next: the jobs from this one on that can be done together, or the one.
    async fn plan_group(&mut self, jobs: &[BatchJob], from: usize) -> Result<Plan> {
        let mut group = Group::default();
        for job in jobs.iter().skip(from) {
            if group.must_end_before(job) {
                break;
            }
            let is_first = group.ends.is_empty();
            match self.way_of(job).await {
                Ok(Way::Steps(steps)) => group.add(job, steps),
                Ok(Way::Alone) if is_first => return Ok(Plan::Alone),
                Ok(Way::Alone) => break,
                Err(error) => {
                    let error = self.is_of_one_job(error).await?;
                    if is_first {
                        return Ok(Plan::Failed(error));
                    }
                    break;
                }
            }
        }
        Ok(Plan::Group(group))
    }

    /// How a job is done on this server. What has to be known or set for it is, before any of the group is sent.
    async fn way_of(&mut self, job: &BatchJob) -> Result<Way> {
        let one = |command: Command| Way::Steps(vec![Step::new(command)]);
        Ok(match job {
            BatchJob::Size(path) => {
                self.prefer_type(TransferType::Image).await?;
                one(named("SIZE", path)?)
            }
            BatchJob::Modified(_) if self.connection.known.login.learned.lacks_mdtm => Way::Alone,
            BatchJob::Modified(path) => one(question(path)?),
            BatchJob::Stat(path) => self.way_to_stat(path).await?,
            BatchJob::Delete(path) => one(named("DELE", path)?),
            BatchJob::MakeDirectory(path) => one(named("MKD", path)?),
            BatchJob::RemoveDirectory(path) => one(named("RMD", path)?),
            BatchJob::Rename { from, to } => {
                Way::Steps(vec![Step { command: named("RNFR", from)?, then: Some(named("RNTO", to)?) }])
            }
            BatchJob::Chmod { path, mode } => {
                let features = self.features().await?;
                let ways = &self.connection.known.login.learned.modes;
                let way = ModeWay::in_order(&features).into_iter().find(|way| ways.has(*way));
                way.map_or(Ok(Way::Alone), |way| way.command(*mode, path).map(one))?
            }
            BatchJob::Command(command) if can_be_sent_ahead(command) => {
                if !command.verb().is(Fact::Harmless) {
                    self.connection.known.login.forget_type();
                }
                one(command.clone())
            }
            BatchJob::Command(_) => Way::Alone,
        })
    }

    /// MLST, or SIZE and MDTM: RFC 3659, section 4, has sizes for files only.
    async fn way_to_stat(&mut self, path: &[u8]) -> Result<Way> {
        self.prepare_system().await?;
        if self.prepare_mlst().await? {
            return Ok(Way::Steps(vec![Step::new(self.about("MLST", path)?)]));
        }
        if self.system() != System::Plain {
            return Ok(Way::Alone);
        }
        self.prefer_type(TransferType::Image).await?;
        let mut steps = vec![Step::new(self.about("SIZE", path)?)];
        steps.extend(self.question_of_time(path)?.map(Step::new));
        Ok(Way::Steps(steps))
    }

    async fn do_group(&mut self, jobs: &[BatchJob], group: &Group, teller: &mut Teller<'_>) -> Result<()> {
        let mut sorter = Sorter {
            jobs: jobs.get(teller.told..).unwrap_or_default(),
            group,
            first: teller.told,
            teller,
            answers: group.steps.iter().map(|_| None).collect(),
            dealt_with: 0,
            is_open: false,
            known: self.known_of_replies(),
        };
        loop {
            let rest = group.steps.get(sorter.dealt_with..).unwrap_or_default();
            let dealt_with = self.exchange_all(rest, &mut sorter).await?;
            sorter.dealt_with += dealt_with;
            while let Some(job) = sorter.open_job() {
                self.do_alone(job, sorter.teller).await?;
                sorter.known = self.known_of_replies();
                sorter.is_open = false;
                sorter.tell_what_is_known();
            }
            if sorter.teller.stopped.is_some() || sorter.dealt_with >= group.steps.len() {
                return Ok(());
            }
        }
    }

    fn known_of_replies(&self) -> Known {
        let learned = &self.connection.known.login.learned;
        let lacks_mlst = learned.features.as_ref().is_some_and(|features| !features.has("MLST"));
        Known { system: self.system(), lacks_mlst: lacks_mlst || learned.mlst_is_broken }
    }

    /// Does a job with the session to itself.
    async fn do_alone(&mut self, job: &BatchJob, teller: &mut Teller<'_>) -> Result<()> {
        let has_changed = teller.batch.note_alone(teller.told);
        self.env.has_changed = Some(has_changed.clone());
        let outcome = Box::pin(self.done_alone(job)).await;
        self.env.has_changed = None;
        // The last of several commands may be the one that was not sent.
        let has_changed = !job.is_harmless() && has_changed.load(Ordering::Relaxed);
        match outcome {
            Ok(value) => teller.tell(Ok(value), BatchFate::Answered, self.history.last_reply.clone()),
            Err(error) => {
                let fate = match error {
                    Error::InvalidArgument(_) | Error::Denied(_) | Error::Unsupported(_) if !has_changed => {
                        BatchFate::NotSent
                    }
                    Error::Protocol(_) => BatchFate::Unknown,
                    _ => BatchFate::Answered,
                };
                let error = self.is_of_one_job(error).await?;
                let reply = match &error {
                    Error::Reply { reply, .. } => Some(reply.clone()),
                    _ if has_changed && fate == BatchFate::Answered => self.history.last_reply.clone(),
                    _ => None,
                };
                teller.tell(Err(error), fate, reply);
            }
        }
        Ok(())
    }

    async fn done_alone(&mut self, job: &BatchJob) -> Result<BatchValue> {
        Ok(match job {
            BatchJob::Size(path) => BatchValue::Size(self.size(&named("SIZE", path)?).await?),
            BatchJob::Modified(path) => BatchValue::Modified(self.modified(path).await?),
            BatchJob::Stat(path) => BatchValue::Entry(Box::new(self.stat(Some(path)).await?)),
            BatchJob::Chmod { path, mode } => {
                self.chmod(path, *mode).await?;
                BatchValue::Nothing
            }
            BatchJob::Command(command) => {
                self.voidcmd(command).await?;
                BatchValue::Nothing
            }
            BatchJob::Delete(path) => self.done("DELE", path).await?,
            BatchJob::RemoveDirectory(path) => self.done("RMD", path).await?,
            BatchJob::MakeDirectory(path) => BatchValue::Path(self.mkd(&named("MKD", path)?).await?),
            BatchJob::Rename { from, to } => {
                self.rename(&named("RNFR", from)?, &named("RNTO", to)?).await?;
                BatchValue::Nothing
            }
        })
    }

    async fn done(&mut self, verb: &'static str, path: &[u8]) -> Result<BatchValue> {
        self.exchange_completed(&named(verb, path)?).await.map(|_| BatchValue::Nothing)
    }

    /// After a job has failed: whether that is about it alone. The session is in step then.
    async fn is_of_one_job(&mut self, error: Error) -> Result<Error> {
        let ends_the_call = error.is_cancelled()
            || matches!(
                error,
                Error::Timeout { .. } | Error::Eof(_) | Error::Io { .. } | Error::NotConnected(_)
            );
        if !ends_the_call && self.is_settled().await { Ok(error) } else { Err(error) }
    }
}

fn given_up() -> Error {
    let text = "the last run of the batch was given up: this call only tells of its commands";
    Error::Cancelled(text.into())
}

/// Tells results in their order.
struct Teller<'a> {
    batch: &'a Batch,
    tell: BatchHook<'a>,
    told: usize,
    /// What the caller has stopped it with.
    stopped: Option<i64>,
    failed: usize,
    /// What the first failure was.
    first: String,
}

impl Teller<'_> {
    fn tell(&mut self, mut outcome: Result<BatchValue>, fate: BatchFate, reply: Option<Reply>) {
        let index = self.told;
        self.told += 1;
        self.batch.note_told(self.told);
        if let Err(error) = &outcome {
            self.failed += 1;
            if self.failed == 1 {
                self.first = error.to_string();
            }
        }
        let outcome = outcome.as_mut().map_err(|error| &*error);
        let told = (self.tell)(BatchResult { index, outcome, fate, reply: reply.as_ref() });
        self.stopped = told.err();
        if self.stopped.is_some() {
            self.batch.note_stopped();
        }
    }

    fn into_outcome(self) -> Result<()> {
        let Teller { failed, told, first, .. } = self;
        match failed {
            0 => Ok(()),
            1 => Err(Error::Partial(format!("1 of {told} commands has failed: {first}"))),
            _ => Err(Error::Partial(format!("{failed} of {told} commands have failed, the first: {first}"))),
        }
    }
}

/// Sorts the answers to steps by jobs.
struct Sorter<'a, 'b> {
    /// From the first of the group on.
    jobs: &'a [BatchJob],
    group: &'a Group,
    first: usize,
    teller: &'a mut Teller<'b>,
    answers: Vec<Option<Answer>>,
    /// The steps that were dealt with before those that are.
    dealt_with: usize,
    /// The next job needs the session to itself.
    is_open: bool,
    known: Known,
}

impl<'a> Sorter<'a, '_> {
    /// The job that needs the session to itself, with which nothing else goes on.
    fn open_job(&self) -> Option<&'a BatchJob> {
        let may_go_on = self.is_open && self.teller.stopped.is_none();
        self.jobs.get(self.teller.told - self.first).filter(|_| may_go_on)
    }

    /// Tells the results up to the first that is not known.
    fn tell_what_is_known(&mut self) {
        while !self.is_open && self.teller.stopped.is_none() {
            let at = self.teller.told - self.first;
            let Some(&end) = self.group.ends.get(at) else { return };
            let start =
                at.checked_sub(1).and_then(|before| self.group.ends.get(before)).copied().unwrap_or(0);
            let (Some(job), Some(steps), Some(answers)) =
                (self.jobs.get(at), self.group.steps.get(start..end), self.answers.get_mut(start..end))
            else {
                return;
            };
            if answers.iter().any(Option::is_none) {
                return;
            }
            match judge(job, steps, answers.iter_mut().filter_map(Option::take).collect(), self.known) {
                Judged::Done { outcome, fate, reply } => self.teller.tell(outcome, fate, reply),
                Judged::Open => self.is_open = true,
            }
        }
    }
}

impl Answers for Sorter<'_, '_> {
    fn sent(&mut self, step: usize) {
        let step = self.dealt_with + step;
        let at = self.group.ends.partition_point(|&end| end <= step);
        self.teller.batch.note_sent(self.first + at);
    }

    fn came(&mut self, step: usize, answer: Answer) {
        if let Some(place) = self.answers.get_mut(self.dealt_with + step) {
            *place = Some(answer);
        }
        self.tell_what_is_known();
    }

    fn goes_on(&self) -> bool {
        !self.is_open && self.teller.stopped.is_none()
    }
}
