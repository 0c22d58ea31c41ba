//! The embedded server.

use super::*;

#[test]
fn serves_files() {
    let server = Embedded::start();
    stores_lists_and_fetches(server.addr(), USER, PASSWORD, server.root());
}

#[test]
fn serves_files_over_ipv6() {
    let server = Embedded::start_on(Ipv6Addr::LOCALHOST.into());
    stores_lists_and_fetches(server.addr(), USER, PASSWORD, server.root());
}

#[test]
fn serves_active_clients() {
    let server = Embedded::start();
    let mut client = RawClient::connect(server.addr());
    client.login(USER, PASSWORD);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let [p1, p2] = listener.local_addr().unwrap().port().to_be_bytes();
    assert_eq!(code(&client.command(&format!("PORT 127,0,0,1,{p1},{p2}"))), "200");
    assert_eq!(code(&client.command("NLST")), "150");
    assert_eq!(io::read_to_string(listener.accept().unwrap().0).unwrap(), "");
    assert_eq!(code(&client.reply()), "226");
}

#[test]
fn knows_its_users() {
    let server = Embedded::start();
    RawClient::connect(server.addr()).login("anonymous", "guest@example.org");
    let mut client = RawClient::connect(server.addr());
    client.reply();
    client.command(&format!("USER {USER}"));
    assert_eq!(code(&client.command("PASS wrong")), "530");
}

#[test]
fn ends_when_dropped() {
    let server = Embedded::start();
    let (addr, root) = (server.addr(), server.root().to_owned());
    let mut client = RawClient::connect(addr);
    client.login(USER, PASSWORD);
    drop(server);
    assert_ne!(client.read_end(), Err(ErrorKind::WouldBlock));
    assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert!(!root.exists());
}
