//! A tree, as far as a mirror has to know it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::protocol::listing::{Kind, Modified};

/// What is in a directory.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// By their names. One that is not safe is [`Node::Excluded`], which is never in a path.
    pub entries: BTreeMap<Vec<u8>, Node>,
    /// What cannot be an entry, and why.
    pub oddities: Vec<(Vec<u8>, Reason)>,
}

/// What has a name.
#[derive(Debug)]
pub(crate) enum Node {
    File(Facts),
    Folder(Folder),
    /// It takes no part, and the user is told.
    Aside(Kind, Reason),
    /// It takes no part, as the user wants it.
    Excluded,
}

/// What is known of a file.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub size: Option<u64>,
    pub modified: Option<Modified>,
}

/// Why something takes no part.
#[derive(Clone, Debug)]
pub(crate) enum Reason {
    /// Links are not followed.
    Link,
    /// A device, a FIFO, a socket.
    Special,
    /// A part of a file, which this library has made.
    Temporary,
    /// The listing does not tell what it is.
    Untold,
    /// What is wrong with its name.
    Unsafe(&'static str),
    /// The line is in an unknown form.
    NotUnderstood,
    /// The listing ends within this line: a name may be cut, and others may be missing.
    Cut,
    /// The server has no path for it.
    NoPath,
    /// Several entries have the name.
    Twice,
    /// The target has something else by this name.
    OtherType(Kind),
    /// The directory could not be listed.
    Unlisted(Arc<Error>),
}

impl Folder {
    /// A name that a listing has told. The same name twice stands for nothing.
    pub(crate) fn add(&mut self, name: &[u8], kind: Kind, node: Node) {
        let node = match self.entries.get(name) {
            None => node,
            Some(Node::Excluded) if matches!(node, Node::Excluded) => node,
            Some(_) => Node::Aside(kind, Reason::Twice),
        };
        self.entries.insert(name.to_vec(), node);
    }

    /// The directory at a path below this one.
    pub(crate) fn folder(&self, path: &[u8]) -> Option<&Folder> {
        match self.node(path) {
            None => path.is_empty().then_some(self),
            Some(Node::Folder(folder)) => Some(folder),
            Some(_) => None,
        }
    }

    /// What is at a path below this one.
    pub(crate) fn node(&self, path: &[u8]) -> Option<&Node> {
        let (name, rest) = first(path);
        let node = self.entries.get(name)?;
        match (rest, node) {
            (None, node) => Some(node),
            (Some(rest), Node::Folder(folder)) => folder.node(rest),
            (Some(_), _) => None,
        }
    }

    /// As [`Folder::node`], to change it.
    pub(crate) fn node_mut(&mut self, path: &[u8]) -> Option<&mut Node> {
        let (name, rest) = first(path);
        let node = self.entries.get_mut(name)?;
        match (rest, node) {
            (None, node) => Some(node),
            (Some(rest), Node::Folder(folder)) => folder.node_mut(rest),
            (Some(_), _) => None,
        }
    }

    /// Whether the listing has told all that is there, and nothing that nobody can make sense of.
    pub(crate) fn is_complete(&self) -> bool {
        self.oddities.is_empty()
    }
}

impl Node {
    /// Puts something at a path below this directory.
    pub(crate) fn set(&mut self, path: &[u8], node: Node) {
        let place = match self {
            place if path.is_empty() => Some(place),
            Node::Folder(folder) => folder.node_mut(path),
            _ => None,
        };
        if let Some(place) = place {
            *place = node;
        }
    }
}

impl Reason {
    /// In words.
    pub(crate) fn text(&self) -> String {
        match self {
            Reason::Link => "a link is not followed".into(),
            Reason::Special => "it is neither a file nor a directory".into(),
            Reason::Temporary => "it is a part of a file that was not finished".into(),
            Reason::Untold => "the server does not tell whether it is a file or a directory".into(),
            Reason::Unsafe(what) => (*what).into(),
            Reason::NotUnderstood => "the listing tells of it in an unknown form".into(),
            Reason::Cut => "the listing ends without a line end, so names may be cut or missing".into(),
            Reason::NoPath => "this server has no path for it".into(),
            Reason::Twice => "the listing has this name more than once".into(),
            Reason::OtherType(Kind::File) => "a file is in the way".into(),
            Reason::OtherType(Kind::Directory) => "a directory is in the way".into(),
            Reason::OtherType(Kind::Link) => "a link is in the way".into(),
            Reason::OtherType(_) => "something else is in the way".into(),
            Reason::Unlisted(error) => error.to_string(),
        }
    }

    /// The error that it is for who wants the trees to be equal. `None`: nobody expects it to take part.
    pub(crate) fn error(&self) -> Option<Arc<Error>> {
        match self {
            Reason::Link | Reason::Special | Reason::Temporary => None,
            Reason::Untold | Reason::Unsafe(_) | Reason::NotUnderstood | Reason::Cut | Reason::NoPath => {
                Some(Arc::new(Error::Unsupported(self.text())))
            }
            Reason::Twice | Reason::OtherType(_) => Some(Arc::new(Error::Exists(self.text()))),
            Reason::Unlisted(error) => Some(error.clone()),
        }
    }
}

/// The path of a name in a directory of the tree.
pub(crate) fn below(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.is_empty() { name.to_vec() } else { [directory, name].join(&b'/') }
}

/// The first name of a path, and the path below it.
fn first(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    match path.iter().position(|&byte| byte == b'/') {
        Some(slash) => (path.get(..slash).unwrap_or_default(), path.get(slash + 1..)),
        None => (path, None),
    }
}
