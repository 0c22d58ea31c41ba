//! The table of what is to come of each cell: `expected.md`, in which the first row that fits a cell tells.

use super::cells::Cell;

const TABLE: &str = include_str!("expected.md");

/// A line of the table.
pub struct Row {
    /// As it stands in the table.
    pub text: &'static str,
    /// For each dimension of a cell, what fits.
    fits: Vec<Vec<&'static str>>,
    /// The names of the statuses that are right.
    pub statuses: Vec<&'static str>,
    /// What the error's text must say, if that matters.
    pub says: &'static str,
}

/// All rows, in their order.
pub fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| replies "));
    lines.map(row).collect()
}

fn row(text: &'static str) -> Row {
    let columns: Vec<_> = text.trim_matches('|').split('|').map(str::trim).collect();
    let [dimensions @ .., status, _why] = &columns[..] else { panic!("no row: {text}") };
    assert_eq!(dimensions.len(), 7, "{text}");
    let fits = dimensions.iter().map(|column| column.split(", ").collect()).collect();
    let (status, says) = status.split_once(": ").unwrap_or((status, ""));
    Row { text, fits, statuses: status.split(" or ").collect(), says }
}

impl Row {
    pub fn fits(&self, cell: &Cell) -> bool {
        self.fits.iter().zip(cell.names()).all(|(fits, name)| fits.iter().any(|fit| is_one(name, fit)))
    }

    /// Every word in the table is the name of something.
    pub fn unknown_words(&self, cells: &[Cell]) -> Vec<&'static str> {
        let is_known = |column: usize, word| cells.iter().any(|cell| is_one(cell.names()[column], word));
        let words = self.fits.iter().enumerate();
        words
            .flat_map(|(column, fits)| fits.iter().map(move |word| (column, *word)))
            .filter(|(column, word)| !is_known(*column, word))
            .map(|(_, word)| word)
            .collect()
    }
}

/// `*` is anything, `4yz*` is what begins so, and everything else is itself.
fn is_one(name: &str, fit: &str) -> bool {
    match fit.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == fit,
    }
}
