//! Coming back to the directory where a session stood when its connection was lost, whatever has become of the way there.

use std::os::unix::fs::symlink;

use super::*;

/// A link is followed and left by `..`, and leads elsewhere when the session comes back.
pub(super) fn come_back_though_a_link_has_changed(subject: &Subject) {
    subject.mkdir("keep/sub");
    subject.mkdir("elsewhere/inner");
    let point_link_to = |target: &str| {
        let link = subject.root.join("link");
        let _ = fs::remove_file(&link);
        symlink(target, link).unwrap();
    };
    // For some servers the directory above is that of the link, for some that of its target.
    for target in ["elsewhere", "elsewhere/inner"] {
        for is_asked_for in [true, false] {
            point_link_to(target);
            let mut other = subject.log_in();
            walk(&mut other, &["link", ".."]);
            let wanted = pwd(&mut other);
            quit(other);
            let go = |client: &mut Client| {
                walk(client, &["link", ".."]);
                if is_asked_for {
                    assert_eq!(pwd(client), wanted);
                }
            };
            come_back_to(subject, &wanted, go, || point_link_to("keep/sub"));
        }
    }
}

/// A directory that the session has left is no part of the way to where it stands.
pub(super) fn come_back_though_a_directory_is_gone(subject: &Subject) {
    subject.mkdir("keep");
    subject.mkdir("keep/sub");
    for start in ["", "keep", "keep/sub"] {
        let wanted = match start {
            "" => subject.login_dir.clone(),
            start => format!("{}/{start}", subject.login_dir.trim_end_matches('/')),
        };
        let go = |client: &mut Client| {
            if !start.is_empty() {
                walk(client, &[start]);
            }
            let _ = client.run(async |client| client.mkd(b"passing").await).must();
            walk(client, &["passing", ".."]);
            client.run(async |client| client.rmd(b"passing").await).must();
        };
        come_back_to(subject, &wanted, go, || {});
    }
}

fn walk(client: &mut Client, steps: &[&str]) {
    for step in steps {
        client.run(async |client| client.cwd(step.as_bytes()).await).must();
    }
}

/// After the session went somewhere, it is lost, and things change. It comes back to the same directory, or it says to which it cannot.
fn come_back_to(subject: &Subject, wanted: &str, go: impl FnOnce(&mut Client), change: impl FnOnce()) {
    let relay = Relay::start(subject.address, Pace::AsTheyCome);
    let mut client = Subject { address: relay.addr(), ..subject.clone() }.log_in();
    go(&mut client);
    relay.lose_connections();
    change();
    match client.run(async |client| client.reconnect().await) {
        Ok(()) => {
            assert_eq!(pwd(&mut client), wanted);
            quit(client);
        }
        Err(error) => {
            assert!(!client.is_connected());
            assert!(error.to_string().contains(&format!("\"{wanted}\"")), "{error}");
        }
    }
    relay.finish();
}
