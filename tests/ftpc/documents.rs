//! The manual page, the completions and the help tell of the same commands and options as the program.

use super::support::tools::{self, installed};
use super::*;

fn source(name: &str) -> String {
    fs::read_to_string(root().join("examples/c/ftpc").join(name)).unwrap()
}

/// What stands between `begin` and `end` in each line that has both.
fn found(text: &str, begin: &str, end: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix(begin));
    lines.filter_map(|rest| rest.split_once(end)).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn each_option_and_each_command_is_told_of() {
    let options = found(&source("arguments.c"), "{\"", "\", ");
    let commands = found(&source("main.c"), "{\"", "\", ");
    assert!(options.len() > 20 && commands.len() >= 11, "{options:?} {commands:?}");
    // In the manual page "-" is written so that it can be copied.
    let manual = source("ftpc.1").replace("\\-", "-");
    let (bash, zsh) = (source("ftpc.bash"), source("ftpc.zsh"));
    for option in &options {
        let option = format!("--{option}");
        for (name, text) in [("ftpc.1", &manual), ("ftpc.bash", &bash), ("ftpc.zsh", &zsh)] {
            assert!(
                text.contains(&option) || (name == "ftpc.bash" && option == "--version"),
                "{name}: {option}"
            );
        }
    }
    let help = done(ftpc(&["--help"]));
    for command in &commands {
        assert!(help.contains(&format!("  ftpc {command} ")), "{command}");
        assert!(manual.contains(&format!(".BR \"ftpc {command}\"")), "{command}");
        assert!(bash.contains(&format!(" {command}")) && zsh.contains(&format!("'{command}:")), "{command}");
    }
}

#[test]
fn each_exit_status_is_told_of() {
    let header = source("status.h");
    let manual = source("ftpc.1");
    for line in
        header.lines().filter(|line| line.trim_start().starts_with("EXIT_") && !line.contains("SIGNAL"))
    {
        let number = line.split('=').nth(1).unwrap().trim().split([',', ' ']).next().unwrap();
        assert!(manual.contains(&format!("\n.B {number}\n")), "{line}");
    }
}

#[test]
fn the_manual_page_is_well_formed() {
    if !installed("the manual page", &["man"]) {
        return;
    }
    let mut man = Command::new("man");
    man.args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]).arg(root().join("examples/c/ftpc/ftpc.1"));
    let output = man.env("LC_ALL", "C.UTF-8").output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn shells_understand_the_completions() {
    let folder = root().join("examples/c/ftpc");
    if installed("the completion for bash", &["bash"]) {
        let complete = |words: &str, at: usize| {
            let script = format!(
                ". ./ftpc.bash; COMP_WORDS=({words}); COMP_CWORD={at}; _ftpc 2>/dev/null; echo \"${{COMPREPLY[*]}}\""
            );
            tools::run(Command::new("bash").args(["-c", &script]).current_dir(&folder))
        };
        assert_eq!(complete("ftpc p", 1), "put\n");
        assert_eq!(complete("ftpc get --re", 2), "--retries --resume\n");
        assert_eq!(complete("ftpc -q ls --re", 3), "--retries --recursive\n");
        assert_eq!(complete("ftpc --netrc get", 2), "\n");
        assert_eq!(complete("ftpc rm ftpe", 2), "ftpes://\n");
    }
    if installed("the completion for zsh", &["zsh"]) {
        tools::run(Command::new("zsh").args(["-n", "ftpc.zsh"]).current_dir(&folder));
    }
}
