//! The corpus of listings: lines that servers have sent, and what the library must make of them.
//!
//! Each file here is a family, and has blocks that an empty line separates. The lines of a block are one listing, whose format is
//! decided together. `corpus.rs` says how they are written.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod corpus;
mod generated;
mod long;
mod written;

use std::collections::BTreeSet;

use corpus::{Block, files};
use ftpclient::protocol::listing::{Line, Parser, decide};

/// What the parser makes of a block, in the words of the corpus: one outcome for each line of the text.
fn read(block: &Block) -> Vec<String> {
    let mut parser = Parser::new(decide(&block.text), block.now);
    let mut outcomes = Vec::new();
    let mut rest = block.text.as_slice();
    while let Some((line, used)) = parser.next(rest, true) {
        let lines = rest[..used].iter().filter(|&&byte| byte == b'\n').count();
        outcomes.extend(std::iter::repeat_n("joined".to_owned(), lines - 1));
        outcomes.push(written::line(&line));
        rest = &rest[used..];
    }
    assert!(rest.is_empty(), "{}: a listing that is whole is used up", block.place);
    outcomes
}

/// The same, where the text comes byte by byte.
fn read_in_pieces(block: &Block) -> Vec<String> {
    let mut parser = Parser::new(decide(&block.text), block.now);
    let mut outcomes = Vec::new();
    let (mut start, mut end) = (0, 0);
    while start < block.text.len() {
        match parser.next(&block.text[start..end], end == block.text.len()) {
            Some((line, used)) => {
                start += used;
                outcomes.push(written::line(&line));
            }
            None => end += 1,
        }
    }
    outcomes
}

#[test]
fn every_line_is_what_the_corpus_says() {
    let mut wrong = Vec::new();
    let (mut lines, mut families) = (0, 0);
    println!("{:<20} {:>6} {:>11} {:>6} {:>8}", "family", "lines", "understood", "notes", "flagged");
    for (family, blocks) in files() {
        let mut counts = [0; 3];
        for block in &blocks {
            let outcomes = read(block);
            assert_eq!(outcomes.len(), block.lines.len(), "{}", block.place);
            for (line, outcome) in block.lines.iter().zip(&outcomes) {
                let kind = ["note", "raw"].iter().position(|kind| outcome == kind).map_or(0, |kind| kind + 1);
                counts[kind] += 1;
                if *outcome != line.expected {
                    wrong.push(format!(
                        "{}\n  {}\n  expected {}\n       got {outcome}",
                        line.place, line.written, line.expected
                    ));
                }
            }
            let whole: Vec<&String> = outcomes.iter().filter(|outcome| *outcome != "joined").collect();
            assert_eq!(read_in_pieces(block).iter().collect::<Vec<_>>(), whole, "{}", block.place);
        }
        let all: usize = counts.iter().sum();
        println!("{family:<20} {all:>6} {:>11} {:>6} {:>8}", counts[0], counts[1], counts[2]);
        lines += all;
        families += 1;
    }
    println!("{lines} lines of {families} families");
    assert!(wrong.is_empty(), "{} lines are read wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(lines >= 500, "{lines} lines are not the corpus");
}

#[test]
fn every_block_has_a_source() {
    for (_, blocks) in files() {
        for block in blocks {
            assert!(block.source.is_some_and(|source| source.len() > 5), "{}: no source", block.place);
        }
    }
}

#[test]
fn no_listing_is_in_the_corpus_twice() {
    let mut seen = BTreeSet::new();
    for (_, blocks) in files() {
        for block in blocks {
            assert!(seen.insert(block.text.clone()), "{}: this listing is there already", block.place);
        }
    }
}

/// A name must never come from elsewhere than its line, except where it is unescaped.
#[test]
fn names_are_parts_of_their_lines() {
    for (_, blocks) in files() {
        for block in blocks {
            let mut parser = Parser::new(decide(&block.text), block.now);
            let mut rest = block.text.as_slice();
            while let Some((line, used)) = parser.next(rest, true) {
                if let Line::Entry(entry) = line
                    && let std::borrow::Cow::Borrowed(name) = entry.name
                {
                    let raw = entry.raw.as_ptr_range();
                    let name = name.as_ptr_range();
                    assert!(raw.start <= name.start && name.end <= raw.end, "{}", block.place);
                }
                rest = &rest[used..];
            }
        }
    }
}
