//! What there is to do, and where.

use crate::client::mirror::{MirrorRequest, Step};
use crate::disk::Root;
use crate::protocol::verb::Direction;

/// The steps, and where they are done.
pub(super) struct Trees<'a> {
    pub wanted: &'a MirrorRequest,
    pub direction: Direction,
    /// The directory here; `None` in a dry run that would make it.
    pub root: Option<&'a Root>,
    pub steps: &'a [Step],
}
