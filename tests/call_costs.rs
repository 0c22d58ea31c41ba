//! How often a call allocates memory. What a program calls again and again, in a session whose server says much, must not copy what
//! is there already.
//!
//! A test binary of its own: it counts with an allocator that all of it uses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    unsafe_code,
    missing_docs,
    unused_crate_dependencies
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::ptr::null_mut;
use std::thread;

use ftpclient::capi::{
    ftp_connect, ftp_free, ftp_handle, ftp_last_error, ftp_last_reply, ftp_login, ftp_new, ftp_pwd,
    ftp_retrbinary, ftp_set_epsv, ftp_set_pasv, ftp_status, ftp_transfer_finish, ftp_transfer_free,
    ftp_transfer_read, ftp_transfercmd, ftp_voidcmd,
};

/// What a greeting has, and a block of data.
const SIZE: usize = 4096;
const BLOCKS: usize = 16;

thread_local! {
    /// Allocations of this thread, and their bytes. The server has a thread of its own.
    static COUNTED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

struct Counting;

fn count(size: usize) {
    COUNTED.with(|counted| {
        let (times, bytes) = counted.get();
        counted.set((times + 1, bytes + size));
    });
}

// SAFETY: as the system's, which does all of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as this function's; so for the others.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as above.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Serves one client.
fn serve(listener: &TcpListener) -> std::io::Result<()> {
    let (mut control, _) = listener.accept()?;
    let mut lines = BufReader::new(control.try_clone()?).lines();
    write!(control, "220-{}\r\n220 ready\r\n", "hello ".repeat(SIZE / 6))?;
    let mut data: Option<TcpListener> = None;
    while let Some(line) = lines.next().transpose()? {
        let reply = match line.split(' ').next().unwrap_or_default() {
            "USER" => "331 and?".into(),
            "PASS" => "230 in".into(),
            "PWD" => "257 \"/a/directory\"".into(),
            "PASV" => {
                let port = data.insert(TcpListener::bind("127.0.0.1:0")?).local_addr()?.port();
                format!("227 (127,0,0,1,{},{})", port / 256, port % 256)
            }
            "RETR" => {
                let mut file = data.take().unwrap().accept()?.0;
                // All of it is there when the client reads.
                let blocks = if line.ends_with("small") { 1 } else { BLOCKS };
                file.write_all(&vec![7; SIZE * blocks])?;
                drop(file);
                write!(control, "150 here\r\n")?;
                "226 done".into()
            }
            _ => "200 fine".to_owned(),
        };
        write!(control, "{reply}\r\n")?;
    }
    Ok(())
}

/// Makes a call twice: the second one, which finds what the first has left, allocates `most` times and bytes at most.
fn cost(name: &str, most: (usize, usize), mut call: impl FnMut()) {
    call();
    let before = COUNTED.get();
    call();
    let after = COUNTED.get();
    let (times, bytes) = (after.0 - before.0, after.1 - before.1);
    println!("{name:<24} {times:>3} times {bytes:>6} bytes");
    assert!(times <= most.0 && bytes <= most.1, "{name}: {times} allocations of {bytes} bytes, not {most:?}");
}

/// Adds up how much has come.
extern "C-unwind" fn add(_: *const c_void, size: usize, seen: *mut c_void) -> c_int {
    // SAFETY: it is the number that the call was given.
    unsafe { *seen.cast::<usize>() += size };
    0
}

/// # Safety
/// `ftp` is a handle.
unsafe fn ok(ftp: *mut ftp_handle, status: ftp_status) {
    if status != ftp_status::FTP_OK {
        // SAFETY: as this function's.
        let error = unsafe { CStr::from_ptr(ftp_last_error(ftp)) };
        panic!("{status:?}: {}", error.to_string_lossy());
    }
}

#[test]
fn a_setter_and_a_getter_allocate_nothing_and_a_read_of_what_is_there_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || serve(&listener));
    let ftp = ftp_new();
    // SAFETY: `ftp` is a new handle, freed at the end; so is the transfer. The buffer is as large as is said.
    unsafe {
        ok(ftp, ftp_connect(ftp, c"127.0.0.1".as_ptr(), port));
        ok(ftp, ftp_login(ftp, c"user".as_ptr(), c"secret".as_ptr(), c"".as_ptr()));
        cost("a setter", (0, 0), || ok(ftp, ftp_set_pasv(ftp, 1)));
        cost("another setter", (0, 0), || ok(ftp, ftp_set_epsv(ftp, 0)));
        cost("a getter", (0, 0), || assert!(!ftp_last_reply(ftp).is_null()));
        cost("ftp_voidcmd(\"NOOP\")", (32, 512), || ok(ftp, ftp_voidcmd(ftp, c"NOOP".as_ptr())));
        cost("ftp_pwd", (36, 640), || {
            let mut path = std::ptr::null();
            ok(ftp, ftp_pwd(ftp, &raw mut path));
            assert_eq!(CStr::from_ptr(path), c"/a/directory");
        });
        cost("a file of 4 KiB", (120, 24 * 1024), || {
            let mut seen = 0;
            let status =
                ftp_retrbinary(ftp, c"RETR small".as_ptr(), Some(add), (&raw mut seen).cast(), 0, -1);
            ok(ftp, status);
            assert_eq!(seen, SIZE);
        });
        let mut transfer = null_mut();
        ok(ftp, ftp_transfercmd(ftp, c"RETR file".as_ptr(), -1, &raw mut transfer));
        let (mut buffer, mut read) = ([0_u8; SIZE], 0);
        // As long as there is a whole block: then nothing has to be waited for.
        cost("ftp_transfer_read", (1, 128), || {
            ok(ftp, ftp_transfer_read(transfer, buffer.as_mut_ptr().cast(), SIZE, &raw mut read));
            assert_eq!((read, buffer), (SIZE, [7; SIZE]));
        });
        while read > 0 {
            ok(ftp, ftp_transfer_read(transfer, buffer.as_mut_ptr().cast(), SIZE, &raw mut read));
        }
        ok(ftp, ftp_transfer_finish(transfer));
        ftp_transfer_free(transfer);
        ftp_free(ftp);
    }
    server.join().unwrap().unwrap();
}
