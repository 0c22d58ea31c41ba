//! The one source of chance.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Any number. In a simulated world it is always the same: a session there depends on its seed alone.
pub fn chance() -> u64 {
    #[cfg(simulation)]
    if super::simulation::is_here() {
        return 0;
    }
    RandomState::new().build_hasher().finish()
}
