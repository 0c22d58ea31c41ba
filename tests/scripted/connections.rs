//! The addresses of both connections.

use std::sync::mpsc::channel;

use ftpclient::client::Which;

use super::*;

#[test]
fn the_ends_of_both_connections_are_told() {
    for is_passive in [true, false] {
        let (tell, told) = channel();
        let server = Scripted::start(move |s| {
            s.login();
            tell.send(s.client_addr()).unwrap();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            let (mut data, listens_at) = if is_passive {
                let listener = s.passive();
                s.expect("RETR f");
                s.send("150 go\r\n");
                (listener.accept(), listener.addr())
            } else {
                let port = s.active();
                s.expect("RETR f");
                s.send("150 go\r\n");
                (port.connect(), port.addr())
            };
            tell.send(listens_at).unwrap();
            tell.send(data.client_addr()).unwrap();
            data.send("hello");
            data.close();
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        client.set_passive(is_passive);
        assert!(matches!(client.ends(Which::Data), Err(Error::OutOfTurn(_))));
        let control = client.ends(Which::Control).unwrap();
        assert_eq!((control.local, control.peer), (told.recv().unwrap(), server.addr()));
        retrieve(&mut client, "RETR f").1.unwrap();
        // Those of the last transfer, which has ended.
        let data = client.ends(Which::Data).unwrap();
        let (listens_at, clients) = (told.recv().unwrap(), told.recv().unwrap());
        assert_eq!(data.local, clients);
        assert_eq!(if is_passive { data.peer } else { data.local }, listens_at);
        assert_eq!(data.peer.ip(), control.peer.ip());
        client.close();
        assert!(matches!(client.ends(Which::Control), Err(Error::NotConnected(_))));
        assert!(matches!(client.ends(Which::Data), Err(Error::NotConnected(_))));
    }
}

#[test]
fn a_transfer_without_a_data_connection_has_no_ends() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for has_data in [true, false] {
            let port = s.active();
            s.expect("RETR f");
            s.send("150 go (0 bytes)\r\n");
            if has_data {
                port.connect().close();
            }
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_passive(false);
    for has_data in [true, false] {
        retrieve(&mut client, "RETR f").1.unwrap();
        assert_eq!(client.ends(Which::Data).is_ok(), has_data);
    }
    assert_in_step(&mut client);
}
