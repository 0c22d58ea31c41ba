//! The lines in which two transcripts differ.

/// Those of `theirs` that are not in `ours` with `- ` before them, those of `ours` alone with `+ `, in their order.
pub fn diff(theirs: &[String], ours: &[String]) -> Vec<String> {
    // common[i][j]: how many lines the rests theirs[i..] and ours[j..] have in common.
    let mut common = vec![vec![0; ours.len() + 1]; theirs.len() + 1];
    for i in (0..theirs.len()).rev() {
        for j in (0..ours.len()).rev() {
            common[i][j] = match theirs[i] == ours[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut diff = Vec::new();
    while i < theirs.len() || j < ours.len() {
        if i < theirs.len() && j < ours.len() && theirs[i] == ours[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == ours.len() || (i < theirs.len() && common[i + 1][j] >= common[i][j + 1]) {
            diff.push(abridged(format!("- {}", theirs[i])));
            i += 1;
        } else {
            diff.push(abridged(format!("+ {}", ours[j])));
            j += 1;
        }
    }
    diff
}

fn abridged(line: String) -> String {
    const LENGTH: usize = 120;
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} … {} more", &line[..end], line.len() - end),
        None => line,
    }
}

pub fn shown(diff: &[String]) -> String {
    if diff.is_empty() { "  nothing\n".to_owned() } else { diff.join("\n") + "\n" }
}
