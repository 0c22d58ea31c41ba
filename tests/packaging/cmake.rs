//! Projects that are built with CMake use the package, or contain the sources.

use super::*;

#[test]
fn cmake_finds_the_package() {
    let Some(package) = package(&["readelf"]) else { return };
    let (major_and_minor, _patch) = VERSION.rsplit_once('.').unwrap();
    let build = PLACE.join("consumers/find_package");
    run(&mut find_package(package, &build, major_and_minor));
    run(tool("cmake").arg("--build").arg(&build));
    check_programs(&build, OPENSSL);
}

#[test]
fn cmake_refuses_versions_that_may_be_incompatible() {
    let Some(package) = package(&[]) else { return };
    let part = |name: &str| name.parse::<u32>().unwrap();
    let major = part(env!("CARGO_PKG_VERSION_MAJOR"));
    let minor = part(env!("CARGO_PKG_VERSION_MINOR"));
    let older = minor.checked_sub(1).map(|minor| format!("{major}.{minor}"));
    let newer = [format!("{major}.{}", minor + 1), format!("{}.0", major + 1)];
    for version in older.into_iter().chain(newer) {
        let build = PLACE.join(format!("consumers/find_package_{version}"));
        let output = run_in_vain(&mut find_package(package, &build, &version));
        assert!(output.contains(&format!("compatible with requested version \"{version}\"")), "{output}");
    }
}

#[test]
fn a_project_can_contain_the_sources() {
    let Some(_) = package(&["readelf"]) else { return };
    let build = PLACE.join("consumers/add_subdirectory");
    let prefix = PLACE.join("consumers/add_subdirectory_prefix");
    let project = Path::new(SOURCE).join("tests/consumers/add_subdirectory");
    run(cmake_configure(&project, &build).arg(definition("CMAKE_INSTALL_PREFIX", &prefix)));
    run(tool("cmake").arg("--build").arg(&build));
    check_programs(&build, OPENSSL);

    run(tool("cmake").arg("--install").arg(&build));
    let mut files = Vec::new();
    list_files(&prefix, "", &mut files);
    assert_eq!(files, ["bin/c_static"], "the library installs nothing into somebody else's package");
}

#[test]
fn without_objcopy_the_static_library_still_works() {
    let Some(_) = package(&["readelf"]) else { return };
    let build = PLACE.join("consumers/without_objcopy");
    let project = Path::new(SOURCE).join("tests/consumers/add_subdirectory");
    let output =
        run(cmake_configure(&project, &build).args(["-DCMAKE_OBJCOPY=", "-DHOW_TO_ADD=EXCLUDE_FROM_ALL"]));
    assert!(output.contains("GNU ld and objcopy are needed"), "{output}");
    run(tool("cmake").arg("--build").arg(&build));
    check_programs(&build, OPENSSL);
}
