//! Data that ends with a close_notify or without it, and what then tells that a file is whole.

use super::*;

/// Where the server tells the size of the file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Told {
    InPreliminaryReply,
    BySize,
    Nowhere,
}

/// How the data of a file of five bytes ends.
#[derive(Copy, Clone, Debug)]
struct Ending {
    sent: usize,
    has_close_notify: bool,
    told: Told,
}

fn download_that_ends(ending: Ending, data_end: DataEnd) -> (Place, Result<()>) {
    let server = Scripted::start(move |s| {
        let tls = tls_server();
        s.tls_login(&tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("RETR /f");
        let is_announced = ending.told == Told::InPreliminaryReply;
        s.send(if is_announced { "150 go (5 bytes)\r\n" } else { "150 go\r\n" });
        let mut data = listener.accept();
        data.start_tls(&tls);
        data.send(&b"hello"[..ending.sent]);
        if ending.has_close_notify {
            data.close_notify();
        }
        data.close();
        s.send("226 done\r\n");
        let mut line = s.line();
        let mut asked = 0;
        while line == "SIZE /f" {
            s.send(if ending.told == Told::Nowhere { "502 no SIZE\r\n" } else { "213 5\r\n" });
            line = s.line();
            asked += 1;
        }
        if ending.told == Told::BySize && ending.sent == 5 {
            assert!(asked <= 1, "{ending:?}: SIZE was asked for {asked} times");
        }
        assert_eq!(line, "PWD");
        s.send("257 \"/in/step\" is here\r\n");
    });
    let mut client = logged_in(&server);
    client.set_data_end(data_end);
    let place = Place::new();
    let outcome = get(&mut client, &place.download());
    assert_in_step(&mut client);
    (place, outcome)
}

#[track_caller]
fn assert_ends(ending: Ending, data_end: DataEnd) {
    let Ending { sent, has_close_notify, told } = ending;
    // Where nobody tells the size, the close_notify alone says that the end is the server's.
    let is_whole = sent == 5 || told == Told::Nowhere;
    let is_the_end = has_close_notify
        || match data_end {
            DataEnd::Checked => told != Told::Nowhere,
            DataEnd::Strict => false,
            DataEnd::Trusted => true,
        };
    let (place, outcome) = download_that_ends(ending, data_end);
    if is_whole && is_the_end {
        outcome.unwrap_or_else(|error| panic!("{ending:?}, {data_end:?}: {error}"));
        place.assert_is(&b"hello"[..sent]);
    } else {
        assert!(matches!(outcome, Err(Error::Integrity(_))), "{ending:?}, {data_end:?}: {outcome:?}");
        assert!(place.is_empty(), "{ending:?}, {data_end:?}");
    }
}

#[test]
fn a_download_is_whole_by_its_size_or_by_the_end_that_tls_wants() {
    for told in [Told::InPreliminaryReply, Told::BySize, Told::Nowhere] {
        for data_end in [DataEnd::Checked, DataEnd::Strict, DataEnd::Trusted] {
            for has_close_notify in [true, false] {
                for sent in [0, 1, 4, 5] {
                    assert_ends(Ending { sent, has_close_notify, told }, data_end);
                }
            }
        }
    }
}
