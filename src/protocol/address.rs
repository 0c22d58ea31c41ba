//! Addresses of data connections: read from 227 (RFC 959) and 229 (RFC 2428) replies, written for PORT and EPRT.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use thiserror::Error;

use super::codes::{EXTENDED_PASSIVE, PASSIVE};
use super::reply::Reply;

/// Why a reply gives no address. Each holds the start of the reply.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The reply has another code than 227 or 229.
    #[error("the server did not give an address for the data connection: {0}")]
    WrongCode(String),
    /// There is no address in the reply.
    #[error("there is no address in the server's reply: {0}")]
    Malformed(String),
    /// A number is too big, or the port is 0.
    #[error("the address in the server's reply cannot be right: {0}")]
    OutOfRange(String),
}

/// The address in a 227 reply: the first six numbers with commas between them, wherever they are after the code.
///
/// RFC 959 shows no exact format, and servers differ: parentheses are optional, spaces around the numbers are allowed.
pub fn parse_227(reply: &Reply) -> Result<SocketAddrV4, AddressError> {
    if reply.code() != Some(PASSIVE) {
        return Err(AddressError::WrongCode(reply.excerpt()));
    }
    let after_code = reply.text().get(3..).unwrap_or_default();
    let numbers = first_six_numbers(after_code).ok_or_else(|| AddressError::Malformed(reply.excerpt()))?;
    let out_of_range = || AddressError::OutOfRange(reply.excerpt());
    let [a, b, c, d, port_high, port_low] = all_bytes(numbers).ok_or_else(out_of_range)?;
    let port = u16::from_be_bytes([port_high, port_low]);
    if port == 0 {
        return Err(out_of_range());
    }
    Ok(SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port))
}

/// The port in a 229 reply, as in `229 Entering Extended Passive Mode (|||6446|)`.
///
/// Any byte may stand for `|`. The protocol and the host before the port are ignored, as RFC 2428 asks: the data
/// connection goes to the host that the control connection goes to.
pub fn parse_229(reply: &Reply) -> Result<u16, AddressError> {
    if reply.code() != Some(EXTENDED_PASSIVE) {
        return Err(AddressError::WrongCode(reply.excerpt()));
    }
    let port = fourth_of_five(reply.text()).ok_or_else(|| AddressError::Malformed(reply.excerpt()))?;
    let (number, rest) =
        take_number(port.trim_ascii()).ok_or_else(|| AddressError::Malformed(reply.excerpt()))?;
    if !rest.is_empty() {
        return Err(AddressError::Malformed(reply.excerpt()));
    }
    match u16::try_from(number) {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(AddressError::OutOfRange(reply.excerpt())),
    }
}

/// The argument of PORT: `h1,h2,h3,h4,p1,p2`.
pub fn port_argument(address: SocketAddrV4) -> String {
    let [a, b, c, d] = address.ip().octets();
    let [port_high, port_low] = address.port().to_be_bytes();
    format!("{a},{b},{c},{d},{port_high},{port_low}")
}

/// The argument of EPRT: `|1|host|port|` for IPv4, `|2|host|port|` for IPv6.
///
/// A scope id is left out: it names an interface of this machine, which means nothing to the server.
pub fn eprt_argument(address: SocketAddr) -> String {
    let protocol = if address.is_ipv4() { 1 } else { 2 };
    format!("|{protocol}|{}|{}|", address.ip(), address.port())
}

fn first_six_numbers(text: &[u8]) -> Option<[u64; 6]> {
    let mut rest = text;
    loop {
        let start = rest.iter().position(u8::is_ascii_digit)?;
        (_, rest) = rest.split_at_checked(start)?;
        if let Some(numbers) = six_numbers(rest) {
            return Some(numbers);
        }
        (_, rest) = take_number(rest)?;
    }
}

/// Six numbers with commas between them, at the very start of `text`.
fn six_numbers(text: &[u8]) -> Option<[u64; 6]> {
    let mut rest = text;
    let mut numbers = [0; 6];
    for (index, number) in numbers.iter_mut().enumerate() {
        if index > 0 {
            rest = skip_spaces(skip_spaces(rest).strip_prefix(b",")?);
        }
        (*number, rest) = take_number(rest)?;
    }
    Some(numbers)
}

fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// The decimal number at the start of `text`, and what follows it. A number too big for `u64` comes out as the biggest,
/// which no address may hold either.
fn take_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length)?;
    let number = digits.iter().fold(0u64, |number, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')))
    });
    (length > 0).then_some((number, rest))
}

fn all_bytes(numbers: [u64; 6]) -> Option<[u8; 6]> {
    let mut bytes = [0; 6];
    for (byte, number) in bytes.iter_mut().zip(numbers) {
        *byte = u8::try_from(number).ok()?;
    }
    Some(bytes)
}

/// The port of `(<d>protocol<d>host<d>port<d>)`, where `<d>` is any byte.
fn fourth_of_five(text: &[u8]) -> Option<&[u8]> {
    let (_, after_open) = split_once(text, b'(')?;
    let (inside, _) = split_once(after_open, b')')?;
    let [delimiter, .., last] = inside else { return None };
    let mut parts = inside.split(|byte| byte == delimiter);
    let port = parts.nth(3)?;
    let is_well_formed = delimiter == last && parts.count() == 1;
    is_well_formed.then_some(port)
}

fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let mut parts = text.splitn(2, |&byte| byte == separator);
    Some((parts.next()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn malformed(text: &str) -> AddressError {
        AddressError::Malformed(text.to_owned())
    }

    fn out_of_range(text: &str) -> AddressError {
        AddressError::OutOfRange(text.to_owned())
    }

    #[test]
    fn parse_227_finds_the_address() {
        for (shown, text, address) in [
            ("as most servers write it", "227 Entering Passive Mode (127,0,0,1,4,5).", "127.0.0.1:1029"),
            ("no parentheses", "227 Entering Passive Mode 127,0,0,1,4,5", "127.0.0.1:1029"),
            ("an equals sign", "227 Entering Passive Mode =127,0,0,1,4,5", "127.0.0.1:1029"),
            ("spaces around the numbers", "227 ok ( 127 , 0, 0 ,1,  4,5 )", "127.0.0.1:1029"),
            ("nothing but the address", "227 127,0,0,1,4,5", "127.0.0.1:1029"),
            ("numbers before it", "227 0 3,4 (1) 127,0,0,1,4,5", "127.0.0.1:1029"),
            ("an incomplete address before it", "227 1,2,3,4,5;127,0,0,1,4,5", "127.0.0.1:1029"),
            ("the code is no part of it", "227 ,127,0,0,1,4,5", "127.0.0.1:1029"),
            ("the first six of seven", "227 127,0,0,1,4,5,6", "127.0.0.1:1029"),
            ("in a later line", "227-here\n227 127,0,0,1,4,5", "127.0.0.1:1029"),
            ("leading zeros", "227 127,000,000,001,004,005", "127.0.0.1:1029"),
            ("the biggest numbers", "227 (255,255,255,255,255,255)", "255.255.255.255:65535"),
            ("an address that leads nowhere is the caller's to judge", "227 (0,0,0,0,0,1)", "0.0.0.0:1"),
        ] {
            assert_eq!(parse_227(&Reply::from_text(text)), Ok(address.parse().unwrap()), "{shown}");
        }
    }

    #[test]
    fn parse_227_refuses_what_is_no_address() {
        for (shown, text, error) in [
            (
                "another code",
                "229 (127,0,0,1,4,5)",
                AddressError::WrongCode("229 (127,0,0,1,4,5)".to_owned()),
            ),
            ("no code", "22", AddressError::WrongCode("22".to_owned())),
            ("no address", "227 ok", malformed("227 ok")),
            ("five numbers after the code", "227,0,0,1,4,5", malformed("227,0,0,1,4,5")),
            ("five numbers", "227 (127,0,0,1,4)", malformed("227 (127,0,0,1,4)")),
            ("a negative number", "227 (127,0,0,1,-4,5)", malformed("227 (127,0,0,1,-4,5)")),
            ("an empty number", "227 (127,0,,1,4,5,6)", malformed("227 (127,0,,1,4,5,6)")),
            ("dots", "227 (127.0.0.1,4,5)", malformed("227 (127.0.0.1,4,5)")),
            ("spread over two lines", "227-127,0,0,\n1,4,5", malformed("227-127,0,0, 1,4,5")),
            ("a host number over 255", "227 (999,0,0,1,4,5)", out_of_range("227 (999,0,0,1,4,5)")),
            ("a port number over 255", "227 (1,0,0,1,300,5)", out_of_range("227 (1,0,0,1,300,5)")),
            (
                "a number that must not wrap around",
                "227 1,0,0,1,4,4294967297",
                out_of_range("227 1,0,0,1,4,4294967297"),
            ),
            ("port 0", "227 (127,0,0,1,0,0)", out_of_range("227 (127,0,0,1,0,0)")),
        ] {
            assert_eq!(parse_227(&Reply::from_text(text)), Err(error), "{shown}");
        }
    }

    #[test]
    fn parse_229_finds_the_port() {
        for (shown, text, port) in [
            ("as most servers write it", "229 Entering Extended Passive Mode (|||6446|)", 6446),
            ("another delimiter", "229 ok (!!!6446!)", 6446),
            ("protocol and host are ignored", "229 ok (|1|10.0.0.1|6446|)", 6446),
            ("spaces around the port", "229 ok (||| 6446 |)", 6446),
            ("leading zeros", "229 ok (|||006446|)", 6446),
            ("text after it", "229 ok (|||6446|) (|||1|)", 6446),
            ("in a later line", "229-here\n229 (|||6446|)", 6446),
            ("the smallest port", "229 (|||1|)", 1),
            ("the biggest port", "229 (|||65535|)", 65535),
        ] {
            assert_eq!(parse_229(&Reply::from_text(text)), Ok(port), "{shown}");
        }
        let not_utf8 = Reply::from_text(*b"229 (\xa3\xa3\xa36446\xa3)");
        assert_eq!(parse_229(&not_utf8), Ok(6446), "a delimiter that is not UTF-8");
    }

    #[test]
    fn parse_229_refuses_what_is_no_port() {
        for (shown, text, error) in [
            ("another code", "227 (|||6446|)", AddressError::WrongCode("227 (|||6446|)".to_owned())),
            ("no parentheses", "229 |||6446|", malformed("229 |||6446|")),
            ("no closing parenthesis", "229 (|||6446|", malformed("229 (|||6446|")),
            ("empty parentheses", "229 ()", malformed("229 ()")),
            ("one byte in parentheses", "229 (|)", malformed("229 (|)")),
            ("the first parentheses hold no port", "229 (ok) (|||6446|)", malformed("229 (ok) (|||6446|)")),
            ("two different delimiters", "229 (|||6446!)", malformed("229 (|||6446!)")),
            ("four parts", "229 (||6446|)", malformed("229 (||6446|)")),
            ("six parts", "229 (|||6446||)", malformed("229 (|||6446||)")),
            ("text after the last delimiter", "229 (|||6446|x)", malformed("229 (|||6446|x)")),
            ("no number", "229 (|||x|)", malformed("229 (|||x|)")),
            ("an empty port", "229 (||||)", malformed("229 (||||)")),
            ("a number and more", "229 (|||64x|)", malformed("229 (|||64x|)")),
            ("a sign", "229 (|||+64|)", malformed("229 (|||+64|)")),
            ("port 0", "229 (|||0|)", out_of_range("229 (|||0|)")),
            ("a port over 65535", "229 (|||65536|)", out_of_range("229 (|||65536|)")),
            (
                "a port that must not wrap around",
                "229 (|||4294967297|)",
                out_of_range("229 (|||4294967297|)"),
            ),
        ] {
            assert_eq!(parse_229(&Reply::from_text(text)), Err(error), "{shown}");
        }
        // Modulo 2^64, this is 21.
        let text = format!("229 (|||1{}21|)", "0".repeat(64));
        assert_eq!(
            parse_229(&Reply::from_text(&*text)),
            Err(out_of_range(&text)),
            "more digits than fit anywhere"
        );
    }

    #[test]
    fn arguments_are_written_as_the_rfcs_show_them() {
        assert_eq!(port_argument("132.235.1.2:6275".parse().unwrap()), "132,235,1,2,24,131");
        assert_eq!(eprt_argument("132.235.1.2:6275".parse().unwrap()), "|1|132.235.1.2|6275|");
        assert_eq!(
            eprt_argument("[1080::8:800:200c:417a]:5282".parse().unwrap()),
            "|2|1080::8:800:200c:417a|5282|"
        );
        assert_eq!(eprt_argument("[fe80::1%3]:21".parse().unwrap()), "|2|fe80::1|21|");
    }
}
