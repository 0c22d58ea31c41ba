//! Representation types (RFC 959, section 3.1.1).

use super::command::Command;

/// The representation type.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TransferType {
    /// Bytes as they are.
    Image,
    /// Lines that end with CRLF on the network.
    Ascii,
}

impl TransferType {
    /// The command that sets it.
    pub fn command(self) -> &'static str {
        match self {
            TransferType::Image => "TYPE I",
            TransferType::Ascii => "TYPE A",
        }
    }

    /// The type in a URL (RFC 1738, section 3.2.2); `d` asks for a listing, and not for a type.
    pub fn of_letter(letter: char) -> Option<TransferType> {
        match letter {
            'i' => Some(TransferType::Image),
            'a' => Some(TransferType::Ascii),
            _ => None,
        }
    }

    /// The type that a TYPE command sets, if it is one of these.
    pub fn set_by(command: &Command) -> Option<TransferType> {
        match command.argument().to_ascii_uppercase().trim_ascii() {
            b"I" => Some(TransferType::Image),
            b"A" | b"A N" => Some(TransferType::Ascii),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_a_command_and_a_letter() {
        for (letter, expected) in
            [('i', Some(TransferType::Image)), ('a', Some(TransferType::Ascii)), ('d', None), ('I', None)]
        {
            assert_eq!(TransferType::of_letter(letter), expected, "{letter}");
        }
        for (transfer_type, command) in [(TransferType::Image, "TYPE I"), (TransferType::Ascii, "TYPE A")] {
            assert_eq!(transfer_type.command(), command);
        }
    }

    #[test]
    fn a_type_command_tells_its_type_however_it_is_written() {
        for (text, expected) in [
            ("TYPE I", Some(TransferType::Image)),
            ("type i ", Some(TransferType::Image)),
            ("TYPE A", Some(TransferType::Ascii)),
            ("TYPE a n", Some(TransferType::Ascii)),
            ("TYPE A T", None),
            ("TYPE L 8", None),
            ("TYPE E", None),
            ("TYPE", None),
        ] {
            assert_eq!(TransferType::set_by(&Command::parse(text.as_bytes()).unwrap()), expected, "{text}");
        }
    }
}
