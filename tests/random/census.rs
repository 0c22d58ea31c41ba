//! What the sessions of a run have come to: each call with each of its statuses, each fault of the server, each code that it said.

use std::collections::BTreeMap;
use std::fmt;

use ftpclient::capi::ftp_status;

use super::calls::CALLS;
use super::mutation::{DATA_FAULTS, REPLY_FAULTS};

/// A run of so many sessions comes to everything that [`Census::missing`] looks for.
pub const ENOUGH_SESSIONS: u64 = 10_000;

/// How the calls must have ended, whatever the call.
const STATUSES: &[ftp_status] = &[
    ftp_status::FTP_OK,
    ftp_status::FTP_ERR_STATE,
    ftp_status::FTP_ERR_IO,
    ftp_status::FTP_ERR_TIMEOUT,
    ftp_status::FTP_ERR_EOF,
    ftp_status::FTP_ERR_REPLY,
    ftp_status::FTP_ERR_TEMP,
    ftp_status::FTP_ERR_PERM,
    ftp_status::FTP_ERR_PROTO,
    ftp_status::FTP_ERR_LIMIT,
    ftp_status::FTP_ERR_ABORTED,
    ftp_status::FTP_ERR_CALLBACK,
    ftp_status::FTP_ERR_DENIED,
    ftp_status::FTP_ERR_INTEGRITY,
];

/// How often it has happened.
#[derive(Clone, Default)]
pub struct Census {
    /// How each call has ended.
    calls: BTreeMap<String, Vec<(ftp_status, usize)>>,
    /// What the server has done, under its headings.
    server: BTreeMap<(&'static str, String), usize>,
}

pub const REPLIES: &str = "faults of replies";
pub const DATA: &str = "faults of data";
pub const CODES: &str = "codes";
pub const FATES: &str = "fates in batches";

impl Census {
    pub fn count(&mut self, heading: &'static str, what: String) {
        *self.server.entry((heading, what)).or_default() += 1;
    }

    pub fn count_call(&mut self, name: &str, status: ftp_status) {
        if !self.calls.contains_key(name) {
            self.calls.insert(name.to_owned(), Vec::new());
        }
        self.add_calls(name, status, 1);
    }

    fn add_calls(&mut self, name: &str, status: ftp_status, count: usize) {
        let Some(ends) = self.calls.get_mut(name) else { return };
        match ends.iter_mut().find(|(known, _)| *known == status) {
            Some((_, known)) => *known += count,
            None => ends.push((status, count)),
        }
    }

    pub fn add(&mut self, other: &Census) {
        for (name, ends) in &other.calls {
            self.calls.entry(name.clone()).or_default();
            ends.iter().for_each(|(status, count)| self.add_calls(name, *status, *count));
        }
        for (what, count) in &other.server {
            *self.server.entry(what.clone()).or_default() += count;
        }
    }

    /// What many sessions must come to, and these have not.
    pub fn missing(&self) -> Vec<String> {
        let replies = REPLY_FAULTS.iter().map(|(_, fault)| (REPLIES, format!("{fault:?}")));
        let data = DATA_FAULTS.iter().map(|fault| (DATA, format!("{fault:?}")));
        let fates = ["answered", "not sent", "unknown"].map(|fate| (FATES, fate.to_owned()));
        let faults = replies.chain(data).chain(fates).filter(|fault| !self.server.contains_key(fault));
        let names = CALLS.iter().flat_map(|(_, call)| call.names);
        let calls = names.filter(|name| !self.has(|known| known == **name, ftp_status::FTP_OK));
        let statuses = STATUSES.iter().filter(|status| !self.has(|_| true, **status));
        let faults = faults.map(|(heading, fault)| format!("{heading}: {fault}"));
        let calls = calls.map(|name| format!("{name}: FTP_OK"));
        faults.chain(calls).chain(statuses.map(|status| format!("{status:?}"))).collect()
    }

    fn has(&self, is_meant: impl Fn(&str) -> bool, status: ftp_status) -> bool {
        let mut meant = self.calls.iter().filter(|(name, _)| is_meant(name));
        meant.any(|(_, ends)| ends.iter().any(|(known, _)| *known == status))
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, ends) in &self.calls {
            let mut ends = ends.clone();
            ends.sort_by_key(|(status, _)| -(*status as i32));
            let ends: Vec<String> =
                ends.iter().map(|(status, count)| format!("{status:?} {count}")).collect();
            writeln!(f, "  {name}: {}", ends.join(", "))?;
        }
        for heading in [REPLIES, DATA, CODES, FATES] {
            let of_it = self.server.iter().filter(|((known, _), _)| *known == heading);
            let counts: Vec<String> = of_it.map(|((_, what), count)| format!("{what} {count}")).collect();
            writeln!(f, "  {heading}: {}", counts.join(", "))?;
        }
        Ok(())
    }
}
