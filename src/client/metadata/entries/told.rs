//! What the refusal of a listing, or of a command about a path, can mean.

use crate::printable::contains;
use crate::protocol::codes::{BAD_ARGUMENT, FILE_BUSY, LOCAL_ERROR, NOT_IMPLEMENTED_FOR_ARGUMENT};
use crate::protocol::reply::Reply;

const NOT_AVAILABLE: u16 = 550;
const NOT_THIS_NAME: u16 = 553;

/// What servers say of a directory in which there is nothing.
const NOTHING: [&str; 9] = [
    "no files",
    "no such file",
    "no members",
    "no data set",
    "not found",
    "no entries",
    "empty",
    "no match",
    // Windows, of a search that has found nothing. Of a directory that is not there it says "path".
    "cannot find the file",
];
/// What servers say of what they do not show to this user.
const DENIED: [&str; 7] =
    ["permission", "denied", "not allowed", "not permitted", "forbidden", "privilege", "not authorized"];

/// Whether a refusal may be about the path, and not about the session, the data connection or the command.
pub(super) fn may_be_about_the_path(reply: &Reply) -> bool {
    matches!(
        reply.code(),
        Some(
            FILE_BUSY
                | LOCAL_ERROR
                | BAD_ARGUMENT
                | NOT_IMPLEMENTED_FOR_ARGUMENT
                | NOT_AVAILABLE
                | NOT_THIS_NAME
        )
    )
}

/// Whether a refusal of a listing says that there is nothing to list.
pub(super) fn says_that_nothing_is_there(reply: &Reply) -> bool {
    matches!(reply.code(), Some(FILE_BUSY | NOT_AVAILABLE)) && says(reply, &NOTHING) && !is_denial(reply)
}

/// Whether a refusal may hide something that is there.
pub(super) fn is_denial(reply: &Reply) -> bool {
    says(reply, &DENIED)
}

/// Whether the refusal to remove a directory says that it is none.
pub(in crate::client::metadata) fn says_it_is_no_directory(reply: &Reply) -> bool {
    says(reply, &["not a directory", "enotdir"])
}

fn says(reply: &Reply, words: &[&str]) -> bool {
    let text = String::from_utf8_lossy(reply.text()).to_lowercase();
    words.iter().any(|word| contains(&text, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_to_remove_tells_a_link_from_a_directory() {
        for (text, expected) in [
            ("550 Not a directory.", true),
            ("550 ENOTDIR: not a directory, rmdir '/x'", true),
            ("550 Cannot rmd, ['t', 'link'] is not a directory", true),
            ("550 Directory not empty.", false),
            ("550 ENOTEMPTY: directory not empty, rmdir '/x'", false),
            ("451 file system error", false),
        ] {
            assert_eq!(says_it_is_no_directory(&Reply::from_text(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_says_whether_there_is_nothing_or_something_that_is_not_shown() {
        for (text, is_nothing, is_denied) in [
            ("550 No files found.", true, false),
            ("450 No files found", true, false),
            ("550 No members found.", true, false),
            ("550 No data sets found.", true, false),
            ("550 *.*: No such file or directory", true, false),
            ("550 Directory is empty", true, false),
            ("550 The system cannot find the file specified. ", true, false),
            ("550 The system cannot find the path specified. ", false, false),
            ("550 No such file or directory: permission denied", false, true),
            ("550 /x: Permission denied", false, true),
            ("550 Access is denied.", false, true),
            ("450 busy", false, false),
            ("501 No files found", false, false),
            ("226 No files found", false, false),
        ] {
            let reply = Reply::from_text(text);
            assert_eq!(says_that_nothing_is_there(&reply), is_nothing, "{text}");
            assert_eq!(is_denial(&reply), is_denied, "{text}");
        }
    }

    #[test]
    fn a_refusal_may_be_about_something_else_than_the_path() {
        for (text, expected) in [
            ("550 no", true),
            ("553 no", true),
            ("450 no", true),
            ("451 no", true),
            ("501 no", true),
            ("421 goodbye", false),
            ("425 no data connection", false),
            ("426 broken", false),
            ("500 what?", false),
            ("502 what?", false),
            ("522 TLS", false),
            ("530 log in", false),
            ("552 quota", false),
        ] {
            assert_eq!(may_be_about_the_path(&Reply::from_text(text)), expected, "{text}");
        }
    }
}
