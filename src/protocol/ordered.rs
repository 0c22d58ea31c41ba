//! Servers that lose commands which come before others are answered, or answer them out of order.

/// What their greetings have somewhere. lftp sends one command at a time to the first three. The others carry out several at a time,
/// and answer each when it is done.
const OUT_OF_ORDER: [&[u8]; 5] =
    [b"icrosoft FTP Service", b"MadGoat", b"MikroTik", b"Zope Async/Thread", b"libunftp"];
/// Their whole greetings: aioftp and ftp-srv, which do the same.
const TERSE: [&[u8]; 2] = [b"220 welcome", b"220 Ready"];

/// What the greetings have of servers that read no command while a transfer goes on. ProFTPD and Pure-FTPd do: they refuse PASV
/// then. pyftpdlib carries it out, and the transfer is spoilt.
const IN_TURN: [&[u8]; 1] = [b"(vsFTPd "];

/// Whether a server with this greeting can be sent many commands at once, for all that is known.
pub fn keeps_order(greeting: &[u8]) -> bool {
    let says = |part: &&[u8]| greeting.windows(part.len()).any(|window| window == *part);
    !OUT_OF_ORDER.iter().any(says) && !TERSE.contains(&greeting.trim_ascii_end())
}

/// Whether a server with this greeting is known to read the next command only once a transfer is over.
pub fn takes_turns(greeting: &[u8]) -> bool {
    IN_TURN.iter().any(|part| greeting.windows(part.len()).any(|window| window == *part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_their_greeting() {
        for (greeting, expected) in [
            ("220 Microsoft FTP Service", false),
            ("220-welcome\r\n220 microsoft FTP Service (Version 5.0).", false),
            ("220 x MadGoat FTP server V2.5 ready.", false),
            ("220 router FTP server (MikroTik 6.49) ready", false),
            ("220 localhost FTP server (Zope Async/Thread V0.1) ready.", false),
            ("220 Welcome to the libunftp FTP server\r\n", false),
            ("220 welcome", false),
            ("220 Ready", false),
            ("220 welcome to the party", true),
            ("220 Ready.", true),
            ("220 (vsFTPd 3.0.3)", true),
            ("220 Mad Goat", true),
            ("", true),
        ] {
            assert_eq!(keeps_order(greeting.as_bytes()), expected, "{greeting}");
        }
    }

    #[test]
    fn few_servers_are_known_to_take_turns() {
        for (greeting, expected) in [
            ("220 (vsFTPd 3.0.3)", true),
            ("220-welcome\r\n220 (vsFTPd 2.3.4)", true),
            ("220 vsFTPd", false),
            ("220 pyftpdlib 1.5.7 ready.", false),
            ("220 ProFTPD Server (Debian) [::ffff:127.0.0.1]", false),
            ("220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------", false),
            ("", false),
        ] {
            assert_eq!(takes_turns(greeting.as_bytes()), expected, "{greeting}");
        }
    }
}
