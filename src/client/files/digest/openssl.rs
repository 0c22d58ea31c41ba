//! Hashes by OpenSSL, which a build with TLS has anyway.

use openssl::hash::{self, MessageDigest};

use crate::protocol::hashes::Algorithm;

/// See the module.
pub(super) struct Hasher(hash::Hasher);

impl Hasher {
    /// `None`: OpenSSL has no such hash. Some policies forbid MD5.
    pub(super) fn new(algorithm: Algorithm) -> Option<Hasher> {
        let digest = match algorithm {
            Algorithm::Crc32 => return None,
            Algorithm::Md5 => MessageDigest::md5(),
            Algorithm::Sha1 => MessageDigest::sha1(),
            Algorithm::Sha256 => MessageDigest::sha256(),
            Algorithm::Sha512 => MessageDigest::sha512(),
        };
        hash::Hasher::new(digest).ok().map(Hasher)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) -> Option<()> {
        self.0.update(bytes).ok()
    }

    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        self.0.finish().ok().map(|hash| hash.to_vec())
    }
}
