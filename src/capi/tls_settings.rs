//! Settings of TLS.

use std::ffi::{c_char, c_int, c_void};
use std::fs::{OpenOptions, read_dir};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::boundary::call::now;
use super::boundary::handle::State;
use super::boundary::text::optional;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Client, DataEnd, TlsMode};
use crate::descriptor::above_the_standard_ones;
use crate::error::{Error, Result};
use crate::net::{ClientCertificate, KeylogFile, NamedBytes, TlsVersion, Verification};
use crate::printable::printable;
use crate::protocol::pin::parse_pins;

/// The most that certificates and keys may have: a hundred times what a system's authorities take.
const MOST_BYTES: usize = 16 << 20;

/// No TLS.
pub const FTP_TLS_OFF: i32 = 0;
/// The session begins in clear, and ftp_login() secures it first (AUTH TLS, RFC 4217). The port is
/// 21.
pub const FTP_TLS_EXPLICIT: i32 = 1;
/// The session begins with TLS. RFC 4217 calls this deprecated, and many servers offer it. The port
/// is 990.
pub const FTP_TLS_IMPLICIT: i32 = 2;

/// Any certificate is accepted.
pub const FTP_TLS_VERIFY_NONE: i32 = 0;
/// The certificate must be signed by a trusted authority, be valid today, and be for the host. The
/// default.
pub const FTP_TLS_VERIFY_FULL: i32 = 1;
/// The certificate must be signed by a trusted authority and be valid today. It may be for any host.
pub const FTP_TLS_VERIFY_AUTHORITY: i32 = 2;

/// TLS 1.0, by its number on the wire. RFC 8996 forbids it. Use it only for a server that knows
/// nothing better.
pub const FTP_TLS_1_0: i32 = 0x0301;
/// TLS 1.1, by its number on the wire. RFC 8996 forbids it. Use it only for a server that knows
/// nothing better.
pub const FTP_TLS_1_1: i32 = 0x0302;
/// TLS 1.2, by its number on the wire.
pub const FTP_TLS_1_2: i32 = 0x0303;
/// TLS 1.3, by its number on the wire.
pub const FTP_TLS_1_3: i32 = 0x0304;

/// Turns TLS on or off. It takes effect at the next ftp_connect(); FTP_TLS_EXPLICIT also at the next
/// ftp_login().
///
/// With TLS on, these rules hold:
///
/// - ftp_login() also asks for protected data connections (PBSZ 0, PROT P).
/// - No user name, password or data goes in clear, unless ftp_prot_c() or ftp_ccc() asked for it. A
///   call that would send them in clear returns FTP_ERR_TLS.
/// - The certificate of the server must be valid for the host of ftp_connect(), by an authority that
///   this system trusts.
/// - Data connections resume the TLS session of the control connection, which many servers demand.
/// - Only ftp_auth(), ftp_prot_p(), ftp_prot_c() and ftp_ccc() change this in a session. The library
///   does not see the same commands in ftp_sendcmd().
///
/// @param mode  FTP_TLS_OFF, the default; FTP_TLS_EXPLICIT; or FTP_TLS_IMPLICIT.
/// @return FTP_OK.
///
/// ftplib: FTP_TLS, which has no implicit mode, verifies nothing, and leaves data in clear until
/// prot_p
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls(ftp: *mut ftp_handle, mode: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| match mode {
        FTP_TLS_OFF => client.set_tls(TlsMode::Off),
        FTP_TLS_EXPLICIT => client.set_tls(TlsMode::Explicit),
        FTP_TLS_IMPLICIT => client.set_tls(TlsMode::Implicit),
        _ => Err(Error::InvalidArgument("the mode must be one of FTP_TLS_OFF, _EXPLICIT, _IMPLICIT".into())),
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Chooses how the library verifies the certificate of the server.
///
/// - With FTP_TLS_VERIFY_NONE, anybody on the way can pretend to be the server. Use ftp_set_tls_ca()
///   for a server with an authority of its own, and ftp_set_tls_pin() for one without.
/// - With FTP_TLS_VERIFY_AUTHORITY, anybody with a certificate of a trusted authority can pretend to
///   be the server. This is for an authority of your own, whose servers move between hosts.
///
/// @param verify  FTP_TLS_VERIFY_NONE (0), FTP_TLS_VERIFY_AUTHORITY, or FTP_TLS_VERIFY_FULL, the
///                default. Any other number is FTP_TLS_VERIFY_FULL.
/// @return FTP_OK.
///
/// ftplib: context, which verifies nothing by default
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_verify(ftp: *mut ftp_handle, verify: c_int) -> ftp_status {
    let verify = match verify {
        FTP_TLS_VERIFY_NONE => Verification::Nothing,
        FTP_TLS_VERIFY_AUTHORITY => Verification::Authority,
        _ => Verification::Host,
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, |_, client| client.update_tls(|tls| tls.verify = verify)) }
}

/// Chooses whether a certificate may name its host by the common name of its subject, as on old
/// devices.
///
/// By default only the names of the subjectAltName count (RFC 9525). A common name is any string,
/// and an authority need not check that it names a host. With this on, the common name counts if the
/// certificate has no host and no address there. It may be a pattern such as "*.example.org".
///
/// @param on  0 is off, the default.
/// @return FTP_OK.
///
/// ftplib: context, SSLContext.hostname_checks_common_name
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_common_name(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { now(ftp, |_, client| client.update_tls(|tls| tls.accept_common_name = on != 0)) }
}

/// Chooses the authorities to trust, instead of those of the system.
///
/// @param path  a file with PEM certificates, or a directory with such files. It is read at once.
///              NULL restores the authorities of the system.
/// @return FTP_OK.
///         - FTP_ERR_FILE: the file cannot be read.
///         - FTP_ERR_INVALID_ARGUMENT: also if the file contains no certificate.
///
/// ftplib: context
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_ca(ftp: *mut ftp_handle, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let path = optional(path).map(|path| local(&path));
            let authorities = path.as_deref().map(certificates_at).transpose()?;
            client.update_tls(|tls| tls.authorities = authorities).map_err(|error| match (error, &path) {
                (Error::InvalidArgument(text), Some(path)) => {
                    Error::InvalidArgument(format!("{}: {text}", shown(path)))
                }
                (error, _) => error,
            })
        })
    }
}

/// Does what ftp_set_tls_ca() does, with certificates in memory.
///
/// @param pem  PEM certificates, which the library copies. NULL restores the authorities of the
///             system.
/// @param len  how many bytes, at most 16 MiB.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also if there is no certificate.
///
/// ftplib: context
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_ca_pem(
    ftp: *mut ftp_handle,
    pem: *const c_void,
    len: usize,
) -> ftp_status {
    // SAFETY: the header's contract; the bytes are copied during the call.
    unsafe {
        now(ftp, |_, client| {
            if len > MOST_BYTES {
                return Err(Error::InvalidArgument("more than 16 MiB cannot be certificates".into()));
            }
            let pem = (!pem.is_null()).then(|| std::slice::from_raw_parts(pem.cast::<u8>(), len).to_vec());
            client.update_tls(|tls| tls.authorities = pem)
        })
    }
}

/// Chooses the certificate to send to servers that ask for one.
///
/// @param certificate  a file with the certificate and its chain in PEM, or with certificate and key
///                     in PKCS#12. It is read at once. NULL is none.
/// @param key          a file with the key in PEM. NULL if the key is in the same file.
/// @param password     the password of the key or of the PKCS#12 file. NULL is none. It appears in
///                     no log and no error text.
/// @return FTP_OK.
///         - FTP_ERR_FILE: a file cannot be read.
///         - FTP_ERR_INVALID_ARGUMENT: also for a wrong password, or a key that does not belong to
///           the certificate.
///
/// ftplib: context, once certfile and keyfile
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_client_cert(
    ftp: *mut ftp_handle,
    certificate: *const c_char,
    key: *const c_char,
    password: *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let contents = |path: Option<Vec<u8>>| path.map(|path| named(&local(&path))).transpose();
            let certificate = contents(optional(certificate))?;
            let (key, password) = (contents(optional(key))?, optional(password));
            client.update_tls(|tls| {
                tls.client_certificate =
                    certificate.map(|certificate| Box::new(ClientCertificate { certificate, key, password }));
            })
        })
    }
}

/// Limits the versions of TLS.
///
/// The library never uses TLS 1.0 or 1.1 unless this function allows them by name. Whoever sits
/// between here and the server may be able to break them, and then reads passwords and data. Even if
/// they are allowed, both sides use the best version that the server knows. The demands on
/// certificates, keys and ciphers stay the same.
///
/// @param min  one of FTP_TLS_1_0 to FTP_TLS_1_3. 0 is the default: TLS 1.2, or TLS 1.3 if the
///             OpenSSL of the system is configured so.
/// @param max  one of these. 0 is the default: the newest version.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also if min is above max. A min of 0 is TLS 1.2 here.
///
/// ftplib: context
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_versions(ftp: *mut ftp_handle, min: c_int, max: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        let versions = (version(min)?, version(max)?);
        if let (min, Some(max)) = versions
            && min.unwrap_or(TlsVersion::V1_2) > max
        {
            return Err(Error::InvalidArgument("the lowest version is above the highest".into()));
        }
        client.update_tls(|tls| tls.versions = versions)
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Limits the ciphers.
///
/// @param ciphers       for TLS 1.2 and before: a list in the format of OpenSSL, as in
///                      "ECDHE+AESGCM:!aRSA". NULL is the choice of the provider.
/// @param ciphersuites  for TLS 1.3: suites with colons between them, as in
///                      "TLS_AES_256_GCM_SHA384". NULL is the choice of the provider, which AWS-LC
///                      does not let change.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also if a list leaves no cipher, or contains a name that the
///           provider does not know, even to exclude it. The error text names it.
///         - FTP_ERR_UNSUPPORTED: also if the provider cannot do it.
///
/// - The library never uses ciphers without encryption (eNULL) or without a certificate (aNULL).
/// - OpenSSL accepts no Diffie-Hellman keys below 2048 bits. "DEFAULT:@SECLEVEL=1" also accepts
///   those of 1024 bits. Weak certificates are refused even then.
///
/// ftplib: context
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_ciphers(
    ftp: *mut ftp_handle,
    ciphers: *const c_char,
    ciphersuites: *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let text = |list: Option<Vec<u8>>| list.map(|list| String::from_utf8_lossy(&list).into_owned());
            let (ciphers, ciphersuites) = (text(optional(ciphers)), text(optional(ciphersuites)));
            client.update_tls(|tls| (tls.ciphers, tls.ciphersuites) = (ciphers, ciphersuites))
        })
    }
}

/// Pins the public key of the server. A certificate with another key is FTP_ERR_CERTIFICATE, whoever
/// signed it.
///
/// The library checks the pin in addition to what ftp_set_tls_verify() demands. If that is off, the
/// pin alone identifies the server. ftp_tls_get_info() returns the pin of a server.
///
/// @param pins  "sha256//" and the SHA-256 of the SubjectPublicKeyInfo in Base64, as for curl, or
///              that hash in 64 hexadecimal digits. If there are several, separated by semicolons,
///              one must fit. NULL is none.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also for a string that is not a pin.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_pin(ftp: *mut ftp_handle, pins: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let pins = match optional(pins) {
                None => Vec::new(),
                Some(text) => parse_pins(&text).ok_or_else(|| {
                    let text = "a pin is sha256// and 44 characters of Base64, or 64 hexadecimal digits";
                    Error::InvalidArgument(text.into())
                })?,
            };
            client.update_tls(|tls| tls.pins = pins)
        })
    }
}

/// Sets the host name that the certificate must be for, and that the library sends to the server
/// (SNI).
///
/// By default it is the host of ftp_connect(). This function is for a server that is reached by
/// another name or address.
///
/// @param name  a host name or an address in digits. A name in another script is given in its ASCII
///              form ("xn--…"). NULL is the host again.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also for a name that no certificate can be for. It has an
///           empty label, a label above 63 bytes, a wildcard, a space, or more than 253 bytes.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_server_name(ftp: *mut ftp_handle, name: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let name = optional(name).map(|name| String::from_utf8_lossy(&name).into_owned());
            client.update_tls(|tls| tls.server_name = name)
        })
    }
}

/// Writes the keys of each connection to a file, for tools such as Wireshark that decrypt captured
/// traffic.
///
/// Whoever reads the file can read the connections. If the file does not exist, the library makes it
/// with mode 0600. If it exists, the library appends to it. A connection whose keys cannot be
/// written fails with FTP_ERR_FILE.
///
/// @param path  the file, in the format of NSS (SSLKEYLOGFILE). NULL is none, the default.
/// @return FTP_OK.
///         - FTP_ERR_FILE: the file cannot be opened.
///
/// ftplib: context
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_keylog(ftp: *mut ftp_handle, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let file = optional(path).map(|path| open_keylog(&local(&path)).map(Arc::new)).transpose()?;
            client.update_tls(|tls| tls.keylog = file)
        })
    }
}

/// Chooses whether data connections offer to resume the TLS session of the control connection.
///
/// Many servers demand it, since it proves whose the connection is. A few servers fail if it is
/// offered: turn it off for them.
///
/// @param on  On is the default. 0 never offers it.
/// @return FTP_OK.
///
/// ftplib: never resumes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_resume(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { now(ftp, |_, client| client.update_tls(|tls| tls.resume = on != 0)) }
}

/// The data is complete only if its size is known and right: the server announced it, or SIZE tells
/// it. Otherwise the download is FTP_ERR_INTEGRITY. The default.
pub const FTP_TLS_END_CHECKED: c_int = 0;
/// The download is always FTP_ERR_INTEGRITY.
pub const FTP_TLS_END_STRICT: c_int = 1;
/// The data is complete if the server confirms it.
pub const FTP_TLS_END_TRUSTED: c_int = 2;

/// Chooses what a download is that ends without a close_notify of TLS and that the server confirms.
/// It takes effect at once.
///
/// Anybody between the two sides can end a TCP connection, but only the server can send a
/// close_notify (RFC 8446, section 6.1). So without it the data may be cut off, whatever the final
/// reply says. Some old servers never send one. Their listings, and files of unknown size, need
/// FTP_TLS_END_TRUSTED.
///
/// @param end  FTP_TLS_END_CHECKED (0), FTP_TLS_END_STRICT (1) or FTP_TLS_END_TRUSTED (2).
/// @return FTP_OK.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_tls_end(ftp: *mut ftp_handle, end: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_data_end(data_end(end)?);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

fn data_end(number: c_int) -> Result<DataEnd> {
    match number {
        FTP_TLS_END_CHECKED => Ok(DataEnd::Checked),
        FTP_TLS_END_STRICT => Ok(DataEnd::Strict),
        FTP_TLS_END_TRUSTED => Ok(DataEnd::Trusted),
        _ => Err(Error::InvalidArgument(format!("{number} is no FTP_TLS_END_*"))),
    }
}

fn version(number: c_int) -> Result<Option<TlsVersion>> {
    match number {
        0 => Ok(None),
        FTP_TLS_1_0 => Ok(Some(TlsVersion::V1_0)),
        FTP_TLS_1_1 => Ok(Some(TlsVersion::V1_1)),
        FTP_TLS_1_2 => Ok(Some(TlsVersion::V1_2)),
        FTP_TLS_1_3 => Ok(Some(TlsVersion::V1_3)),
        _ => {
            Err(Error::InvalidArgument("the version must be one of FTP_TLS_1_0 to FTP_TLS_1_3, or 0".into()))
        }
    }
}

fn local(path: &[u8]) -> PathBuf {
    Path::new(std::ffi::OsStr::from_bytes(path)).to_owned()
}

/// What is no plain file, such as a pipe or a device, may be endless, or never begin.
fn read_file(path: &Path) -> Result<Vec<u8>> {
    let read = || {
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        let file = above_the_standard_ones(file)?;
        let mut content = Vec::new();
        file.take(MOST_BYTES as u64 + 1).read_to_end(&mut content)?;
        if content.len() > MOST_BYTES {
            return Err(io::Error::from_raw_os_error(libc::EFBIG));
        }
        Ok(content)
    };
    read().map_err(|source| cannot("read", path, source))
}

fn named(path: &Path) -> Result<NamedBytes> {
    Ok(NamedBytes { content: read_file(path)?, name: shown(path) })
}

/// The content of a file, or of all files in a directory.
fn certificates_at(path: &Path) -> Result<Vec<u8>> {
    if !path.is_dir() {
        return read_file(path);
    }
    let mut all = Vec::new();
    for entry in read_dir(path).map_err(|source| cannot("read", path, source))? {
        let file = entry.map_err(|source| cannot("read", path, source))?.path();
        // Other things may lie there, such as links to files that are gone.
        if file.is_file() {
            all.extend(read_file(&file)?);
            all.push(b'\n');
        }
    }
    Ok(all)
}

fn open_keylog(path: &Path) -> Result<KeylogFile> {
    // Opening a pipe that nobody reads would wait for a reader.
    let flags = libc::O_NONBLOCK;
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(path);
    let opened = opened.and_then(above_the_standard_ones);
    let file = opened.map_err(|source| cannot("open", path, source))?;
    Ok(KeylogFile { name: shown(path), file })
}

fn cannot(verb: &str, path: &Path, source: io::Error) -> Error {
    Error::File { what: format!("cannot {verb} {}", shown(path)), source }
}

fn shown(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes())
}
