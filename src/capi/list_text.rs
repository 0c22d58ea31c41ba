//! Listings that the program has itself.

use std::ffi::{c_int, c_void};
use std::slice;

use super::boundary::guard::shielded;
use super::entry::{FTP_FORMAT_ANY, FTP_NO_TIME, format_of};
use super::list::{List, ftp_list};
use super::status::ftp_status;
use crate::net::clock;
use crate::protocol::entries::{Entries, NoMemory};
use crate::protocol::listing::Now;

/// Reads a listing that the program has itself. This needs no handle.
///
/// A line that the format does not understand becomes an entry with FTP_FORMAT_NONE. Notes such as
/// "total 12" are left out, and so are the directory itself and the one above it.
///
/// @param text    the listing, in UTF-8 or whatever else names are to be in. CRLF and LF end a line.
///                NULL if len is 0.
/// @param len     its length in bytes.
/// @param format  FTP_FORMAT_ANY, or FTP_FORMAT_MLSD or one of those after it.
/// @param now     when the server made the listing, in nanoseconds since 1970-01-01 UTC, for years
///                that the format leaves out. FTP_NO_TIME is the clock of this machine.
/// @param out     receives the list, which ftp_list_free() frees. It has a copy of the text.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL, or the format is none of these.
///         - FTP_ERR_LIMIT: there is no memory for the copy.
///
/// ftplib: none; as the loop of mlsd, for lines of any format
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_list_parse(
    text: *const c_void,
    len: usize,
    format: c_int,
    now: i64,
    out: *mut *mut ftp_list,
) -> ftp_status {
    let parse = || {
        if out.is_null() || text.is_null() && len > 0 || isize::try_from(len).is_err() {
            return Err(ftp_status::FTP_ERR_INVALID_ARGUMENT);
        }
        let format = match format {
            FTP_FORMAT_ANY => None,
            number => Some(format_of(number).ok_or(ftp_status::FTP_ERR_INVALID_ARGUMENT)?),
        };
        let mut copy = Vec::new();
        copy.try_reserve_exact(len).map_err(|_| ftp_status::FTP_ERR_LIMIT)?;
        if len > 0 {
            // SAFETY: the header's contract; it is not NULL.
            copy.extend_from_slice(unsafe { slice::from_raw_parts(text.cast::<u8>(), len) });
        }
        let seconds = if now == FTP_NO_TIME { clock::date() } else { now.div_euclid(1_000_000_000) };
        let entries = Entries::of(copy, format, Now { seconds, offset: None })
            .map_err(|NoMemory| ftp_status::FTP_ERR_LIMIT)?;
        // SAFETY: it is not NULL.
        unsafe { *out = List::hand_out(entries, None) };
        Ok(())
    };
    shielded(parse).unwrap_or(Err(ftp_status::FTP_ERR_INTERNAL)).err().unwrap_or(ftp_status::FTP_OK)
}
