//! When a NOOP is due, and when it is not.

use super::*;

#[test]
fn a_server_that_does_not_read_does_not_hold_up_the_data() {
    let (data, replies) = until_played(|limit| {
        // So long that no NOOP is due before the system takes no more.
        let interval = limit * 2;
        let (is_full, wait_until_full) = mpsc::channel();
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hel");
            wait_until_full.recv().unwrap();
            std::thread::sleep(interval * 3);
            data.send("lo");
            data.close();
            s.send("226 done\r\n");
            // The NOOP that found no room comes whole, and before PWD.
            let first = s.line_bytes();
            assert!(first.ends_with(b"xNOOP"), "{} bytes, and no NOOP behind them", first.len());
            s.send("200 noop\r\n");
            goes_on(s, 0);
        });
        let mut client = client_of(&server, interval);
        let mut control = TcpStream::from(client.control_fd().unwrap().try_clone_to_owned().unwrap());
        // The system would take megabytes, which the script has to read.
        SockRef::from(&control).set_send_buffer_size(16 * 1024).unwrap();
        let mut data = Vec::new();
        let mut sink = |block: &[u8]| {
            if data.is_empty() {
                while control.write(&[b'x'; 65536]).is_ok() {}
                while control.write(b"x").is_ok() {}
                let _ = is_full.send(());
            }
            data.extend_from_slice(block);
            Ok(())
        };
        let retr = command("RETR f");
        let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await.map(drop));
        let replies = outcome.and_then(|()| replies_to_its_own(&mut client));
        client.close();
        ([server], (data, replies))
    });
    assert_eq!(replies.unwrap(), OWN);
    assert_eq!(data, b"hello");
}

#[test]
fn a_noop_is_for_silence_and_not_for_data_that_comes_in_time() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        // The data flows, and that is no reason to be silent.
        let noops = std::thread::spawn(move || {
            for _ in 0..20 {
                data.send("hello");
                std::thread::sleep(OFTEN);
            }
        });
        s.expect("NOOP");
        s.send("200 noop\r\n");
        noops.join().unwrap();
        s.send("226 done\r\n");
        goes_on(s, 0);
    });
    let mut client = client_of(&server, OFTEN * 4);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello".repeat(20));
    assert_its_own_reply(&mut client);
}

#[test]
fn without_the_setting_and_outside_of_transfers_nothing_is_said() {
    for interval in [None, Some(Duration::from_secs(60))] {
        let server = Scripted::start(|s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hel");
            s.expect_silence(SHORT);
            data.send("lo");
            data.close();
            s.send("226 done\r\n");
            expect_in_step(s);
            s.expect_silence(SHORT);
        });
        let mut client = logged_in(&server);
        client.set_noop_interval(interval);
        retrieve(&mut client, "RETR f").1.unwrap();
        assert_in_step(&mut client);
        client.set_noop_interval(Some(OFTEN));
        std::thread::sleep(SHORT * 2);
        server.finish();
    }
}
