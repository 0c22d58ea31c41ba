//! Ends the test when a call does not end, and says which.

use std::process;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::tell;

/// Far more than any call may take, on any machine.
const TOO_LONG: Duration = Duration::from_secs(60);

/// What one worker is doing.
#[derive(Default)]
pub struct Watched {
    doing: Arc<Mutex<Option<Doing>>>,
}

struct Doing {
    seed: u64,
    call: String,
    since: Instant,
    ledger: Arc<Ledger>,
}

pub struct Watchdog {
    all: Arc<Vec<Watched>>,
}

impl Watchdog {
    pub fn start(workers: usize) -> Watchdog {
        let all: Arc<Vec<Watched>> = Arc::new((0..workers).map(|_| Watched::default()).collect());
        let seen = Arc::downgrade(&all);
        thread::spawn(move || {
            while let Some(all) = seen.upgrade() {
                all.iter().for_each(Watched::check);
                drop(all);
                thread::sleep(Duration::from_secs(1));
            }
        });
        Watchdog { all }
    }

    pub fn watched(&self) -> impl Iterator<Item = &Watched> {
        self.all.iter()
    }
}

impl Watched {
    /// Takes the name of each call that begins.
    pub fn recorder(&self, seed: u64, ledger: &Arc<Ledger>) -> Box<dyn FnMut(&str) + Send> {
        let (doing, ledger) = (Arc::clone(&self.doing), Arc::clone(ledger));
        Box::new(move |call| {
            let (call, since, ledger) = (call.to_owned(), Instant::now(), Arc::clone(&ledger));
            *doing.lock().unwrap() = Some(Doing { seed, call, since, ledger });
        })
    }

    pub fn rest(&self) {
        *self.doing.lock().unwrap() = None;
    }

    fn check(&self) {
        let doing = self.doing.lock().unwrap();
        if let Some(Doing { seed, call, since, ledger }) = &*doing
            && since.elapsed() > TOO_LONG
        {
            tell(&format!("seed {seed}: {call} does not end\n{}", ledger.dialogue()));
            process::abort();
        }
    }
}
