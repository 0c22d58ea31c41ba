"""Builds all mutants into one program, each under a number, and runs the tests once for each number.

    mutants.py CRATE 'TESTS' [--sample=N] [OPTION of `cargo mutants --list`]...

TESTS are test programs, the fastest first: `lib scripted tls`. A mutant that the first does not notice meets the next one.

cargo-mutants says which mutants there are. A function's body becomes `match crate::mutant() { 1 => mutant, …, _ => the body }`, so
that the compiler has to be asked once. What cannot be changed in that way is built one by one afterwards: constants, `const fn`,
signatures, and functions that return `impl Trait`, except for the closures in them.
"""

import itertools
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

MEMORY = 4 << 30  # A mutant may ask for more and more.
OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGKILL)
CHOICE = """
pub(crate) fn mutant() -> usize {
    static NUMBER: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *NUMBER.get_or_init(|| std::env::var("MUTANT").map_or(0, |number| number.parse().unwrap_or(0)))
}
"""


class Source:
    """A file of the crate, as it was."""

    def __init__(self, path):
        self.text = path.read_text()
        self.starts = [0, *itertools.accumulate(map(len, self.text.splitlines(keepends=True)))]

    def place(self, position):
        return self.starts[position["line"] - 1] + position["column"] - 1

    def span(self, span):
        return self.place(span["start"]), self.place(span["end"])


def body_of(mutant, source):
    """Where the body of the mutated function begins and ends; None if a number cannot choose it."""
    function = mutant["function"]
    if function is None:
        return None
    start, end = source.span(function["span"])
    first, last = source.span(mutant["span"])
    body = source.text.index("{", start)
    signature = source.text[start:body]
    if first < body or re.search(r"\bconst fn\b", signature):
        return None
    if re.search(r"->.*\bimpl\b", signature, re.S):
        # The body has one type. That of a closure in it may have another one.
        closures = (block(source.text, match.end() - 1) for match in re.finditer(r"\|[^|\n]*\| \{", source.text[:end]))
        return next((each for each in closures if body < each[0] <= first and last < each[1] <= end), None)
    return body, end


def block(text, start):
    """Where the block begins and ends that this brace opens."""
    depth = 0
    for token in re.compile(r"'(?:\\.|[^'\\])'|\"(?:\\.|[^\"\\])*\"|//[^\n]*|[{}]").finditer(text, start):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if depth == 0:
            return start, token.end()
    return start, start


def write(crate, sources, bodies, mutants):
    """Writes the crate with these mutants. Returns whose each line is."""
    by_file = defaultdict(lambda: defaultdict(list))
    for number in mutants:
        file, body = bodies[number]
        by_file[file][body].append(number)
    owners = {}
    for file, source in sources.items():
        text, at = "", 0
        for (start, end), numbers in sorted(by_file[file].items()):
            text += source.text[at:start] + "{ match crate::mutant() {"
            for number in numbers:
                first, last = source.span(mutants[number]["span"])
                text += f"\n{number} => "
                line = text.count("\n") + 1
                text += source.text[start:first] + mutants[number]["replacement"] + " " + source.text[last:end]
                owners |= {(file, each): number for each in range(line, text.count("\n") + 2)}
            text += "\n_ => " + source.text[start:end] + "}}"
            at = end
        (crate / file).write_text(text + source.text[at:])
    return owners


def build(crate, tests):
    """The test programs, and what the compiler says against them: a text, and the lines that it is about."""
    which = [word for test in tests for word in (["--lib"] if test == "lib" else ["--test", test])]
    command = ["cargo", "test", "--no-run", "--message-format=json", *which]
    run = subprocess.run(command, cwd=crate, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    programs, errors = {}, []
    for message in map(json.loads, filter(lambda line: line.startswith("{"), run.stdout.splitlines())):
        if message.get("executable"):
            kind, name = message["target"]["kind"], message["target"]["name"]
            programs[name if kind == ["test"] else "lib"] = message["executable"]
        error = message.get("message") or {}
        if error.get("level") == "error":
            lines = {(span["file_name"], span["line_start"]) for span in error["spans"] if span["is_primary"]}
            errors.append((error["rendered"], lines))
    if run.returncode and not errors:
        sys.exit(run.stderr)
    return programs, errors


def build_together(crate, sources, bodies, mutants, tests):
    """The test programs with all mutants that compile, and these mutants."""
    while True:
        owners = write(crate, sources, bodies, mutants)
        programs, errors = build(crate, tests)
        if not errors:
            return programs, mutants
        wrong = {owners[line] for _, lines in errors for line in lines if line in owners}
        if not wrong:
            sys.exit("".join(text for text, _ in errors))
        mutants = {number: mutant for number, mutant in mutants.items() if number not in wrong}


def build_alone(crate, source, mutant, tests):
    """The test programs with this mutant; none if it does not compile."""
    first, last = source.span(mutant["span"])
    (crate / mutant["file"]).write_text(source.text[:first] + mutant["replacement"] + source.text[last:])
    programs, errors = build(crate, tests)
    return {} if errors else programs


def restore(crate, sources):
    for file, source in sources.items():
        (crate / file).write_text(source.text)


def run(crate, program, number, arguments, limit):
    """None: the time is over, or that of the processor. Otherwise the tests that have failed."""
    # What stops after the first failure is told only to compilers under development.
    environment = os.environ | {"MUTANT": str(number), "RUSTC_BOOTSTRAP": "1", "RUST_BACKTRACE": "0", "CARGO_MANIFEST_DIR": str(crate)}
    command = [program, "-Zunstable-options", "--fail-fast", *arguments]
    wall, processor = limit

    def set_limits():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if processor:
            resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))

    try:
        end = subprocess.run(command, cwd=crate, env=environment, capture_output=True, timeout=wall, preexec_fn=set_limits)
    except subprocess.TimeoutExpired as late:
        end = late
    failed = re.findall(r"^test (\S+)[^\n]* FAILED$", (end.stdout or b"").decode(errors="replace"), re.M)
    if failed:
        return failed
    if isinstance(end, subprocess.TimeoutExpired) or end.returncode in OUT_OF_TIME:
        return None
    return ["(crashed)"] if end.returncode else []


def outcome(crate, program, number, arguments, limit):
    """A test that fails once and then passes has noticed nothing: it runs out of time when the machine is busy."""
    flaky = []
    for _ in range(8):
        failed = run(crate, program, number, [*arguments, *(f"--skip={name}" for name in flaky)], limit)
        if not failed or failed == ["(crashed)"]:
            return "timeout" if failed is None else "caught" if failed else "missed"
        if run(crate, program, number, ["--exact", *failed], limit) != []:
            return "caught"
        flaky += failed
    sys.exit(f"these tests fail now and then: {flaky}")


def limits_of(crate, program):
    """How long the tests of a program may take with a mutant, and of that a processor: a loop without end need not be waited for."""
    start, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    if outcome(crate, program, 0, [], (None, None)) != "missed":
        sys.exit(f"{program} fails without a mutant")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return 20 + 5 * (time.monotonic() - start), int(20 + 5 * processor)


def try_mutant(crate, programs, tests, number, file, limits):
    if "lib" in tests:
        module = file.removeprefix("src/").removesuffix(".rs").removesuffix("/mod").replace("/", "::")
        own = outcome(crate, programs["lib"], number, [module + "::"], limits["lib"])
        if own != "missed":
            return own
    for test in tests:
        found = outcome(crate, programs[test], number, [], limits[test])
        if found != "missed":
            return found
    return "missed"


def main():
    crate, tests, *options = sys.argv[1:]
    crate, tests = Path(crate).resolve(), tests.split()
    sample = [int(option.removeprefix("--sample=")) for option in options if option.startswith("--sample=")][-1:]
    options = [option for option in options if not option.startswith("--sample=")]
    listed = subprocess.run(["cargo", "mutants", "--list", "--json", *options], cwd=crate, stdout=subprocess.PIPE, check=True)
    mutants = dict(enumerate(json.loads(listed.stdout), 1))
    if sample:
        mutants = {number: mutants[number] for number in sorted(random.sample(sorted(mutants), sample[0]))}
    sources = {file: Source(crate / file) for file in {mutant["file"] for mutant in mutants.values()}}
    bodies = {number: (mutant["file"], body_of(mutant, sources[mutant["file"]])) for number, mutant in mutants.items()}
    together = {number: mutant for number, mutant in mutants.items() if bodies[number][1]}
    alone = {number: mutant for number, mutant in mutants.items() if number not in together}
    with open(crate / "src/lib.rs", "a") as library:
        library.write(CHOICE)

    counts = Counter()

    def note(found, mutant):
        counts[found] += 1
        if found in ("missed", "timeout"):
            print(f"{found}: {mutant['name']}", flush=True)

    programs, viable = build_together(crate, sources, bodies, together, tests)
    counts["unviable"] = len(together) - len(viable)
    limits = {test: limits_of(crate, programs[test]) for test in tests}
    for number, mutant in viable.items():
        note(try_mutant(crate, programs, tests, number, mutant["file"], limits), mutant)
    restore(crate, sources)
    for number, mutant in alone.items():
        programs = build_alone(crate, sources[mutant["file"]], mutant, tests)
        note(try_mutant(crate, programs, tests, number, mutant["file"], limits) if programs else "unviable", mutant)
        restore(crate, sources)
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())), flush=True)
    sys.exit(counts["missed"] != 0)


main()
