//! What the server has said about the end of a transfer, while its data may still move.

use super::reply::{Class, Reply};

/// The reply to a transfer that came before the end of its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// None.
    #[default]
    None,
    /// A 2yz reply came where a 1yz reply was due: it may have been a stray, and the final one follows.
    InDoubt(Reply),
    /// The final reply.
    Final(Reply),
}

impl Confirmation {
    /// Whether what may be the final reply has come.
    pub fn has_come(&self) -> bool {
        *self != Confirmation::None
    }

    /// Whether the final reply may still come.
    pub fn is_awaited(&self) -> bool {
        !matches!(self, Confirmation::Final(_))
    }

    /// What has come; it is settled then.
    pub fn take(&mut self) -> Confirmation {
        std::mem::take(self)
    }

    /// The reply, whether in doubt or not.
    pub fn into_reply(self) -> Option<Reply> {
        match self {
            Confirmation::None => None,
            Confirmation::InDoubt(reply) | Confirmation::Final(reply) => Some(reply),
        }
    }

    /// The final reply, if it says that the transfer has failed; it is settled then.
    pub fn take_refusal(&mut self) -> Option<Reply> {
        let is_success =
            |reply: &Reply| matches!(reply.class(), Some(Class::Completion | Class::Intermediate));
        match self.take() {
            Confirmation::Final(reply) if !is_success(&reply) => Some(reply),
            other => {
                *self = other;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_final_refusal_is_one() {
        let reply = |text: &str| Reply::from_text(text);
        for (confirmation, has_come, is_awaited, is_refusal) in [
            (Confirmation::None, false, true, false),
            (Confirmation::InDoubt(reply("226 x")), true, true, false),
            (Confirmation::InDoubt(reply("451 x")), true, true, false),
            (Confirmation::Final(reply("226 x")), true, false, false),
            (Confirmation::Final(reply("331 x")), true, false, false),
            (Confirmation::Final(reply("451 x")), true, false, true),
            (Confirmation::Final(reply("550 x")), true, false, true),
            (Confirmation::Final(reply("no reply")), true, false, true),
        ] {
            let mut left = confirmation.clone();
            assert_eq!((left.has_come(), left.is_awaited()), (has_come, is_awaited), "{left:?}");
            assert_eq!(left.take_refusal().is_some(), is_refusal, "{confirmation:?}");
            assert_eq!(confirmation.clone().into_reply().is_some(), has_come, "{confirmation:?}");
            let expected = if is_refusal { Confirmation::None } else { confirmation.clone() };
            assert_eq!(left.take(), expected, "{confirmation:?}");
            assert_eq!(left, Confirmation::None);
        }
    }
}
