//! What stands before a line: the inode and the blocks that `ls -i` and `ls -s` put there, or spaces.

use super::permissions::Permissions;

/// What stands behind the numbers, or behind the spaces of a line that is indented, if it begins with permissions.
pub(super) fn behind(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line.trim_ascii_start();
    if rest.len() < line.len() && Permissions::read(rest).is_some() {
        return Some(rest);
    }
    for _ in 0..2 {
        let end = rest.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
        let (number, behind) = rest.split_at_checked(end)?;
        if !is_number(number) {
            return None;
        }
        rest = behind.trim_ascii_start();
        if Permissions::read(rest).is_some() {
            return Some(rest);
        }
    }
    None
}

/// `12`, and `4.0K` of `ls -h`.
fn is_number(word: &[u8]) -> bool {
    let digits =
        word.strip_suffix(b"K").or(word.strip_suffix(b"M")).or(word.strip_suffix(b"G")).unwrap_or(word);
    digits.first().is_some_and(u8::is_ascii_digit)
        && digits.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_or_two_or_spaces_stand_before_permissions() {
        let permissions = "-rw-r--r-- 1 a b 5 Jan 15 10:30 name";
        for numbers in ["12 ", "  12   4 ", "4.0K ", "131074 8,5M ", "12\t", " ", "\t  "] {
            assert_eq!(behind(format!("{numbers}{permissions}").as_bytes()), Some(permissions.as_bytes()));
        }
        for other in ["", "12", "x ", "1 2 3 ", "K ", "12x ", ".5 ", "-rw-r--r-- "] {
            assert_eq!(behind(format!("{other}{permissions}").as_bytes()), None, "{other}");
        }
        assert_eq!(behind(b"12 345 name"), None);
    }
}
