//! Transfers whose data the program moves.

use std::ffi::{c_char, c_int, c_void};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::pin::pin;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::child::Child;
use super::boundary::guard::not_null;
use super::boundary::handle::State;
use super::boundary::memory::Memory;
use super::boundary::pending::Pending;
use super::boundary::task::Operation;
use super::boundary::text::command;
use super::boundary::wait;
use super::handle::ftp_handle;
use super::status::ftp_status;
use super::transfers::offset;
use crate::client::{Client, TransferId};
use crate::error::Result;

/// A transfer whose data the program moves. While it is open, its handle can do nothing else but
/// abort.
///
/// - Functions of the transfer are calls on its handle and follow the rules for threads.
/// - ftp_last_error() of the handle says what failed.
/// - A transfer may be freed after its handle.
pub struct ftp_transfer {
    _private: [u8; 0],
}

/// What is behind the pointer.
type Opened = Child<TransferId>;

/// What a call that may have to wait was given.
#[derive(Copy, Clone, PartialEq, Eq)]
struct TransferCall {
    id: TransferId,
    memory: Memory,
}

/// Runs a job that never waits.
///
/// # Safety
/// `transfer` is NULL, or comes from [`ftp_transfercmd`] and is not freed before this returns.
unsafe fn with_transfer(
    transfer: *mut ftp_transfer,
    job: impl FnOnce(&mut Client, TransferId) -> Result<()>,
) -> ftp_status {
    // SAFETY: as this function's.
    match unsafe { Opened::from_ptr(transfer) } {
        // SAFETY: the transfer keeps its handle.
        Some(opened) => unsafe { now(opened.ftp(), |_, client| job(client, opened.id)) },
        None => ftp_status::FTP_ERR_INVALID_ARGUMENT,
    }
}

/// Runs a call that may have to wait. `memory` checks what the caller gave.
///
/// # Safety
/// As [`with_transfer`]; and the memory is valid until the call ends.
unsafe fn run_transfer<T: Send + 'static>(
    transfer: *mut ftp_transfer,
    name: &'static str,
    memory: &dyn Fn() -> Result<Memory>,
    operation: Operation<TransferCall, T>,
    deliver: &dyn Fn(&mut State, T),
) -> ftp_status {
    // SAFETY: as this function's.
    let Some(opened) = (unsafe { Opened::from_ptr(transfer) }) else {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    };
    let inputs = || Ok(TransferCall { id: opened.id, memory: memory()? });
    // SAFETY: as this function's; the transfer keeps its handle.
    unsafe { run(opened.ftp(), Call::keep(name), &inputs, operation, deliver) }
}

/// Starts a transfer: data connection, REST, command and preliminary reply.
///
/// For RETR, STOR, APPE and STOU the function first sets the type of ftp_set_type(), which is image
/// by default.
///
/// @param cmd   the whole command, as in "RETR file" or "STOR file".
/// @param rest  the offset in bytes to start at (REST). 0 is sent as well. -1 sends no REST.
/// @param out   receives the transfer, which ftp_transfer_free() frees.
/// @return as ftp_retrbinary().
///
/// ftplib: transfercmd, ntransfercmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfercmd(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    rest: i64,
    out: *mut *mut ftp_transfer,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            Ok((command(cmd, "cmd")?, offset(rest)?))
        };
        run(
            ftp,
            Call::keep("ftp_transfercmd").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (command, rest) = &*given;
                    client.transfercmd(command, *rest).await
                })
            },
            &|_, id: TransferId| *out = Opened::hand_out(ftp, id),
        )
    }
}

/// Returns the size of the data as the server announced it in its 150 reply.
///
/// @return the size in bytes. -1 if it is not known, the transfer has ended or is NULL, or a call is
///         running.
///
/// ftplib: the second value of ntransfercmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_size(transfer: *mut ftp_transfer) -> i64 {
    let mut size = -1;
    // SAFETY: the header's contract.
    unsafe {
        with_transfer(transfer, |client, id| {
            size = client.transfer_size(id)?.and_then(|size| i64::try_from(size).ok()).unwrap_or(-1);
            Ok(())
        })
    };
    size
}

/// Reads data as it arrives.
///
/// @param buffer    where to put the data.
/// @param capacity  how many bytes fit, 1 or more.
/// @param out       receives how many bytes were put there. 0 is the end of the data: call
///                  ftp_transfer_finish(), which tells whether the server confirms it.
/// @return FTP_OK. After any other status the transfer has ended, except as noted. Otherwise as
///         ftp_retrbinary().
///         - FTP_ERR_BUSY, FTP_ERR_INVALID_ARGUMENT: the transfer goes on.
///         - FTP_ERR_STATE: the transfer had ended before. Or its command sends data; then it goes
///           on.
///         - FTP_ERR_TEMP, FTP_ERR_PERM: the server gave up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_read(
    transfer: *mut ftp_transfer,
    buffer: *mut c_void,
    capacity: usize,
    out: *mut usize,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let memory = || {
            not_null(out, "out")?;
            Memory::to_fill(buffer, capacity)
        };
        run_transfer(
            transfer,
            "ftp_transfer_read",
            &memory,
            |client, call, seat| {
                let mut memory = call.memory;
                seat.house(async move { client.transfer_read(call.id, &mut memory).await })
            },
            &|_, count: usize| *out = count,
        )
    }
}

/// Sends data: all of it, in as many steps as it takes.
///
/// @param data  the bytes. NULL if len is 0.
/// @param len   how many bytes.
/// @return as ftp_transfer_read().
///         - FTP_ERR_STATE: also if the command of the transfer receives data; then it goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_write(
    transfer: *mut ftp_transfer,
    data: *const c_void,
    len: usize,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run_transfer(
            transfer,
            "ftp_transfer_write",
            &|| Memory::to_read(data, len),
            |client, call, seat| {
                seat.house(async move { client.transfer_write(call.id, &call.memory).await })
            },
            &nothing,
        )
    }
}

/// Closes the data connection and waits for the final reply of the server. For an upload, this is
/// the end of the data.
///
/// The transfer has ended afterwards, and is still to be freed.
///
/// To give up a download before its end, use ftp_abort() or ftp_transfer_free(). If its data
/// connection is just closed, some servers end the session or say nothing more.
///
/// @return FTP_OK: the server confirmed the transfer. If the program read a download to its end, the
///         data is complete, as for ftp_retrbinary(). Otherwise as ftp_retrbinary().
///         - FTP_ERR_TEMP, FTP_ERR_PERM, FTP_ERR_REPLY: the server did not confirm the transfer.
///         - FTP_ERR_STATE: the transfer had ended before.
///
/// A program that stops reading early, or takes the descriptor, has to compare what it read with
/// ftp_transfer_size().
///
/// ftplib: conn.close(), voidresp()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_finish(transfer: *mut ftp_transfer) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run_transfer(
            transfer,
            "ftp_transfer_finish",
            &|| Ok(Memory::NONE),
            |client, call, seat| seat.house(async move { client.transfer_finish(call.id).await.map(drop) }),
            &nothing,
        )
    }
}

/// Closes the data connection and does not wait for the final reply. For an upload, this is the end
/// of the data.
///
/// This is for programs that do other things until the reply arrives. Call ftp_transfer_finish()
/// later, which waits for it. If a download has not ended, the rest of its data is lost. To give up
/// a download, use ftp_abort() or ftp_transfer_free().
///
/// @return as ftp_transfer_read().
///         - FTP_ERR_STATE: the transfer has ended, or its data connection was closed or taken.
///           Nothing has changed.
///
/// ftplib: conn.close()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_close_data(transfer: *mut ftp_transfer) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run_transfer(
            transfer,
            "ftp_transfer_close_data",
            &|| Ok(Memory::NONE),
            |client, call, seat| seat.house(async move { client.transfer_close_data(call.id).await }),
            &nothing,
        )
    }
}

/// Frees a transfer. If it was not finished, the function aborts it first, which takes at most 5
/// seconds.
///
/// @param transfer  the transfer, or NULL, which does nothing. It must be one that ftp_transfercmd()
///                  has stored, and not freed before: set the variable to NULL at its declaration.
///
/// - The function leaves what ftp_last_error() and the other getters of the handle return as it is.
/// - While another call is running on the handle, the function does nothing. The transfer is still
///   to be freed.
/// - With ftp_set_blocking() off the function does not wait: the next call on the handle sends ABOR.
/// - A call on the transfer that has returned FTP_AGAIN is given up. If that was
///   ftp_transfer_finish(), the next call closes the connection, since nothing tells when the final
///   reply arrives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_free(transfer: *mut ftp_transfer) {
    // SAFETY: the header's contract.
    unsafe { Opened::free(transfer, give_up) };
}

fn give_up(state: &mut State, id: TransferId) {
    let is_of_this = |pending: &mut Pending| pending.inputs_are(|call: &TransferCall| call.id == id);
    drop(state.pending.take_if(is_of_this));
    let Ok(mut lent) = state.client.lend() else { return };
    let Ok(client) = lent.client() else { return };
    if client.transfer_size(id).is_err() {
        return;
    }
    if state.blocking {
        let reactor = client.reactor().clone();
        let _running = reactor.begin();
        // Whatever comes of it: the session is in step afterwards, or closed.
        let abort = pin!(client.perform(async |client| client.abort().await));
        let _ = wait::finish(&reactor, abort, state.while_waiting);
    } else {
        client.transfer_forget(id);
    }
}

/// Returns the descriptor of the data connection, for poll() and the like. It is non-blocking.
///
/// @return the descriptor, which the library keeps. -1 if the transfer has ended or is NULL, its
///         descriptor was taken, its data goes over TLS, or a call is running.
///
/// ftplib: the return value of transfercmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_fd(transfer: *mut ftp_transfer) -> c_int {
    let mut fd = -1;
    // SAFETY: the header's contract.
    unsafe {
        with_transfer(transfer, |client, id| {
            fd = client.transfer_fd(id)?.as_raw_fd();
            Ok(())
        })
    };
    fd
}

/// Takes the data connection out of the transfer, as a descriptor in blocking mode.
///
/// The library no longer applies its time limits, and no longer watches the control connection
/// meanwhile. When the data is through, close the descriptor and then call ftp_transfer_finish().
///
/// @return the descriptor, which the caller closes. -1 as for ftp_transfer_fd().
///
/// ftplib: the return value of transfercmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_transfer_take_fd(transfer: *mut ftp_transfer) -> c_int {
    let mut fd = -1;
    // SAFETY: the header's contract.
    unsafe {
        with_transfer(transfer, |client, id| {
            fd = client.transfer_take_socket(id)?.into_raw_fd();
            Ok(())
        })
    };
    fd
}
