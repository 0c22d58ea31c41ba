//! The flag that lets one call after the other use a handle.

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
fn call(handle: &Handle) -> bool {
    let running = handle.busy.try_begin();
    if running.is_some() {
        // SAFETY: the flag is ours.
        handle.calls.with_mut(|calls| unsafe { *calls += 1 });
    }
    running.is_some()
}

#[test]
fn one_call_at_a_time_sees_what_the_last_one_did() {
    loom::model(|| {
        let handle = Arc::new(Handle { busy: Busy::new(), calls: UnsafeCell::new(0) });
        let others = [(); 2].map(|()| {
            let handle = handle.clone();
            thread::spawn(move || usize::from(call(&handle)))
        });
        let mine = usize::from(call(&handle));
        let theirs: usize = others.map(|other| other.join().unwrap()).iter().sum();
        assert!(mine + theirs >= 1);
        assert!(call(&handle), "nobody is there any more, but the flag is still taken");
        // SAFETY: the other threads have ended.
        assert_eq!(handle.calls.with(|calls| unsafe { *calls }), mine + theirs + 1);
    });
}
