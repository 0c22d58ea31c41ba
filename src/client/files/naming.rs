//! How an upload gets its final name.

use crate::client::files::get::is_for_good;
use crate::client::files::put::{PutRequest, Stage, Upload};
use crate::client::files::verdict::leaves_open;
use crate::client::session::Session;
use crate::disk::{Source, part_of};
use crate::error::{Error, Result};
use crate::printable::{contains, printable};
use crate::protocol::command::Command;
use crate::protocol::listing::Kind;
use crate::protocol::path::last_part;

impl Session<'_> {
    /// If the user wants that: whether something is there is asked right before it could be replaced. Nobody can do both at once.
    pub(super) async fn require_nothing_there(&mut self, upload: &Upload<'_>) -> Result<()> {
        let remote = &upload.wanted.remote;
        if upload.wanted.no_replace && self.exists(remote).await? {
            return Err(Error::Exists(format!("{}: it is there already", String::from_utf8_lossy(remote))));
        }
        Ok(())
    }

    /// Renames what has come under a temporary name.
    pub(super) async fn give_final_name(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        let verified = match upload.stage {
            _ if !upload.wanted.atomic => return Ok(()),
            Stage::Renaming(_) if self.has_final_name(upload).await? => {
                return self.remove_aside(upload).await;
            }
            Stage::Stored(verified) | Stage::Renaming(verified) => verified,
            Stage::New | Stage::Ready | Stage::Begun => return Ok(()),
        };
        self.require_nothing_there(upload).await?;
        upload.stage = Stage::Renaming(verified);
        let outcome = self.rename_upload(upload).await;
        let step = self.about("RNTO", &upload.wanted.remote)?;
        match outcome {
            Err(error) if leaves_open(&error) => Err(unverified(
                &step,
                &format!("all was sent, and the server did not confirm its name: {error}"),
            )),
            Err(refusal) => {
                upload.stage = Stage::Stored(verified);
                Err(refusal)
            }
            Ok(()) if self.has_kept_its_name(upload).await? => {
                upload.stage = Stage::Stored(verified);
                let text = "the server confirmed the new name of the file, and it has its temporary name all the same";
                Err(Error::Integrity(format!("{}: {text}", step.shown())))
            }
            Ok(()) => self.remove_aside(upload).await,
        }
    }

    /// Whether the server has renamed nothing, although it says so. There are servers that tell 0 of whatever is asked for.
    async fn has_kept_its_name(&mut self, upload: &Upload<'_>) -> Result<bool> {
        let size = upload.source.identity().size();
        Ok(size > 0 && self.size_if_told(&upload.name).await? == Some(size))
    }

    /// The reply to RNTO was lost. The temporary name tells what has become of it.
    async fn has_final_name(&mut self, upload: &Upload<'_>) -> Result<bool> {
        let step = self.about("RNTO", &upload.wanted.remote)?;
        let text = "the reply was lost, and neither name tells what has become of the file";
        match self.exists(&upload.name).await {
            Ok(true) => return Ok(false),
            Ok(false) => {}
            Err(error) => {
                self.go_on_after(error).await?;
                return Err(unverified(&step, text));
            }
        }
        let (remote, source) = (&upload.wanted.remote, &upload.source);
        let size = source.identity().size();
        let is_there = self.size_if_told(remote).await? == Some(size);
        if is_there && self.has_same_hash_if_told(remote, size, source).await? != Some(false) {
            return Ok(true);
        }
        Err(unverified(&step, text))
    }

    /// Some servers rename nothing to a name that something has. There, what has it goes aside first, so that it is not lost if the name
    /// is refused all the same.
    async fn rename_upload(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        let target = &upload.wanted.remote;
        let (from, to) = (self.about("RNFR", &upload.name)?, self.about("RNTO", target)?);
        let refusal = match self.rename(&from, &to).await {
            Err(error) if is_of_rnto(&error) && is_for_good(&error) && !upload.wanted.no_replace => error,
            outcome => return outcome,
        };
        let refusal = self.go_on_after(refusal).await?;
        if !self.is_file(target).await? {
            return Err(refusal);
        }
        let aside = beside(target, None);
        let (away, back) = (self.about("RNFR", target)?, self.about("RNTO", &aside)?);
        upload.aside = Some(aside);
        self.note_left_over(upload)?;
        if let Err(error) = self.rename(&away, &back).await {
            self.go_on_after(error).await?;
            upload.aside = None;
            return Err(refusal);
        }
        match self.rename(&from, &to).await {
            Err(refusal) if refusal.is_refusal() => {
                let refusal = self.go_on_after(refusal).await?;
                self.put_back(upload).await?;
                Err(match &upload.aside {
                    Some(aside) => refusal.noting(&format!(
                        "the file that was there is now {}",
                        String::from_utf8_lossy(aside)
                    )),
                    None => refusal,
                })
            }
            outcome => outcome,
        }
    }

    /// What was there before has its name again, unless the server refuses that as well.
    async fn put_back(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        let Some(aside) = &upload.aside else { return Ok(()) };
        let (from, to) = (self.about("RNFR", aside)?, self.about("RNTO", &upload.wanted.remote)?);
        match self.rename(&from, &to).await {
            Ok(()) => upload.aside = None,
            Err(refusal) => drop(self.go_on_after(refusal).await?),
        }
        Ok(())
    }

    /// The file has its final name, so what was there before can go.
    async fn remove_aside(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        let Some(aside) = &upload.aside else { return Ok(()) };
        let command = self.about("DELE", aside)?;
        if let Err(refusal) = self.exchange_completed(&command).await {
            let refusal = self.go_on_after(refusal).await?;
            // The reply to the first attempt may have been lost.
            let is_there = self.exists(aside).await;
            if self.unless_refused(is_there).await? != Some(false) {
                return Err(refusal.noting("the new file has its name, and the old one stays"));
            }
        }
        upload.aside = None;
        Ok(())
    }

    /// Whether a path is there, and no directory.
    async fn is_file(&mut self, path: &[u8]) -> Result<bool> {
        let entries = match self.stat(Some(path)).await {
            Err(Error::NotFound(_)) => return Ok(false),
            entries => self.unless_refused(entries).await?,
        };
        let kind = entries.and_then(|mut entries| entries.next_entry().map(|entry| entry.kind));
        Ok(kind.is_some_and(|kind| kind != Kind::Directory))
    }
}

impl Upload<'_> {
    /// An error of it that names a temporary file names as well what that was to become.
    pub(crate) fn naming_both(&self, error: Error) -> Error {
        let text = error.to_string();
        // RNTO names the final one, and what is wrong with the file here concerns no file there.
        if !self.wanted.atomic || text.starts_with("RNTO") || matches!(error, Error::File { .. }) {
            return error;
        }
        // Each temporary name begins with a dot. Of a long command the end may be missing.
        if !["/.", " .", " …"].iter().any(|mark| contains(&text, mark)) {
            return error;
        }
        let remote = printable(&self.wanted.remote);
        error.noting(&format!("for {remote}"))
    }
}

/// No file can be renamed to what is always a directory. The server would say so only after all was sent.
///
/// # Errors
/// [`Error::InvalidArgument`].
pub(super) fn require_a_name(wanted: &PutRequest) -> Result<()> {
    let is_directory = wanted.remote.ends_with(b"/") || matches!(last_part(&wanted.remote), b"." | b"..");
    if wanted.atomic && is_directory {
        return Err(Error::InvalidArgument(
            "with FTP_ATOMIC, remote must end with the name of a file".into(),
        ));
    }
    Ok(())
}

/// With FTP_RESUME, it is the same as long as the file here is the same.
pub(super) fn temporary_name(wanted: &PutRequest, source: &Source) -> Vec<u8> {
    let identity = source.identity();
    let tag = wanted.resume.then(|| format!("{:x}-{:x}", identity.size(), identity.mark_of_time()));
    beside(&wanted.remote, tag.as_deref())
}

/// A temporary name in the directory of a path.
fn beside(path: &[u8], tag: Option<&str>) -> Vec<u8> {
    let name = last_part(path);
    let directory = path.strip_suffix(name).unwrap_or_default();
    [directory, &part_of(name, tag)].concat()
}

/// It is not known whether a step was done.
fn unverified(step: &Command, text: &str) -> Error {
    Error::Unverified(format!("{}: {text}", step.shown()))
}

/// Whether it is the new name that was refused.
fn is_of_rnto(error: &Error) -> bool {
    matches!(error, Error::Reply { what, .. } if what.starts_with("RNTO"))
}
