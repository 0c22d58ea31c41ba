//! A directory without end, as a program reads it: entry by entry, in constant memory.

use ftpclient::client::ListRequest;

use super::*;

/// In a piece of the listing.
const ENTRIES: usize = 10_000;
const PIECES: usize = 200;
/// How much memory the listing may cost.
const MOST: usize = 1 << 20;

#[test]
fn a_stream_of_two_million_entries_costs_less_than_a_mebibyte() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let line =
        |number| format!("type=file;size={number};modify=20260115123000;unix.mode=0644; file {number}\r\n");
    let piece: String = (0..ENTRIES).map(line).collect();
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("FEAT");
        s.send("211-Features:\r\n MLST type*;size*;modify*;unix.mode*;\r\n211 End\r\n");
        let listener = s.passive();
        s.expect("MLSD");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        for _ in 0..PIECES {
            data.send(&piece);
        }
        drop(data);
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    let wanted = ListRequest { streamed: true, ..ListRequest::default() };
    let mut list = client.block_on(async |client| client.list(&wanted).await).unwrap();
    let memory = Memory::now();
    let mut count = 0;
    let mut rest = list.rest;
    loop {
        while let Some(entry) = list.entries.next_entry() {
            assert!(entry.size.is_some() && entry.modified.is_some() && entry.mode.is_some());
            count += 1;
        }
        let Some(id) = rest else { break };
        match client.block_on(async |client| client.more_of_list(id).await).unwrap() {
            Some(text) => list.entries.push(text).unwrap(),
            None => {
                list.entries.end().unwrap();
                rest = None;
            }
        }
    }
    assert_eq!(count, ENTRIES * PIECES);
    let growth = memory.growth();
    assert!(growth < MOST, "{growth} bytes");
}
