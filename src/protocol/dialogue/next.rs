//! The address of the next transfer, which was asked for together with the transfer that goes on.
//!
//! A server that does one thing after the other names it behind the final reply of the transfer. No other reply that is due by then is
//! like it. So a 227 or 229 is never taken for the end of the transfer, however early it comes. A refusal looks like a second end of the
//! transfer, which some servers send: nothing is taken for a refusal, and PWD tells whether the address is still to come.

use super::{Dialogue, Whose, names_address};
use crate::protocol::reply::Reply;

impl Dialogue {
    /// Whether the address of the next transfer is asked for, and the server has not answered.
    pub fn has_next(&self) -> bool {
        self.due.iter().any(|due| due.whose == Whose::Next)
    }

    /// Whether a reply is what the next transfer waits for, whatever else is due; then that is settled.
    pub fn take_next(&mut self, reply: &Reply) -> bool {
        if !names_address(reply) {
            return false;
        }
        let at = self.due.iter().position(|due| due.whose == Whose::Next);
        at.and_then(|at| self.due.remove(at)).is_some()
    }

    /// Whether a transfer is not answered as a whole.
    pub fn has_transfer(&self) -> bool {
        self.transfer().is_some()
    }

    /// Whether what comes next can only be for the next transfer, or for a NOOP.
    pub fn only_next_waits(&self) -> bool {
        !self.is_out_of_step()
            && !self.is_half_sent
            && self.due.iter().all(|due| matches!(due.whose, Whose::Next | Whose::Noop))
    }
}
