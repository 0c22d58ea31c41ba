//! Files that grow, and files that the server names.

use std::ffi::{c_char, c_void};
use std::ptr::null;

use super::boundary::call::{Call, nothing, run};
use super::boundary::callbacks::{User, data_source, source_function};
use super::boundary::guard::not_null;
use super::boundary::text::required;
use super::callbacks::ftp_read_fn;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Adds data to the end of a file in image type (APPE, RFC 959, section 4.1.3). The file is made if
/// it is not there.
///
/// @param remote   the file, not "".
/// @param read_cb  called for the data, until it returns 0.
/// @param user     passed to the callback.
/// @return as ftp_storbinary(). After an error most servers keep the part that arrived, behind what
///         was there before.
///
/// ftplib: storbinary
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_append(
    ftp: *mut ftp_handle,
    remote: *const c_char,
    read_cb: ftp_read_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok((required(remote, "remote")?, source_function(read_cb)?, User::new(user)));
        run(
            ftp,
            Call::keep("ftp_append").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (remote, read, user) = &*given;
                    let mut source = data_source(*read, *user);
                    client.append(remote, &mut source).await
                })
            },
            &nothing,
        )
    }
}

/// Stores data in image type as a new file, whose name the server makes (STOU, RFC 959, section
/// 4.1.3).
///
/// @param read_cb  called for the data, until it returns 0.
/// @param user     passed to the callback.
/// @param name     receives the name as the server tells it, in any of the forms that servers have;
///                 or NULL if it does not tell the name. Some servers tell a path.
/// @return as ftp_storbinary().
///
/// ftplib: storbinary
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_store_unique(
    ftp: *mut ftp_handle,
    read_cb: ftp_read_fn,
    user: *mut c_void,
    name: *mut *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(name, "name")?;
            Ok((source_function(read_cb)?, User::new(user)))
        };
        run(
            ftp,
            Call::keep("ftp_store_unique").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (read, user) = &*given;
                    let mut source = data_source(*read, *user);
                    client.store_unique(&mut source).await
                })
            },
            &|state, told: Option<Vec<u8>>| {
                *name = match told {
                    Some(told) => {
                        state.text.set(&told);
                        state.text.as_ptr()
                    }
                    None => null(),
                };
            },
        )
    }
}
