//! OpenSSL's errors as texts for people.

use openssl::error::ErrorStack;
use openssl::ssl;

use crate::net::TlsFailure;

pub(super) fn protocol(error: &ssl::Error) -> TlsFailure {
    match error.ssl_error().and_then(reason) {
        Some(reason) => TlsFailure::Protocol(in_words(&reason)),
        None => TlsFailure::Protocol(error.to_string()),
    }
}

/// For something that the user gave and OpenSSL does not take.
pub(super) fn refused(what: &str, stack: &ErrorStack) -> TlsFailure {
    TlsFailure::Protocol(format!("{what}: {}", reason(stack).unwrap_or_else(|| "it cannot be used".into())))
}

/// The reason of the error that was noticed first.
fn reason(stack: &ErrorStack) -> Option<String> {
    stack
        .errors()
        .first()
        .and_then(|error| error.reason())
        .map(|reason| reason.to_ascii_lowercase().replace('_', " "))
}

pub(super) fn is_unexpected_end(error: &ssl::Error) -> bool {
    match error.ssl_error() {
        Some(stack) => reason(stack).is_some_and(|reason| reason == "unexpected eof while reading"),
        None => error.code() == ssl::ErrorCode::SYSCALL && error.io_error().is_none(),
    }
}

fn in_words(reason: &str) -> String {
    let hint = match reason {
        "wrong version number" | "http request" | "packet length too long" => {
            "; the server does not speak TLS here"
        }
        "unsupported protocol" | "tlsv1 alert protocol version" => {
            "; the two sides have no version of TLS in common"
        }
        // The second is how later versions of OpenSSL put it.
        "sslv3 alert handshake failure" | "ssl/tls alert handshake failure" => {
            "; the server has no cipher in common, or wants a client certificate"
        }
        // OpenSSL's words, and AWS-LC's.
        "tlsv13 alert certificate required" | "tlsv1 alert certificate required" => {
            "; the server wants a client certificate"
        }
        _ => "",
    };
    let who = if reason.contains("alert") { "the server refused" } else { "failed" };
    format!("TLS {who}: {reason}{hint}").replace("TLS the server", "the server")
}
