//! Control connections on which nothing is said: NOOP during transfers, idle limits of the servers, and coming back.

use super::*;

const INTERVAL: Duration = Duration::from_millis(50);

fn pause() {
    thread::sleep(INTERVAL * 2);
}

/// A client whose transfers say NOOP, and how often they did.
fn saying_noop(subject: &Subject) -> (Client, Arc<AtomicUsize>) {
    let mut client = subject.log_in();
    client.set_noop_interval(Some(INTERVAL));
    let noops = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&noops);
    client.log_mut().sink = Some(Box::new(move |kind, text| {
        if kind == LogKind::Command && text == b"NOOP" {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }));
    (client, noops)
}

/// NOOPs were sent, and each command gets its own reply.
#[track_caller]
fn assert_undisturbed(client: &mut Client, noops: &AtomicUsize, subject: &Subject) {
    assert!(noops.swap(0, Ordering::Relaxed) > 0);
    assert_in_step_after_a_stop(client, subject);
    for _ in 0..2 {
        let outcome = client.run(async |client| client.voidcmd(&command("NOOP")).await);
        if let Some(reply) = subject.allow("NOOP", outcome) {
            assert!(reply.starts_with("200"), "{reply}");
        }
        assert_eq!(pwd(client), subject.login_dir);
    }
    noops.store(0, Ordering::Relaxed);
}

pub(super) fn noop_in_a_slow_download(subject: &Subject) {
    let sent = content(1 << 20);
    subject.put("slow", &sent);
    let (mut client, noops) = saying_noop(subject);
    let mut received = Vec::new();
    let mut sink = |block: &[u8]| {
        received.extend_from_slice(block);
        pause();
        Ok(())
    };
    let retr = command("RETR slow");
    let reply = client.run(async |client| client.retrbinary(&retr, 200_000, None, &mut sink).await).must();
    assert!(reply.starts_with("226"), "{reply}");
    assert_eq!(client.last_reply().unwrap().to_string(), reply.to_string());
    assert!(received == sent);
    assert_undisturbed(&mut client, &noops, subject);
    quit(client);
}

pub(super) fn noop_in_a_slow_upload(subject: &Subject) {
    let all = content(500_000);
    let (mut client, noops) = saying_noop(subject);
    let mut left = &all[..];
    let mut source = |buffer: &mut [u8]| {
        pause();
        let (now, later) = left.split_at(left.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        left = later;
        Ok(now.len())
    };
    let stor = command("STOR slow");
    client
        .run(async |client| client.storbinary(&stor, 100_000, None, &mut source, &mut |_| Ok(())).await)
        .must();
    assert!(subject.get("slow") == all);
    assert_undisturbed(&mut client, &noops, subject);
    quit(client);
}

pub(super) fn noop_in_transfers_that_are_stopped(subject: &Subject) {
    stops::put_large(subject);
    let (mut client, noops) = saying_noop(subject);
    let mut blocks = 0;
    let mut sink = |_: &[u8]| {
        pause();
        blocks += 1;
        if blocks == 3 { Err(9) } else { Ok(()) }
    };
    let retr = command("RETR large");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 9, .. })), "{}", told(&outcome));
    assert_undisturbed(&mut client, &noops, subject);

    let (mut client, noops) = saying_noop(subject);
    let mut left = 3;
    let mut source = |buffer: &mut [u8]| {
        pause();
        left -= 1;
        if left < 0 { Err(-9) } else { Ok(buffer.len()) }
    };
    let stor = command("STOR partial");
    let outcome =
        client.run(async |client| client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await);
    assert!(matches!(outcome, Err(Error::Callback { value: -9, .. })), "{}", told(&outcome));
    assert_undisturbed(&mut client, &noops, subject);
    quit(client);
}

pub(super) fn come_back(subject: &Subject) {
    subject.mkdir("sub dir/inner");
    let mut client = subject.log_in();
    for step in ["sub dir", "inner", "..", "inner"] {
        client.run(async |client| client.cwd(step.as_bytes()).await).must();
    }
    let reconnect = async |client: &mut Client| client.reconnect().await;
    for _ in 0..2 {
        client.run(reconnect).must();
        let inside = pwd(&mut client);
        assert!(inside.ends_with("/sub dir/inner"), "{inside}");
        client.run(async |client| client.quit().await).must();
    }
    fs::remove_dir_all(subject.root.join("sub dir")).unwrap();
    let error = client.run(reconnect).unwrap_err();
    assert!(matches!(error, Error::Reply { .. }), "{error}");
    assert!(!client.is_connected());
    subject.mkdir("sub dir/inner");
    client.run(reconnect).must();
    assert!(pwd(&mut client).ends_with("/sub dir/inner"));
    quit(client);
}

/// What a server with an idle limit does to a session, in the words of the next call.
fn after_a_pause(name: &str, limit: Duration) -> Option<String> {
    // ProFTPD means the time between commands of a login as well, and machines can be busy.
    let options = DaemonOptions { idle_seconds: 3, ..DaemonOptions::default() };
    let daemon = Daemon::start(name, options)?;
    fs::create_dir(daemon.root.join("sub")).unwrap();
    let mut client = Client::new().unwrap();
    let (host, port) = (daemon.host.to_string(), daemon.port);
    client
        .run(async |client| {
            client.connect(&host, port).await?;
            client.login(&daemon.user, &daemon.password, "").await?;
            client.cwd(b"sub").await
        })
        .must();
    let start = Instant::now();
    while !has_input(&client) {
        assert!(start.elapsed() < limit, "{name} does not end the session");
        thread::sleep(INTERVAL);
    }
    // The reply may be there before the end is.
    pause();
    let error = client.run(async |client| client.pwd().await).unwrap_err();
    assert!(!client.is_connected());
    client.run(async |client| client.reconnect().await).must();
    assert_eq!(pwd(&mut client), "/sub");
    quit(client);
    Some(error.to_string())
}

fn has_input(client: &Client) -> bool {
    let control = TcpStream::from(client.control_fd().unwrap().try_clone_to_owned().unwrap());
    control.peek(&mut [0]).is_ok()
}

#[test]
fn a_session_that_vsftpd_has_ended_is_told_and_comes_back() {
    if let Some(told) = after_a_pause("vsftpd", Duration::from_secs(20)) {
        assert_eq!(told, "the server ended the idle session: 421 Timeout.");
    }
}

#[test]
fn a_session_that_proftpd_has_ended_is_told_and_comes_back() {
    if let Some(told) = after_a_pause("proftpd", Duration::from_secs(20)) {
        assert!(told.starts_with("the server ended the idle session: 421 "), "{told}");
    }
}

#[test]
fn a_session_that_pyftpdlib_has_ended_is_told_and_comes_back() {
    if let Some(told) = after_a_pause("pyftpdlib", Duration::from_secs(20)) {
        assert!(told.starts_with("the server ended the idle session: 421 "), "{told}");
    }
}
