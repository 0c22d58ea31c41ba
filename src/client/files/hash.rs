//! What is here, and what the server has, compared by a hash that the server tells.

use crate::client::files::digest::Digest;
use crate::client::session::Session;
use crate::client::transfer::body::{DEFAULT_BLOCK, buffer_of};
use crate::disk::{Part, Source};
use crate::error::{Error, Result};

/// Servers hash so much within a moment. More than that may take longer than a reply may, so it is hashed only if the user wants that.
const MOMENT: u64 = 256 * 1024 * 1024;

/// The bytes that are here.
pub(super) trait Here: Sync {
    /// Reads at an offset, as much as fits. 0 is the end, or that nothing can be read.
    fn read(&self, buffer: &mut [u8], at: u64) -> Result<usize>;
}

impl Here for Source {
    fn read(&self, buffer: &mut [u8], at: u64) -> Result<usize> {
        self.read_at(buffer, at)
    }
}

impl Here for Part {
    fn read(&self, buffer: &mut [u8], at: u64) -> Result<usize> {
        let left = usize::try_from(self.len().saturating_sub(at)).unwrap_or(usize::MAX).min(buffer.len());
        self.read_at(buffer.get_mut(..left).unwrap_or_default(), at)?;
        Ok(left)
    }
}

/// The hash of the bytes that are here, as far as they were seen.
#[derive(Default)]
pub(super) struct Check(Option<Digest>);

impl Check {
    /// Whether bytes that come by are hashed.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Bytes come by.
    pub(super) fn take(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        self.0.as_mut().map_or(Ok(()), |digest| digest.take(at, bytes))
    }

    /// What was seen is not here any more.
    pub(super) fn begin_anew(&mut self) {
        self.0 = self.0.as_ref().and_then(|digest| Digest::new(digest.algorithm()));
    }
}

impl Session<'_> {
    /// Chooses the best hash that the server offers and that can be computed here.
    ///
    /// # Errors
    /// [`Error::Unsupported`]: there is none.
    pub(super) async fn choose_check(&mut self, check: &mut Check) -> Result<()> {
        let offered = self.offered_hashes().await?;
        if check.0.as_ref().is_some_and(|digest| offered.first() == Some(&digest.algorithm())) {
            return Ok(());
        }
        check.0 = offered.into_iter().find_map(Digest::new);
        if check.0.is_some() {
            return Ok(());
        }
        Err(Error::Unsupported("FTP_VERIFY: the server offers no hash of a file in its reply to FEAT".into()))
    }

    /// Takes what is here and did not come by, up to an offset.
    pub(super) async fn take_up_to(&self, end: u64, check: &mut Check, here: &dyn Here) -> Result<()> {
        let Some(digest) = check.0.as_mut().filter(|digest| digest.len() < end) else { return Ok(()) };
        let mut buffer = buffer_of(DEFAULT_BLOCK)?;
        while digest.len() < end {
            let most = usize::try_from(end - digest.len()).unwrap_or(usize::MAX).min(buffer.len());
            let count = here.read(buffer.get_mut(..most).unwrap_or_default(), digest.len())?;
            if count == 0 {
                break;
            }
            digest.take(digest.len(), buffer.get(..count).unwrap_or_default())?;
            self.checkpoint().await?;
        }
        Ok(())
    }

    /// Whether the server tells the same hash of a file as the `size` bytes here have.
    ///
    /// # Errors
    /// Those of [`Session::hash`]; [`Error::Integrity`]: there are fewer bytes here.
    pub(super) async fn has_same_hash(
        &mut self,
        path: &[u8],
        size: u64,
        check: &mut Check,
        here: &dyn Here,
    ) -> Result<bool> {
        if check.0.is_none() {
            self.choose_check(check).await?;
        }
        self.take_up_to(size, check, here).await?;
        let Some(digest) = check.0.take() else { return Ok(false) };
        let (algorithm, len) = (digest.algorithm(), digest.len());
        // For another attempt.
        check.0 = Digest::new(algorithm);
        if len != size {
            return Err(Error::Integrity(format!("of {size} bytes {len} could be read here")));
        }
        let ours = digest.finish()?;
        let told = self.history.last_reply.clone();
        let theirs = self.hash(path, Some(algorithm)).await?;
        self.history.last_reply = told;
        let (shown, name) = (String::from_utf8_lossy(path), algorithm.name());
        self.env.log.state(format_args!("{shown}: its {name} is {ours} here and {theirs} on the server"));
        Ok(ours == theirs)
    }

    /// [`Session::has_same_hash`] where it costs little. `None`: the server does not tell.
    pub(super) async fn has_same_hash_if_told(
        &mut self,
        path: &[u8],
        size: u64,
        here: &dyn Here,
    ) -> Result<Option<bool>> {
        if size > MOMENT {
            return Ok(None);
        }
        match self.has_same_hash(path, size, &mut Check::default(), here).await {
            // There is a reply, and no hash in it.
            Err(Error::Protocol(_)) if !self.connection.dialogue.is_lost() => Ok(None),
            outcome => self.unless_refused(outcome).await,
        }
    }
}
