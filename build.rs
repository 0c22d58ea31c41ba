//! Gives the library that cargo links a SONAME, and the tests the name of the target. Writes no file.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=FTPCLIENT_TARGET={target}");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos") => {
            println!("cargo::rustc-link-arg-cdylib=-Wl,-install_name,@rpath/libftpclient.0.dylib");
        }
        Ok("windows") => {}
        // 0 as long as the version is 0.x; see docs/abi.md.
        _ => println!("cargo::rustc-link-arg-cdylib=-Wl,-soname,libftpclient.so.0"),
    }
}
