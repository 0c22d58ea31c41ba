//! Where a transfer goes on that did not come to its end.

/// How much of what is there already is fetched again, and compared.
pub(crate) const OVERLAP: u64 = 64 * 1024;

/// How much a server is given that may not keep what it has: less than what is compared, and so it shows.
pub(crate) const TRIAL: u64 = OVERLAP / 2;

/// Where a transfer begins.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the beginning. What is there is dropped.
    Anew,
    /// At this offset. What is there from here on is compared.
    At(u64),
}

/// Where a download goes on. `have`: the bytes that are here. `size`: those that the server has, if they are still bytes of the same
/// file; `None` is not known.
///
/// The offset is never past the end of the file: there are servers that confirm such a transfer, and send nothing.
pub(crate) fn download(have: u64, size: Option<u64>) -> Start {
    match size {
        // What is compared as a whole can as well be fetched anew.
        Some(size) if have > OVERLAP && have <= size => Start::At(have - OVERLAP),
        _ => Start::Anew,
    }
}

/// From where on what the server has of an upload is compared. `held`: the bytes that it has, of a file of `size` bytes. `None`: it is
/// not worth that, or no part of the file.
pub(crate) fn upload(held: u64, size: u64) -> Option<u64> {
    let is_worth_it = held == size && size > 0 || held > OVERLAP && held < size;
    is_worth_it.then(|| held.saturating_sub(OVERLAP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_goes_on_before_the_end_of_what_is_here_and_never_past_that_of_the_file() {
        let half = OVERLAP / 2;
        for (have, size, expected) in [
            (0, None, Start::Anew),
            (0, Some(0), Start::Anew),
            (0, Some(1 << 40), Start::Anew),
            (half, Some(1 << 40), Start::Anew),
            (OVERLAP, Some(1 << 40), Start::Anew),
            (OVERLAP + 1, Some(1 << 40), Start::At(1)),
            (1 << 30, Some(1 << 40), Start::At((1 << 30) - OVERLAP)),
            (1 << 40, Some(1 << 40), Start::At((1 << 40) - OVERLAP)),
            ((1 << 40) + 1, Some(1 << 40), Start::Anew),
            (1 << 40, Some(0), Start::Anew),
            (1 << 40, None, Start::Anew),
        ] {
            assert_eq!(download(have, size), expected, "{have} of {size:?}");
        }
    }

    #[test]
    fn what_the_server_has_of_an_upload_is_compared_if_it_can_be_a_part_of_it() {
        for (held, size, expected) in [
            (0, 0, None),
            (0, 5, None),
            (5, 0, None),
            (5, 5, Some(0)),
            (5, OVERLAP, None),
            (OVERLAP, OVERLAP, Some(0)),
            (OVERLAP, 1 << 40, None),
            (OVERLAP + 1, 1 << 40, Some(1)),
            (1 << 40, 1 << 40, Some((1 << 40) - OVERLAP)),
            ((1 << 40) + 1, 1 << 40, None),
        ] {
            assert_eq!(upload(held, size), expected, "{held} of {size}");
        }
    }
}
