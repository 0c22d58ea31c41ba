//! Whole files in memory.

use std::ffi::{c_char, c_void};

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::{not_null, shielded};
use super::boundary::memory::{Given, Memory};
use super::boundary::text::required;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Downloads a whole file into memory (RETR, TYPE I).
///
/// @param remote  the path of the file.
/// @param limit   the most bytes that the file may have. SIZE_MAX is no limit.
/// @param data    receives the bytes, which ftp_buffer_free() frees. A NUL stands behind them. It is
///                not NULL if the file is empty.
/// @param len     receives how many bytes there are, without that NUL.
/// @return FTP_OK: the memory holds all of the file. After any other status there is no memory.
///         Otherwise as ftp_retrbinary().
///         - FTP_ERR_LIMIT: the file has more than limit bytes, or there is no memory for it. The
///           session goes on.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_get_data(
    ftp: *mut ftp_handle,
    remote: *const c_char,
    limit: usize,
    data: *mut *mut c_void,
    len: *mut usize,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(data, "data")?;
            not_null(len, "len")?;
            Ok((required(remote, "remote")?, limit))
        };
        run(
            ftp,
            Call::keep("ftp_get_data").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (remote, limit) = &*given;
                    let mut memory = Given::new()?;
                    client.get_data(remote, *limit, memory.bytes()).await?;
                    memory.terminate()?;
                    Ok(memory)
                })
            },
            &|_, memory: Given| (*data, *len) = memory.hand_out(),
        )
    }
}

/// Uploads memory as a file (STOR, TYPE I). A file that is there is replaced.
///
/// @param remote  the path of the file.
/// @param data    the bytes. They must stay as they are until the call has ended. NULL if len is 0.
/// @param len     how many bytes.
/// @return as ftp_storbinary().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_put_data(
    ftp: *mut ftp_handle,
    remote: *const c_char,
    data: *const c_void,
    len: usize,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok((required(remote, "remote")?, Memory::to_read(data, len)?));
        run(
            ftp,
            Call::keep("ftp_put_data").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (remote, memory) = &*given;
                    client.put_data(remote, memory).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// Frees the memory that ftp_get_data() has returned. The handle need not exist any more.
///
/// @param data  the memory, or NULL, which does nothing. It must not be freed twice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_buffer_free(data: *mut c_void) {
    // SAFETY: the header's contract.
    let _ = shielded(|| unsafe { Given::free(data) });
}
