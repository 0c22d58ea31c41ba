//! Programs that are built with the options of pkg-config.

use super::*;

#[test]
fn pkg_config_links_the_shared_library() {
    let Some(package) = package(&["pkg-config", "readelf"]) else { return };
    check_pkg_config("pkg_config_shared", &package.join("lib"), &[], OPENSSL);
}

#[test]
fn pkg_config_links_the_static_library() {
    let Some(package) = package(&["pkg-config", "readelf"]) else { return };
    check_pkg_config("pkg_config_static", &package.join("lib"), &["-static"], OPENSSL);
}

#[test]
fn pkg_config_finds_a_package_with_a_directory_for_each_architecture() {
    let Some(_) = package(&["pkg-config", "readelf"]) else { return };
    let place = PLACE.join("consumers/multiarch");
    install(&place.join("build"), &place.join("first-prefix"), &["-DCMAKE_INSTALL_LIBDIR=lib/some-arch"]);
    fs::rename(place.join("first-prefix"), place.join("moved")).unwrap();
    check_pkg_config("multiarch/program", &place.join("moved/lib/some-arch"), &[], OPENSSL);
}

#[test]
fn pkg_config_finds_a_package_with_absolute_directories() {
    let Some(_) = package(&["pkg-config", "readelf"]) else { return };
    // Not below the sources, where cargo's directory may be: CMake refuses absolute directories there.
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let libdir = definition("CMAKE_INSTALL_LIBDIR", &place.join("libraries"));
    let includedir = definition("CMAKE_INSTALL_INCLUDEDIR", &place.join("headers"));
    install(&PLACE.join("consumers/absolute/build"), &place.join("prefix"), &[&libdir, &includedir]);
    check_pkg_config("absolute/program", &place.join("libraries"), &[], OPENSSL);
}

#[test]
fn pkg_config_leaves_out_the_directories_of_the_system() {
    let Some(_) = package(&["pkg-config"]) else { return };
    let build = PLACE.join("consumers/system");
    run(cmake_configure(Path::new(SOURCE), &build).arg("-DCMAKE_INSTALL_PREFIX=/usr"));
    let flags = run(tool("pkg-config").args(["--cflags", "--libs"]).arg(build.join("ftpclient.pc")));
    assert_eq!(flags.trim(), "-lftpclient");
}

/// Builds and runs the C and the C++ program with the options that pkg-config gives.
pub(crate) fn check_pkg_config(name: &str, libdir: &Path, link_options: &[&str], tls: &str) {
    let is_static = link_options.contains(&"-static");
    let flags = run(tool("pkg-config")
        .args(["--cflags", "--libs"])
        .args(is_static.then_some("--static"))
        .arg("ftpclient")
        .env("PKG_CONFIG_PATH", libdir.join("pkgconfig")));
    for (compiler, language) in [("cc", "c"), ("c++", "cpp")] {
        let program = PLACE.join(format!("consumers/{name}_{language}"));
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        run(tool(compiler)
            .args(link_options)
            .arg(Path::new(SOURCE).join(format!("tests/consumers/program.{language}")))
            .args(flags.split_whitespace())
            .arg("-o")
            .arg(&program));
        assert_eq!(needs_library(&program), !is_static, "{}", program.display());
        check_program(tool(program.to_str().unwrap()).env("LD_LIBRARY_PATH", libdir), tls);
    }
}
