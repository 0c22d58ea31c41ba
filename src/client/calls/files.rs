//! Whole files, and what is tried again.

use std::future::pending;
use std::time::Duration;

use crate::client::Client;
use crate::client::files::{Begun, Download, GetRequest, PutRequest, Segmented, Share, Tries, Upload};
use crate::client::history::Verified;
use crate::client::progress::Standing;
use crate::client::settings::Retries;
use crate::error::{Error, Result};
use crate::net::{Deadline, chance};

impl Client {
    /// Downloads a file. It has its name when it is whole, and not before.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be written; [`Error::Integrity`] when what came is not what the server has;
    /// [`Error::Unsupported`] when a hash is wanted, and the server offers none;
    /// [`Error::Unverified`] when all came, and the server did not confirm it; those of [`Client::retrbinary`] and, where it is tried
    /// again, of [`Client::reconnect`].
    pub async fn get(&mut self, wanted: &GetRequest) -> Result<()> {
        let download = Download::begin(wanted, self.settings.retries.count > 0)?;
        self.complete_download(download).await
    }

    /// Does what it takes to have a file.
    pub(super) async fn complete_download(&mut self, mut download: Download<'_>) -> Result<()> {
        let mut tries = Tries::new(self.settings.retries);
        self.forget_report();
        self.env.progress.begin_file(false);
        loop {
            let outcome = match self.session() {
                Ok(mut session) => session.download(&mut download).await,
                Err(error) => Err(error),
            };
            let outcome = outcome.and_then(|()| download.publish());
            self.report_attempt(&tries, outcome.is_ok());
            let Err(error) = outcome else {
                self.env.progress.end_file(download.remote(), Standing::of_file(download.len(), false));
                return Ok(());
            };
            if let Err(error) = self.prepare_to_try_again(error, &mut tries).await {
                self.env.progress.give_up_file();
                download.give_up(&error);
                return Err(error.or_not_found("RETR", download.remote()));
            }
        }
    }

    /// Begins a download that several sessions may do.
    pub(super) async fn begin_segmented<'a>(&mut self, wanted: &'a GetRequest) -> Result<Begun<'a>> {
        let mut download = Download::begin(wanted, self.settings.retries.count > 0)?;
        let mut tries = Tries::new(self.settings.retries);
        self.forget_report();
        loop {
            let outcome = match self.session() {
                Ok(mut session) => session.ask_before_it_is_split(&mut download).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(Some(identity)) => return download.split(identity),
                Ok(None) => return Ok(Begun::Whole(download)),
                Err(error) => self.prepare_to_try_again(error, &mut tries).await?,
            }
        }
    }

    /// Does a share of such a download, and then what is left to do when all ranges are here.
    pub(super) async fn do_share(&mut self, file: &Segmented, share: &mut Share) -> Result<()> {
        self.env.progress.begin_file(false);
        let outcome = self.try_share(file, share).await;
        // Others may still fetch some of it.
        self.env.progress.give_up_file();
        outcome
    }

    async fn try_share(&mut self, file: &Segmented, share: &mut Share) -> Result<()> {
        let mut tries = Tries::new(self.settings.retries);
        loop {
            let outcome = match self.session() {
                Ok(mut session) => session.do_share(file, *share).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) if self.connection.as_ref().is_none_or(|open| open.broken.is_some()) => return Ok(()),
                Ok(()) => match file.take_next() {
                    Some(next) => *share = next,
                    None => return Ok(()),
                },
                Err(error) => {
                    let tried = self.prepare_to_try_again(error, &mut tries).await;
                    tried.map_err(|error| error.or_not_found("RETR", file.remote()))?;
                }
            }
        }
    }

    /// Uploads a file.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be read, or changes meanwhile; [`Error::Exists`] when it would replace another, and is not
    /// to; [`Error::Integrity`] when the server has another size, or another hash, than what was sent; [`Error::Unsupported`] when a hash
    /// is wanted, and the server offers none; [`Error::Unverified`] when all was sent, and the server did not confirm it; those of
    /// [`Client::storbinary`] and, where it is tried again, of [`Client::reconnect`].
    pub async fn put(&mut self, wanted: &PutRequest) -> Result<()> {
        self.complete_upload(&mut Upload::begin(wanted)?).await
    }

    /// Does what it takes for the server to have a file.
    pub(super) async fn complete_upload(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        let mut tries = Tries::new(self.settings.retries);
        self.forget_report();
        self.env.progress.begin_file(true);
        loop {
            let outcome = match self.session() {
                Ok(mut session) => session.upload(upload).await,
                Err(error) => Err(error),
            };
            self.report_attempt(&tries, outcome.is_ok());
            let Err(error) = outcome else {
                self.env.progress.end_file(upload.remote(), Standing::of_file(upload.size(), true));
                return Ok(());
            };
            if let Err(error) = self.prepare_to_try_again(error, &mut tries).await {
                self.env.progress.give_up_file();
                let is_gone = self.remove_left_over(upload, &error).await;
                let error = upload.naming_both(error.or_not_found("STOR", upload.remote()));
                return Err(if is_gone {
                    error
                } else {
                    error.noting("a part of it may stay on the server")
                });
            }
        }
    }

    /// What an upload has left that nobody wants goes, if there is still a session to say so. After a cancel, that is done with all that
    /// brings the session back into step. Returns false if it stays, and the user is to know.
    async fn remove_left_over(&mut self, upload: &Upload<'_>, error: &Error) -> bool {
        let Some(name) = upload.left_over(error).filter(|_| !error.is_cancelled()) else { return true };
        if let Ok(session) = self.session()
            && let Ok(command) = session.about("DELE", name)
        {
            session.connection.known.left_over = Some(Box::new(command));
        }
        self.settle(error).await;
        if !upload.is_torn {
            return true;
        }
        let told = self.history.last_reply.clone();
        let is_gone = match self.session() {
            Ok(mut session) => matches!(session.exists(name).await, Ok(false)),
            Err(_) => false,
        };
        self.history.last_reply = told;
        is_gone
    }

    /// How often [`Client::get`] and [`Client::put`] try again what may pass.
    pub fn set_retries(&mut self, retries: Retries) {
        self.settings.retries = retries;
    }

    /// Waits, and brings the session back. An error that nothing is to be tried after comes back.
    pub(super) async fn prepare_to_try_again(&mut self, mut error: Error, tries: &mut Tries) -> Result<()> {
        loop {
            let Some(wait) = tries.wait_after(&error, chance()) else {
                let first = tries.first_error().filter(|_| !error.is_cancelled());
                return Err(match first {
                    Some(first) => error.after(first),
                    None => error,
                });
            };
            self.settle(&error).await;
            let milliseconds = wait.as_millis();
            self.env.log.state(format_args!("tries again in {milliseconds} ms, after: {error}"));
            self.pause(wait).await;
            if self.connection.is_some() {
                return Ok(());
            }
            match self.reconnect().await {
                Ok(()) => return Ok(()),
                Err(another) => error = another,
            }
        }
    }

    async fn pause(&mut self, time: Duration) {
        let reactor = self.env.reactor.clone();
        let _ = Deadline::after(Some(time)).limit(&reactor, pending::<()>()).await;
    }

    /// A transfer that the server has confirmed may still have failed: by its size, its hash, or the disk.
    fn report_attempt(&mut self, tries: &Tries, is_whole: bool) {
        if let Some(report) = &mut self.history.report {
            report.attempts = tries.attempts();
            if !is_whole {
                report.verified = Verified::Nothing;
            }
        }
    }
}
