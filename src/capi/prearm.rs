//! Data connections that are made ahead of their transfer.

use std::ffi::c_int;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::Client;

/// Makes the data connection of the next transfer now, in passive mode. That transfer or listing
/// then begins after one round trip in place of three.
///
/// The function sends EPSV or PASV, connects, and waits until the connection stands. Call it while
/// the program has nothing else to do. If such a connection stands already, nothing is sent.
///
/// The connection is of use for 20 seconds, and until one of these closes it:
///
/// - ftp_set_pasv(), ftp_set_epsv(), ftp_set_source_address(), ftp_set_rate_limit(),
///   ftp_set_trust_server_pasv_ipv4_address(), and ftp_set_prearm() that turns this off;
/// - a command other than CDUP, CWD, FEAT, MDTM, MLST, NOOP, PWD, SIZE, SYST and TYPE;
/// - the end of the session.
///
/// The first call after the 20 seconds closes it: the library has no thread of its own.
///
/// The next transfer looks whether the server has closed the connection, and then makes another one.
/// It also does so, once, if the server answers its command with 425. TLS begins with the transfer,
/// at the level of protection that holds then.
///
/// @return FTP_OK: the connection stands.
///         - FTP_ERR_UNSUPPORTED: active mode, or a server that must know the transfer first (PRET).
///         - FTP_ERR_IO, FTP_ERR_TIMEOUT: the port cannot be reached. The session goes on. With
///           ftp_set_epsv(), the next transfer uses PASV.
///         - Otherwise as ftp_makepasv().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_prearm(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_prearm"),
            &|| Ok(()),
            |client, _, seat| seat.house(client.prearm()),
            &nothing,
        )
    }
}

/// For ftp_set_prearm(): a download asks for the address of the next data connection as well.
pub const FTP_PREARM_TOGETHER: c_int = 2;

/// Chooses whether a call that ends a transfer also begins to make the data connection of the next
/// one.
///
/// With 1, such a call sends EPSV or PASV after the final reply, and waits for the address, but not
/// for the connection. It takes one round trip more. If the program then pauses for a moment, the
/// next transfer or listing takes two round trips less. ftp_prearm() says how long the connection
/// lasts.
///
/// This never changes what the call returns. The library gives it up for the rest of the login if
/// the server refuses, if the connection fails, or if a transfer over it is refused with 425. If
/// ftp_cancel() or the time limit ends a call in this step, the call returns FTP_OK. The connection
/// to the server is closed then.
///
/// With FTP_PREARM_TOGETHER, a call that downloads a file in image type sends EPSV or PASV right
/// behind RETR, and takes the answer after the final reply. That takes no round trip of its own. So
/// two round trips are left of each of many files, in place of three.
///
/// - Only vsftpd is sent both at once, if its greeting says that it is vsftpd. It reads the second
///   command when the transfer is over. Some servers end the data of the transfer for the second
///   command, and others refuse it. With these, and after other transfers, this is the same as 1.
/// - If a server answers EPSV or PASV before the transfer is over, the library does not send both
///   again. The file counts only if its size was announced or SIZE tells it. Otherwise the call
///   returns FTP_ERR_INTEGRITY.
/// - If its first reply to RETR is a 2yz, the call returns FTP_ERR_PROTO: it cannot be told whether
///   the next reply answers RETR.
/// - ftp_transfercmd() and other calls that leave the data to the program send one command at once.
///
/// @param on  0 is off, the default. FTP_PREARM_TOGETHER as above. Any other value is the same as 1.
/// @return FTP_OK.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_prearm(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        if on == FTP_PREARM_TOGETHER {
            client.set_prearm_together();
        } else {
            client.set_prearm(on != 0);
        }
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}
