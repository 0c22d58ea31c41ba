//! Transfers whose data the user moves.

use std::io::Read;

use ftpclient::client::TransferId;

use super::*;

fn image_type(s: &mut Session) {
    s.expect("TYPE I");
    s.send("200 ok\r\n");
}

/// A client that has opened a transfer with `RETR f`, while the server plays `data` and goes on in step.
pub(super) fn opened(
    play: impl FnOnce(&mut Session, Data) + Send + 'static,
) -> (Scripted, Client, TransferId) {
    let server = Scripted::start(|s| {
        s.login();
        image_type(s);
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go (5 bytes)\r\n");
        let data = listener.accept();
        play(s, data);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let id = client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
    (server, client, id)
}

fn read(client: &mut Client, id: TransferId) -> Result<Vec<u8>> {
    let mut buffer = [0; 100];
    let count = client.run(async |client| client.transfer_read(id, &mut buffer).await)?;
    Ok(buffer[..count].to_vec())
}

pub(super) fn read_all(client: &mut Client, id: TransferId) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let block = read(client, id).unwrap();
        if block.is_empty() {
            return all;
        }
        all.extend(block);
    }
}

pub(super) fn finish(client: &mut Client, id: TransferId) -> Result<String> {
    client.run(async |client| client.transfer_finish(id).await).map(|reply| reply.to_string())
}

/// Memory that is somebody else's while nobody has borrowed it.
struct Lent {
    memory: [u8; 100],
    times: usize,
    is_borrowed: mpsc::Sender<()>,
}

impl AsMut<[u8]> for Lent {
    fn as_mut(&mut self) -> &mut [u8] {
        self.times += 1;
        let _ = self.is_borrowed.send(());
        &mut self.memory
    }
}

#[test]
fn the_callers_memory_is_borrowed_for_each_look_at_the_data_and_not_while_it_is_waited_for() {
    let (is_borrowed, borrowed) = mpsc::channel();
    let (_server, mut client, id) = opened(move |s, mut data| {
        // It looks in vain.
        borrowed.recv().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    let mut lent = Lent { memory: [0; 100], times: 0, is_borrowed };
    let read = client.run(async |client| client.transfer_read(id, &mut lent).await).unwrap();
    assert_eq!(&lent.memory[..read], b"hello");
    assert!(lent.times >= 2, "once in vain, and once for the data");
    assert_eq!(read_all(&mut client, id), b"");
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert_in_step(&mut client);
}

#[test]
fn data_is_read_and_the_end_is_confirmed() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send_split("hello", 2, Duration::from_millis(10));
        data.close();
        s.send("226 done\r\n");
    });
    assert_eq!(client.transfer_size(id).unwrap(), Some(5));
    assert_eq!(read_all(&mut client, id), b"hello");
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert!(matches!(finish(&mut client, id), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn data_is_written_and_the_end_is_confirmed() {
    let server = Scripted::start(|s| {
        s.login();
        image_type(s);
        let listener = s.passive();
        s.expect("REST 3");
        s.send("350 ok\r\n");
        s.expect("STOR f");
        s.send("150 go\r\n");
        assert_eq!(listener.accept().read_to_end().len(), 300_000);
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let id = client.run(async |client| client.transfercmd(&command("STOR f"), Some(3)).await).unwrap();
    let error = client.run(async |client| client.transfer_read(id, &mut [0; 10]).await).unwrap_err();
    assert_text(&client, &error, "only sends data");
    for _ in 0..3 {
        client.run(async |client| client.transfer_write(id, &[7; 100_000]).await).unwrap();
    }
    finish(&mut client, id).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn data_goes_the_way_that_the_command_means() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    let error = client.run(async |client| client.transfer_write(id, b"no").await).unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    assert_text(&client, &error, "only receives data");
    let mut buffer = [0; 10];
    assert_eq!(client.run(async |client| client.transfer_read(id, &mut buffer).await).unwrap(), 5);
    finish(&mut client, id).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn other_calls_are_refused_and_leave_the_transfer_alone() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.expect_silence(Duration::from_millis(100));
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    assert!(matches!(pwd(&mut client), Err(Error::OutOfTurn(_))));
    assert!(matches!(retrieve(&mut client, "RETR g").1, Err(Error::OutOfTurn(_))));
    let bad = client.run(async |client| client.cwd(b"a\n").await);
    assert!(matches!(bad, Err(Error::InvalidArgument(_))), "{bad:?}");
    assert_eq!(read_all(&mut client, id), b"hello");
    finish(&mut client, id).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn abort_ends_it() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send("hel");
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
    });
    assert!(!read(&mut client, id).unwrap().is_empty());
    assert_eq!(client.run(async |client| client.abort().await).unwrap().text(), b"226 aborted");
    assert!(matches!(read(&mut client, id), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn abort_sends_nothing_when_the_final_reply_has_come() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send("hel");
        s.send("226 done already\r\n");
        std::thread::sleep(Duration::from_millis(100));
        data.send("lo");
        data.expect_eof();
    });
    // The second block comes after the reply, and waiting for it takes the reply in.
    let mut received = 0;
    while received < 5 {
        received += read(&mut client, id).unwrap().len();
    }
    let reply = client.run(async |client| client.abort().await).unwrap();
    assert_eq!(reply.text(), b"226 done already");
    assert!(matches!(read(&mut client, id), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn the_replies_of_a_transfer_are_not_getresps() {
    let (_server, mut client, id) = opened(|s, data| {
        drop(data);
        s.send("226 done\r\n");
    });
    let outcome = client.run(async |client| client.getresp().await);
    assert!(matches!(outcome, Err(Error::OutOfTurn(_))), "{outcome:?}");
    finish(&mut client, id).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_gives_up_an_upload_ends_it() {
    let server = Scripted::start(|s| {
        s.login();
        image_type(s);
        let listener = s.passive();
        s.expect("STOR f");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.read_at_least(1);
        s.send("552 no space left\r\n");
        data.read_to_end();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let id = client.run(async |client| client.transfercmd(&command("STOR f"), None).await).unwrap();
    let write = |client: &mut Client| {
        let block = vec![0; 64 << 20];
        client.run(async |client| client.transfer_write(id, &block).await)
    };
    let error = write(&mut client).unwrap_err();
    assert_text(&client, &error, "STOR f: 552 no space left");
    assert!(matches!(write(&mut client), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn an_error_reply_in_mid_transfer_ends_it() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send("hel");
        std::thread::sleep(Duration::from_millis(50));
        s.send("451 broken\r\n");
        data.expect_eof();
    });
    let error = loop {
        match read(&mut client, id) {
            Ok(block) => assert!(!block.is_empty()),
            Err(error) => break error,
        }
    };
    assert_text(&client, &error, "RETR f: 451 broken");
    assert!(matches!(read(&mut client, id), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn a_timeout_ends_it_in_step() {
    let (_server, mut client, id) = opened(|s, mut data| {
        s.expect("ABOR");
        data.expect_eof();
        s.send("426 stopped\r\n226 aborted\r\n");
    });
    client.set_phase_timeout(Phase::Data, Some(SHORT));
    assert!(matches!(read(&mut client, id), Err(Error::Timeout { .. })));
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_in_step(&mut client);
}

#[test]
fn the_data_connection_can_be_taken() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    client.transfer_fd(id).unwrap();
    let mut socket = client.transfer_take_socket(id).unwrap();
    assert!(client.transfer_fd(id).is_err());
    let again = client.transfer_take_socket(id);
    assert!(matches!(again, Err(Error::OutOfTurn(_))), "{again:?}");
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
    drop(socket);
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert!(matches!(client.transfer_take_socket(id), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn a_refused_transfer_is_none() {
    let server = Scripted::start(|s| {
        s.login();
        image_type(s);
        let _listener = s.passive();
        s.expect("RETR f");
        s.send("550 no\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = client.run(async |client| client.transfercmd(&command("RETR f"), None).await);
    assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn quit_with_an_open_transfer_closes() {
    let server = Scripted::start(|s| {
        s.login();
        image_type(s);
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().expect_eof();
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
    let error = client.run(async |client| client.quit().await).unwrap_err();
    assert_text(&client, &error, "the connection was closed without QUIT: a transfer is open (RETR f)");
    assert!(!client.is_connected());
}
