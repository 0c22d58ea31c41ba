//! The file that gets the keys of the connections.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crate::descriptor::without_sigpipe;
use crate::net::{KeylogFile, TlsFailure};

/// Writes the keys of one connection, and remembers when that failed: OpenSSL does not want to know.
#[derive(Clone)]
pub(super) struct Keylog {
    file: Arc<KeylogFile>,
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Keylog {
    pub(super) fn new(file: Arc<KeylogFile>) -> Keylog {
        Keylog { file, failure: Arc::default() }
    }

    pub(super) fn write(&self, line: &[u8]) {
        // In one piece: other connections, and other processes, write into it as well.
        let line = [line, b"\n"].concat();
        let write = || (&self.file.file).write_all(&line).map(|()| line.len());
        if let Err(error) = without_sigpipe(write) {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    }

    /// What writing has failed with, once.
    pub(super) fn check(&self) -> Result<(), TlsFailure> {
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            None => Ok(()),
            Some(error) => Err(TlsFailure::File {
                what: format!("cannot write the keys of the connection to {}", self.file.name),
                code: error.raw_os_error(),
            }),
        }
    }
}
