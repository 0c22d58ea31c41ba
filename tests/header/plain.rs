//! The sentences of the header's comments.

/// A colon ends a sentence, too: behind it comes what it announces.
pub(crate) fn sentences(header: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    for comment in header.split("/*").skip(1) {
        let comment = comment.split("*/").next().unwrap_or_default();
        for part in parts(comment) {
            split(&part, &mut sentences);
        }
    }
    sentences
}

/// Paragraphs, list items and what stands behind each `@`.
fn parts(comment: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in comment.lines() {
        let line = line.trim().trim_start_matches('*').trim_start();
        let begins =
            line.is_empty() || line.starts_with("- ") || line.starts_with('@') || line.starts_with("---");
        if begins {
            parts.push(String::new());
        }
        let text = line.trim_start_matches('-').trim_start();
        let text = match text.strip_prefix("@param ") {
            Some(param) => param.split_once(' ').map_or("", |(_, text)| text),
            None => text.strip_prefix("@return").unwrap_or(text),
        };
        if let Some(part) = parts.last_mut() {
            part.push(' ');
            part.push_str(text);
        }
    }
    parts
}

fn split(part: &str, sentences: &mut Vec<String>) {
    let mut sentence: Vec<&str> = Vec::new();
    for word in part.split_whitespace() {
        sentence.push(word);
        if word.trim_end_matches(['"', '\'', ')']).ends_with(['.', ':', '!', '?']) {
            sentences.push(sentence.join(" "));
            sentence.clear();
        }
    }
    if !sentence.is_empty() {
        sentences.push(sentence.join(" "));
    }
}
