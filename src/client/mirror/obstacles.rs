//! What the steps of a mirror have run into so far: some of those to come would run into the same.

use std::collections::HashSet;
use std::{io, iter};

use crate::client::files::is_want_of_room;
use crate::client::mirror::alike::Names;
use crate::client::mirror::plan::{Act, Step};
use crate::error::Error;
use crate::protocol::listing::Kind;
use crate::protocol::reply::Reply;

/// See the module.
#[derive(Default)]
pub(crate) struct Obstacles {
    /// The size of the last file for which there was no room, and what was said then.
    no_room: Option<(u64, Lack)>,
    /// What was not done, and the target may take another name for the same.
    same_names: HashSet<Vec<u8>>,
    others_like_them: Names,
    /// What was not added.
    missing: HashSet<Vec<u8>>,
    /// Directories in which nothing is to be deleted, and why.
    kept: Vec<(Vec<u8>, String)>,
}

/// A disk is full, or a quota is used up.
enum Lack {
    /// On this machine. The system has this number for it.
    Here(i32),
    /// On the server.
    There(Reply),
}

impl Obstacles {
    /// Why there is no need to try a step.
    pub(crate) fn before(&self, step: &Step) -> Option<Error> {
        match step.act {
            Act::Add | Act::Replace => self.shut_out(step).or_else(|| self.want_of_room(step)),
            Act::Delete => {
                let is_meant = |path: &[u8]| self.others_like_them.like(path).is_some();
                let is_kept = |(directory, _): &&(Vec<u8>, String)| is_in(&step.path, directory);
                let kept = self.kept.iter().find(is_kept).map(|(_, reason)| reason.clone());
                let taken_for_another = || "the target takes it for another name of the source".into();
                let reason = at_and_above(&step.path).any(is_meant).then(taken_for_another).or(kept);
                reason.map(Error::Exists)
            }
            Act::Keep | Act::Conflict | Act::Skip => None,
        }
    }

    fn shut_out(&self, step: &Step) -> Option<Error> {
        at_and_above(&step.path)
            .any(|path| self.same_names.contains(path))
            .then(|| Error::Exists("the directory above it is not there under its own name".into()))
    }

    fn want_of_room(&self, step: &Step) -> Option<Error> {
        let (least, lack) = self.no_room.as_ref().filter(|_| step.kind != Kind::Directory)?;
        if step.facts.size.is_some_and(|size| size < *least) {
            return None;
        }
        Some(lack.error())
    }

    /// Nothing in a directory is to be deleted.
    pub(crate) fn keep_all_in(&mut self, directory: &[u8], reason: &str) {
        self.kept.push((directory.to_vec(), format!("nothing is deleted here: {reason}")));
    }

    /// Whether what a step was to add was not added.
    pub(crate) fn has_failed(&self, step: &Step) -> bool {
        self.missing.contains(&step.path)
    }

    /// A step has failed.
    pub(crate) fn note(&mut self, step: &Step, error: &Error) {
        if step.act == Act::Add {
            self.missing.insert(step.path.clone());
        }
        if step.act == Act::Add && step.twin.is_some() {
            self.same_names.insert(step.path.clone());
            self.others_like_them.add(&step.path);
        }
        let is_file = matches!(step.act, Act::Add | Act::Replace) && step.kind != Kind::Directory;
        if is_file && let Some(lack) = Lack::told_by(error) {
            // It gave back what it had taken. So a smaller one, for which there was no room meanwhile, says nothing any more.
            self.no_room = Some((step.facts.size.unwrap_or(0), lack));
        }
    }
}

impl Lack {
    fn told_by(error: &Error) -> Option<Lack> {
        match error {
            _ if !is_want_of_room(error) => None,
            Error::Reply { reply, .. } => Some(Lack::There(reply.clone())),
            error => error.os_error().map(Lack::Here),
        }
    }

    fn error(&self) -> Error {
        let what = "it was not tried, because there was no room for another".into();
        match self {
            Lack::Here(code) => Error::File { what, source: io::Error::from_raw_os_error(*code) },
            Lack::There(reply) => Error::Reply { what, reply: reply.clone() },
        }
    }
}

/// Whether a step has failed because the target takes another name for the same.
pub(crate) fn is_same_name(step: &Step, error: &Error) -> bool {
    step.act == Act::Add && step.twin.is_some() && matches!(error, Error::Exists(_))
}

/// Whether a path leads below a directory. The root is "".
fn is_in(path: &[u8], directory: &[u8]) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with(b"/"))
}

/// A path, and those of the directories above it.
fn at_and_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let above = slashes.filter_map(|(at, _)| path.get(..at));
    above.chain(iter::once(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::mirror::tree::Facts;

    fn step(act: Act, path: &str, size: Option<u64>) -> Step {
        let kind = if path.ends_with('/') { Kind::Directory } else { Kind::File };
        let path = path.trim_end_matches('/').into();
        Step { act, kind, path, facts: Facts { size, modified: None }, reason: None, twin: None }
    }

    fn full(code: i32) -> Error {
        Error::File { what: "cannot write x".into(), source: io::Error::from_raw_os_error(code) }
    }

    #[test]
    fn what_is_no_smaller_than_a_file_without_room_is_not_tried() {
        let reply =
            |text: &str| Error::Reply { what: "STOR x".into(), reply: Reply::from_text(text.to_owned()) };
        for (error, is_about_room) in [
            (full(libc::ENOSPC), true),
            (full(libc::EDQUOT), true),
            (full(libc::EFBIG), false),
            (full(libc::EIO), false),
            (reply("452 full"), true),
            (reply("552 quota"), true),
            (reply("553 no"), false),
            (Error::Eof("x".into()), false),
        ] {
            let mut obstacles = Obstacles::default();
            obstacles.note(&step(Act::Add, "big", Some(100)), &error);
            obstacles.note(&step(Act::Replace, "big", Some(50)), &error);
            for (act, path, size, is_tried) in [
                (Act::Add, "f", Some(49), true),
                (Act::Add, "f", Some(50), false),
                (Act::Replace, "f", Some(1000), false),
                (Act::Add, "f", None, false),
                (Act::Add, "d/", None, true),
                (Act::Delete, "f", Some(1000), true),
                (Act::Keep, "f", Some(1000), true),
            ] {
                let told = obstacles.before(&step(act, path, size));
                assert_eq!(told.is_none(), is_tried || !is_about_room, "{error}: {act:?} {path} {size:?}");
                if let Some(told) = told {
                    assert_eq!(told.os_error(), error.os_error());
                    assert!(told.to_string().contains("not tried"), "{told}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_put_below_a_name_that_is_taken_for_another_and_nothing_there_is_deleted() {
        let mut obstacles = Obstacles::default();
        let exists = Error::Exists("x".into());
        // Of a name that is like no other, it is something else that is in the way.
        obstacles.note(&step(Act::Add, "alone", Some(1)), &exists);
        obstacles.note(&Step { twin: Some("Sub".into()), ..step(Act::Add, "sub/", None) }, &exists);
        for (act, path, is_tried) in [
            (Act::Add, "alone", true),
            (Act::Add, "sub/a", false),
            (Act::Add, "sub/deep/", false),
            (Act::Add, "subway", true),
            (Act::Add, "Sub/a", true),
            (Act::Replace, "Sub/a", true),
            (Act::Delete, "Sub/a", false),
            (Act::Delete, "SUB/", false),
            (Act::Delete, "Subway", true),
        ] {
            assert_eq!(obstacles.before(&step(act, path, Some(1))).is_none(), is_tried, "{act:?} {path}");
        }
    }
}
