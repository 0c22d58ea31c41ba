//! Makes the header: its sections are those of `src/capi/mod.rs`, its declarations are cbindgen's.

use std::fs;
use std::path::{Path, PathBuf};

/// No line of code is longer, if it can be broken.
const WIDTH: usize = 100;

/// These return a status, and a program may go on whatever it is: what they end has ended in any case.
const MAY_BE_IGNORED: [&str; 3] = ["ftp_quit", "ftp_close", "ftp_abort"];

/// A part of the header. In `src/capi/mod.rs` its title and text are the doc comment of the first of its modules; those that
/// follow without a comment belong to it as well.
struct Section {
    title: String,
    text: Vec<String>,
    files: Vec<PathBuf>,
}

/// The whole header.
pub(crate) fn generate(root: &Path) -> String {
    let capi = root.join("src/capi");
    let sections = sections(&capi);
    assert_complete(&capi, &sections);
    let frame = read(&root.join("tests/header/frame.h"));
    let sections: Vec<String> = sections.iter().map(|section| lay_out(section, root)).collect();
    frame.replace("@sections@\n", &sections.join("\n"))
}

/// The sections, in the order of the modules.
fn sections(capi: &Path) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut comment: Vec<String> = Vec::new();
    for line in read(&capi.join("mod.rs")).lines() {
        if let Some(text) = line.strip_prefix("///") {
            comment.push(text.trim().to_owned());
        } else if let Some(module) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
            let mut comment = std::mem::take(&mut comment).into_iter();
            if let Some(title) = comment.next() {
                let text = comment.skip_while(String::is_empty).collect();
                sections.push(Section { title, text, files: Vec::new() });
            }
            if let Some(section) = sections.last_mut() {
                section.files.push(capi.join(format!("{module}.rs")));
            }
        }
    }
    sections
}

/// Every file that has something for C to see is in a section.
fn assert_complete(folder: &Path, sections: &[Section]) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            assert_complete(&path, sections);
        } else if !sections.iter().any(|section| section.files.contains(&path)) {
            let names = exported_names(&read(&path));
            assert!(
                names.is_empty(),
                "{names:?} of {} belong to no section of src/capi/mod.rs",
                path.display()
            );
        }
    }
}

/// What a source declares for C.
fn exported_names(source: &str) -> Vec<String> {
    public_items(source).filter(|(_, name)| is_for_c(name)).map(|(_, name)| name.to_owned()).collect()
}

fn is_for_c(name: &str) -> bool {
    name.starts_with("ftp_") || name.starts_with("FTP_")
}

/// Kind and name of each public item.
fn public_items(source: &str) -> impl Iterator<Item = (&str, &str)> {
    let items = source.lines().filter_map(|line| line.strip_prefix("pub "));
    items.filter_map(|item| {
        let item = item.trim_start_matches("unsafe ").trim_start_matches("extern \"C\" ");
        let (kind, rest) = item.split_once(' ')?;
        Some((kind, rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?))
    })
}

/// A banner, and the declarations of each file.
fn lay_out(section: &Section, root: &Path) -> String {
    let rule = "-".repeat(WIDTH - 6);
    let mut lines = vec![format!("/* {rule}"), format!(" * {}", section.title), " *".to_owned()];
    lines.extend(section.text.iter().map(|line| format!(" * {line}").trim_end().to_owned()));
    lines.push(format!(" * {rule} */"));
    let banner = format!("{}\n", lines.join("\n"));
    let declarations = section.files.iter().map(|file| declarations(file, root));
    std::iter::once(banner).chain(declarations).collect::<Vec<_>>().join("\n")
}

/// What cbindgen makes of one source, so that types and constants stand before the functions that use them. It does not see
/// the types of the other files, and calls them by their plain names, which are their typedefs.
fn declarations(file: &Path, root: &Path) -> String {
    let source = read(file);
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    for (kind, name) in public_items(&source) {
        match kind {
            "const" if !is_for_c(name) => config.export.exclude.push(name.to_owned()),
            "type" | "enum" | "struct" if is_for_c(name) => config.export.include.push(name.to_owned()),
            _ => {}
        }
    }
    let bindings = cbindgen::Builder::new().with_src(file).with_config(config).generate().unwrap();
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = String::from_utf8(generated).unwrap();
    for name in exported_names(&source) {
        assert!(generated.contains(&name), "cbindgen leaves out {name} of {}", file.display());
    }
    // The last value of an enum has no comma after it: C++98 has no word for that.
    let generated = generated.trim_start().replace(",\n}", "\n}");
    generated.lines().map(|line| format!("{}\n", finish(line, &source))).collect()
}

/// One line of cbindgen's, as it stands in the header.
fn finish(line: &str, source: &str) -> String {
    if let Some((name, _)) = line.strip_prefix("#define ").and_then(|define| define.split_once(' ')) {
        return hexadecimal(name, source)
            .map_or_else(|| line.to_owned(), |value| format!("#define {name} {value}"));
    }
    let is_function = line.starts_with("FTP_API ") || line.starts_with("typedef ") && line.contains("(*");
    if is_function { wrap(&checked(&plain_names(line))) } else { line.to_owned() }
}

/// A function names a type by its typedef, whichever file declares it.
fn plain_names(line: &str) -> String {
    line.replace("struct ", "").replace("enum ", "")
}

/// Marks what returns a status. The mark comes first: C++ and C23 take it nowhere else.
fn checked(line: &str) -> String {
    let name = line.strip_prefix("FTP_API ftp_status ").and_then(|rest| rest.split('(').next());
    match name {
        Some(name) if !MAY_BE_IGNORED.contains(&name) => format!("FTP_NODISCARD {line}"),
        _ => line.to_owned(),
    }
}

/// The value of a constant that its source gives in hexadecimal, which cbindgen turns into a decimal number.
fn hexadecimal<'a>(name: &str, source: &'a str) -> Option<&'a str> {
    let declaration = source.lines().find(|line| line.starts_with(&format!("pub const {name}:")))?;
    declaration.rsplit_once("= ")?.1.strip_suffix(';').filter(|value| value.starts_with("0x"))
}

/// Breaks a declaration behind its commas.
fn wrap(line: &str) -> String {
    let mut wrapped = String::new();
    let mut width = 0;
    for part in line.split_inclusive(", ") {
        if width > 0 && width + part.trim_end().len() > WIDTH {
            wrapped.truncate(wrapped.trim_end().len());
            wrapped.push_str("\n    ");
            width = 4;
        }
        wrapped.push_str(part);
        width += part.len();
    }
    wrapped
}

fn read(path: &Path) -> String {
    assert!(path.is_file(), "no such file: {}", path.display());
    fs::read_to_string(path).unwrap()
}
