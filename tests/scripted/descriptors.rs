//! What a process that forks and executes another program would hand down: nothing of the library's.

use std::fs;

use super::*;

/// `FD_CLOEXEC` as /proc shows it.
const CLOSE_ON_EXEC: u32 = 0o2_000_000;

/// The sockets and event descriptors of this process that a child would inherit.
fn inherited() -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let target = target.to_string_lossy().into_owned();
        let info = format!("/proc/self/fdinfo/{}", entry.file_name().to_string_lossy());
        let Ok(info) = fs::read_to_string(info) else { continue };
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
        let flags = u32::from_str_radix(flags, 8).unwrap();
        let is_ours = target.starts_with("socket:") || target.contains("eventfd");
        if is_ours && flags & CLOSE_ON_EXEC == 0 {
            found.push(format!("{} {target}", entry.path().display()));
        }
    }
    found
}

#[test]
fn no_descriptor_is_inherited() {
    let before = inherited();
    {
        // The check itself must be able to fail.
        let _socket = socket2::Socket::new_raw(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        assert!(inherited().len() > before.len());
    }
    for passive in [true, false] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            let mut data = if passive {
                let listener = s.passive();
                s.expect("RETR f");
                s.send("150 go\r\n");
                listener.accept()
            } else {
                let port = s.active();
                s.expect("RETR f");
                s.send("150 go\r\n");
                port.connect()
            };
            data.send("hello");
            data.close();
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        client.set_passive(passive);
        let mut seen = Vec::new();
        let mut sink = |_: &[u8]| {
            // Control and data connection are both open here. What the other tests have open is not the library's.
            seen.extend(inherited().into_iter().filter(|open| !before.contains(open)));
            Ok(())
        };
        let retr = command("RETR f");
        client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await).unwrap();
        assert!(seen.is_empty(), "{seen:?}");
    }
}
