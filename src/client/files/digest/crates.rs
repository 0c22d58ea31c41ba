//! Hashes by crates, for a build without TLS.

use md5::Md5;
use md5::digest::DynDigest;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::protocol::hashes::Algorithm;

/// See the module.
pub(super) struct Hasher(Box<dyn DynDigest + Send + Sync>);

impl Hasher {
    pub(super) fn new(algorithm: Algorithm) -> Option<Hasher> {
        let hasher: Box<dyn DynDigest + Send + Sync> = match algorithm {
            Algorithm::Crc32 => return None,
            Algorithm::Md5 => Box::new(Md5::default()),
            Algorithm::Sha1 => Box::new(Sha1::default()),
            Algorithm::Sha256 => Box::new(Sha256::default()),
            Algorithm::Sha512 => Box::new(Sha512::default()),
        };
        Some(Hasher(hasher))
    }

    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn update(&mut self, bytes: &[u8]) -> Option<()> {
        self.0.update(bytes);
        Some(())
    }

    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        Some(self.0.finalize().into_vec())
    }
}
