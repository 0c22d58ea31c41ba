//! The library without TLS, and what is said where OpenSSL is missing or too old.

use super::*;

#[test]
fn without_tls_openssl_is_not_needed() {
    let Some(_) = package(&["pkg-config", "readelf"]) else { return };
    let place = PLACE.join("consumers/without_tls");
    // What cargo makes with other features must not get in the way of the other builds.
    let cargo = definition("FTPCLIENT_CARGO_DIR", &PLACE.join("cargo_without_tls"));
    let no_openssl = "-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=TRUE";
    let options = ["-DFTPCLIENT_TLS=OFF", no_openssl, &cargo, "-DCMAKE_INSTALL_LIBDIR=lib"];
    install(&place.join("build"), &place.join("prefix"), &options);

    let needed = needed(&place.join("prefix/lib/libftpclient.so"));
    assert!(!needed.iter().any(|name| name.contains("ssl") || name.contains("crypto")), "{needed:?}");
    pkg_config::check_pkg_config("without_tls/shared", &place.join("prefix/lib"), &[], NO_TLS);
    pkg_config::check_pkg_config("without_tls/static", &place.join("prefix/lib"), &["-static"], NO_TLS);
    let consumer = place.join("find_package");
    run(find_package(&place.join("prefix"), &consumer, VERSION).arg(no_openssl));
    run(tool("cmake").arg("--build").arg(&consumer));
    check_programs(&consumer, NO_TLS);
}

#[test]
fn who_links_the_shared_library_does_not_need_the_headers_of_openssl() {
    let Some(package) = package(&[]) else { return };
    let build = PLACE.join("consumers/without_headers");
    let no_openssl = "-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=TRUE";
    run(find_package(package, &build, VERSION).args([no_openssl, "-DLIBRARIES=ftpclient"]));
    run(tool("cmake").arg("--build").arg(&build));
    check_program(&mut tool(build.join("c_ftpclient").to_str().unwrap()), OPENSSL);
}

#[test]
fn cmake_says_what_to_do_without_the_headers_of_openssl() {
    let Some(_) = package(&[]) else { return };
    let output = refused(&["-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=TRUE"]);
    for part in [
        "OpenSSL 3",
        "libssl-dev",
        "openssl-devel",
        "OPENSSL_ROOT_DIR",
        "FTPCLIENT_TLS_PROVIDER=vendored",
        "FTPCLIENT_TLS=OFF",
    ] {
        assert!(output.contains(part), "{part}: {output}");
    }
}

#[test]
fn cmake_refuses_an_old_openssl() {
    let Some(_) = package(&[]) else { return };
    // All that CMake looks at.
    let old = tempfile::tempdir().unwrap();
    for folder in ["include/openssl", "lib"] {
        fs::create_dir_all(old.path().join(folder)).unwrap();
    }
    for file in ["include/openssl/ssl.h", "lib/libssl.so", "lib/libcrypto.so"] {
        fs::write(old.path().join(file), "").unwrap();
    }
    let header = old.path().join("include/openssl/opensslv.h");
    fs::write(header, "# define OPENSSL_VERSION_NUMBER 0x1010117fL\n").unwrap();
    let output = refused(&[&definition("OPENSSL_ROOT_DIR", old.path())]);
    assert!(output.contains("found is 1.1.1"), "{output}");
}

#[test]
fn cmake_refuses_an_unknown_tls_provider() {
    let Some(_) = package(&[]) else { return };
    let output = refused(&["-DFTPCLIENT_TLS_PROVIDER=gnutls"]);
    assert!(output.contains("it can be system, vendored or aws-lc"), "{output}");
}

/// Cargo's build, for which openssl-sys has found the headers: what build.rs says of them.
#[test]
fn cargo_refuses_an_old_openssl() {
    if !tools::installed("packaging", &["rustc"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("build_script");
    let source = Path::new(SOURCE).join("build.rs");
    run(tool("rustc").args(["--edition=2024", "-o"]).arg(&program).arg(source));
    let build_script = |version: Option<&str>| {
        let mut command = tool(program.to_str().unwrap());
        for name in ["CARGO_FEATURE_AWS_LC", "DEP_OPENSSL_VENDORED", "DEP_OPENSSL_VERSION_NUMBER"] {
            command.env_remove(name);
        }
        command.env("CARGO_FEATURE_TLS", "1");
        command.envs(version.map(|version| ("DEP_OPENSSL_VERSION_NUMBER", version)));
        command
    };
    for (version, is) in [(Some("1010117f"), "of version 1.1.1"), (None, "those of another library")] {
        let output = run_in_vain(&mut build_script(version));
        for part in [is, "libssl-dev", "openssl-devel", "--features vendored", "--no-default-features"] {
            assert!(output.contains(part), "{part}: {output}");
        }
    }
    assert!(run(&mut build_script(Some("30000000"))).contains("-lssl -lcrypto"));
    assert!(!run(build_script(None).env("DEP_OPENSSL_VENDORED", "1")).contains("-lssl"));
    assert!(!run(build_script(None).env_remove("CARGO_FEATURE_TLS")).contains("-lssl"));
}
