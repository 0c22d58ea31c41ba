//! Gives the library that cargo links a SONAME and keeps it in memory, tells the tests the name of the target and what the
//! static library is linked with, decides whether the simulation is built, and checks which OpenSSL was found. Writes no file.

// This is how a build script speaks to the one who builds.
#![allow(clippy::print_stderr)]

use std::env;
use std::process::exit;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=FTPCLIENT_TARGET={target}");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos") => {
            println!("cargo::rustc-link-arg-cdylib=-Wl,-install_name,@rpath/libftpclient.0.dylib");
        }
        Ok("windows") => {}
        // 0 as long as the version is 0.x; see docs/abi.md.
        _ => {
            println!("cargo::rustc-link-arg-cdylib=-Wl,-soname,libftpclient.so.0");
            // OpenSSL, and a thread that still asks for an address, would call into it after dlclose() had unmapped it.
            println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
        }
    }

    // A world in memory for the tests. What is built for release has none of it, unless it is asked for.
    println!("cargo::rustc-check-cfg=cfg(simulation)");
    if has_feature("SIMULATION") || env::var("PROFILE").as_deref() == Ok("debug") {
        println!("cargo::rustc-cfg=simulation");
    }

    let built_from_source = has_feature("AWS_LC") || env::var_os("DEP_OPENSSL_VENDORED").is_some();
    let system_openssl = has_feature("TLS") && !built_from_source;
    if system_openssl && let Err(found) = check_openssl() {
        eprintln!("{}", refusal(&found));
        exit(1);
    }
    let openssl = if system_openssl { "-lssl -lcrypto " } else { "" };
    println!("cargo::rustc-env=FTPCLIENT_STATIC_LIBS={openssl}-lpthread -lm -ldl");
}

fn has_feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

/// Whether the headers are OpenSSL's, of version 3 or later; if not, what they are.
///
/// openssl-sys tells what it has found. Where it finds nothing, it stops the build itself, before cargo comes here.
fn check_openssl() -> Result<(), String> {
    let number = env::var("DEP_OPENSSL_VERSION_NUMBER").ok();
    let number = number.and_then(|number| u32::from_str_radix(&number, 16).ok());
    match number.ok_or("those of another library")? {
        0x3000_0000.. => Ok(()),
        older => Err(format!("of version {}.{}.{}", older >> 28, older >> 20 & 0xff, older >> 12 & 0xff)),
    }
}

fn refusal(found: &str) -> String {
    format!(
        "
FTPS needs OpenSSL 3.0 or later. The headers that were found are {found}.

  Install the current ones: libssl-dev (Debian), openssl-devel (Fedora). For an OpenSSL in another place set OPENSSL_DIR
  to the folder that holds its include/ and lib/.

  Or let cargo use one of:
    --features vendored       builds OpenSSL from source; needs perl and make
    --no-default-features     leaves FTPS out
"
    )
}
