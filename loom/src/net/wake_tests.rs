//! Cancelling: it hits the call that is running, or nothing, and the thread that waits always hears of it.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::wake::Wake;

/// How a call ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Cancelled,
}

fn new_wake() -> Arc<Wake> {
    Arc::new(Wake::new().unwrap())
}

/// What `Reactor::wait` does: the descriptor is silenced before the call looks at what it announced.
fn wait(wake: &Wake) {
    wake.descriptor().wait();
    wake.silence();
}

/// What `Reactor::block_on` does with a call that is done when `is_done` says so. loom finds it out when nobody wakes it.
fn call(wake: &Wake, is_done: impl Fn() -> bool) -> Outcome {
    wake.begin();
    let outcome = loop {
        if wake.is_cancelled() {
            break Outcome::Cancelled;
        }
        if is_done() {
            break Outcome::Done;
        }
        wait(wake);
    };
    wake.end();
    outcome
}

#[test]
fn a_call_that_waits_for_nothing_else_is_woken() {
    loom::model(|| {
        let wake = new_wake();
        wake.begin();
        let other = {
            let wake = wake.clone();
            thread::spawn(move || wake.cancel())
        };
        while !wake.is_cancelled() {
            wait(&wake);
        }
        wake.end();
        other.join().unwrap();
    });
}

/// The thread that looks up a name rings the same bell.
#[test]
fn neither_the_answer_nor_the_cancel_is_lost() {
    loom::model(|| {
        let wake = new_wake();
        let answer = Arc::new(AtomicBool::new(false));
        wake.begin();
        let resolver = {
            let (wake, answer) = (wake.clone(), answer.clone());
            thread::spawn(move || {
                answer.store(true, Ordering::Release);
                wake.ring();
            })
        };
        let canceller = {
            let wake = wake.clone();
            thread::spawn(move || wake.cancel())
        };
        // Stricter than the driver, which ends at the first of both.
        while !(wake.is_cancelled() && answer.load(Ordering::Acquire)) {
            wait(&wake);
        }
        wake.end();
        resolver.join().unwrap();
        canceller.join().unwrap();
    });
}

#[test]
fn one_cancel_hits_one_call_at_the_most() {
    loom::model(|| {
        let wake = new_wake();
        let other = {
            let wake = wake.clone();
            thread::spawn(move || wake.cancel())
        };
        let outcomes = [call(&wake, || true), call(&wake, || true)];
        other.join().unwrap();
        assert_ne!(outcomes, [Outcome::Cancelled; 2]);
    });
}

#[test]
fn a_cancel_that_came_before_a_call_does_not_hit_it() {
    loom::model(|| {
        let wake = new_wake();
        let canceller = {
            let wake = wake.clone();
            thread::spawn(move || wake.cancel())
        };
        let first = call(&wake, || true);
        // From here on the cancel is past: it has hit the first call or nothing.
        canceller.join().unwrap();
        let second = call(&wake, || true);
        assert_eq!(second, Outcome::Done, "after {first:?}");
    });
}

/// What a late cancel leaves behind is a bell that rings once too often.
#[test]
fn a_call_that_a_late_cancel_wakes_still_waits_for_its_own_end() {
    loom::model(|| {
        let wake = new_wake();
        let answer = Arc::new(AtomicBool::new(false));
        let canceller = {
            let wake = wake.clone();
            thread::spawn(move || wake.cancel())
        };
        let _ = call(&wake, || true);
        canceller.join().unwrap();
        let resolver = {
            let (wake, answer) = (wake.clone(), answer.clone());
            thread::spawn(move || {
                answer.store(true, Ordering::Release);
                wake.ring();
            })
        };
        assert_eq!(call(&wake, || answer.load(Ordering::Acquire)), Outcome::Done);
        assert!(answer.load(Ordering::Acquire));
        resolver.join().unwrap();
    });
}

#[test]
fn two_cancels_are_one() {
    loom::model(|| {
        let wake = new_wake();
        wake.begin();
        let others = [(); 2].map(|()| {
            let wake = wake.clone();
            thread::spawn(move || wake.cancel())
        });
        while !wake.is_cancelled() {
            wait(&wake);
        }
        wake.end();
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(call(&wake, || true), Outcome::Done);
    });
}
