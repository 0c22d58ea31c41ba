//! All tests of `tls`, by clients that are driven without manners, against servers that send replies byte by byte: see
//! `support/drive.rs`, which knows it by the name of this file.

#[path = "tls/main.rs"]
mod tls;
