//! What the last transfer came to.

use std::mem::offset_of;

use super::boundary::guard::{Purpose, enter};
use super::boundary::handle::State;
use super::boundary::sized::fill_sized;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Report, Verified};

/// The transfer failed or has not ended, so nothing is known.
pub const FTP_VERIFIED_NOTHING: i32 = 0;
/// The server confirmed the transfer, and nothing contradicts it.
pub const FTP_VERIFIED_REPLY: i32 = 1;
/// The server also announced the size of the data, and as many bytes arrived.
pub const FTP_VERIFIED_ANNOUNCED: i32 = 2;
/// The server also told the size of the file afterwards (SIZE), and it is the right one.
pub const FTP_VERIFIED_SIZE: i32 = 3;
/// The server also told a hash of the file, and it is the right one.
pub const FTP_VERIFIED_HASH: i32 = 4;
/// All of the file was there before the last attempt. The library fetched its last 64 KiB again and
/// compared them. Only ftp_mirror_put() compares more: all of what it has not sent itself.
pub const FTP_VERIFIED_COMPARED: i32 = 5;

/// What is known of a transfer.
#[repr(C)]
pub struct ftp_report {
    /// Set it to sizeof(struct ftp_report) before the call. The library does not write beyond it.
    pub struct_size: usize,
    /// How many bytes went over the data connection; -1 for ftp_copy(), whose data does not come
    /// this way.
    pub bytes: i64,
    /// The offset in the file that the transfer began at.
    pub offset: i64,
    /// The size that the server announced in its 150 reply; -1 if it announced none. After an offset
    /// some servers announce the whole file, others the rest.
    pub announced: i64,
    /// How long the transfer took, in milliseconds: from the beginning of its data connection until
    /// the server confirmed it, or it failed.
    pub milliseconds: i64,
    /// How often the transfer was begun.
    pub attempts: i32,
    /// How the transfer is known to be whole: one of FTP_VERIFIED_NOTHING to FTP_VERIFIED_COMPARED.
    /// A later version may add greater numbers.
    pub verified: i32,
    /// 1 if the transfer went on from what an earlier call had left; otherwise 0. What another
    /// attempt of the same call has moved does not count. Only functions that find that out by
    /// themselves set it.
    pub resumed: i32,
    /// Always 0.
    pub reserved: i32,
}

/// Gets what is known of the last transfer on this handle: of a file or a listing, whether the call
/// succeeded or not.
///
/// - A call that moves files or listings has the report of its last transfer. With several
///   sessions, that is the file that ended last, as a whole. A call that fails before it begins
///   one has none. It never has that of an earlier call.
/// - While such a call has to be repeated, it has none.
/// - Other functions leave the report as it is, unless they list a directory.
/// - If a transfer of ftp_transfercmd() is open, the report tells how far it was at the end of the
///   last call. A call that is refused meanwhile leaves it.
/// - A call that is FTP_ERR_BUSY leaves the report as it is. So does one that is refused while
///   another call has to be repeated.
///
/// @param out  receives it. Set struct_size before the call.
/// @return FTP_OK. This function leaves what ftp_last_error() and the other getters return as it is.
///         - FTP_ERR_INVALID_ARGUMENT: also for a struct_size that is impossible.
///         - FTP_ERR_STATE: there is no report, since no transfer was begun.
///         - FTP_ERR_BUSY: another thread is using the handle, or a callback made this call.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_report(ftp: *const ftp_handle, out: *mut ftp_report) -> ftp_status {
    if out.is_null() {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    }
    let tell = |state: &State| {
        let Some(report) = &state.report else { return ftp_status::FTP_ERR_STATE };
        // SAFETY: the header's contract.
        let filled =
            unsafe { fill_sized(out, offset_of!(ftp_report, reserved), || Ok(ftp_report::of(report))) };
        filled.map_or_else(|error| ftp_status::of(&error), |()| ftp_status::FTP_OK)
    };
    // SAFETY: the header's contract.
    unsafe { enter(ftp, Purpose::Look, |state| tell(state)) }.unwrap_or_else(|refusal| refusal)
}

impl ftp_report {
    pub(super) fn of(report: &Report) -> ftp_report {
        ftp_report {
            struct_size: size_of::<ftp_report>(),
            bytes: or_none(report.bytes),
            offset: or_none(Some(report.offset)),
            announced: or_none(report.announced),
            milliseconds: i64::try_from(report.took().as_millis()).unwrap_or(i64::MAX),
            attempts: i32::try_from(report.attempts).unwrap_or(i32::MAX),
            verified: match report.verified {
                Verified::Nothing => FTP_VERIFIED_NOTHING,
                Verified::FinalReply => FTP_VERIFIED_REPLY,
                Verified::Announced => FTP_VERIFIED_ANNOUNCED,
                Verified::Size => FTP_VERIFIED_SIZE,
                Verified::Hash => FTP_VERIFIED_HASH,
                Verified::Compared => FTP_VERIFIED_COMPARED,
            },
            resumed: report.resumed.into(),
            reserved: 0,
        }
    }
}

/// A number as C has it: -1 is none.
fn or_none(number: Option<u64>) -> i64 {
    number.map_or(-1, |number| i64::try_from(number).unwrap_or(i64::MAX))
}
