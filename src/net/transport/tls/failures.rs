//! OpenSSL's errors as texts for people.

use openssl::error::ErrorStack;
use openssl::ssl;

use crate::net::TlsFailure;
use crate::printable::{contains, find};

/// Whose words are in an error.
pub(super) const PROVIDER: &str = if cfg!(feature = "aws-lc") { "AWS-LC" } else { "OpenSSL" };

/// `is_established`: after the handshake.
pub(super) fn protocol(error: &ssl::Error, is_established: bool) -> TlsFailure {
    let Some(reason) = error.ssl_error().and_then(first_reason) else {
        // Newer ones note a failure of the system among their own errors, and have no words for it.
        return if error.code() == ssl::ErrorCode::SYSCALL {
            TlsFailure::Lost("the connection failed".into())
        } else {
            TlsFailure::Protocol(error.to_string())
        };
    };
    if reason == "no renegotiation" {
        // It is this side that refuses, and would again.
        return TlsFailure::Protocol(in_words(&reason));
    }
    let is_changed = contains(&reason, "bad record mac") || reason == "cipher operation failed";
    let is_refusal = contains(&reason, "alert ");
    match (is_established, is_changed || !is_refusal) {
        (true, true) => TlsFailure::Lost(in_words_later(&reason)),
        (false, _) if is_changed => TlsFailure::Lost(in_words(&reason)),
        _ => TlsFailure::Protocol(in_words(&reason)),
    }
}

/// After the handshake, the server does speak TLS.
fn in_words_later(reason: &str) -> String {
    if meaning(reason) == Some(NO_TLS) {
        return format!("TLS failed: what came is not TLS any more ({PROVIDER}: {reason})");
    }
    in_words(reason)
}

/// For something that the user gave and OpenSSL does not take.
pub(super) fn refused(what: &str, stack: &ErrorStack) -> TlsFailure {
    let reason = match first_reason(stack).as_deref() {
        Some("no cipher match") => "it leaves no cipher".into(),
        Some("malloc failure") => "there is not enough memory".into(),
        Some(reason) => format!("it cannot be used ({PROVIDER}: {reason})"),
        None => "it cannot be used".into(),
    };
    TlsFailure::Protocol(format!("{what}: {reason}"))
}

/// The reason of the error that was noticed first.
pub(super) fn first_reason(stack: &ErrorStack) -> Option<String> {
    reasons(stack).next()
}

/// Whether one of the errors has one of these reasons.
pub(super) fn says(stack: &ErrorStack, words: &[&str]) -> bool {
    reasons(stack).any(|reason| words.contains(&reason.as_str()))
}

/// In the form that OpenSSL's have: AWS-LC's are as `BAD_DECRYPT`.
fn reasons(stack: &ErrorStack) -> impl Iterator<Item = String> {
    let reasons = stack.errors().iter().filter_map(|error| error.reason());
    reasons.map(|reason| reason.to_ascii_lowercase().replace('_', " "))
}

pub(super) fn is_unexpected_end(error: &ssl::Error) -> bool {
    match error.ssl_error() {
        Some(stack) => first_reason(stack).is_some_and(|reason| reason == "unexpected eof while reading"),
        None => error.code() == ssl::ErrorCode::SYSCALL && error.io_error().is_none(),
    }
}

/// What stopped a connection: an alert is what the server says, anything else is what the provider finds.
fn in_words(reason: &str) -> String {
    const ALERT: &str = "alert ";
    let Some(alert) = find(reason, ALERT).and_then(|at| reason.get(at + ALERT.len()..)) else {
        return match meaning(reason) {
            Some(meaning) => format!("TLS failed: {meaning} ({PROVIDER}: {reason})"),
            None => format!("TLS failed ({PROVIDER}: {reason})"),
        };
    };
    match meaning_of_alert(alert) {
        Some(meaning) => format!("the server refused: {meaning} (alert: {alert})"),
        None => format!("the server refused (alert: {alert})"),
    }
}

/// The words of OpenSSL, and of AWS-LC.
fn meaning(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "wrong version number"
        | "http request"
        | "https proxy request"
        | "packet length too long"
        | "bad record type"
        | "unexpected record" => NO_TLS,
        "unsupported protocol" | "wrong ssl version" | "version too low" => NO_VERSION,
        "no protocols available" | "no supported versions enabled" => {
            "no version of TLS is left that may be spoken: see ftp_set_tls_versions()"
        }
        "no ciphers available" | "no ciphers specified" => {
            "no cipher is left that may be used: see ftp_set_tls_ciphers()"
        }
        "dh key too small" | "bad dh p length" | "bad dh value" => {
            "the server's Diffie-Hellman key is too small, which ftp_set_tls_ciphers() can let in"
        }
        "ee key too small" | "ca key too small" => "the server's certificate has a key that is too small",
        "ca md too weak" => "the server's certificate has a signature that is too weak",
        "wrong signature type"
        | "no suitable signature algorithm"
        | "no shared signature algorithms"
        | "no common signature algorithms" => "the server signs the handshake in a way that is too weak",
        "wrong cipher returned" | "unknown cipher returned" => {
            "the server has chosen a cipher that was not offered"
        }
        "unsafe legacy renegotiation disabled" => {
            "the server does not know RFC 5746, without which somebody else could begin the session"
        }
        "bad signature"
        | "digest check failed"
        | "decryption failed or bad record mac"
        | "cipher operation failed"
        | "decryption failed" => "what has arrived was changed on the way, or the server is faulty",
        "tlsv13 downgrade" | "inappropriate fallback" | "downgrade detected" => {
            "somebody on the way wants an older version of TLS, or the server is faulty"
        }
        "malloc failure" => "there is not enough memory",
        _ => return None,
    })
}

fn meaning_of_alert(alert: &str) -> Option<&'static str> {
    Some(match alert {
        "protocol version" => NO_VERSION,
        "handshake failure" => "it has no cipher in common, or wants a client certificate",
        "insufficient security" => "our ciphers or keys are too weak for it",
        "certificate required" | "no certificate" => "it wants a client certificate",
        "unknown ca" => "it does not know who has signed the client certificate",
        "bad certificate" | "unsupported certificate" | "certificate revoked" | "certificate unknown" => {
            "it does not accept the client certificate"
        }
        "certificate expired" => "the client certificate has expired",
        "access denied" => "it does not let the client in",
        "unrecognized name" => {
            "it does not know itself by the name that it was told, which ftp_set_tls_server_name() can change"
        }
        "internal error" => "it has an error of its own",
        "decrypt error" | "bad record mac" => "what it has got was changed on the way, or it is faulty",
        _ => return None,
    })
}

const NO_TLS: &str = "the server does not speak TLS here";
const NO_VERSION: &str =
    "the two sides have no version of TLS in common; ftp_set_tls_versions() can allow TLS 1.0 and 1.1";

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn what_the_provider_says_is_told_in_plain_words_and_whose_they_are() {
        // OpenSSL's words and AWS-LC's, of several versions.
        for (reason, words) in [
            ("wrong version number", "TLS failed: the server does not speak TLS here ("),
            ("dh key too small", "TLS failed: the server's Diffie-Hellman key is too small"),
            ("unsupported protocol", "TLS failed: the two sides have no version of TLS in common"),
            (
                "tlsv1 alert protocol version",
                "the server refused: the two sides have no version of TLS in common",
            ),
            ("sslv3 alert handshake failure", "the server refused: it has no cipher in common"),
            ("ssl/tls alert handshake failure", "the server refused: it has no cipher in common"),
            ("tlsv13 alert certificate required", "the server refused: it wants a client certificate"),
            ("tlsv1 alert certificate required", "the server refused: it wants a client certificate"),
            (
                "tlsv1 alert unknown ca",
                "the server refused: it does not know who has signed the client certificate",
            ),
            (
                "ssl/tls alert bad certificate",
                "the server refused: it does not accept the client certificate",
            ),
            (
                "tlsv1 alert internal error",
                "the server refused: it has an error of its own (alert: internal error)",
            ),
            ("tlsv1 alert no renegotiation", "the server refused (alert: no renegotiation)"),
            ("bad extension", "TLS failed ("),
        ] {
            let text = in_words(reason);
            assert!(text.starts_with(words), "{reason}: {text}");
            assert!(text.contains(": "), "{text}");
        }
    }
}
