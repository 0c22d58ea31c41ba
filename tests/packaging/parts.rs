//! Parts of the package that somebody asks for alone.

use super::*;

#[test]
fn the_command_line_client_is_installed_if_it_is_asked_for() {
    let Some(_) = package(&[]) else { return };
    let place = PLACE.join("consumers/ftpc");
    let options = ["-DFTPCLIENT_FTPC=ON", "-DCMAKE_INSTALL_LIBDIR=lib"];
    install(&place.join("build"), &place.join("first-prefix"), &options);
    fs::rename(place.join("first-prefix"), place.join("moved")).unwrap();
    let mut files = Vec::new();
    list_files(&place.join("moved"), "", &mut files);
    for file in [
        "bin/ftpc",
        "share/bash-completion/completions/ftpc",
        "share/man/man1/ftpc.1",
        "share/zsh/site-functions/_ftpc",
    ] {
        assert!(files.iter().any(|name| name == file), "{file}: {files:?}");
    }
    assert_no_path_of_the_builder(&place.join("moved"));
    let program = place.join("moved/bin/ftpc");
    let version = run(tool(program.to_str().unwrap()).arg("--version"));
    assert!(version.contains(VERSION) && version.contains(OPENSSL), "{version}");
}

/// The port for vcpkg installs one library, as some other packagers do. What vcpkg itself would do is done by a stand-in.
#[test]
fn a_package_can_have_one_of_the_libraries() {
    let Some(_) = package(&["pkg-config", "readelf"]) else { return };
    for (linkage, is_shared) in [("static", false), ("dynamic", true)] {
        let place = PLACE.join("consumers/vcpkg").join(linkage);
        let packages = place.join("packages");
        let cargo =
            definition("OPTIONS", Path::new(&definition("FTPCLIENT_CARGO_DIR", &PLACE.join("cargo"))));
        run(tool("cmake")
            .args([definition("PACKAGES", &packages), definition("BUILD", &place.join("build"))])
            .args([&format!("-DLINKAGE={linkage}"), &cargo, "-P"])
            .arg(Path::new(SOURCE).join("packaging/vcpkg/stand_in.cmake")));
        let mut files = Vec::new();
        list_files(&packages, "", &mut files);
        assert_eq!(files.contains(&"lib/libftpclient.a".to_owned()), !is_shared, "{files:?}");
        assert_eq!(files.iter().any(|name| name.contains(".so")), is_shared, "{files:?}");

        let build = place.join("find_package");
        run(find_package(&packages, &build, VERSION).arg("-DLIBRARIES=ftpclient"));
        run(tool("cmake").arg("--build").arg(&build));
        for language in ["c", "cpp"] {
            let program = build.join(format!("{language}_ftpclient"));
            check_program(&mut tool(program.to_str().unwrap()), OPENSSL);
            assert_eq!(needs_library(&program), is_shared, "{}", program.display());
        }
        let flags = run(tool("pkg-config")
            .args(["--libs", "ftpclient"])
            .env("PKG_CONFIG_PATH", packages.join("lib/pkgconfig")));
        assert_eq!(flags.contains("-lcrypto"), !is_shared, "{flags}");
    }
    let port = fs::read_to_string(Path::new(SOURCE).join("packaging/vcpkg/ftpclient/vcpkg.json")).unwrap();
    assert!(port.contains(&format!("\"version\": \"{VERSION}\"")), "{port}");
    assert!(refused(&["-DFTPCLIENT_LIBRARIES=none"]).contains("both, shared or static"));
}
