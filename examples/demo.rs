//! Compiles a C program with the library and runs it. The program is an FTP session to look at and to copy from.
//!
//! ```sh
//! cargo run --example demo                                      # a whole session, with a server of its own
//! cargo run --example demo -- ftp://user:password@host/path     # look at a real server, changing nothing; ftps, ftpes too
//! ```
//!
//! The C programs are `examples/c/quickstart.c` and `examples/c/browse.c`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use ftpclient::protocol::url::FtpUrl;

use crate::embedded::Embedded;

#[path = "support/embedded.rs"]
mod embedded;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [] => whole_session(),
        [url] => look_at(url),
        _ => Err("usage: cargo run --example demo [-- ftp://user:password@host:port/path]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn whole_session() -> Outcome<()> {
    let server = Embedded::start();
    fs::write(server.root().join("README.txt"), "Hello from the server.\n")?;
    fs::create_dir(server.root().join("photos"))?;
    let (host, port) = (server.addr().ip().to_string(), server.addr().port().to_string());
    println!("A server listens on {host}, port {port}.");
    compile_and_run("quickstart", &[&host, &port, embedded::USER, embedded::PASSWORD])
}

fn look_at(url: &str) -> Outcome<()> {
    // A bad URL is reported before the compiler runs.
    FtpUrl::parse(url)?;
    compile_and_run("browse", &[url])
}

fn compile_and_run(name: &str, arguments: &[&str]) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join(name);
    compile(name, &program)?;
    println!("Running {name}:\n");
    let status = Command::new(&program).args(arguments).status()?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed: {status}").into()) }
}

fn compile(name: &str, program: &Path) -> Outcome<()> {
    let compiler = cc::Build::new()
        .host(env!("FTPCLIENT_TARGET"))
        .target(env!("FTPCLIENT_TARGET"))
        .opt_level(1)
        .debug(true)
        .cargo_metadata(false)
        .try_get_compiler()?;
    let mut command = compiler.to_command();
    command
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Iinclude"])
        .arg(format!("examples/c/{name}.c"))
        .arg(library()?)
        .args(env!("FTPCLIENT_STATIC_LIBS").split(' '))
        .arg("-o")
        .arg(program)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    println!("Compiling examples/c/{name}.c.");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("the C compiler refused examples/c/{name}.c").into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!(
            "there is no C compiler: {} was not found. Install one (on Debian: apt-get install gcc libc6-dev), or name \
             it in the environment variable CC.",
            compiler.path().display()
        )
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// The path of the static library, which cargo builds along with this example.
fn library() -> Outcome<PathBuf> {
    let demo = env::current_exe()?;
    let profile = demo.parent().and_then(Path::parent).ok_or("the demo is not where cargo puts it")?;
    let library = profile.join("deps/libftpclient.a");
    if library.exists() { Ok(library) } else { Err(format!("there is no {}", library.display()).into()) }
}
