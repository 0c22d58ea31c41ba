//! How fast a directory of 100,000 entries is listed by a program in C that reads every field, in CPU time of that program. Beside it
//! stands a program that receives the same bytes and only counts the lines. All run in turn, on a server that has the listing in memory.
//!
//! ```sh
//! cargo bench --bench listings
//! cargo bench --bench listings -- --runs 21
//! cargo bench --bench listings -- --parser      # only the parser, without a server: in CPU time of this process
//! ```
//!
//! docs/performance.md tells what came out of it.

#![allow(
    unused_crate_dependencies,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]
// The CPU time of the process is the system's.
#![allow(unsafe_code)]

mod parser;
mod server;
mod texts;

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ftpclient::protocol::listing::Format;
use texts::Line;

const ENTRIES: usize = 100_000;

const LISTINGS: [(&str, Format, Line); 4] = [
    ("MLSD of ProFTPD", Format::Mlsd, texts::proftpd),
    ("MLSD of Pure-FTPd", Format::Mlsd, texts::pureftpd),
    ("LIST of Unix", Format::Unix, texts::unix),
    ("LIST of IIS", Format::Dos, texts::iis),
];

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let has = |wanted: &str| arguments.iter().position(|argument| argument == wanted);
    if has("--bench").is_none() {
        println!("This is a benchmark, not a test: run it with cargo bench.");
        return;
    }
    if has("--parser").is_some() {
        parser::report();
        return;
    }
    let runs = has("--runs").map_or(11, |at| arguments[at + 1].parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let ours = build_ours(folder.path());
    let lines = build(folder.path(), "lines", &[]);
    println!("{ENTRIES} entries, {runs} runs each: median (minimum to maximum).\n");
    println!(
        "| listing | bytes a line | program | CPU, ms | million entries/s | CPU to lines only | allocations | heap, KiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (name, format, line) in LISTINGS {
        let text = Arc::new((0..ENTRIES).map(line).collect::<String>().into_bytes());
        let is_mlsd = format == Format::Mlsd;
        let server = server::start(&text, is_mlsd);
        let command = if is_mlsd { "MLSD" } else { "LIST" };
        let mut clients = vec![
            Client::new("lines only", &lines, command),
            Client::new("ftp_list_open()", &ours, "0"),
            Client::new("FTP_LIST_STREAM", &ours, "4"),
        ];
        if is_mlsd {
            clients.push(Client::new("Python's ftplib", Path::new("benches/peers/ftplib_mlsd.py"), ""));
        }
        for _ in 0..=runs {
            clients.iter_mut().for_each(|client| client.run(server));
        }
        let raw = clients[0].median();
        for client in &mut clients {
            println!("| {name} | {} | {} |", text.len() / ENTRIES, client.row(raw));
        }
    }
}

struct Client {
    name: &'static str,
    program: PathBuf,
    /// Its argument behind host and port.
    argument: &'static str,
    /// Of each run, in seconds.
    cpu: Vec<f64>,
    /// What the last run has taken: how many allocations, how many bytes of the heap.
    memory: Option<(u64, u64)>,
}

impl Client {
    fn new(name: &'static str, program: &Path, argument: &'static str) -> Client {
        Client { name, program: program.into(), argument, cpu: Vec::new(), memory: None }
    }

    fn run(&mut self, server: SocketAddr) {
        let mut command = Command::new(&self.program);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args([server.ip().to_string(), server.port().to_string(), self.argument.to_owned()]);
        let output = command.output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        let words: Vec<&str> = printed.split_whitespace().collect();
        assert_eq!(words[0].parse(), Ok(ENTRIES), "{}", self.name);
        self.cpu.push(words[1].parse().unwrap());
        if let [_, _, allocations, bytes, _] = words[..] {
            self.memory = Some((allocations.parse().unwrap(), bytes.parse().unwrap()));
        }
    }

    /// The figures of all runs but the first, which warms up the caches.
    fn sorted(&self) -> Vec<f64> {
        let mut cpu = self.cpu[1..].to_vec();
        cpu.sort_by(f64::total_cmp);
        cpu
    }

    fn median(&self) -> f64 {
        let cpu = self.sorted();
        cpu[cpu.len() / 2]
    }

    fn row(&self, raw: f64) -> String {
        let (cpu, median) = (self.sorted(), self.median());
        let spread = |figure: fn(f64) -> f64| {
            let (one, other) = (figure(cpu[0]), figure(cpu[cpu.len() - 1]));
            format!("{:.1} ({:.1} to {:.1})", figure(median), one.min(other), one.max(other))
        };
        let memory = self
            .memory
            .map_or("| ".into(), |(allocations, bytes)| format!("{allocations} | {}", bytes / 1024));
        format!(
            "{} | {} | {} | {:.1} | {memory}",
            self.name,
            spread(|cpu| cpu * 1e3),
            spread(|cpu| ENTRIES as f64 / cpu / 1e6),
            median / raw,
        )
    }
}

fn build_ours(folder: &Path) -> PathBuf {
    // Cargo builds the library along with this benchmark, in the release profile, and puts it beside it.
    let library = env::current_exe().unwrap().with_file_name("libftpclient.a");
    let library = library.display().to_string();
    let counted = "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free";
    let mut more = vec!["-Iinclude", counted, &library];
    more.extend(env!("FTPCLIENT_STATIC_LIBS").split(' '));
    build(folder, "listing", &more)
}

fn build(folder: &Path, name: &str, more: &[&str]) -> PathBuf {
    let program = folder.join(name);
    let status = Command::new("cc")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(format!("benches/c/{name}.c"))
        .args(more)
        .status()
        .expect("there is no C compiler");
    assert!(status.success(), "{name}.c does not compile");
    program
}
