//! What a call costs in memory.

use std::fs;

/// The memory that the process has in use.
pub(crate) struct Memory {
    before: usize,
}

impl Memory {
    /// Forgets what the most was until now.
    pub(crate) fn now() -> Memory {
        fs::write("/proc/self/clear_refs", "5").unwrap();
        Memory { before: bytes("VmRSS:") }
    }

    /// How much more it has been since, at the most.
    pub(crate) fn growth(&self) -> usize {
        bytes("VmHWM:").saturating_sub(self.before)
    }
}

fn bytes(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() << 10
}
