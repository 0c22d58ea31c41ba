//! This library, called through its C API.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::slice;
use std::thread;
use std::time::Duration;

use ftpclient::capi::*;

use super::scenario::Call;
use super::text::shown;

/// As ftplib's in driver.py.
const TIMEOUT: i64 = 5000;

/// More descriptors than any call waits for: `ftp_pollfds` fails where that is wrong.
const MOST_FDS: usize = 16;

pub struct Library {
    ftp: *mut ftp_handle,
    port: u16,
    blocking: bool,
}

impl Library {
    pub fn new(blocking: bool) -> Library {
        Library { ftp: null_mut(), port: 0, blocking }
    }
}

impl super::Client for Library {
    fn begin(&mut self, port: u16) {
        self.ftp = new_handle(self.blocking);
        self.port = port;
    }

    fn call(&mut self, call: &Call) -> Vec<String> {
        let mut call = Running::new(self.ftp, self.port, self.blocking, call);
        // SAFETY: the handle lives until `end`; texts and the callbacks' `user` live as long as `call`.
        let (status, value) = unsafe { call.run() };
        let outcome = match call.has_reply() {
            true => outcome(status, &value, &last_reply(self.ftp)),
            false => outcome(status, &value, b""),
        };
        call.received.push(outcome);
        call.received
    }

    fn end(&mut self) {
        // SAFETY: the handle is not used any more.
        unsafe { ftp_free(self.ftp) };
    }
}

fn new_handle(blocking: bool) -> *mut ftp_handle {
    let ftp = ftp_new();
    assert!(!ftp.is_null());
    // SAFETY: the handle is a new one.
    unsafe {
        assert_eq!(ftp_set_timeout(ftp, TIMEOUT), ftp_status::FTP_OK);
        assert_eq!(ftp_set_blocking(ftp, blocking.into()), ftp_status::FTP_OK);
    }
    ftp
}

/// Makes a call that may have to wait, as an event loop without manners does: it repeats it at once, and sometimes waits for what
/// the library wants, or lets other calls try their luck. In blocking mode there is nothing to repeat.
fn insist(ftp: *mut ftp_handle, mut call: impl FnMut() -> ftp_status) -> ftp_status {
    for round in 0_u32.. {
        let status = call();
        if status != ftp_status::FTP_AGAIN {
            return status;
        }
        let mut fds = [ftp_pollfd { fd: -1, events: 0, revents: 0 }; MOST_FDS];
        let mut count = 0;
        // SAFETY: the handle is valid, and so are the outputs.
        let timeout = unsafe {
            assert_eq!(ftp_pollfds(ftp, fds.as_mut_ptr(), fds.len(), &mut count), ftp_status::FTP_OK);
            ftp_timeout_ms(ftp)
        };
        assert!(count > 0 && timeout >= 0, "nothing to wait for: {count} descriptors, {timeout} ms");
        for told in fds.iter().take(count) {
            // SAFETY: fcntl takes no pointers here.
            let flags = unsafe { libc::fcntl(told.fd, libc::F_GETFL) };
            assert!(
                flags != -1 && flags & libc::O_NONBLOCK != 0,
                "descriptor {} is not the handle's",
                told.fd
            );
        }
        // SAFETY: the first `count` have been filled in, and are what poll() takes.
        let mut poll = |timeout| unsafe {
            libc::poll(fds.as_mut_ptr().cast(), count as libc::nfds_t, timeout);
        };
        match round % 8 {
            0 | 1 => {}
            // SAFETY: the handle is valid.
            2 => unsafe { assert_eq!(ftp_set_pasv(ftp, 1), ftp_status::FTP_ERR_BUSY) },
            3 | 4 => poll(0),
            _ => poll(timeout as c_int),
        }
    }
    unreachable!()
}

/// The status in the words of ftplib.
fn outcome(status: ftp_status, value: &[u8], reply: &[u8]) -> String {
    use ftp_status::*;
    let kind = match status {
        FTP_OK => return format!("ok \"{}\"", shown(value)),
        FTP_ERR_REPLY => return format!("error_reply \"{}\"", shown(reply)),
        FTP_ERR_TEMP => return format!("error_temp \"{}\"", shown(reply)),
        FTP_ERR_PERM => return format!("error_perm \"{}\"", shown(reply)),
        FTP_ERR_PROTO => "error_proto",
        FTP_ERR_LIMIT => "Error",
        FTP_ERR_EOF => "EOFError",
        FTP_ERR_TIMEOUT => "TimeoutError",
        FTP_ERR_IO | FTP_ERR_RESOLVE => "OSError",
        FTP_ERR_INVALID_ARGUMENT => "ValueError",
        FTP_ERR_STATE => "AttributeError",
        FTP_ERR_CALLBACK => "stopped",
        other => return format!("{other:?}"),
    };
    kind.to_owned()
}

fn last_reply(ftp: *mut ftp_handle) -> Vec<u8> {
    // SAFETY: the handle is valid, and the text is copied at once.
    unsafe { text(ftp_last_reply(ftp)) }
}

/// # Safety
/// NULL, or a text that ends with a NUL.
unsafe fn text(pointer: *const c_char) -> Vec<u8> {
    if pointer.is_null() {
        return Vec::new();
    }
    // SAFETY: as this function's.
    unsafe { CStr::from_ptr(pointer) }.to_bytes().to_vec()
}

/// A call, and what its callbacks see.
struct Running<'a> {
    ftp: *mut ftp_handle,
    port: u16,
    blocking: bool,
    call: &'a Call,
    /// The arguments for C.
    texts: Vec<CString>,
    /// What the callbacks got, line by line or in one.
    received: Vec<String>,
    data: Vec<u8>,
    /// How much of the content of an upload was given.
    given: usize,
}

impl Running<'_> {
    fn new(ftp: *mut ftp_handle, port: u16, blocking: bool, call: &Call) -> Running<'_> {
        // C cannot pass a NUL inside a text, so no scenario has one.
        let texts = call.arguments.iter().map(|argument| CString::new(argument.clone()).unwrap()).collect();
        Running { ftp, port, blocking, call, texts, received: Vec::new(), data: Vec::new(), given: 0 }
    }

    /// Whether the last reply is what an error is about. It is not for replies without a server, nor for two servers.
    fn has_reply(&self) -> bool {
        !self.call.name.starts_with("parse") && self.call.name != "copy"
    }

    /// The argument as C text; "" if it is not there.
    fn text(&self, index: usize) -> *const c_char {
        self.texts.get(index).map_or(c"".as_ptr(), |text| text.as_ptr())
    }

    fn option(&self, key: &str, default: i64) -> i64 {
        self.call.option(key).unwrap_or(default)
    }

    fn stop(&self) -> c_int {
        self.option("stop", 0) as c_int
    }

    /// # Safety
    /// `user` is a `Running`, which nobody else uses meanwhile.
    unsafe fn of<'a>(user: *mut c_void) -> &'a mut Running<'a> {
        // SAFETY: as this function's.
        unsafe { &mut *user.cast() }
    }

    /// # Safety
    /// The handle is valid.
    unsafe fn run(&mut self) -> (ftp_status, Vec<u8>) {
        let ftp = self.ftp;
        let user: *mut c_void = (&raw mut *self).cast();
        let rest = self.option("rest", -1);
        let block = self.option("block", 0) as usize;
        let (first, second, third) = (self.text(0), self.text(1), self.text(2));
        // SAFETY: the handle is valid, and texts, callbacks and outputs outlive each of these calls.
        unsafe {
            match self.call.name.as_str() {
                // Settings.
                "pasv" => silent(ftp_set_pasv(ftp, self.option("on", 0) as c_int)),
                "trust" => silent(ftp_set_trust_server_pasv_ipv4_address(ftp, self.option("on", 0) as c_int)),
                "maxline" => silent(ftp_set_maxline(ftp, self.option("bytes", 0) as usize)),
                "encoding" => silent(ftp_set_encoding(ftp, first)),
                "timeout" => silent(ftp_set_timeout(ftp, self.option("ms", 0))),
                "pause" => {
                    thread::sleep(Duration::from_millis(self.option("ms", 0) as u64));
                    silent(ftp_status::FTP_OK)
                }
                "is_open" => {
                    (ftp_status::FTP_OK, if ftp_control_fd(ftp) == -1 { b"no".into() } else { b"yes".into() })
                }

                // The session.
                "connect" => {
                    if let Some(timeout) = self.call.option("timeout") {
                        let status = ftp_set_timeout(ftp, timeout);
                        if status != ftp_status::FTP_OK {
                            return silent(status);
                        }
                    }
                    let host = if self.texts.is_empty() { c"127.0.0.1".as_ptr() } else { first };
                    let status = insist(ftp, || ftp_connect(ftp, host, self.port));
                    (status, text(ftp_getwelcome(ftp)))
                }
                "getwelcome" => (ftp_status::FTP_OK, text(ftp_getwelcome(ftp))),
                "login" => self.replied(insist(ftp, || ftp_login(ftp, first, second, third))),
                "quit" => self.replied(insist(ftp, || ftp_quit(ftp))),
                "close" => silent(ftp_close(ftp)),
                "abort" => self.replied(insist(ftp, || ftp_abort(ftp))),

                // Commands.
                "sendcmd" => self.replied(insist(ftp, || ftp_sendcmd(ftp, first))),
                "voidcmd" => self.replied(insist(ftp, || ftp_voidcmd(ftp, first))),
                "putcmd" => silent(insist(ftp, || ftp_putcmd(ftp, first))),
                "getresp" => self.replied(insist(ftp, || ftp_getresp(ftp))),
                "voidresp" => self.replied(insist(ftp, || ftp_voidresp(ftp))),
                "acct" => self.replied(insist(ftp, || ftp_acct(ftp, first))),
                "cwd" => self.replied(insist(ftp, || ftp_cwd(ftp, first))),
                "delete" => self.replied(insist(ftp, || ftp_delete(ftp, first))),
                "rename" => self.replied(insist(ftp, || ftp_rename(ftp, first, second))),
                "rmd" => self.replied(insist(ftp, || ftp_rmd(ftp, first))),
                "pwd" => {
                    let mut path = null();
                    let status = insist(ftp, || ftp_pwd(ftp, &mut path));
                    (status, text(path))
                }
                "mkd" => {
                    let mut path = null();
                    let status = insist(ftp, || ftp_mkd(ftp, first, &mut path));
                    (status, text(path))
                }
                "size" => {
                    let mut size = 0;
                    let status = insist(ftp, || ftp_size(ftp, first, &mut size));
                    (status, known(size))
                }

                // Transfers.
                "nlst" => silent(insist(ftp, || ftp_nlst(ftp, first, Some(on_line), user))),
                "dir" => silent(insist(ftp, || ftp_dir(ftp, first, Some(on_line), user))),
                "retrlines" => {
                    let status = insist(ftp, || ftp_retrlines(ftp, first, Some(on_line), user));
                    self.replied(status)
                }
                "mlsd" => silent(insist(ftp, || ftp_mlsd(ftp, first, second, Some(on_entry), user))),
                "retrbinary" => {
                    let status = insist(ftp, || ftp_retrbinary(ftp, first, Some(on_data), user, block, rest));
                    self.note_data("data");
                    self.replied(status)
                }
                "storbinary" => {
                    let status = insist(ftp, || {
                        ftp_storbinary(ftp, first, Some(on_read), Some(on_data), user, block, rest)
                    });
                    if self.option("quiet", 0) == 0 {
                        self.note_data("sent");
                    }
                    self.replied(status)
                }
                "storlines" => {
                    let status =
                        insist(ftp, || ftp_storlines(ftp, first, Some(on_read), Some(on_sent_line), user));
                    self.replied(status)
                }
                "download" => {
                    let mut transfer = null_mut();
                    let mut status = insist(ftp, || ftp_transfercmd(ftp, first, rest, &mut transfer));
                    if status == ftp_status::FTP_OK {
                        self.note("size", &known(ftp_transfer_size(transfer)));
                        status = self.read_to_end(transfer);
                        self.note_data("data");
                    }
                    if status == ftp_status::FTP_OK {
                        status = insist(self.ftp, || ftp_transfer_finish(transfer));
                    }
                    let outcome = self.replied(status);
                    ftp_transfer_free(transfer);
                    outcome
                }
                "upload" => {
                    let content = self.call.argument(1);
                    let mut transfer = null_mut();
                    let mut status = insist(ftp, || ftp_transfercmd(ftp, first, rest, &mut transfer));
                    if status == ftp_status::FTP_OK {
                        status = insist(self.ftp, || {
                            ftp_transfer_write(transfer, content.as_ptr().cast(), content.len())
                        });
                    }
                    if status == ftp_status::FTP_OK {
                        status = insist(self.ftp, || ftp_transfer_finish(transfer));
                    }
                    let outcome = self.replied(status);
                    ftp_transfer_free(transfer);
                    outcome
                }
                "makepasv" => {
                    let mut host = [0; 64];
                    let mut port = 0;
                    let status = insist(ftp, || ftp_makepasv(ftp, host.as_mut_ptr(), host.len(), &mut port));
                    (status, text(host.as_ptr()))
                }
                "makeport" => {
                    let mut listener = -1;
                    let status = insist(ftp, || ftp_makeport(ftp, &mut listener));
                    if listener != -1 {
                        libc::close(listener);
                    }
                    silent(status)
                }
                "copy" => {
                    let other = new_handle(self.blocking);
                    let mut status = insist(other, || ftp_connect(other, c"127.0.0.1".as_ptr(), self.port));
                    assert_eq!(status, ftp_status::FTP_OK);
                    let kind = self.call.argument(2).first().copied().unwrap_or(b'I');
                    status = insist(ftp, || ftp_copy(ftp, first, other, second, kind.into()));
                    insist(other, || ftp_quit(other));
                    ftp_free(other);
                    silent(status)
                }

                // Replies without a server.
                "parse150" => {
                    let mut size = 0;
                    let status = ftp_parse150(first, &mut size);
                    (status, known(size))
                }
                "parse227" => {
                    let (mut host, mut port) = ([0; 64], 0);
                    let status = ftp_parse227(first, host.as_mut_ptr(), host.len(), &mut port);
                    let host = String::from_utf8(text(host.as_ptr())).unwrap();
                    (status, format!("{host} {port}").into())
                }
                "parse229" => {
                    let mut port = 0;
                    let status = ftp_parse229(first, &mut port);
                    (status, port.to_string().into())
                }
                "parse257" => {
                    let mut path = [0; 1024];
                    let status = ftp_parse257(first, path.as_mut_ptr(), path.len());
                    (status, text(path.as_ptr()))
                }
                other => panic!("no such call: {other}"),
            }
        }
    }

    /// The value of a method that returns the reply.
    fn replied(&self, status: ftp_status) -> (ftp_status, Vec<u8>) {
        (status, last_reply(self.ftp))
    }

    fn note(&mut self, kind: &str, bytes: &[u8]) {
        self.received.push(format!("{kind} \"{}\"", shown(bytes)));
    }

    fn note_data(&mut self, kind: &str) {
        let data = std::mem::take(&mut self.data);
        self.note(kind, &data);
    }

    /// # Safety
    /// The transfer is open.
    unsafe fn read_to_end(&mut self, transfer: *mut ftp_transfer) -> ftp_status {
        let mut buffer = [0_u8; 8192];
        loop {
            let mut count = 0;
            // SAFETY: as this function's, and the buffer is valid.
            let status = unsafe {
                insist(self.ftp, || {
                    ftp_transfer_read(transfer, buffer.as_mut_ptr().cast(), buffer.len(), &mut count)
                })
            };
            if status != ftp_status::FTP_OK || count == 0 {
                return status;
            }
            self.data.extend_from_slice(&buffer[..count]);
        }
    }
}

/// The value of a method that returns nothing.
fn silent(status: ftp_status) -> (ftp_status, Vec<u8>) {
    (status, Vec::new())
}

fn known(size: i64) -> Vec<u8> {
    if size == -1 { b"unknown".into() } else { size.to_string().into() }
}

unsafe extern "C-unwind" fn on_data(data: *const c_void, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    let (running, data) = unsafe { (Running::of(user), slice::from_raw_parts(data.cast::<u8>(), len)) };
    running.data.extend_from_slice(data);
    running.stop()
}

unsafe extern "C-unwind" fn on_line(line: *const c_char, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    let (running, line) = unsafe { (Running::of(user), slice::from_raw_parts(line.cast::<u8>(), len)) };
    running.note("line", line);
    running.stop()
}

unsafe extern "C-unwind" fn on_sent_line(line: *const c_void, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    let (running, line) = unsafe { (Running::of(user), slice::from_raw_parts(line.cast::<u8>(), len)) };
    running.note("sent", line);
    running.stop()
}

unsafe extern "C-unwind" fn on_read(buffer: *mut c_void, capacity: usize, user: *mut c_void) -> i64 {
    // SAFETY: the library's promise.
    let (running, buffer) =
        unsafe { (Running::of(user), slice::from_raw_parts_mut(buffer.cast::<u8>(), capacity)) };
    let left = &running.call.argument(1)[running.given..];
    let count = left.len().min(capacity);
    buffer[..count].copy_from_slice(&left[..count]);
    running.given += count;
    count as i64
}

unsafe extern "C-unwind" fn on_entry(
    name: *const c_char,
    len: usize,
    facts: *const ftp_fact,
    count: usize,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the library's promise.
    let (running, name, facts) = unsafe {
        let facts = if count == 0 { &[] } else { slice::from_raw_parts(facts, count) };
        (Running::of(user), slice::from_raw_parts(name.cast::<u8>(), len), facts)
    };
    // SAFETY: the texts of a fact end with NUL.
    let mut facts: Vec<_> = facts.iter().map(|fact| unsafe { (text(fact.key), text(fact.value)) }).collect();
    facts.sort();
    let facts: Vec<u8> =
        facts.iter().flat_map(|(key, value)| [key, &b"="[..], value, b";"].concat()).collect();
    running.received.push(format!("entry \"{}\" \"{}\"", shown(name), shown(&facts)));
    0
}
