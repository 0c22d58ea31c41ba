//! The shared library as other languages load it.

use super::*;

#[test]
fn python_loads_the_shared_library() {
    let Some(package) = package(&["python3"]) else { return };
    let program = Path::new(SOURCE).join("tests/consumers/program.py");
    check_program(tool("python3").arg(program).arg(package.join("lib/libftpclient.so.0")), OPENSSL);
}

#[cfg(feature = "tls")]
#[test]
fn the_shared_library_can_be_loaded_and_unloaded() {
    let Some(package) = package(&[]) else { return };
    support::dlopen::check(&package.join("lib/libftpclient.so.0"));
}
