//! Addresses where nobody is, or nobody answers.

use super::*;

const SOON: Duration = Duration::from_millis(300);

#[test]
fn an_unused_port_refuses() {
    let port = unused_port();
    assert_eq!(TcpStream::connect(port.addr()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_server_that_never_greets_lets_clients_connect() {
    let server = never_greeting();
    let mut client = TcpStream::connect(server.addr()).unwrap();
    client.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_server_that_never_connects_keeps_clients_waiting() {
    let server = never_connecting();
    assert_eq!(TcpStream::connect_timeout(&server.addr(), SOON).unwrap_err().kind(), ErrorKind::TimedOut);
}
