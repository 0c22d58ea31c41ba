//! The rules that the fuzz targets check, on inputs made of the pieces that matter to each parser.

#[path = "../fuzz/checks/mod.rs"]
mod checks;

use proptest::prelude::*;

/// Up to 24 of these pieces in a row, with a few arbitrary bytes among them.
fn made_of(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// The first byte tells how the text is cut, see `checks::arrivals`.
fn cut(text: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (any::<u8>(), text).prop_map(|(recipe, text)| [vec![recipe], text].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn replies_do_not_depend_on_how_they_arrive(
        data in cut(made_of(&["211", "211-", "220 ", "5", "-", " ", "text", "\r", "\n", "\r\n", "0123456789"])),
    ) {
        checks::reply::check(&data);
    }

    #[test]
    fn replies_do_not_depend_on_telnet(
        data in cut(prop::collection::vec(prop::sample::select(&b"\xff\xff\xff\xfb\xfc\xfe\xf1\xf0\x01\r\n\n2\"1a -"[..]), 0..40)),
    ) {
        checks::reply::check(&data);
    }

    #[test]
    fn commands_are_one_line_without_secrets(
        data in made_of(&["PASS", "pass ", "ACCT ", "RETR", " ", "\t", "\r\n", "\0", "secret", "****", "\u{e9}"]),
    ) {
        checks::command::check(&data);
    }

    #[test]
    fn commands_are_safe_whatever_the_bytes(data in prop::collection::vec(1u8.., 0..40)) {
        checks::command::check(&data);
    }

    #[test]
    fn addresses_are_found_and_can_be_read_back(
        data in made_of(&["1", "127", "255", "256", "0", ",", ",", ",", ",4,5", " ", "(", "|", "|||", "!", ")", "-", ";"]),
    ) {
        checks::address::check(&data);
    }

    #[test]
    fn any_address_can_be_written_and_read(data in prop::collection::vec(any::<u8>(), 6..40)) {
        checks::address::check(&data);
    }

    #[test]
    fn paths_survive_their_quotes(data in made_of(&["257 ", "257-", "\"", "\"\"", "/", "a", " ", "\n"])) {
        checks::path::check(&data);
    }

    #[test]
    fn urls_survive_being_written(
        data in made_of(&["ftp://", "ftps://", "ftpes://", "h", ":", "@", "/", "%2F", "%0d", "%", "[::1]", "[fe80::1%25e]", "?", "#", "\\", " ", ";type=", "a", "21"]),
    ) {
        checks::url::check(&[b"ftp://", data.as_slice()].concat());
        checks::url::check(&data);
    }

    #[test]
    fn patterns_find_what_a_simple_matcher_finds(
        pattern in made_of(&["*", "**", "/", "?", "[", "]", "[a-c]", "[!a]", "[^", "[[:digit:]]", "{", ",", "}", "{a,b}", "\\", ".", "-", "a", "b", "1"]),
        paths in prop::collection::vec("[ab1.*-]{1,3}(/[ab1.\\[-]{1,2}){0,3}/?", 1..10),
    ) {
        checks::glob::check(&[pattern, paths.join("\n").into_bytes()].join(&b'\n'));
    }

    #[test]
    fn sizes_are_found(
        data in made_of(&["150 ", "213 ", "f", " ", " (", "(", "12", "9223372036854775807", "0", " bytes)", " BYTES)", "-", "\n"]),
    ) {
        checks::size::check(&data);
    }

    #[test]
    fn lines_do_not_depend_on_how_they_arrive(data in cut(made_of(&["a", "bcd", "\r", "\n", "\r\n", "01234567"]))) {
        checks::lines_in::check(&data);
    }

    #[test]
    fn lines_are_sent_as_ftplib_sends_them(data in cut(made_of(&["a", "bcd", "\r", "\n", "\r\n", "01234567"]))) {
        checks::lines_out::check(&data);
    }

    #[test]
    fn entries_survive_being_written(
        data in made_of(&["type=file", "Size=12", "UNIX.group=domain users", ";", "; ", " ", "=", "a b", "name"]),
    ) {
        checks::facts::check(&data);
    }

    #[test]
    fn no_text_ends_a_command_in_another_encoding(data in cut(made_of(&["a", "\u{e9}", "\u{3042}", "\u{ff71}", "\u{a5}", "\u{1f4c1}", "\r", "\n"]))) {
        checks::charset::check(&data);
    }

    #[test]
    fn the_ledger_holds_whatever_is_sent_and_comes(data in prop::collection::vec(any::<u8>(), 0..60)) {
        checks::dialogue::check(&data);
    }

    #[test]
    fn rare_listings_do_not_depend_on_how_they_arrive(
        data in cut(made_of(&[
            "A ", "A/B ", ". ", "1B ", "128W ", "BA ", "605 ", "1 ", "* ", "x/", "w ", "m ", "seq ", "99-06-15 ", "13:11:39 ", "15:32 ",
            " -> ", "<DIR> ", "11-21-94 ", "Nov 16 1994 ", "SEQDATA ", "03/08/1998 ", "84 ", "V ", "F ", "DIR ", "- - - ", "O ", "101 ",
            "6-Apr-07 ", "255, 0 ", "\"nunu\"", "Files: 1", "\n", "\r\n",
        ])),
    ) {
        for check in [
            checks::listing::chameleon, checks::listing::clearpath, checks::listing::guardian, checks::listing::mpe,
            checks::listing::vos, checks::listing::zvm,
        ] {
            check(&data);
        }
    }

    #[test]
    fn listings_do_not_depend_on_how_they_arrive(
        data in cut(made_of(&[
            "-rw-r--r-- ", "d", "1 ", "root ", "group12345678 ", "531 ", "Jan 29 ", "03:26 ", "2025 ", " -> ", "name", "\n", "\r\n",
            "type=file;", "size=1;", "; ", "04-27-00 ", "12:09PM ", "<DIR> ", "+i1,r,\t", "d [RWCEAFMS] ", "0100644 ", "total 0",
            "A.B;1 ", "1/3 ", "2-JUL-2003 ", "[A,B] ", "(RWED,,,)", "QSYS ", "*FILE ", "02/23/00 ", "15:09:55 ", "PO ", "3390 ",
        ])),
    ) {
        checks::listing::decided(&data);
        for check in [
            checks::listing::dos, checks::listing::ibm_i, checks::listing::mlsd, checks::listing::mvs, checks::listing::unix,
            checks::listing::vms,
        ] {
            check(&data);
        }
    }
}
