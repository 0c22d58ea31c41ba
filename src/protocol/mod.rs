//! The FTP protocol as pure functions and decoders: bytes in, values out.
