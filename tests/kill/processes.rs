//! The processes of a server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A server that has a process for each session, and those of its processes that are always there.
pub struct Processes {
    root: u32,
    always: BTreeSet<u32>,
}

impl Processes {
    /// The server is a descendant of this process, and has no session.
    pub fn of(root: u32) -> Processes {
        Processes { root, always: descendants(root) }
    }

    /// Ends each session as a crash does.
    pub fn kill_sessions(&self) {
        for process in descendants(self.root).difference(&self.always) {
            // SAFETY: takes no pointers. The process is one of ours, or was one just now.
            #[allow(unsafe_code)]
            unsafe {
                libc::kill(*process as libc::pid_t, libc::SIGKILL)
            };
        }
    }
}

fn descendants(root: u32) -> BTreeSet<u32> {
    let mut children = BTreeMap::<u32, Vec<u32>>::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let name = entry.unwrap().file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // "PID (name) STATE PARENT …": the name may hold anything. The process may be gone.
        let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let parent = status.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(process);
        }
    }
    let (mut found, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(process) = open.pop() {
        for &child in children.get(&process).into_iter().flatten() {
            found.insert(child);
            open.push(child);
        }
    }
    found
}
