//! The documents are written in sentences that are read once: none has more than 30 words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

const MOST_WORDS: usize = 30;

#[test]
fn no_sentence_of_the_documents_is_long() {
    let mut long = String::new();
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        for (line, sentence) in sentences(&text) {
            let words = count_words(&sentence);
            if words > MOST_WORDS {
                long += &format!("{name}, from line {line} on: {words} words: {sentence}\n");
            }
        }
    }
    assert!(long.is_empty(), "{} sentences are too long:\n{long}", long.lines().count());
}

/// README.md, CONTRIBUTING.md and all of docs/.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    paths.extend(fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    assert!(paths.len() > 10, "only {paths:?} were found");
    paths
}

/// The sentences of a document, each with the line where its paragraph begins.
///
/// A list's item, a table's cell and a heading are paragraphs of their own. Code is left out; within a line it is one word.
fn sentences(document: &str) -> Vec<(usize, String)> {
    let mut paragraphs: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    let mut in_code = false;
    for (number, line) in (1..).zip(document.lines()) {
        let text = line.trim();
        if text.starts_with("```") {
            in_code = !in_code;
            goes_on = false;
        } else if in_code || text.is_empty() {
            goes_on = false;
        } else if text.starts_with('|') {
            paragraphs.extend(without_code(text).split('|').map(|cell| (number, cell.to_owned())));
            goes_on = false;
        } else if let Some(item) = list_item(text) {
            paragraphs.push((number, item.to_owned()));
            goes_on = true;
        } else if let Some((_, paragraph)) = paragraphs.last_mut().filter(|_| goes_on) {
            *paragraph += " ";
            *paragraph += text;
        } else if !line.starts_with("    ") {
            paragraphs.push((number, text.to_owned()));
            goes_on = !text.starts_with('#');
        }
    }
    paragraphs
        .iter()
        .flat_map(|(line, paragraph)| split(paragraph).map(|sentence| (*line, sentence)))
        .collect()
}

/// What stands behind the mark of a list's item.
fn list_item(text: &str) -> Option<&str> {
    text.strip_prefix("- ").or_else(|| {
        let item = text.trim_start_matches(|c: char| c.is_ascii_digit());
        item.strip_prefix(". ").filter(|_| item.len() < text.len())
    })
}

/// A paragraph ends a sentence, and so does a full stop with a capital letter, a number or code behind it.
fn split(paragraph: &str) -> impl Iterator<Item = String> {
    let text = without_code(paragraph);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = vec![String::new()];
    for (index, word) in words.iter().enumerate() {
        let sentence = found.last_mut().unwrap();
        *sentence += if sentence.is_empty() { "" } else { " " };
        *sentence += word;
        let ends = word.trim_end_matches([')', '"', '*', ']']).ends_with(['.', '?', '!']);
        let next = words
            .get(index + 1)
            .and_then(|next| next.trim_start_matches(['(', '"', '*', '[']).chars().next());
        if ends && next.is_some_and(|c| !c.is_lowercase()) {
            found.push(String::new());
        }
    }
    found.into_iter().filter(|sentence| !sentence.is_empty())
}

/// The text with CODE in the place of each code span, and without the addresses of links.
fn without_code(text: &str) -> String {
    let mut parts = text.split('`');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    while let (Some(_), Some(after)) = (parts.next(), parts.next()) {
        plain += "CODE";
        plain += after;
    }
    let mut linked = plain.split("](");
    let first = linked.next().unwrap_or_default().to_owned();
    linked.fold(first, |text, rest| text + "]" + rest.split_once(')').map_or("", |(_, after)| after))
}

fn count_words(sentence: &str) -> usize {
    sentence.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

#[test]
fn sentences_are_found() {
    let text = "# Head\n\nOne, e.g. with `a. B`. Two (as\nbefore). [Three](a.md#b)!\n\n    code. Code.\n\n\
                - Item one\n  goes on\n- Item two.\n1. `x()` is three\n\n```c\nint no;\n```\n| a cell | `b | c` |\n|---|---|\n";
    let found = sentences(text);
    let found: Vec<(usize, &str)> = found
        .iter()
        .filter(|(_, text)| count_words(text) > 0)
        .map(|(line, text)| (*line, text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (1, "# Head"),
            (3, "One, e.g. with CODE."),
            (3, "Two (as before)."),
            (3, "[Three]!"),
            (8, "Item one goes on"),
            (10, "Item two."),
            (11, "CODE is three"),
            (16, "a cell"),
            (16, "CODE"),
        ]
    );
}
