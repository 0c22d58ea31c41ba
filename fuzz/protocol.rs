//! `src/protocol` alone, under the name of the library: it needs nothing else of it.

#[path = "../src/protocol/mod.rs"]
pub mod protocol;
