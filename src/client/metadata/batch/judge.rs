//! What the replies to the commands of a job tell.

use crate::client::metadata::batch::job::BatchJob;
use crate::client::metadata::entries::{entry_by_size, entry_told_by_mlst};
use crate::client::session::{Answer, Step};
use crate::client::verdict::{accept, completed};
use crate::error::{Error, Result};
use crate::protocol::codes::is_about_the_command;
use crate::protocol::entries::Entries;
use crate::protocol::path::parse_257;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::parse_213;
use crate::protocol::system::System;
use crate::protocol::times::{nanoseconds_of, time_in};

/// What was asked for.
pub enum BatchValue {
    /// Nothing but that it is done.
    Nothing,
    /// The size of a file; `None`: the reply has none.
    Size(Option<u64>),
    /// When a file was changed, in nanoseconds since 1970; `None`: the server does not tell.
    Modified(Option<i64>),
    /// One entry.
    Entry(Box<Entries>),
    /// The path of a directory that was made, as the server tells it; empty where it does not.
    Path(Vec<u8>),
}

/// What is known of the commands of a job.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum BatchFate {
    /// The server has answered.
    Answered,
    /// Nothing was sent.
    NotSent,
    /// It was sent, and what the server has made of it is not known.
    Unknown,
}

/// What decides what a reply means.
#[derive(Copy, Clone)]
pub(super) struct Known {
    pub system: System,
    /// The server has no MLST.
    pub lacks_mlst: bool,
}

/// What has come of a job.
pub(super) enum Judged {
    Done {
        outcome: Result<BatchValue>,
        fate: BatchFate,
        reply: Option<Reply>,
    },
    /// These replies do not tell it: other commands have to.
    Open,
}

/// What the answers to the steps of a job come to.
pub(super) fn judge(job: &BatchJob, steps: &[Step], answers: Vec<Answer>, known: Known) -> Judged {
    let mut replies = Vec::new();
    for (step, answer) in steps.iter().zip(answers) {
        match answer {
            Answer::Replied { reply, is_of_the_second } => replies.push((step, reply, is_of_the_second)),
            Answer::Unclear => {
                let what = step.command.shown();
                let text = format!("{what}: it was sent, and the server's replies cannot be told apart");
                let outcome = Err(Error::Protocol(text));
                return Judged::Done { outcome, fate: BatchFate::Unknown, reply: None };
            }
            Answer::Failed(error) => {
                let fate =
                    if matches!(error, Error::Protocol(_)) { BatchFate::Unknown } else { BatchFate::NotSent };
                return Judged::Done { outcome: Err(error), fate, reply: None };
            }
        }
    }
    let last = replies.last().map(|(_, reply, _)| reply.clone());
    match judge_replies(job, replies, known).transpose() {
        Some(outcome) => Judged::Done { outcome, fate: BatchFate::Answered, reply: last },
        None => Judged::Open,
    }
}

fn judge_replies(
    job: &BatchJob,
    replies: Vec<(&Step, Reply, bool)>,
    known: Known,
) -> Result<Option<BatchValue>> {
    let mut replies = replies.into_iter();
    let Some((step, reply, is_of_the_second)) = replies.next() else { return Ok(None) };
    let command = step.answered(is_of_the_second);
    match job {
        BatchJob::Size(_) => Ok(Some(BatchValue::Size(parse_213(&accept(reply, command)?)))),
        BatchJob::Modified(_) if known.lacks_mlst && reply.is_negative() && !is_about_the_command(&reply) => {
            Err(Error::Reply { what: command.shown().into_owned(), reply })
        }
        BatchJob::Modified(_) => {
            Ok(time_in(&reply).and_then(nanoseconds_of).map(|time| BatchValue::Modified(Some(time))))
        }
        BatchJob::Stat(path) => {
            let name = &known.system.split(path).name;
            let entries = if command.text().starts_with(b"MLST") {
                entry_told_by_mlst(accept(reply, command), path, name)?
            } else {
                entry_by_size(&reply, replies.next().map(|(_, reply, _)| reply).as_ref(), name)
            };
            Ok(entries.map(|entries| BatchValue::Entry(Box::new(entries))))
        }
        BatchJob::MakeDirectory(_) => {
            let path = parse_257(&completed(reply, &command.shown())?).unwrap_or_default();
            Ok(Some(BatchValue::Path(
                path.into_iter().map(|byte| if byte == 0 { b'?' } else { byte }).collect(),
            )))
        }
        BatchJob::Rename { .. } if !is_of_the_second => match accept(reply, command)? {
            reply if reply.class() == Some(Class::Intermediate) => Ok(None),
            reply => Err(Error::Reply { what: command.shown().into_owned(), reply }),
        },
        _ => completed(reply, &command.shown()).map(|_| Some(BatchValue::Nothing)),
    }
}
