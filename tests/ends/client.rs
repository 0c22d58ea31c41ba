//! The client's side of a cell: one session through the C API, in which one transfer ends as the cell says.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::LazyLock;
use std::time::Duration;

use ftpclient::capi::*;

use super::c_client::{Driven, Handle, text};
use super::cells::{Amount, Call, Cell, Mode, OFFSET, Protection};
use super::server::CONTENT;

/// How much is uploaded where it is much: more than anybody takes before he gives up.
const MUCH: usize = 32 << 20;
const BLOCK: usize = 64 * 1024;

static REPEATED: LazyLock<Vec<u8>> = LazyLock::new(|| CONTENT.repeat(BLOCK / CONTENT.len()).into_bytes());

/// How long a transfer may wait.
pub struct Limits {
    /// For the replies before the data.
    pub reply: Duration,
    /// For the data connection, and for its data.
    pub data: Duration,
    /// For the final reply.
    pub last: Duration,
}

/// What came of it.
pub struct Outcome {
    pub status: ftp_status,
    /// What the library says about its error.
    pub text: String,
    /// What was received: bytes, or lines with CRLF.
    pub data: Vec<u8>,
    pub after: After,
}

/// The session after the transfer.
#[derive(PartialEq, Eq, Debug)]
pub enum After {
    InStep,
    Closed,
    /// What must never be: what the next command got.
    OutOfStep(String),
}

/// What the callbacks see.
struct Data {
    received: Vec<u8>,
    left: usize,
}

pub fn run(cell: &Cell, driven: Driven, limits: Limits, port: u16) -> Outcome {
    let handle = Handle::new(driven, Duration::from_secs(20));
    begin(&handle, cell, port);
    set_limits(&handle, &limits);
    let left = match cell.amount {
        Amount::Nothing => 0,
        Amount::Some => CONTENT.len(),
        Amount::Much => MUCH,
    };
    let mut data = Data { received: Vec::new(), left };
    let status = transfer(&handle, cell.call, &mut data);
    let text = handle.last_error();
    handle.set_limit(Duration::from_secs(20));
    Outcome { status, text, data: data.received, after: after(&handle) }
}

fn set_limits(handle: &Handle, limits: &Limits) {
    let phases = [
        (FTP_PHASE_REPLY, limits.reply),
        (FTP_PHASE_ACCEPT, limits.data),
        (FTP_PHASE_DATA, limits.data),
        (FTP_PHASE_FINAL, limits.last),
    ];
    for (phase, limit) in phases {
        // SAFETY: the handle is valid.
        let set = unsafe { ftp_set_phase_timeout(handle.raw(), phase, limit.as_millis() as i64) };
        assert_eq!(set, ftp_status::FTP_OK);
    }
}

fn begin(handle: &Handle, cell: &Cell, port: u16) {
    let ftp = handle.raw();
    let passive = cell.mode == Mode::Passive;
    // SAFETY: the handle is valid, and the texts are literals.
    unsafe {
        if cell.protection == Protection::Tls {
            assert_eq!(ftp_set_tls(ftp, FTP_TLS_EXPLICIT), ftp_status::FTP_OK);
            assert_eq!(ftp_set_tls_verify(ftp, 0), ftp_status::FTP_OK);
        }
        assert_eq!(ftp_set_pasv(ftp, passive.into()), ftp_status::FTP_OK);
        let connected = handle.call(|| ftp_connect(ftp, c"127.0.0.1".as_ptr(), port));
        assert_eq!(connected, ftp_status::FTP_OK, "{}", handle.last_error());
        let user = c"user".as_ptr();
        let login = handle.call(|| ftp_login(ftp, user, c"secret".as_ptr(), null()));
        assert_eq!(login, ftp_status::FTP_OK, "{}", handle.last_error());
    }
}

/// Whether the next command gets its own reply.
fn after(handle: &Handle) -> After {
    let mut path = null();
    // SAFETY: the handle is valid.
    let status = handle.call(|| unsafe { ftp_pwd(handle.raw(), &mut path) });
    if status == ftp_status::FTP_OK {
        // SAFETY: the path was just given.
        let path = unsafe { text(path) };
        return if path == "/in/step" { After::InStep } else { After::OutOfStep(path) };
    }
    if handle.is_connected() {
        return After::OutOfStep(format!("{status:?} {}", handle.last_error()));
    }
    After::Closed
}

fn transfer(handle: &Handle, call: Call, data: &mut Data) -> ftp_status {
    let ftp = handle.raw();
    let user: *mut c_void = (&raw mut *data).cast();
    // SAFETY: the handle is valid, and texts and `user` outlive each of these calls.
    unsafe {
        let retrbinary =
            |rest| handle.call(|| ftp_retrbinary(ftp, c"RETR f".as_ptr(), Some(on_data), user, 0, rest));
        let retrlines = |cmd: &CStr| handle.call(|| ftp_retrlines(ftp, cmd.as_ptr(), Some(on_line), user));
        let stor = c"STOR f".as_ptr();
        match call {
            Call::Retrbinary => retrbinary(-1),
            Call::RetrbinaryRest => retrbinary(OFFSET as i64),
            Call::RetrlinesRetr => retrlines(c"RETR f"),
            Call::RetrlinesList => retrlines(c"LIST"),
            Call::Nlst => handle.call(|| ftp_nlst(ftp, null(), Some(on_line), user)),
            Call::Mlsd => handle.call(|| ftp_mlsd(ftp, null(), null(), Some(on_entry), user)),
            Call::Storbinary => {
                handle.call(|| ftp_storbinary(ftp, stor, Some(on_read), None, user, BLOCK, -1))
            }
            Call::Storlines => handle.call(|| ftp_storlines(ftp, stor, Some(on_read), None, user)),
            Call::ByHandRetr => by_hand(handle, c"TYPE I", c"RETR f", data, read_to_end),
            Call::ByHandList => by_hand(handle, c"TYPE A", c"LIST", data, read_to_end),
            Call::ByHandStor => by_hand(handle, c"TYPE I", c"STOR f", data, write_all),
        }
    }
}

/// A transfer whose data the caller moves.
fn by_hand(
    handle: &Handle,
    kind: &CStr,
    cmd: &CStr,
    data: &mut Data,
    move_data: fn(&Handle, *mut ftp_transfer, &mut Data) -> ftp_status,
) -> ftp_status {
    let mut transfer = null_mut();
    // SAFETY: the handle is valid, and the transfer is one until it is freed.
    unsafe {
        let ftp = handle.raw();
        assert_eq!(handle.call(|| ftp_voidcmd(ftp, kind.as_ptr())), ftp_status::FTP_OK);
        let mut status = handle.call(|| ftp_transfercmd(ftp, cmd.as_ptr(), -1, &mut transfer));
        if status == ftp_status::FTP_OK {
            status = move_data(handle, transfer, data);
        }
        if status == ftp_status::FTP_OK {
            status = handle.call(|| ftp_transfer_finish(transfer));
        }
        ftp_transfer_free(transfer);
        status
    }
}

fn read_to_end(handle: &Handle, transfer: *mut ftp_transfer, data: &mut Data) -> ftp_status {
    let mut buffer = [0_u8; 4096];
    loop {
        let (memory, mut count) = (buffer.as_mut_ptr().cast(), 0);
        // SAFETY: the transfer is open, and the buffer is valid.
        let status = handle.call(|| unsafe { ftp_transfer_read(transfer, memory, 4096, &mut count) });
        if status != ftp_status::FTP_OK || count == 0 {
            return status;
        }
        data.received.extend_from_slice(&buffer[..count]);
    }
}

fn write_all(handle: &Handle, transfer: *mut ftp_transfer, data: &mut Data) -> ftp_status {
    let mut block = vec![0; BLOCK];
    loop {
        let count = data.fill(&mut block);
        if count == 0 {
            return ftp_status::FTP_OK;
        }
        // SAFETY: the transfer is open, and the block is valid.
        let status = handle.call(|| unsafe { ftp_transfer_write(transfer, block.as_ptr().cast(), count) });
        if status != ftp_status::FTP_OK {
            return status;
        }
    }
}

impl Data {
    /// # Safety
    /// `user` is a `Data`, which nobody else uses meanwhile.
    unsafe fn of<'a>(user: *mut c_void) -> &'a mut Data {
        // SAFETY: as this function's.
        unsafe { &mut *user.cast() }
    }

    /// The next bytes of the upload: those of the file, again and again if it is long.
    fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let count = self.left.min(buffer.len()).min(REPEATED.len());
        buffer[..count].copy_from_slice(&REPEATED[..count]);
        self.left -= count;
        count
    }
}

unsafe extern "C-unwind" fn on_data(data: *const c_void, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    unsafe { Data::of(user).received.extend_from_slice(slice::from_raw_parts(data.cast(), len)) };
    0
}

unsafe extern "C-unwind" fn on_line(line: *const c_char, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    unsafe {
        on_data(line.cast(), len, user);
        on_data(c"\r\n".as_ptr().cast(), 2, user)
    }
}

unsafe extern "C-unwind" fn on_entry(
    name: *const c_char,
    len: usize,
    _: *const ftp_fact,
    _: usize,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the library's promise.
    unsafe { on_line(name, len, user) }
}

unsafe extern "C-unwind" fn on_read(buffer: *mut c_void, capacity: usize, user: *mut c_void) -> i64 {
    // SAFETY: the library's promise.
    unsafe { Data::of(user).fill(slice::from_raw_parts_mut(buffer.cast(), capacity)) as i64 }
}
