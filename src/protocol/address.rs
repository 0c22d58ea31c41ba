//! Addresses of data connections: read from 227 (RFC 959) and 229 (RFC 2428) replies, written for PORT and EPRT.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use thiserror::Error;

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

/// The address in a 227 reply: the first six numbers with commas between them, wherever they are.
///
/// RFC 959 shows no exact format, and servers differ: parentheses are optional, spaces around the numbers are allowed.
pub fn parse_227(reply: &Reply) -> Result<SocketAddrV4, AddressError> {
    if reply.code() != Some(227) {
        return Err(AddressError::WrongCode(reply.excerpt()));
    }
    let numbers = first_six_numbers(reply.text()).ok_or_else(|| AddressError::Malformed(reply.excerpt()))?;
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
    if reply.code() != Some(229) {
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
