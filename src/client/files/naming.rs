//! How an upload gets its final name.

use crate::client::files::get::is_for_good;
use crate::client::files::put::{Stage, Upload};
use crate::client::files::verdict::leaves_open;
use crate::client::session::Session;
use crate::error::{Error, Result};

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
            Stage::Renaming(_) if self.has_final_name(upload).await? => return Ok(()),
            Stage::Stored(verified) | Stage::Renaming(verified) => verified,
            Stage::New | Stage::Ready | Stage::Begun => return Ok(()),
        };
        self.require_nothing_there(upload).await?;
        upload.stage = Stage::Renaming(verified);
        let outcome = self.rename_upload(upload).await;
        match outcome {
            Err(error) if leaves_open(&error) => {
                let text = format!("RNTO: all was sent, and the server did not confirm its name: {error}");
                Err(Error::Unverified(text))
            }
            Err(refusal) => {
                upload.stage = Stage::Stored(verified);
                Err(refusal)
            }
            Ok(()) if self.has_kept_its_name(upload).await? => {
                upload.stage = Stage::Stored(verified);
                let text = "RNTO: the server confirmed the new name of the file, and it has its temporary name all the same";
                Err(Error::Integrity(text.into()))
            }
            Ok(()) => Ok(()),
        }
    }

    /// Whether the server has renamed nothing, although it says so. There are servers that tell 0 of whatever is asked for.
    async fn has_kept_its_name(&mut self, upload: &Upload<'_>) -> Result<bool> {
        let size = upload.source.identity().size();
        Ok(size > 0 && self.size_if_told(&upload.name).await? == Some(size))
    }

    /// The reply to RNTO was lost. The temporary name tells what has become of it.
    async fn has_final_name(&mut self, upload: &Upload<'_>) -> Result<bool> {
        let text = "RNTO: the reply was lost, and neither name tells what has become of the file";
        match self.exists(&upload.name).await {
            Ok(true) => return Ok(false),
            Ok(false) => {}
            Err(error) => {
                self.go_on_after(error).await?;
                return Err(Error::Unverified(text.into()));
            }
        }
        let (remote, source) = (&upload.wanted.remote, &upload.source);
        let size = source.identity().size();
        let is_there = self.size_if_told(remote).await? == Some(size);
        if is_there && self.has_same_hash_if_told(remote, size, source).await? != Some(false) {
            return Ok(true);
        }
        Err(Error::Unverified(text.into()))
    }

    async fn rename_upload(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        let target = &upload.wanted.remote;
        let (from, to) = (self.about("RNFR", &upload.name)?, self.about("RNTO", target)?);
        match self.rename(&from, &to).await {
            Err(refusal) if is_for_good(&refusal) && !upload.wanted.no_replace => {
                let refusal = self.go_on_after(refusal).await?;
                // Some servers rename nothing to a name that something has.
                if self.size_if_told(target).await?.is_none() {
                    match self.exists(target).await {
                        Ok(true) => {}
                        Ok(false) => return Err(refusal),
                        Err(error) => {
                            self.go_on_after(error).await?;
                            return Err(refusal);
                        }
                    }
                }
                self.exchange_completed(&self.about("DELE", target)?).await?;
                upload.is_only_copy = true;
                self.rename(&from, &to).await
            }
            outcome => outcome,
        }
    }
}
