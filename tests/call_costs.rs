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
use std::net::{TcpListener, TcpStream};
use std::ptr::null_mut;
use std::thread;

use ftpclient::capi::{
    FTP_LIST_STREAM, ftp_connect, ftp_free, ftp_handle, ftp_last_error, ftp_last_reply, ftp_list_free,
    ftp_list_next, ftp_list_open, ftp_login, ftp_new, ftp_pwd, ftp_retrbinary, ftp_set_epsv, ftp_set_pasv,
    ftp_status, ftp_transfer_finish, ftp_transfer_free, ftp_transfer_read, ftp_transfercmd, ftp_voidcmd,
};

/// What a greeting has, and a block of data.
const SIZE: usize = 4096;
const BLOCKS: usize = 16;
/// The entries of two listings.
const FEW: usize = 1000;
const MANY: usize = 11_000;

thread_local! {
    /// Allocations of this thread, and their bytes. The server has a thread of its own.
    static COUNTED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// How many bytes this thread has asked for and not given back.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn count(size: usize) {
    HELD.set(HELD.get().wrapping_add(size));
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
        HELD.set(HELD.get().wrapping_sub(layout.size()));
        // SAFETY: as above.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        HELD.set(HELD.get().wrapping_sub(layout.size()));
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn entries(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|at| format!("type=file;size={at};modify=20200115120000; name{at}\r\n").into_bytes())
        .collect()
}

/// Serves one client.
fn serve(listener: &TcpListener, greeting: &str) -> std::io::Result<()> {
    let (mut control, _) = listener.accept()?;
    control.set_nodelay(true)?;
    let mut lines = BufReader::new(control.try_clone()?).lines();
    say(&mut control, &format!("{greeting}220 ready"))?;
    let mut data: Option<TcpListener> = None;
    while let Some(line) = lines.next().transpose()? {
        let reply = match line.split(' ').next().unwrap_or_default() {
            "USER" => "331 and?".into(),
            "PASS" => "230 in".into(),
            "PWD" => "257 \"/a/directory\"".into(),
            "FEAT" => "211-here\r\n MLST type*;size*;modify*;\r\n211 end".into(),
            "PASV" => {
                let port = data.insert(TcpListener::bind("127.0.0.1:0")?).local_addr()?.port();
                // As long for each port: the memory of a reply is that of a longer one before it.
                format!("227 {:<19}", format!("(127,0,0,1,{},{})", port / 256, port % 256))
            }
            "RETR" | "MLSD" => {
                let mut file = data.take().unwrap().accept()?.0;
                // All of it is there when the client reads, and so are both replies: what a client keeps depends on what comes first.
                file.write_all(&match line.as_str() {
                    "RETR small" => vec![7; SIZE],
                    "MLSD few" => entries(FEW),
                    "MLSD many" => entries(MANY),
                    _ => vec![7; SIZE * BLOCKS],
                })?;
                drop(file);
                "150 here\r\n226 done".into()
            }
            _ => "200 fine".to_owned(),
        };
        say(&mut control, &reply)?;
    }
    Ok(())
}

/// In one piece: what comes in two may be read at two times.
fn say(control: &mut TcpStream, reply: &str) -> std::io::Result<()> {
    control.write_all(format!("{reply}\r\n").as_bytes())
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

/// Lets `test` use a session whose server says much at first.
fn with_session(test: impl FnOnce(*mut ftp_handle)) {
    with_session_of(format!("220-{}\r\n", "hello ".repeat(SIZE / 6)), test);
}

/// Returns how many bytes the session held in the end: what freeing it gives back.
fn with_session_of(greeting: String, test: impl FnOnce(*mut ftp_handle)) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || serve(&listener, &greeting));
    let ftp = ftp_new();
    // SAFETY: `ftp` is a new handle, freed at the end.
    let held = unsafe {
        ok(ftp, ftp_connect(ftp, c"127.0.0.1".as_ptr(), port));
        ok(ftp, ftp_login(ftp, c"user".as_ptr(), c"secret".as_ptr(), c"".as_ptr()));
        test(ftp);
        let before = HELD.get();
        ftp_free(ftp);
        before.wrapping_sub(HELD.get())
    };
    server.join().unwrap().unwrap();
    held
}

/// Receives a small file.
///
/// # Safety
/// `ftp` is a handle with a session.
unsafe fn receive(ftp: *mut ftp_handle) {
    let mut seen = 0_usize;
    // SAFETY: as this function's, and the callback gets the number that it wants.
    unsafe {
        let status = ftp_retrbinary(ftp, c"RETR small".as_ptr(), Some(add), (&raw mut seen).cast(), 0, -1);
        ok(ftp, status);
    }
    assert_eq!(seen, SIZE);
}

/// Reads a listing entry by entry.
///
/// # Safety
/// `ftp` is a handle with a session.
unsafe fn list(ftp: *mut ftp_handle, path: &CStr, count: usize) {
    let (mut list, mut entry, mut seen) = (null_mut(), std::ptr::null(), 0);
    // SAFETY: as this function's, and the list is freed.
    unsafe {
        ok(ftp, ftp_list_open(ftp, path.as_ptr(), FTP_LIST_STREAM, &raw mut list));
        while ftp_list_next(list, &raw mut entry) == ftp_status::FTP_OK {
            assert_eq!((*entry).size, seen);
            seen += 1;
        }
        ftp_list_free(list);
    }
    assert_eq!(usize::try_from(seen), Ok(count));
}

/// What is left are the caller's command, what the call is given, PASV, and the socket of the data connection.
#[test]
fn each_of_many_small_files_costs_the_same_few_allocations() {
    // SAFETY: it is a handle with a session.
    with_session(|ftp| unsafe {
        receive(ftp);
        cost("98 files of 4 KiB", (98 * 4, 98 * 160), || (0..98).for_each(|_| receive(ftp)));
    });
}

/// Twelve times as many entries are read in more blocks, and that is all.
#[test]
fn an_entry_of_a_listing_costs_no_allocation() {
    // SAFETY: it is a handle with a session.
    with_session(|ftp| unsafe {
        cost("a listing", (20, 150_000), || list(ftp, c"few", FEW));
        cost("one of 10,000 more", (50, 1_200_000), || list(ftp, c"many", MANY));
    });
}

#[test]
fn an_idle_session_holds_little_memory() {
    // SAFETY: it is a handle with a session.
    let held = with_session_of(String::new(), |ftp| unsafe {
        (0..3).for_each(|_| receive(ftp));
        list(ftp, c"few", FEW);
        ok(ftp, ftp_voidcmd(ftp, c"NOOP".as_ptr()));
    });
    println!("an idle session          {held} bytes");
    assert!(held <= 6000, "{held} bytes");
}

#[test]
fn a_handle_without_a_session_holds_less() {
    let before = HELD.get();
    let ftp = ftp_new();
    let held = HELD.get().wrapping_sub(before);
    // SAFETY: it is a new handle.
    unsafe { ftp_free(ftp) };
    println!("an idle handle           {held} bytes");
    assert!(held <= 3072, "{held} bytes");
}

#[test]
fn a_setter_and_a_getter_allocate_nothing_and_a_read_of_what_is_there_once() {
    // SAFETY: it is a handle with a session; the transfer is freed. The buffer is as large as is said.
    with_session(|ftp| unsafe {
        cost("a setter", (0, 0), || ok(ftp, ftp_set_pasv(ftp, 1)));
        cost("another setter", (0, 0), || ok(ftp, ftp_set_epsv(ftp, 0)));
        cost("a getter", (0, 0), || assert!(!ftp_last_reply(ftp).is_null()));
        cost("ftp_voidcmd(\"NOOP\")", (3, 128), || ok(ftp, ftp_voidcmd(ftp, c"NOOP".as_ptr())));
        cost("ftp_pwd", (8, 160), || {
            let mut path = std::ptr::null();
            ok(ftp, ftp_pwd(ftp, &raw mut path));
            assert_eq!(CStr::from_ptr(path), c"/a/directory");
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
    });
}
