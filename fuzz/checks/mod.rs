//! What must hold for any input: one module for each fuzz target.
//!
//! The fuzz targets, the replay of the corpus and the property tests all call these functions. Each panics when the
//! library breaks a rule.

// A fuzz target calls one of them only, and a failed check is a panic by design.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

pub mod address;
pub mod charset;
pub mod command;
pub mod dialogue;
pub mod facts;
pub mod glob;
pub mod lines_in;
pub mod lines_out;
pub mod listing;
pub mod path;
pub mod pin;
pub mod reply;
pub mod size;
pub mod told;
pub mod url;

/// How the bytes of a connection may arrive: all at once, one by one, and in pieces of two lengths by turns.
///
/// The halves of the first byte give the lengths; the rest of `data` is what arrives.
fn arrivals(data: &[u8]) -> [Vec<&[u8]>; 3] {
    let (recipe, bytes) = data.split_first().unwrap_or((&0, &[]));
    [
        vec![bytes],
        bytes.chunks(1).collect(),
        pieces(bytes, usize::from(recipe & 15) + 1, usize::from(recipe >> 4) + 1),
    ]
}

fn pieces(mut bytes: &[u8], mut length: usize, mut next_length: usize) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(length.min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
        (length, next_length) = (next_length, length);
    }
    pieces
}
