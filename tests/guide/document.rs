//! Finds the examples in the document.

use std::mem;

/// Python and C that do the same: two blocks, or two columns of a table.
#[derive(Debug, PartialEq)]
pub(crate) struct Pair {
    /// Where the C begins in the document.
    pub(crate) line: usize,
    pub(crate) python: String,
    pub(crate) c: String,
}

impl Pair {
    /// Whether the code makes a session of its own.
    pub(crate) fn makes_session(&self) -> bool {
        self.c.contains("ftp_new()")
    }

    /// Whether its last call fails on purpose.
    pub(crate) fn fails(&self) -> bool {
        self.python.contains("except ")
    }
}

/// The C that has no Python, which the rest uses, and the pairs of a section.
pub(crate) fn examples(document: &str, section: &str) -> (Vec<String>, Vec<Pair>) {
    let (mut preludes, mut pairs) = (Vec::new(), Vec::new());
    let mut python = String::new();
    let mut in_section = false;
    let mut in_table = false;
    let mut lines = (1..).zip(document.lines());
    while let Some((number, line)) = lines.next() {
        if line.starts_with("## ") {
            in_section = line.strip_prefix("## ") == Some(section);
        }
        if let Some(language) = line.strip_prefix("```") {
            let block = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let block: String = block.flat_map(|line| [line, "\n"]).collect();
            match language {
                _ if !in_section => {}
                "python" => python = block,
                "c" if python.is_empty() => preludes.push(block),
                "c" => pairs.push(Pair { line: number + 1, python: mem::take(&mut python), c: block }),
                _ => panic!("line {number}: a block in {language:?}"),
            }
        }
        in_table = line.starts_with('|') && (in_table || line == "| Python | C |");
        if in_section && in_table && line.contains('`') {
            let columns = line.strip_prefix("| `").and_then(|row| row.strip_suffix("` |"));
            let columns = columns.and_then(|row| row.split_once("` | `"));
            let (python, c) = columns.unwrap_or_else(|| panic!("line {number}: two columns of code"));
            pairs.push(Pair { line: number, python: python.into(), c: c.into() });
        }
    }
    (preludes, pairs)
}
