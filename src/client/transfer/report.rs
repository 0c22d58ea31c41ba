//! The report on the transfer that goes on.

use crate::client::history::Verified;
use crate::client::session::Session;

impl Session<'_> {
    /// The server has announced the size of the data, or has not.
    pub(crate) fn report_announced(&mut self, size: Option<u64>) {
        self.connection.transfer.announced = size;
        if let Some(report) = &mut self.history.report {
            report.announced = size;
        }
    }

    /// The transfer has ended well, which is known in this way.
    pub(crate) fn report_whole(&mut self, verified: Verified) {
        if let Some(report) = &mut self.history.report {
            report.verified = verified;
            report.end();
        }
    }
}
