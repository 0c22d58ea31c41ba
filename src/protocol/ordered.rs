//! Servers that lose commands which come before others are answered, or answer them out of order.

/// What their greetings have somewhere. lftp sends one command at a time to the first three. The others carry out several at a time,
/// and answer each when it is done.
const OUT_OF_ORDER: [&[u8]; 5] =
    [b"icrosoft FTP Service", b"MadGoat", b"MikroTik", b"Zope Async/Thread", b"libunftp"];
/// Their whole greetings: aioftp and ftp-srv, which do the same.
const TERSE: [&[u8]; 2] = [b"220 welcome", b"220 Ready"];

/// Whether a server with this greeting can be sent many commands at once, for all that is known.
pub fn keeps_order(greeting: &[u8]) -> bool {
    let says = |part: &&[u8]| greeting.windows(part.len()).any(|window| window == *part);
    !OUT_OF_ORDER.iter().any(says) && !TERSE.contains(&greeting.trim_ascii_end())
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
}
