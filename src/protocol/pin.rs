//! Pins of public keys: SHA-256 of the SubjectPublicKeyInfo (RFC 7469, section 2.4), as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a pin in Base64 begins.
const PREFIX: &str = "sha256//";

/// The pins in a text, with semicolons between them; `None` if one is none.
pub fn parse_pins(text: &[u8]) -> Option<Vec<[u8; 32]>> {
    let text = std::str::from_utf8(text).ok()?;
    text.split(';').map(|pin| parse_pin(pin.trim())).collect()
}

fn parse_pin(text: &str) -> Option<[u8; 32]> {
    match text.strip_prefix(PREFIX) {
        Some(base64) => STANDARD.decode(base64).ok()?.try_into().ok(),
        None => parse_hex(text),
    }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

/// A pin in the form that [`parse_pins`] reads.
pub fn pin_text(pin: &[u8; 32]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(pin))
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let pin: [u8; 32] = std::array::from_fn(|i| i as u8 * 7);
        let other = [0xff; 32];
        assert_eq!(parse_pins(pin_text(&pin).as_bytes()), Some(vec![pin]));
        assert_eq!(parse_pins(hex(&pin).to_uppercase().as_bytes()), Some(vec![pin]));
        let both = format!("{}; {}", pin_text(&pin), hex(&other));
        assert_eq!(parse_pins(both.as_bytes()), Some(vec![pin, other]));
    }

    #[test]
    fn what_is_no_pin_is_refused() {
        let short = pin_text(&[1; 32]).replace("=", "");
        let hex_of = |count: usize| "a".repeat(count);
        for text in
            ["", ";", "sha256//", "sha256//AAAA", "sha1//AAAA", &short, &hex_of(63), &hex_of(65), &hex_of(62)]
        {
            assert_eq!(parse_pins(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_pins(format!("{};", hex_of(64)).as_bytes()), None);
        assert_eq!(parse_pins(b"\xff"), None);
    }
}
