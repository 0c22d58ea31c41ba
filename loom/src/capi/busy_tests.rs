//! The flag that lets one call after the other use a handle, and whose the last one was.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::busy::Busy;

/// What the flag guards. loom watches every access to it.
struct Handle {
    busy: Busy,
    calls: UnsafeCell<usize>,
}

// SAFETY: what is claimed here is what loom checks.
unsafe impl Sync for Handle {}

/// Tries to make a call; returns whether it was made.
fn call(handle: &Handle, thread: usize) -> bool {
    let running = handle.busy.try_begin(thread);
    if running.is_some() {
        // SAFETY: the flag is ours.
        handle.calls.with_mut(|calls| unsafe { *calls += 1 });
    }
    running.is_some()
}

#[test]
fn one_call_at_a_time_sees_what_the_last_one_did() {
    loom::model(|| {
        let handle = Arc::new(Handle { busy: Busy::new(1), calls: UnsafeCell::new(0) });
        let others = [2, 3].map(|number| {
            let handle = handle.clone();
            thread::spawn(move || usize::from(call(&handle, number)))
        });
        let mine = usize::from(call(&handle, 1));
        let theirs: usize = others.map(|other| other.join().unwrap()).iter().sum();
        assert!(mine + theirs >= 1);
        assert!(call(&handle, 1), "nobody is there any more, but the flag is still taken");
        // SAFETY: the other threads have ended.
        assert_eq!(handle.calls.with(|calls| unsafe { *calls }), mine + theirs + 1);
    });
}

/// What ftp_abort() does: a call of the thread that made the last one, and nothing for any other.
fn abort(handle: &Handle, thread: usize) -> bool {
    handle.busy.last_was_of(thread) && call(handle, thread)
}

#[test]
fn an_abort_of_another_thread_never_comes_between_the_calls_of_the_owner() {
    loom::model(|| {
        let handle = Arc::new(Handle { busy: Busy::new(1), calls: UnsafeCell::new(0) });
        let other = {
            let handle = handle.clone();
            thread::spawn(move || abort(&handle, 2))
        };
        assert!(call(&handle, 1), "the owner is told that the handle is busy");
        assert!(abort(&handle, 1), "its own abort is a call");
        assert!(!other.join().unwrap(), "that of another thread is none");
    });
}

#[test]
fn a_handle_that_has_moved_belongs_to_the_thread_of_its_first_call_there() {
    loom::model(|| {
        let handle = Arc::new(Handle { busy: Busy::new(1), calls: UnsafeCell::new(0) });
        assert!(call(&handle, 1));
        let next = {
            let handle = handle.clone();
            thread::spawn(move || {
                assert!(!abort(&handle, 2), "it has made no call yet");
                assert!(call(&handle, 2) && abort(&handle, 2));
            })
        };
        next.join().unwrap();
        assert!(!abort(&handle, 1), "the first owner has become another thread");
    });
}
