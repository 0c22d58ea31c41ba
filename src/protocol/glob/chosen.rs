//! Patterns that choose among the paths of a tree.

use super::component::Component;
use super::{Alternative, GlobError, alternatives};

/// A pattern for paths below a directory.
///
/// Without a slash inside, it is for names: those of all directories. With one, it is for whole paths, and a slash at its beginning
/// is that of the tree. A slash at its end makes it one for directories. It is as good for names that begin with a dot as for others.
#[derive(Debug)]
pub struct Chosen(Vec<Alternative>);

impl Chosen {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Those of [`GlobError`].
    pub fn new(pattern: &[u8]) -> Result<Chosen, GlobError> {
        alternatives(pattern).map(Chosen)
    }

    /// Whether it is for this path.
    pub fn matches(&self, path: &[u8], is_directory: bool) -> bool {
        let names: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
        self.0.iter().any(|alternative| {
            let is_for_names = alternative.components.len() == 1 && !alternative.is_absolute;
            let names = if is_for_names { names.get(names.len() - 1..) } else { names.get(..) };
            (is_directory || !alternative.directories_only)
                && match_names(&alternative.components, names.unwrap_or_default())
        })
    }
}

/// Whether the components match the names. After a mismatch the last `**` takes one name more, as `*` does with characters.
fn match_names(components: &[Component], names: &[&[u8]]) -> bool {
    let (mut components, mut rest) = (components, names);
    let mut star: Option<(&[Component], &[&[u8]])> = None;
    loop {
        match components.split_first() {
            Some((Component::AnyDepth, after)) => {
                components = after;
                star = Some((after, rest));
                // At the end it stands for what is below, and not for the directory itself.
                if !after.is_empty() {
                    continue;
                }
            }
            Some((component, after)) => {
                if let Some((name, others)) = rest.split_first()
                    && component.matches(name, true)
                {
                    (components, rest) = (after, others);
                    continue;
                }
            }
            None if rest.is_empty() => return true,
            None => {}
        }
        let Some((after, from)) = star else { return false };
        let Some((_, from)) = from.split_first() else { return false };
        (components, rest) = (after, from);
        star = Some((after, from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_chooses_names_or_whole_paths() {
        for (pattern, path, is_chosen) in [
            ("*.c", "a.c", true),
            ("*.c", "d/e/a.c", true),
            ("*.c", "a.h", false),
            ("*.c", "a.c/b", false),
            ("*", ".hidden", true),
            ("?at", "d/cat", true),
            ("{a,b}", "d/b", true),
            ("{a,b}", "d/c", false),
            ("/a", "a", true),
            ("/a", "d/a", false),
            ("d/a", "d/a", true),
            ("d/a", "e/d/a", false),
            ("d/*", "d/a", true),
            ("d/*", "d/a/b", false),
            ("d/**", "d/a/b", true),
            ("d/**", "d", false),
            ("d/**", "e", false),
            ("**", "a", true),
            ("**", "a/b", true),
            ("**/a", "a", true),
            ("**/a", "d/e/a", true),
            ("**/a", "d/e/b", false),
            ("d/**/a", "d/a", true),
            ("d/**/a", "d/x/y/a", true),
            ("d/**/a", "e/a", false),
            ("d/**/b/**/c", "d/b/b/x/c", true),
            ("d/**/b/**/c", "d/x/c", false),
            ("**/b/*/c", "b/b/x/c", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("[a-c]/x", "b/x", true),
        ] {
            let pattern_read = Chosen::new(pattern.as_bytes()).unwrap();
            assert_eq!(pattern_read.matches(path.as_bytes(), false), is_chosen, "{pattern} {path}");
        }
        let directories = Chosen::new(b"build/").unwrap();
        assert!(directories.matches(b"a/build", true) && !directories.matches(b"a/build", false));
        assert_eq!(Chosen::new(b"/").unwrap_err(), GlobError::Empty);
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern = Chosen::new("**/a/".repeat(800).as_bytes()).unwrap();
        assert!(!pattern.matches("a/".repeat(2000).as_bytes(), true));
    }
}
