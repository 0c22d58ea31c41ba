//! Names of months, as servers in many countries write them.
//!
//! The names are those of the locales of glibc, and what FileZilla's users have reported. Croatian is missing on purpose: what its
//! short names of June, July and October mean in Polish and Czech is another month.

/// As long as the longest name, in bytes.
const LONGEST: usize = 10;

/// The number of a month, from its short or its whole name, in any mixture of ASCII letters.
pub(super) fn number(word: &[u8]) -> Option<u32> {
    // Many words are asked about that are numbers.
    if word.first()?.is_ascii_digit() {
        return None;
    }
    english(word).or_else(|| other(word))
}

/// The twelve that nearly all listings have, and as fast as that calls for.
fn english(word: &[u8]) -> Option<u32> {
    let &[a, b, c] = word else { return None };
    let month = match [a | 0x20, b | 0x20, c | 0x20] {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    };
    // Bit 5 tells upper and lower case apart in letters only.
    word.iter().all(u8::is_ascii_alphabetic).then_some(month)
}

fn other(word: &[u8]) -> Option<u32> {
    // NUL fills what is shorter, so it is no part of a name.
    if word.last() == Some(&0) {
        return None;
    }
    let mut lower = [0; LONGEST];
    lower.get_mut(..word.len())?.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let at = TABLE.binary_search_by(|(name, _)| name.cmp(&lower)).ok()?;
    TABLE.get(at).map(|&(_, month)| u32::from(month))
}

/// [`NAMES`] without a pointer to each, which would take four times the room in the library.
static TABLE: [([u8; LONGEST], u8); NAMES.len()] = table();

const fn table() -> [([u8; LONGEST], u8); NAMES.len()] {
    let mut table = [([0; LONGEST], 0); NAMES.len()];
    let (mut names, mut free): (_, &mut [_]) = (NAMES, &mut table);
    while let (Some(((name, month), others)), Some((place, rest))) =
        (names.split_first(), free.split_first_mut())
    {
        place.0.split_at_mut(name.len()).0.copy_from_slice(name);
        place.1 = *month;
        (names, free) = (others, rest);
    }
    table
}

/// Names of twenty languages in UTF-8 and in the encodings that servers had before it, sorted. ASCII letters are small; other
/// letters are here in both cases. The test below makes this table from the languages.
#[rustfmt::skip]
const NAMES: &[(&[u8], u8)] = &[
    (b"abr", 4), (b"ago", 8), (b"aou", 8), (b"aout", 8), (b"ao\xc3\xbb", 8), (b"ao\xc3\xbbt", 8),
    (b"ao\xfb", 8), (b"ao\xfbt", 8), (b"ara", 12), (b"avg", 8), (b"avr", 4), (b"avril", 4),
    (b"a\xc4\x9fu", 8), (b"a\xf0u", 8), (b"b\xc5\x99e", 3), (b"b\xf8e", 3), (b"cze", 6), (b"des", 12),
    (b"dets", 12), (b"dez", 12), (b"dic", 12), (b"dub", 4), (b"d\xc3\xa9c", 12), (b"d\xe9c", 12),
    (b"eki", 10), (b"elo", 8), (b"ene", 1), (b"eyl", 9), (b"febr", 2), (b"fev", 2), (b"fevr", 2),
    (b"f\xc3\xa9v", 2), (b"f\xc3\xa9vr", 2), (b"f\xe9v", 2), (b"f\xe9vr", 2), (b"gen", 1), (b"giu", 6),
    (b"gru", 12), (b"haz", 6), (b"hein\xc3\xa4", 7), (b"hein\xe4", 7), (b"helmi", 2), (b"huhti", 4),
    (b"ian", 1), (b"iul", 7), (b"iun", 6), (b"jaan", 1), (b"janv", 1), (b"joulu", 12), (b"juil", 7),
    (b"juillet", 7), (b"juin", 6), (b"juli", 7), (b"juni", 6), (b"juuli", 7), (b"juuni", 6),
    (b"j\xc3\xa4n", 1), (b"j\xc3\xa4nner", 1), (b"j\xc3\xbal", 7), (b"j\xc3\xban", 6), (b"j\xe4n", 1),
    (b"j\xe4nner", 1), (b"j\xfal", 7), (b"j\xfan", 6), (b"kas", 11), (b"kes\xc3\xa4", 6), (b"kes\xe4", 6),
    (b"kv\xc4\x9b", 5), (b"kv\xec", 5), (b"kwi", 4), (b"led", 1), (b"lip", 7), (b"lis", 11), (b"loka", 10),
    (b"lug", 7), (b"lut", 2), (b"maa", 3), (b"maalis", 3), (b"mag", 5), (b"mai", 5), (b"maj", 5),
    (b"marras", 11), (b"mars", 3), (b"mei", 5), (b"mrt", 3), (b"mrz", 3), (b"m\xc3\xa1j", 5),
    (b"m\xc3\xa1rc", 3), (b"m\xc3\xa4r", 3), (b"m\xc3\xa4rts", 3), (b"m\xc3\xa4rz", 3), (b"m\xe1j", 5),
    (b"m\xe1rc", 3), (b"m\xe4r", 3), (b"m\xe4rts", 3), (b"m\xe4rz", 3), (b"nis", 4), (b"oca", 1),
    (b"okt", 10), (b"ott", 10), (b"out", 10), (b"pa\x9f", 10), (b"pa\xbc", 10), (b"pa\xc5\xba", 10),
    (b"pro", 12), (b"sept", 9), (b"set", 9), (b"sie", 8), (b"srp", 8), (b"sty", 1), (b"syys", 9),
    (b"szept", 9), (b"tammi", 1), (b"tem", 7), (b"touko", 5), (b"veebr", 2), (b"wrz", 9),
    (b"z\xc3\xa1\xc5\x99", 9), (b"z\xe1\xf8", 9), (b"\x80\xa2\xa3", 8), (b"\x80\xaf\xe0", 4),
    (b"\x84\xa5\xaa", 12), (b"\x88\xee\xab", 7), (b"\x88\xee\xab\xef", 7), (b"\x88\xee\xad", 6),
    (b"\x88\xee\xad\xef", 6), (b"\x8c\xa0\xa9", 5), (b"\x8c\xa0\xe0", 3), (b"\x8c\xa0\xe0\xe2", 3),
    (b"\x8c\xa0\xe0\xe2\xa0", 3), (b"\x8c\xa0\xef", 5), (b"\x8d\xae\xef", 11), (b"\x8d\xae\xef\xa1", 11),
    (b"\x8e\xaa\xe2", 10), (b"\x91\xa5\xad", 9), (b"\x91\xa5\xad\xe2", 9), (b"\x94\xa5\xa2", 2),
    (b"\x94\xa5\xa2\xe0", 2), (b"\x9f\xad\xa2", 1), (b"\xa0\xa2\xa3", 8), (b"\xa0\xaf\xe0", 4),
    (b"\xa4\xa5\xaa", 12), (b"\xa8\xee\xab", 7), (b"\xa8\xee\xab\xef", 7), (b"\xa8\xee\xad", 6),
    (b"\xa8\xee\xad\xef", 6), (b"\xac\xa0\xa9", 5), (b"\xac\xa0\xe0", 3), (b"\xac\xa0\xe0\xe2", 3),
    (b"\xac\xa0\xe0\xe2\xa0", 3), (b"\xac\xa0\xef", 5), (b"\xad\xae\xef", 11), (b"\xad\xae\xef\xa1", 11),
    (b"\xae\xaa\xe2", 10), (b"\xb0\xd2\xd3", 8), (b"\xb0\xdf\xe0", 4), (b"\xb4\xd5\xda", 12),
    (b"\xb8\xee\xdb", 7), (b"\xb8\xee\xdb\xef", 7), (b"\xb8\xee\xdd", 6), (b"\xb8\xee\xdd\xef", 6),
    (b"\xbc\xd0\xd9", 5), (b"\xbc\xd0\xe0", 3), (b"\xbc\xd0\xe0\xe2", 3), (b"\xbc\xd0\xe0\xe2\xd0", 3),
    (b"\xbc\xd0\xef", 5), (b"\xbd\xde\xef", 11), (b"\xbd\xde\xef\xd1", 11), (b"\xbe\xda\xe2", 10),
    (b"\xc0\xe2\xe3", 8), (b"\xc0\xef\xf0", 4), (b"\xc1pr", 4), (b"\xc1\xd0\xd2", 4), (b"\xc1\xd5\xdd", 9),
    (b"\xc1\xd5\xdd\xe2", 9), (b"\xc1\xd7\xc7", 8), (b"\xc1\xe5\xf0", 3), (b"\xc1\xf0\xf1", 4),
    (b"\xc1\xf5\xe3", 8), (b"\xc2\xc5\xd2", 3), (b"\xc2\xe5\xf0", 9), (b"\xc3\x81pr", 4), (b"\xc3\x9ano", 2),
    (b"\xc3\xa1pr", 4), (b"\xc3\xbano", 2), (b"\xc3\xf0\xf3", 12), (b"\xc4\x8cec", 7), (b"\xc4\x8cen", 6),
    (b"\xc4\x8dec", 7), (b"\xc4\x8den", 6), (b"\xc4\xc5\xcb", 12), (b"\xc4\xd5\xd2", 2),
    (b"\xc4\xd5\xd2\xe0", 2), (b"\xc4\xe5\xea", 12), (b"\xc5\x98\xc3\xadj", 10), (b"\xc5\x99\xc3\xadj", 10),
    (b"\xc5\x9eub", 2), (b"\xc5\x9fub", 2), (b"\xc6\xc5\xd7", 2), (b"\xc6\xc5\xd7\xd2", 2),
    (b"\xc6\xee\xe2", 10), (b"\xc7\xd2\xd5", 12), (b"\xc8ec", 7), (b"\xc8en", 6), (b"\xc8\xfe\xeb", 7),
    (b"\xc8\xfe\xeb\xff", 7), (b"\xc8\xfe\xed", 6), (b"\xc8\xfe\xed\xff", 6), (b"\xc9\xc0\xcc", 7),
    (b"\xc9\xc0\xcc\xd1", 7), (b"\xc9\xc0\xce", 6), (b"\xc9\xc0\xce\xd1", 6), (b"\xc9\xe1\xed", 1),
    (b"\xc9\xef\xf5\xeb", 7), (b"\xc9\xef\xf5\xed", 6), (b"\xca\xe2\xb3", 4), (b"\xcb\xd7\xa6", 4),
    (b"\xcb\xe8\xef", 7), (b"\xcb\xe8\xf1", 11), (b"\xcb\xfe\xf2", 2), (b"\xcc\xc0\xd4", 2),
    (b"\xcc\xc9\xd0", 7), (b"\xcc\xc9\xd3", 11), (b"\xcc\xe0\xe9", 5), (b"\xcc\xe0\xf0", 3),
    (b"\xcc\xe0\xf0\xf2", 3), (b"\xcc\xe0\xf0\xf2\xe0", 3), (b"\xcc\xe0\xff", 5), (b"\xcc\xe1\xc0", 5),
    (b"\xcc\xe1\xf1", 3), (b"\xcd\xc1\xca", 5), (b"\xcd\xc1\xd1", 5), (b"\xcd\xc1\xd2", 3),
    (b"\xcd\xc1\xd2\xd4", 3), (b"\xcd\xc1\xd2\xd4\xc1", 3), (b"\xcd\xee\xff", 11), (b"\xcd\xee\xff\xe1", 11),
    (b"\xcd\xef\xe5", 11), (b"\xce\x91\xcf\x80\xcf\x81", 4), (b"\xce\x91\xcf\x85\xce\xb3", 8),
    (b"\xce\x94\xce\xb5\xce\xba", 12), (b"\xce\x99\xce\xb1\xce\xbd", 1),
    (b"\xce\x99\xce\xbf\xcf\x85\xce\xbb", 7), (b"\xce\x99\xce\xbf\xcf\x85\xce\xbd", 6),
    (b"\xce\x9c\xce\xb1\xce\x90", 5), (b"\xce\x9c\xce\xb1\xcf\x81", 3), (b"\xce\x9d\xce\xbf\xce\xb5", 11),
    (b"\xce\x9f\xce\xba\xcf\x84", 10), (b"\xce\xa3\xce\xb5\xcf\x80", 9), (b"\xce\xa6\xce\xb5\xce\xb2", 2),
    (b"\xce\xb1\xcf\x80\xcf\x81", 4), (b"\xce\xb1\xcf\x85\xce\xb3", 8), (b"\xce\xb4\xce\xb5\xce\xba", 12),
    (b"\xce\xb9\xce\xb1\xce\xbd", 1), (b"\xce\xb9\xce\xbf\xcf\x85\xce\xbb", 7),
    (b"\xce\xb9\xce\xbf\xcf\x85\xce\xbd", 6), (b"\xce\xbc\xce\xb1\xce\x90", 5),
    (b"\xce\xbc\xce\xb1\xcf\x81", 3), (b"\xce\xbd\xce\xbf\xce\xb5", 11), (b"\xce\xbf\xce\xba\xcf\x84", 10),
    (b"\xce\xcf\xd1", 11), (b"\xce\xcf\xd1\xc2", 11), (b"\xce\xea\xf2", 10), (b"\xcf\x83\xce\xb5\xcf\x80", 9),
    (b"\xcf\x86\xce\xb5\xce\xb2", 2), (b"\xcf\xcb\xd4", 10), (b"\xcf\xdd\xd2", 1), (b"\xcf\xea\xf4", 10),
    (b"\xd0\x90\xd0\xb2\xd0\xb3", 8), (b"\xd0\x90\xd0\xbf\xd1\x80", 4), (b"\xd0\x91\xd0\xb5\xd1\x80", 3),
    (b"\xd0\x92\xd0\xb5\xd1\x80", 9), (b"\xd0\x93\xd1\x80\xd1\x83", 12), (b"\xd0\x94\xd0\xb5\xd0\xba", 12),
    (b"\xd0\x96\xd0\xbe\xd0\xb2", 10), (b"\xd0\x98\xd1\x8e\xd0\xbb", 7),
    (b"\xd0\x98\xd1\x8e\xd0\xbb\xd1\x8f", 7), (b"\xd0\x98\xd1\x8e\xd0\xbd", 6),
    (b"\xd0\x98\xd1\x8e\xd0\xbd\xd1\x8f", 6), (b"\xd0\x9a\xd0\xb2\xd1\x96", 4),
    (b"\xd0\x9b\xd0\xb8\xd0\xbf", 7), (b"\xd0\x9b\xd0\xb8\xd1\x81", 11), (b"\xd0\x9b\xd1\x8e\xd1\x82", 2),
    (b"\xd0\x9c\xd0\xb0\xd0\xb9", 5), (b"\xd0\x9c\xd0\xb0\xd1\x80", 3),
    (b"\xd0\x9c\xd0\xb0\xd1\x80\xd1\x82", 3), (b"\xd0\x9c\xd0\xb0\xd1\x80\xd1\x82\xd0\xb0", 3),
    (b"\xd0\x9c\xd0\xb0\xd1\x8f", 5), (b"\xd0\x9d\xd0\xbe\xd1\x8f", 11),
    (b"\xd0\x9d\xd0\xbe\xd1\x8f\xd0\xb1", 11), (b"\xd0\x9e\xd0\xba\xd1\x82", 10),
    (b"\xd0\xa1\xd0\xb5\xd0\xbd", 9), (b"\xd0\xa1\xd0\xb5\xd0\xbd\xd1\x82", 9),
    (b"\xd0\xa1\xd0\xb5\xd1\x80", 8), (b"\xd0\xa1\xd1\x96\xd1\x87", 1), (b"\xd0\xa2\xd1\x80\xd0\xb0", 5),
    (b"\xd0\xa4\xd0\xb5\xd0\xb2", 2), (b"\xd0\xa4\xd0\xb5\xd0\xb2\xd1\x80", 2),
    (b"\xd0\xa7\xd0\xb5\xd1\x80", 6), (b"\xd0\xaf\xd0\xbd\xd0\xb2", 1), (b"\xd0\xb0\xd0\xb2\xd0\xb3", 8),
    (b"\xd0\xb0\xd0\xbf\xd1\x80", 4), (b"\xd0\xb1\xd0\xb5\xd1\x80", 3), (b"\xd0\xb2\xd0\xb5\xd1\x80", 9),
    (b"\xd0\xb3\xd1\x80\xd1\x83", 12), (b"\xd0\xb4\xd0\xb5\xd0\xba", 12), (b"\xd0\xb6\xd0\xbe\xd0\xb2", 10),
    (b"\xd0\xb8\xd1\x8e\xd0\xbb", 7), (b"\xd0\xb8\xd1\x8e\xd0\xbb\xd1\x8f", 7),
    (b"\xd0\xb8\xd1\x8e\xd0\xbd", 6), (b"\xd0\xb8\xd1\x8e\xd0\xbd\xd1\x8f", 6),
    (b"\xd0\xba\xd0\xb2\xd1\x96", 4), (b"\xd0\xbb\xd0\xb8\xd0\xbf", 7), (b"\xd0\xbb\xd0\xb8\xd1\x81", 11),
    (b"\xd0\xbb\xd1\x8e\xd1\x82", 2), (b"\xd0\xbc\xd0\xb0\xd0\xb9", 5), (b"\xd0\xbc\xd0\xb0\xd1\x80", 3),
    (b"\xd0\xbc\xd0\xb0\xd1\x80\xd1\x82", 3), (b"\xd0\xbc\xd0\xb0\xd1\x80\xd1\x82\xd0\xb0", 3),
    (b"\xd0\xbc\xd0\xb0\xd1\x8f", 5), (b"\xd0\xbd\xd0\xbe\xd1\x8f", 11),
    (b"\xd0\xbd\xd0\xbe\xd1\x8f\xd0\xb1", 11), (b"\xd0\xbe\xd0\xba\xd1\x82", 10), (b"\xd0\xd2\xd3", 8),
    (b"\xd0\xdf\xe0", 4), (b"\xd1\x81\xd0\xb5\xd0\xbd", 9), (b"\xd1\x81\xd0\xb5\xd0\xbd\xd1\x82", 9),
    (b"\xd1\x81\xd0\xb5\xd1\x80", 8), (b"\xd1\x81\xd1\x96\xd1\x87", 1), (b"\xd1\x82\xd1\x80\xd0\xb0", 5),
    (b"\xd1\x84\xd0\xb5\xd0\xb2", 2), (b"\xd1\x84\xd0\xb5\xd0\xb2\xd1\x80", 2),
    (b"\xd1\x87\xd0\xb5\xd1\x80", 6), (b"\xd1\x8f\xd0\xbd\xd0\xb2", 1), (b"\xd1\xb3\xf7", 1),
    (b"\xd1\xce\xd7", 1), (b"\xd1\xe5\xed", 9), (b"\xd1\xe5\xed\xf2", 9), (b"\xd1\xe5\xf0", 8),
    (b"\xd2\xf0\xe0", 5), (b"\xd3\xa6\xde", 1), (b"\xd3\xc5\xce", 9), (b"\xd3\xc5\xce\xd4", 9),
    (b"\xd3\xc5\xd2", 8), (b"\xd3\xe5\xf0", 9), (b"\xd4\xd2\xc1", 5), (b"\xd4\xd5\xda", 12),
    (b"\xd4\xe5\xe2", 2), (b"\xd4\xe5\xe2\xf0", 2), (b"\xd6\xcf\xd7", 10), (b"\xd6\xe5\xe2", 2),
    (b"\xd7\xc5\xd2", 9), (b"\xd7\xe5\xf0", 6), (b"\xd8\xedj", 10), (b"\xd8\xee\xdb", 7),
    (b"\xd8\xee\xdb\xef", 7), (b"\xd8\xee\xdd", 6), (b"\xd8\xee\xdd\xef", 6), (b"\xdano", 2),
    (b"\xdc\xd0\xd9", 5), (b"\xdc\xd0\xe0", 3), (b"\xdc\xd0\xe0\xe2", 3), (b"\xdc\xd0\xe0\xe2\xd0", 3),
    (b"\xdc\xd0\xef", 5), (b"\xdd\xde\xef", 11), (b"\xdd\xde\xef\xd1", 11), (b"\xdeub", 2),
    (b"\xde\xc5\xd2", 6), (b"\xde\xda\xe2", 10), (b"\xdf\xed\xe2", 1), (b"\xe0\xe2\xe3", 8),
    (b"\xe0\xef\xf0", 4), (b"\xe1pr", 4), (b"\xe1\xa5\xad", 9), (b"\xe1\xa5\xad\xe2", 9),
    (b"\xe1\xd0\xd2", 4), (b"\xe1\xd5\xdd", 9), (b"\xe1\xd5\xdd\xe2", 9), (b"\xe1\xd7\xc7", 8),
    (b"\xe1\xe5\xf0", 3), (b"\xe1\xf0\xf1", 4), (b"\xe1\xf5\xe3", 8), (b"\xe2\xc5\xd2", 3),
    (b"\xe2\xe5\xf0", 9), (b"\xe3\xf0\xf3", 12), (b"\xe4\xa5\xa2", 2), (b"\xe4\xa5\xa2\xe0", 2),
    (b"\xe4\xc5\xcb", 12), (b"\xe4\xd5\xd2", 2), (b"\xe4\xd5\xd2\xe0", 2), (b"\xe4\xe5\xea", 12),
    (b"\xe6\xc5\xd7", 2), (b"\xe6\xc5\xd7\xd2", 2), (b"\xe6\xee\xe2", 10), (b"\xe7\xd2\xd5", 12),
    (b"\xe8ec", 7), (b"\xe8en", 6), (b"\xe8\xfe\xeb", 7), (b"\xe8\xfe\xeb\xff", 7), (b"\xe8\xfe\xed", 6),
    (b"\xe8\xfe\xed\xff", 6), (b"\xe9\xc0\xcc", 7), (b"\xe9\xc0\xcc\xd1", 7), (b"\xe9\xc0\xce", 6),
    (b"\xe9\xc0\xce\xd1", 6), (b"\xe9\xe1\xed", 1), (b"\xe9\xef\xf5\xeb", 7), (b"\xe9\xef\xf5\xed", 6),
    (b"\xea\xe2\xb3", 4), (b"\xeb\xd7\xa6", 4), (b"\xeb\xe8\xef", 7), (b"\xeb\xe8\xf1", 11),
    (b"\xeb\xfe\xf2", 2), (b"\xec\xc0\xd4", 2), (b"\xec\xc9\xd0", 7), (b"\xec\xc9\xd3", 11),
    (b"\xec\xe0\xe9", 5), (b"\xec\xe0\xf0", 3), (b"\xec\xe0\xf0\xf2", 3), (b"\xec\xe0\xf0\xf2\xe0", 3),
    (b"\xec\xe0\xff", 5), (b"\xec\xe1\xc0", 5), (b"\xec\xe1\xf1", 3), (b"\xed\xc1\xca", 5),
    (b"\xed\xc1\xd1", 5), (b"\xed\xc1\xd2", 3), (b"\xed\xc1\xd2\xd4", 3), (b"\xed\xc1\xd2\xd4\xc1", 3),
    (b"\xed\xee\xff", 11), (b"\xed\xee\xff\xe1", 11), (b"\xed\xef\xe5", 11), (b"\xee\xcf\xd1", 11),
    (b"\xee\xcf\xd1\xc2", 11), (b"\xee\xea\xf2", 10), (b"\xef\xad\xa2", 1), (b"\xef\xcb\xd4", 10),
    (b"\xef\xdd\xd2", 1), (b"\xef\xea\xf4", 10), (b"\xf1\xb3\xf7", 1), (b"\xf1\xce\xd7", 1),
    (b"\xf1\xe5\xed", 9), (b"\xf1\xe5\xed\xf2", 9), (b"\xf1\xe5\xf0", 8), (b"\xf2\xf0\xe0", 5),
    (b"\xf3\xa6\xde", 1), (b"\xf3\xc5\xce", 9), (b"\xf3\xc5\xce\xd4", 9), (b"\xf3\xc5\xd2", 8),
    (b"\xf3\xe5\xf0", 9), (b"\xf4\xd2\xc1", 5), (b"\xf4\xe5\xe2", 2), (b"\xf4\xe5\xe2\xf0", 2),
    (b"\xf6\xcf\xd7", 10), (b"\xf6\xe5\xe2", 2), (b"\xf7\xc5\xd2", 9), (b"\xf7\xe5\xf0", 6),
    (b"\xf8\xedj", 10), (b"\xfano", 2), (b"\xfeub", 2), (b"\xfe\xc5\xd2", 6), (b"\xff\xed\xe2", 1),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use encoding_rs::Encoding;

    use super::*;

    /// A language, the encodings of its servers beside UTF-8, and the names of its months, with `|` between those of one month.
    type Language = (&'static str, &'static [&'static str], [&'static str; 12]);

    #[rustfmt::skip]
    const LANGUAGES: &[Language] = &[
        ("German", &["windows-1252"], ["jan", "feb", "mär|märz|mrz", "apr", "mai", "jun|juni", "jul|juli", "aug", "sep|sept", "okt", "nov", "dez"]),
        ("Austrian", &["windows-1252"], ["jän|jänner", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"]),
        ("French", &["windows-1252"], ["jan|janv", "fév|févr|fev|fevr", "mar|mars", "avr|avril", "mai", "juin", "juil|juillet", "aoû|août|aou|aout", "sep|sept", "oct", "nov", "déc|dec"]),
        ("Italian", &["windows-1252"], ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"]),
        ("Spanish", &["windows-1252"], ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep|sept", "oct", "nov", "dic"]),
        ("Portuguese", &["windows-1252"], ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"]),
        ("Dutch", &["windows-1252"], ["jan", "feb", "mrt|maa", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]),
        ("Polish", &["windows-1250", "iso-8859-2"], ["sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"]),
        ("Russian", &["windows-1251", "koi8-r", "iso-8859-5", "ibm866"], ["янв", "фев|февр", "мар|март|марта", "апр", "май|мая", "июн|июня", "июл|июля", "авг", "сен|сент", "окт", "ноя|нояб", "дек"]),
        ("Finnish", &["windows-1252"], ["tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu"]),
        ("Hungarian", &["windows-1250"], ["jan", "febr", "márc", "ápr", "máj", "jún", "júl", "aug", "szept", "okt", "nov", "dec"]),
        ("Swedish and Danish", &["windows-1252"], ["jan", "feb", "mar|mars", "apr", "maj", "jun|juni", "jul|juli", "aug", "sep", "okt", "nov", "dec"]),
        ("Norwegian", &["windows-1252"], ["jan", "feb", "mar|mars", "apr", "mai", "juni", "juli", "aug", "sep|sept", "okt", "nov", "des"]),
        ("Slovenian", &[], ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "avg", "sep", "okt", "nov", "dec"]),
        ("Czech", &["windows-1250", "iso-8859-2"], ["led", "úno", "bře", "dub", "kvě", "čen", "čec", "srp", "zář", "říj", "lis", "pro"]),
        ("Turkish", &["windows-1254"], ["oca", "şub", "mar", "nis", "may", "haz", "tem", "ağu", "eyl", "eki", "kas", "ara"]),
        ("Romanian", &["windows-1252"], ["ian", "feb", "mar", "apr", "mai", "iun", "iul", "aug", "sep", "oct", "nov", "dec"]),
        ("Estonian", &["windows-1252"], ["jaan", "veebr", "märts", "apr", "mai", "juuni", "juuli", "aug", "sept", "okt", "nov", "dets"]),
        ("Ukrainian", &["windows-1251", "koi8-u"], ["січ", "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру"]),
        ("Greek", &["windows-1253"], ["ιαν", "φεβ", "μαρ", "απρ", "μαΐ", "ιουν", "ιουλ", "αυγ", "σεπ", "οκτ", "νοε", "δεκ"]),
    ];

    #[test]
    fn the_table_is_made_from_the_languages() {
        let mut expected: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
        for (language, encodings, months) in LANGUAGES {
            for (month, names) in (1..).zip(months) {
                for name in names.split('|').flat_map(cases) {
                    for encoding in ["utf-8"].iter().chain(*encodings) {
                        let encoding = Encoding::for_label(encoding.as_bytes()).unwrap();
                        let (bytes, _, is_impossible) = encoding.encode(&name);
                        let bytes = bytes.to_ascii_lowercase();
                        if is_impossible || english(&bytes) == Some(month) {
                            continue;
                        }
                        assert_eq!(english(&bytes), None, "{language}: {name} is another month in English");
                        let other = expected.insert(bytes, month);
                        assert!(other.is_none_or(|other| other == month), "{language}: {name} is ambiguous");
                    }
                }
            }
        }
        let table: Vec<(Vec<u8>, u32)> =
            NAMES.iter().map(|(name, month)| (name.to_vec(), u32::from(*month))).collect();
        assert_eq!(table, expected.into_iter().collect::<Vec<_>>());
    }

    /// As it is, and with a capital letter where that is not one of ASCII.
    fn cases(name: &str) -> Vec<String> {
        let mut letters = name.chars();
        let capital = letters.next().map(|letter| letter.to_uppercase().chain(letters).collect());
        [name.to_owned()].into_iter().chain(capital).collect()
    }

    #[test]
    fn names_are_found_in_any_case() {
        for (word, expected) in [
            ("jan", Some(1)),
            ("SEP", Some(9)),
            ("Sept", Some(9)),
            ("M\u{e4}rz", Some(3)),
            ("\u{441}\u{435}\u{43d}", Some(9)),
            ("\u{421}\u{435}\u{43d}", Some(9)),
            ("", None),
            ("j", None),
            ("xyz", None),
            ("janjanjanjanjanjanjan", None),
        ] {
            assert_eq!(number(word.as_bytes()), expected, "{word}");
        }
        assert_eq!(number(b"m\xe4r"), Some(3));
        assert_eq!(number(b"\xd1\xe5\xed"), Some(9), "in Windows-1251");
        assert_eq!(number(b"JAN"), Some(1));
        assert_eq!(number(b"\x0aAN"), None);
        assert_eq!((number(b"abr"), number(b"abr\0")), (Some(4), None));
    }
}
