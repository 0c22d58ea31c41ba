#![no_main]

// And not `src/protocol` alone, which has the name here.
extern crate whole as ftpclient;

#[path = "../checks/session.rs"]
mod session;

libfuzzer_sys::fuzz_target!(|data: &[u8]| session::check(data));
