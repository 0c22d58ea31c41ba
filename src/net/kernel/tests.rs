use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;

use super::*;
use crate::net::Block;

/// A connection whose first end does not block.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    near.set_nonblocking(true).unwrap();
    (near, listener.accept().unwrap().0)
}

fn text(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_pipe_that_holds_little_moves_everything_in_small_pieces() {
    let (near, mut far) = connection();
    let all = text(300_000);
    let sent = all.clone();
    let sender = std::thread::spawn(move || far.write_all(&sent).unwrap());
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"before").unwrap();
    let mut pipe = Pipe::of_size(4096).unwrap();
    let (mut moved, mut at) = (0, 6);
    while moved < all.len() {
        match receive(near.as_fd(), &mut pipe, usize::MAX) {
            Ok(count) => moved += count,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        while pipe.held() > 0 {
            // At an offset, and then at where the file stands.
            let offset = (moved < all.len() / 2).then_some(at);
            if offset.is_none() {
                file.seek(io::SeekFrom::Start(at)).unwrap();
            }
            at += pipe.write_to(file.as_fd(), offset).unwrap() as u64;
        }
    }
    sender.join().unwrap();
    let mut stored = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut stored).unwrap();
    assert!(stored == [b"before".to_vec(), all].concat());
    assert_eq!(receive(near.as_fd(), &mut pipe, 10).unwrap(), 0, "the end");
}

#[test]
fn what_a_file_does_not_take_stays_in_the_pipe_and_can_be_read() {
    let (near, mut far) = connection();
    far.write_all(b"hello").unwrap();
    let mut pipe = Pipe::new().unwrap();
    while pipe.held() < 5 {
        let missing = 5 - pipe.held();
        let _ = receive(near.as_fd(), &mut pipe, missing);
    }
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("f");
    fs::write(&path, "before ").unwrap();
    let appending = File::options().append(true).open(&path).unwrap();
    assert!(is_refusal(&pipe.write_to(appending.as_fd(), None).unwrap_err()));
    let read_only = File::open(&path).unwrap();
    assert_eq!(pipe.write_to(read_only.as_fd(), None).unwrap_err().raw_os_error(), Some(libc::EBADF));
    assert_eq!(pipe.held(), 5);
    let mut block = Block::new(3).unwrap();
    assert_eq!((pipe.read(&mut block).unwrap(), block.bytes(), pipe.held()), (3, &b"hel"[..], 2));
    assert_eq!((pipe.read(&mut block).unwrap(), block.bytes(), pipe.held()), (2, &b"lo"[..], 0));
}

#[test]
fn a_reset_and_a_full_socket_are_told_as_by_a_read_and_a_write() {
    let (near, far) = connection();
    let mut pipe = Pipe::new().unwrap();
    assert_eq!(receive(near.as_fd(), &mut pipe, 1).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    socket2::SockRef::from(&far).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(far);
    let error = receive(near.as_fd(), &mut pipe, 1).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let file = tempfile::tempfile().unwrap();
    file.set_len(1 << 26).unwrap();
    // No signal ends the process.
    let error = send(near.as_fd(), file.as_fd(), None, 1).unwrap_err();
    assert!(!is_refusal(&error), "{error}");

    let (near, _far) = connection();
    let mut at = 5;
    let error = loop {
        let before = at;
        match send(near.as_fd(), file.as_fd(), Some(&mut at), usize::MAX) {
            Ok(sent) => assert_eq!(at, before + sent as u64),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn a_file_is_sent_from_an_offset_or_from_where_it_stands_to_its_end() {
    let (near, mut far) = connection();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789").unwrap();
    file.seek(io::SeekFrom::Start(4)).unwrap();
    let mut at = 2;
    assert_eq!(send(near.as_fd(), file.as_fd(), Some(&mut at), 3).unwrap(), 3);
    assert_eq!((at, file.stream_position().unwrap()), (5, 4));
    assert_eq!(send(near.as_fd(), file.as_fd(), None, 100).unwrap(), 6);
    assert_eq!(send(near.as_fd(), file.as_fd(), None, 100).unwrap(), 0);
    drop(near);
    let mut came = String::new();
    far.read_to_string(&mut came).unwrap();
    assert_eq!(came, "234456789");
    // A pipe is no file.
    let ((near, _far), (reader, _writer)) = (connection(), io::pipe().unwrap());
    assert!(is_refusal(&send(near.as_fd(), reader.as_fd(), Some(&mut 0), 1).unwrap_err()));
}
