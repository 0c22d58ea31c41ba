//! The name, and the target of a link.

use super::super::entry::Kind;

const ARROW: &[u8] = b" -> ";

/// The name and the target in what stands behind the date. None: there is no name.
///
/// A name may have an arrow in it, and a target, too. The size of a link is the length of its target, which tells them apart.
/// Where it does not, the first arrow is the one. Where nothing stands before the only one, the name is missing.
pub(super) fn read(kind: Kind, text: &[u8], size: Option<u64>) -> Option<(&[u8], Option<&[u8]>)> {
    match kind {
        // `ls -p` and `ls -F` put a slash behind a directory. It cannot be a part of the name.
        Kind::Directory => match text {
            [name @ .., b'/'] if !name.is_empty() => Some((name, None)),
            _ => whole(text),
        },
        Kind::Link => {
            let by_size =
                size.and_then(|size| split_at(text, text.len().checked_sub(usize::try_from(size).ok()?)?));
            let first = || text.windows(ARROW.len()).position(|part| part == ARROW);
            match by_size.or_else(|| split_at(text, first()? + ARROW.len())) {
                Some((name, target)) => Some((name, Some(target))),
                // The space before an arrow may be the one behind the date.
                None if text.trim_ascii_start().starts_with(b"-> ") => None,
                None => whole(text),
            }
        }
        _ => whole(text),
    }
}

fn whole(name: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    (!name.is_empty()).then_some((name, None))
}

/// Name and target, if the target begins here.
fn split_at(text: &[u8], target: usize) -> Option<(&[u8], &[u8])> {
    let (name, target) = text.split_at_checked(target)?;
    let name = name.strip_suffix(ARROW)?;
    (!name.is_empty() && !target.is_empty()).then_some((name, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_tells_which_arrow_is_the_one() {
        for (text, size, name, target) in [
            ("bin -> usr/bin", Some(7), "bin", Some("usr/bin")),
            ("bin -> usr/bin", None, "bin", Some("usr/bin")),
            ("bin -> usr/bin", Some(99), "bin", Some("usr/bin")),
            ("a -> b -> c", Some(1), "a -> b", Some("c")),
            ("a -> b -> c", Some(6), "a", Some("b -> c")),
            ("a -> b -> c", Some(0), "a", Some("b -> c")),
            ("no arrow", Some(5), "no arrow", None),
            ("a ->", None, "a ->", None),
            ("->", None, "->", None),
            ("  -> b", None, " ", Some("b")),
            ("-> b -> c", None, "-> b", Some("c")),
            (" -> b -> c", Some(1), " -> b", Some("c")),
        ] {
            let read = read(Kind::Link, text.as_bytes(), size);
            assert_eq!(read, Some((name.as_bytes(), target.map(str::as_bytes))), "{text} {size:?}");
        }
    }

    #[test]
    fn a_link_without_a_name_is_not_named_by_its_arrow() {
        for text in ["-> b", " -> b"] {
            for size in [None, Some(1), Some(4)] {
                assert_eq!(read(Kind::Link, text.as_bytes(), size), None, "{text} {size:?}");
            }
        }
        assert_eq!(read(Kind::File, b"-> b", None), Some((&b"-> b"[..], None)));
    }

    #[test]
    fn only_links_have_targets_and_only_directories_slashes() {
        assert_eq!(read(Kind::File, b"a -> b", None), Some((&b"a -> b"[..], None)));
        assert_eq!(read(Kind::Directory, b"a/", None), Some((&b"a"[..], None)));
        assert_eq!(read(Kind::Directory, b"/", None), Some((&b"/"[..], None)));
        assert_eq!(read(Kind::File, b"a/", None), Some((&b"a/"[..], None)));
        assert_eq!(read(Kind::File, b"", None), None);
    }
}
