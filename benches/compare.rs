//! Compares this library with libcurl, and with the least code that does the work: system calls alone, or over TLS OpenSSL alone. The
//! same work, on the same server, in turn.
//!
//! ```sh
//! cargo bench --bench compare
//! cargo bench --bench compare -- --tls
//! cargo bench --bench compare -- --runs 1 --mib 64 --files 100      # a quick look
//! ```
//!
//! The options are those of [`Options`]. docs/performance.md tells what is measured, and what came out of it.

#![allow(
    unused_crate_dependencies,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use support::daemons::{Daemon, DaemonOptions, Tls};
use support::embedded::{self, Embedded};

#[path = "../tests/support/mod.rs"]
mod support;

const MIB: usize = 1024 * 1024;
const SMALL_FILE: usize = 4096;

fn main() {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let Some(bench) = arguments.iter().position(|argument| argument == "--bench") else {
        println!("This is a benchmark, not a test: run it with cargo bench.");
        return;
    };
    arguments.remove(bench);
    let options = Options::parse(&arguments);

    let folder = tempfile::tempdir().unwrap();
    let mut clients = vec![
        Client { name: "libftpclient", block: options.block, program: build_ours(folder.path()) },
        Client { name: "libcurl", block: options.curl_block, program: build_curl(folder.path()) },
    ];
    clients.push(if options.tls {
        Client { name: "OpenSSL alone", block: 0, program: build_openssl(folder.path()) }
    } else {
        Client { name: "system calls alone", block: 0, program: build_bare(folder.path()) }
    });
    let source = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
    let server = Server::start(options.tls);
    let big = server.put("big0", options.mib * MIB);
    fs::write(source.path().join("up0"), &big).unwrap();
    for i in 0..options.files {
        server.put(&format!("small{i}"), SMALL_FILE);
    }

    println!("Server: {}. Load of the machine before: {}", server.name, load());
    println!("Median (minimum to maximum) of {} runs each, in seconds.\n", options.runs);
    let peers: String = clients.iter().skip(1).map(|peer| format!(" {} | ratio |", peer.name)).collect();
    println!("| work | time | {} |{peers}", clients[0].name);
    println!("|---|---|---|{}", "---|---|".repeat(clients.len() - 1));
    let works = [
        Work {
            title: format!("{} MiB to memory", options.mib),
            name: "big",
            count: 1,
            bytes: big.len(),
            way: Way::ToMemory,
        },
        Work {
            title: format!("{} MiB to a file", options.mib),
            name: "big",
            count: 1,
            bytes: big.len(),
            way: Way::ToFile,
        },
        Work {
            title: format!("{} MiB from a file", options.mib),
            name: "up",
            count: 1,
            bytes: big.len(),
            way: Way::FromFile,
        },
        Work {
            title: format!("{} files of 4 KiB", options.files),
            name: "small",
            count: options.files,
            bytes: options.files * SMALL_FILE,
            way: Way::ToMemory,
        },
    ];
    // Writing to a file is no other work over TLS.
    for work in works.iter().filter(|work| !(options.tls && work.way == Way::ToFile)) {
        // The first run of each warms up the caches, and its result is checked byte by byte.
        let expected = (work.name == "big").then_some(big.as_slice());
        for client in &clients {
            client.run(work, &server, source.path(), expected);
        }
        let mut runs: Vec<Vec<Run>> = clients.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.runs {
            for (client, runs) in clients.iter().zip(&mut runs) {
                runs.push(client.run(work, &server, source.path(), None));
            }
        }
        report(&work.title, "wall", &runs, |run| run.wall);
        report(&work.title, "CPU", &runs, |run| run.cpu);
        if options.json {
            print_json(&work.title, &clients, &runs);
        }
    }
    println!("\nLoad of the machine after: {}", load());
}

struct Options {
    /// `--tls`, which takes no number: explicit TLS 1.3, each data connection resumes the session.
    tls: bool,
    /// `--json`, which takes no number: each run as well, one line of JSON for each work and client.
    json: bool,
    /// `--runs`: how often each client does each work, after one run to warm up.
    runs: usize,
    /// `--mib`: the size of the big file.
    mib: usize,
    /// `--files`: how many small files; 2000, and 500 over TLS.
    files: usize,
    /// `--block`: the blocksize that libftpclient is called with; 0 is its own choice.
    block: usize,
    /// `--curl-block`: libcurl's CURLOPT_BUFFERSIZE; at most 524288.
    curl_block: usize,
}

impl Options {
    fn parse(arguments: &[String]) -> Options {
        let tls = arguments.iter().any(|argument| argument == "--tls");
        let json = arguments.iter().any(|argument| argument == "--json");
        let has_number = |argument: &&String| *argument != "--tls" && *argument != "--json";
        let numbers: Vec<&String> = arguments.iter().filter(has_number).collect();
        let files = if tls { 500 } else { 2000 };
        let mut options = Options { tls, json, runs: 5, mib: 1024, files, block: 0, curl_block: 512 * 1024 };
        for pair in numbers.chunks(2) {
            let field = match pair[0].as_str() {
                "--runs" => &mut options.runs,
                "--mib" => &mut options.mib,
                "--files" => &mut options.files,
                "--block" => &mut options.block,
                "--curl-block" => &mut options.curl_block,
                other => panic!(
                    "{other}: it can be --tls, --json, --runs, --mib, --files, --block or --curl-block"
                ),
            };
            let value = pair.get(1).and_then(|value| value.parse().ok());
            *field = value.unwrap_or_else(|| panic!("{} needs a number", pair[0]));
        }
        options
    }
}

fn build_ours(folder: &Path) -> PathBuf {
    // Cargo builds the library along with this benchmark, in the release profile, and puts it beside it.
    let library = env::current_exe().unwrap().with_file_name("libftpclient.a");
    build(folder, "ours", |command| {
        command.args(["-Iinclude"]).arg(&library).args(env!("FTPCLIENT_STATIC_LIBS").split(' '));
    })
}

fn build_curl(folder: &Path) -> PathBuf {
    build(folder, "curl", |command| {
        command.args(pkg_config("libcurl"));
    })
}

fn build_bare(folder: &Path) -> PathBuf {
    build(folder, "bare", |_| {})
}

fn build_openssl(folder: &Path) -> PathBuf {
    build(folder, "openssl", |command| {
        command.args(pkg_config("openssl"));
    })
}

fn pkg_config(library: &str) -> Vec<String> {
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", library]).output();
    let flags = flags.ok().filter(|output| output.status.success()).unwrap_or_else(|| {
        panic!(
            "{library}'s header or pkg-config is missing; \
             on Debian: apt-get install pkg-config libcurl4-openssl-dev libssl-dev"
        )
    });
    String::from_utf8(flags.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

fn build(folder: &Path, name: &str, finish: impl FnOnce(&mut Command)) -> PathBuf {
    let program = folder.join(name);
    let compiler = cc::Build::new()
        .host(env!("FTPCLIENT_TARGET"))
        .target(env!("FTPCLIENT_TARGET"))
        .opt_level(2)
        .cargo_metadata(false)
        .get_compiler();
    let mut command = compiler.to_command();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o"]);
    command.arg(&program).arg(format!("benches/c/{name}.c"));
    finish(&mut command);
    assert!(command.status().expect("there is no C compiler").success(), "{name}.c does not compile");
    program
}

/// vsftpd where it is installed; otherwise the embedded server, which takes much more time itself and has no TLS.
struct Server {
    name: &'static str,
    addr: SocketAddr,
    user: String,
    password: String,
    /// The file with the certificate to trust; `-` without TLS.
    ca: String,
    running: Running,
}

enum Running {
    Daemon(Daemon),
    Embedded(Embedded),
}

impl Server {
    fn start(tls: bool) -> Server {
        let options = if tls {
            DaemonOptions {
                tls: Tls::Explicit,
                reuse_required: true,
                tls_version: "1.3",
                ..DaemonOptions::default()
            }
        } else {
            DaemonOptions::default()
        };
        match Daemon::start("vsftpd", options) {
            Some(daemon) => Server {
                name: if tls { "vsftpd, TLS 1.3" } else { "vsftpd" },
                addr: daemon.addr(),
                user: daemon.user.clone(),
                password: daemon.password.clone(),
                ca: if tls { daemon.ca.display().to_string() } else { "-".to_owned() },
                running: Running::Daemon(daemon),
            },
            None => {
                assert!(!tls, "over TLS, this needs vsftpd (see tests/daemons/README.md)");
                let server = Embedded::start();
                Server {
                    name: "libunftp in this process, for want of vsftpd (see tests/daemons/README.md)",
                    addr: server.addr(),
                    user: embedded::USER.to_owned(),
                    password: embedded::PASSWORD.to_owned(),
                    ca: "-".to_owned(),
                    running: Running::Embedded(server),
                }
            }
        }
    }

    /// Makes a file that no layer can take for zeros or compress.
    fn put(&self, name: &str, size: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let content: Vec<u8> = (0..size.div_ceil(8))
            .flat_map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()
            })
            .take(size)
            .collect();
        match &self.running {
            Running::Daemon(daemon) => daemon.put(name, &content),
            Running::Embedded(server) => fs::write(server.root().join(name), &content).unwrap(),
        }
        content
    }
}

/// Where the data goes or comes from, at this end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    ToMemory,
    ToFile,
    FromFile,
}

/// `count` files to move in one session: `name`0, `name`1 and so on.
struct Work {
    title: String,
    name: &'static str,
    count: usize,
    bytes: usize,
    way: Way,
}

struct Client {
    name: &'static str,
    program: PathBuf,
    block: usize,
}

/// What one session took, in seconds.
struct Run {
    wall: f64,
    cpu: f64,
}

impl Client {
    fn run(&self, work: &Work, server: &Server, source: &Path, expected: Option<&[u8]>) -> Run {
        let folder = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
        let mut command = Command::new(&self.program);
        command.args([server.addr.ip().to_string(), server.addr.port().to_string()]);
        command.args([&server.user, &server.password, &server.ca]);
        let verb = if work.way == Way::FromFile { "put" } else { "get" };
        command.args([&self.block.to_string(), verb, work.name, &work.count.to_string()]);
        match work.way {
            Way::ToMemory => &mut command,
            Way::ToFile => command.arg(folder.path()),
            Way::FromFile => command.arg(source),
        };
        let output = command.output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}, {}: {complaint}", self.name, work.title);

        let figures: Vec<f64> = printed.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
        let [bytes, wall, cpu] = figures[..] else { panic!("{} printed {printed}", self.name) };
        assert_eq!(bytes as usize, work.bytes, "{}, {}", self.name, work.title);
        if let (Some(expected), Way::ToFile) = (expected, work.way) {
            let received = fs::read(folder.path().join(format!("{}0", work.name))).unwrap();
            assert!(received == expected, "{}: the file differs", self.name);
        }
        Run { wall, cpu }
    }
}

/// A line of the table: the first client, and then each other one with the ratio of the first one's median to its own.
fn report(title: &str, what: &str, runs: &[Vec<Run>], figure: impl Fn(&Run) -> f64) {
    let spread = |runs: &Vec<Run>| {
        let mut figures: Vec<f64> = runs.iter().map(&figure).collect();
        figures.sort_by(f64::total_cmp);
        (figures[0], figures[figures.len() / 2], figures[figures.len() - 1])
    };
    let show = |(minimum, median, maximum)| format!("{median:.3} ({minimum:.3} to {maximum:.3})");
    let ours = spread(&runs[0]);
    print!("| {title} | {what} | {} |", show(ours));
    for peer in runs[1..].iter().map(spread) {
        print!(" {} | {:.2} |", show(peer), ours.1 / peer.1);
    }
    println!();
}

fn print_json(title: &str, clients: &[Client], runs: &[Vec<Run>]) {
    for (client, runs) in clients.iter().zip(runs) {
        let list = |figure: fn(&Run) -> f64| {
            runs.iter().map(|run| format!("{:.6}", figure(run))).collect::<Vec<_>>().join(",")
        };
        let (wall, cpu) = (list(|run| run.wall), list(|run| run.cpu));
        println!("{{\"work\":\"{title}\",\"client\":\"{}\",\"wall\":[{wall}],\"cpu\":[{cpu}]}}", client.name);
    }
}

/// The load of the last minute: how many other processes wanted a processor.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
