//! The target that cargo builds for follows from the toolchain file of CMake.

use super::*;

/// A toolchain file as people write them. The compiler is this machine's: nothing is built.
fn toolchain(folder: &Path, system: &str, processor: &str, more: &str) -> String {
    let file = folder.join("toolchain.cmake");
    let text = format!("set(CMAKE_SYSTEM_NAME {system})\nset(CMAKE_SYSTEM_PROCESSOR {processor})\n{more}");
    fs::write(&file, text).unwrap();
    definition("CMAKE_TOOLCHAIN_FILE", &file)
}

#[test]
fn a_toolchain_file_tells_cargo_the_target() {
    if !tools::installed("packaging", &["cmake", "cc", "make"]) {
        return;
    }
    let compiler_for = |target: &str| format!("set(CMAKE_C_COMPILER_TARGET {target})\n");
    for (processor, compiler, target) in [
        ("aarch64", "", "aarch64-unknown-linux-gnu"),
        ("arm64", "", "aarch64-unknown-linux-gnu"),
        ("x86_64", "", "x86_64-unknown-linux-gnu"),
        ("i586", "", "i686-unknown-linux-gnu"),
        ("riscv64", "", "riscv64gc-unknown-linux-gnu"),
        ("ppc64le", "", "powerpc64le-unknown-linux-gnu"),
        ("s390x", "", "s390x-unknown-linux-gnu"),
        ("arm", "arm-linux-gnueabihf", "armv7-unknown-linux-gnueabihf"),
        ("armv7l", "arm-linux-musleabihf", "armv7-unknown-linux-musleabihf"),
        ("aarch64", "aarch64-linux-musl", "aarch64-unknown-linux-musl"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let build = folder.path().join("build");
        let more = if compiler.is_empty() { String::new() } else { compiler_for(compiler) };
        let toolchain = toolchain(folder.path(), "Linux", processor, &more);
        let options = [toolchain.as_str(), "-DFTPCLIENT_TLS=OFF", "-GUnix Makefiles"];
        let output = run(cmake_configure(Path::new(SOURCE), &build).args(options));
        assert!(output.contains(&format!("FTPCLIENT_RUST_TARGET is {target}")), "{output}");
        let rules = build.join("CMakeFiles/ftpclient_rust.dir/build.make");
        let rules = fs::read_to_string(rules).unwrap();
        assert!(rules.contains(&format!("--target {target}")), "{rules}");
        assert!(rules.contains(&format!("/{target}/release/libftpclient.a")), "{rules}");
    }
}

#[test]
fn cmake_asks_for_a_target_that_does_not_follow_from_the_toolchain_file() {
    if !tools::installed("packaging", &["cmake", "cc", "make"]) {
        return;
    }
    // Which kind of ARM no processor's name tells, nor a C library that Rust's name does not end with.
    for (system, processor, more) in [
        ("Linux", "armv7l", ""),
        ("Linux", "mips", ""),
        ("FreeBSD", "x86_64", ""),
        ("Linux", "arm", "set(CMAKE_C_COMPILER_TARGET arm-linux-gnueabi)\n"),
        ("Linux", "aarch64", "set(CMAKE_C_COMPILER_TARGET aarch64-linux-android)\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let toolchain = toolchain(folder.path(), system, processor, more);
        let output = refused(&[&toolchain, "-DFTPCLIENT_TLS=OFF"]);
        let output = output.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = format!("Set FTPCLIENT_RUST_TARGET to Rust's name of {system} on {processor}");
        assert!(output.contains(&expected), "{output}");
    }
    let folder = tempfile::tempdir().unwrap();
    let toolchain = toolchain(folder.path(), "Linux", "armv7l", "");
    let target = "-DFTPCLIENT_RUST_TARGET=armv7-unknown-linux-gnueabihf";
    let options = [toolchain.as_str(), "-DFTPCLIENT_TLS=OFF", target];
    run(cmake_configure(Path::new(SOURCE), &folder.path().join("build")).args(options));
}
