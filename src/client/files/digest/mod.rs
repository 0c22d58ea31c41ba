//! The hash of bytes that are here, to be compared with what the server tells of them.

#[cfg(not(feature = "tls"))]
mod crates;
mod crc32;
#[cfg(feature = "tls")]
mod openssl;

#[cfg(not(feature = "tls"))]
use self::crates::Hasher;
use self::crc32::Crc32;
#[cfg(feature = "tls")]
use self::openssl::Hasher;
use crate::error::{Error, Result};
use crate::protocol::hashes::Algorithm;

/// A hash of the first bytes of a file. More can follow.
pub(super) struct Digest {
    algorithm: Algorithm,
    state: State,
    len: u64,
}

enum State {
    Crc32(Crc32),
    Other(Hasher),
}

impl Digest {
    /// Of no bytes. `None`: this build, or the policy of the system, has no such hash.
    pub(super) fn new(algorithm: Algorithm) -> Option<Digest> {
        let state = match algorithm {
            Algorithm::Crc32 => State::Crc32(Crc32::default()),
            other => State::Other(Hasher::new(other)?),
        };
        Some(Digest { algorithm, state, len: 0 })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How many bytes were taken.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Takes the bytes of a file from `at` on. Those that were taken before are left out, and so are those behind a gap.
    pub(super) fn take(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        let Some(known) = self.len.checked_sub(at) else { return Ok(()) };
        let Some(new) = usize::try_from(known).ok().and_then(|known| bytes.get(known..)) else {
            return Ok(());
        };
        match &mut self.state {
            State::Crc32(crc) => crc.update(new),
            State::Other(hasher) => hasher.update(new).ok_or_else(|| failure(self.algorithm))?,
        }
        self.len += new.len() as u64;
        Ok(())
    }

    /// The hash in small hexadecimal digits.
    pub(super) fn finish(self) -> Result<String> {
        let bytes = match self.state {
            State::Crc32(crc) => crc.finish().to_be_bytes().to_vec(),
            State::Other(hasher) => hasher.finish().ok_or_else(|| failure(self.algorithm))?,
        };
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn failure(algorithm: Algorithm) -> Error {
    Error::Unsupported(format!("the {} of a file cannot be computed here", algorithm.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_ABC: [(Algorithm, &str); 5] = [
        (Algorithm::Crc32, "352441c2"),
        (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Algorithm::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];

    #[test]
    fn hashes_are_what_their_standards_say() {
        for (algorithm, expected) in OF_ABC {
            let mut digest = Digest::new(algorithm).unwrap();
            digest.take(0, b"abc").unwrap();
            assert_eq!((digest.algorithm(), digest.len()), (algorithm, 3));
            let hash = digest.finish().unwrap();
            assert_eq!(hash, expected);
            assert_eq!(hash.len(), algorithm.digits());
        }
    }

    #[test]
    fn each_byte_counts_once_and_in_its_place() {
        for (algorithm, expected) in OF_ABC {
            let mut digest = Digest::new(algorithm).unwrap();
            for (at, bytes, len) in [
                (0, &b"a"[..], 1),
                (2, b"c", 1),
                (0, b"", 1),
                (0, b"a", 1),
                (0, b"ab", 2),
                (1, b"bc", 3),
                (9, b"x", 3),
            ] {
                digest.take(at, bytes).unwrap();
                assert_eq!(digest.len(), len, "{at}");
            }
            assert_eq!(digest.finish().unwrap(), expected);
        }
    }
}
