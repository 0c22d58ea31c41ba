//! What a mirror came to, for who asks afterwards.

/// Counts the entries by what the library did with them. In a dry run: by what a real run does.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct MirrorReport {
    /// Files, directories and what else was planned.
    pub planned: u64,
    /// What the target did not have.
    pub added: u64,
    /// Files that were others.
    pub replaced: u64,
    /// What was there already.
    pub kept: u64,
    /// What the source does not have.
    pub deleted: u64,
    /// What is in the way.
    pub conflicts: u64,
    /// What takes no part.
    pub skipped: u64,
    /// What was to be done and could not; it counts nowhere else.
    pub failed: u64,
    /// The bytes of files that were transferred.
    pub bytes: u64,
}
