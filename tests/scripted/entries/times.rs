//! The times of a listing.

use super::*;

/// The hour and the minute of each entry, and whether it is UTC.
fn times(mut entries: Entries) -> Vec<(i64, i64, bool)> {
    let mut times = Vec::new();
    while let Some(entry) = entries.next_entry() {
        let modified = entry.modified.unwrap();
        let minutes = modified.nanoseconds / 60_000_000_000;
        times.push((minutes / 60 % 24, minutes % 60, modified.zone == Zone::Utc));
    }
    times
}

#[test]
fn times_of_a_listing_become_utc_by_one_file_of_each_part_of_the_year() {
    play(
        |s| {
            features(s, FEAT_MDTM);
            text_type(s);
            sends(
                s,
                "LIST d",
                "01-15-26  12:30PM  7 winter\r\n01-16-26  12:31PM  7 another\r\n07-01-26  12:30PM  7 summer\r\n03-29-26  12:30PM  7 between\r\n",
            );
            answers(s, "MDTM d/winter", "213 20260115113012\r\n");
            answers(s, "MDTM d/summer", "213 20260701103012\r\n");
            sends(s, "LIST", "01-15-26  12:30PM  7 winter\r\n");
        },
        |client| {
            let listed = times(open(client, &at("d")).unwrap());
            assert_eq!(listed, [(11, 30, true), (11, 31, true), (10, 30, true), (12, 30, false)]);
            assert_eq!(client.last_reply().unwrap().text(), b"226 done");
            assert_eq!(times(open(client, &at("")).unwrap()), [(11, 30, true)], "it is asked for once");
        },
    );
}

#[test]
fn an_offset_that_makes_no_sense_or_is_refused_is_none() {
    for reply in ["550 no\r\n", "213 20260115113712\r\n", "213 soon\r\n"] {
        play(
            move |s| {
                features(s, FEAT_MDTM);
                text_type(s);
                // Digits would look like a time behind MDTM.
                sends(s, "LIST", "01-15-26  12:30PM  7 20260115\r\n01-15-26  12:30PM  7 a\r\n");
                answers(s, "MDTM a", reply);
                sends(s, "LIST", "01-15-26  12:30PM  7 a\r\n");
            },
            |client| {
                assert_eq!(times(open(client, &at("")).unwrap()), [(12, 30, false), (12, 30, false)]);
                assert_eq!(times(open(client, &at("")).unwrap()), [(12, 30, false)]);
            },
        );
    }
}
