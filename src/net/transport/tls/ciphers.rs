//! Which ciphers are offered.
//!
//! OpenSSL drops what it does not know from a list, without a word: what a typing error should have kept out stays in. So
//! each name is looked up first.

use std::io;

use openssl::ssl::SslContextBuilder;

use super::failures::{PROVIDER, refused};
use crate::net::{TlsFailure, TlsSettings};
use crate::printable::printable;

pub(super) fn set_ciphers(context: &mut SslContextBuilder, settings: &TlsSettings) -> io::Result<()> {
    if let Some(list) = &settings.ciphers {
        check_list(context, list)?;
        // Whatever the list says: ciphers that encrypt nothing, or tell nothing of who the server is, are no TLS.
        let list = format!("{list}:!aNULL:!eNULL");
        context.set_cipher_list(&list).map_err(|stack| refused("the list of ciphers", &stack))?;
    }
    if let Some(list) = &settings.ciphersuites {
        #[cfg(not(feature = "aws-lc"))]
        set_suites(context, list)?;
        #[cfg(feature = "aws-lc")]
        return Err(TlsFailure::Unsupported(format!(
            "AWS-LC does not let choose its TLS 1.3 suites ({list})"
        ))
        .into());
    }
    Ok(())
}

#[cfg(not(feature = "aws-lc"))]
fn set_suites(context: &mut SslContextBuilder, list: &str) -> io::Result<()> {
    for name in list.split(':').map(str::trim).filter(|name| !name.is_empty()) {
        // The crate panics when a text for OpenSSL holds a NUL.
        if name.contains('\0') || context.set_ciphersuites(name).is_err() {
            return Err(unknown("the list of cipher suites", name).into());
        }
    }
    context.set_ciphersuites(list).map_err(|stack| refused("the list of cipher suites", &stack))?;
    Ok(())
}

/// Reads a list as OpenSSL does: rules of an operator and names with `+` between them, or of `@` and a command.
fn check_list(context: &mut SslContextBuilder, list: &str) -> Result<(), TlsFailure> {
    const WHAT: &str = "the list of ciphers";
    let mut rest = list.trim_start_matches(is_separator);
    if let Some(word) = SUITE_B.iter().find(|&&word| word == rest.trim_end_matches(is_separator)) {
        return context.set_cipher_list(word).map_err(|_| unknown(WHAT, word));
    }
    // Elsewhere it means nothing.
    if let Some(after) = list.strip_prefix("DEFAULT")
        && !after.starts_with(is_of_name)
    {
        rest = after.trim_start_matches(is_separator);
    }
    while !rest.is_empty() {
        let end = rest.find(is_separator).unwrap_or(rest.len());
        let (rule, _) = rest.split_at(end);
        rest = if let Some(command) = rule.strip_prefix('@') {
            if !is_command(command) {
                return Err(unknown(WHAT, rule));
            }
            rest.split_at(end).1
        } else {
            let names = rule.strip_prefix(['!', '-', '+']).unwrap_or(rule);
            let length = names.find(|c| !is_of_name(c) && c != '+').unwrap_or(names.len());
            let (names, after) = names.split_at(length);
            if let Some(name) = names.split('+').find(|name| !is_known(context, name)) {
                // Of what holds other characters, all is shown.
                return Err(unknown(WHAT, if name.is_empty() { rule } else { name }));
            }
            // A command or another operator can follow without a separator.
            rest.split_at(end - after.len()).1
        }
        .trim_start_matches(is_separator);
    }
    Ok(())
}

fn is_known(context: &mut SslContextBuilder, name: &str) -> bool {
    // At the beginning of a list OpenSSL looks no further than these.
    let stands_alone = name.starts_with("DEFAULT") || name.starts_with("SUITEB");
    let may_be = !stands_alone && !name.is_empty() && name.chars().all(is_of_name);
    may_be && (GROUPS.contains(&name) || context.set_cipher_list(name).is_ok())
}

fn is_command(command: &str) -> bool {
    let level = command.strip_prefix("SECLEVEL=").filter(|_| cfg!(not(feature = "aws-lc")));
    command == "STRENGTH" || level.is_some_and(|level| matches!(level.as_bytes(), [b'0'..=b'5']))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.=".contains(c)
}

fn is_separator(c: char) -> bool {
    // AWS-LC also knows groups of equal ciphers, as in `[A|B]`.
    ": ;,".contains(c) || (cfg!(feature = "aws-lc") && "[|]".contains(c))
}

fn unknown(what: &str, name: &str) -> TlsFailure {
    let shown = printable(name.as_bytes());
    TlsFailure::Protocol(format!("{what}: {PROVIDER} does not know \"{shown}\""))
}

/// Each stands alone.
const SUITE_B: [&str; 4] = ["SUITEB128", "SUITEB128ONLY", "SUITEB128C2", "SUITEB192"];

/// Names of groups that OpenSSL has known at some time, and that can be empty in this build: lists have them, to exclude them above
/// all.
const GROUPS: &[&str] = &[
    "3DES",
    "ADH",
    "AECDH",
    "AES",
    "AES128",
    "AES256",
    "AESCCM",
    "AESCCM8",
    "AESGCM",
    "ALL",
    "ARIA",
    "ARIA128",
    "ARIA256",
    "ARIAGCM",
    "CAMELLIA",
    "CAMELLIA128",
    "CAMELLIA256",
    "CBC",
    "CHACHA20",
    "COMPLEMENTOFALL",
    "COMPLEMENTOFDEFAULT",
    "DES",
    "DH",
    "DHE",
    "DSS",
    "ECDH",
    "ECDHE",
    "ECDSA",
    "EDH",
    "EECDH",
    "EXP",
    "EXPORT",
    "EXPORT40",
    "EXPORT56",
    "FIPS",
    "GOST12",
    "GOST89",
    "GOST89MAC",
    "GOST94",
    "HIGH",
    "IDEA",
    "KRB5",
    "LOW",
    "MD5",
    "MEDIUM",
    "NULL",
    "PSK",
    "RC2",
    "RC4",
    "RSA",
    "SEED",
    "SHA",
    "SHA1",
    "SHA256",
    "SHA384",
    "SRP",
    "SSLv2",
    "SSLv3",
    "TLSv1",
    "TLSv1.0",
    "TLSv1.2",
    "aDH",
    "aDSS",
    "aECDH",
    "aECDSA",
    "aGOST",
    "aGOST01",
    "aGOST12",
    "aNULL",
    "aPSK",
    "aRSA",
    "aSRP",
    "eNULL",
    "kDHE",
    "kDHEPSK",
    "kECDHE",
    "kECDHEPSK",
    "kEDH",
    "kEECDH",
    "kGOST",
    "kPSK",
    "kRSA",
    "kSRP",
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use openssl::ssl::{SslContext, SslMethod};

    use super::check_list;

    fn outcome(list: &str) -> Result<(), String> {
        let mut context = SslContext::builder(SslMethod::tls_client()).unwrap();
        check_list(&mut context, list).map_err(|failure| failure.to_string())
    }

    #[test]
    fn what_openssl_understands_is_taken() {
        for list in [
            "",
            "ALL",
            "HIGH:!aNULL:!MD5",
            "HIGH !aNULL,!MD5;!SSLv2",
            "ECDHE+AESGCM:ECDHE+CHACHA20",
            "ECDHE+AESGCM:!aRSA",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "AES128-SHA:+RSA",
            "ALL:-RSA:+ECDHE",
            "ALL:@STRENGTH",
            "ALL@STRENGTH",
            "HIGH!aNULL!MD5",
            "::ALL::",
            "HIGH:!EXP:!LOW:!RC4:!3DES:!DES:!SSLv2:!kRSA:!PSK:!SRP",
        ] {
            assert_eq!(outcome(list), Ok(()), "{list}");
        }
    }

    #[cfg(not(feature = "aws-lc"))]
    #[test]
    fn what_openssl_alone_understands_is_taken() {
        for list in [
            "DEFAULT",
            "DEFAULT:@SECLEVEL=1",
            "DEFAULT@SECLEVEL=0",
            "DEFAULT:!RSA",
            "ALL:@SECLEVEL=5",
            "SUITEB128",
            "SUITEB192",
            "DHE-RSA-AES128-GCM-SHA256",
            "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
            "kDHE+AESGCM+aRSA",
        ] {
            assert_eq!(outcome(list), Ok(()), "{list}");
        }
    }

    #[test]
    fn what_nobody_knows_is_named() {
        for (list, name) in [
            ("no-such-cipher", "no-such-cipher"),
            ("HIGH:no-such-cipher", "no-such-cipher"),
            ("HIGH no-such-cipher", "no-such-cipher"),
            ("HIGH:!ECDHE-RSA-AES128-SHAA", "ECDHE-RSA-AES128-SHAA"),
            ("HIGH:-nothing", "nothing"),
            ("HIGH:+nothing", "nothing"),
            ("HIGH!nothing", "nothing"),
            ("ECDHE+AESGCN", "AESGCN"),
            ("ECDH+AESGCM+nobody:HIGH", "nobody"),
            ("ECDHE+", "ECDHE+"),
            ("high", "high"),
            ("HIGH:DEFAULT", "DEFAULT"),
            ("!DEFAULT", "DEFAULT"),
            ("DEFAULTS", "DEFAULTS"),
            ("SUITEB127", "SUITEB127"),
            ("SUITEB128X", "SUITEB128X"),
            ("HIGH:@STRONG", "@STRONG"),
            ("HIGH:@SECLEVEL=6", "@SECLEVEL=6"),
            ("HIGH:@SECLEVEL=11", "@SECLEVEL=11"),
            ("HIGH:@SECLEVEL", "@SECLEVEL"),
            ("HIGH@nothing", "@nothing"),
            ("HIGH:SUITEB128", "SUITEB128"),
            ("SUITEB128:HIGH", "SUITEB128"),
            ("HIGH:!", "!"),
            ("HIGH:!!RSA", "!!RSA"),
            ("HIGH\n", "?"),
            ("HIGH:\0", "?"),
            ("b\u{fc}cher", "b"),
        ] {
            let text = outcome(list).unwrap_err();
            assert!(text.ends_with(&format!("does not know \"{name}\"")), "{list:?}: {text}");
        }
    }
}
