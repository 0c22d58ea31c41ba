#!/usr/bin/env bash
# Runs the C tests with the library and the programs built for sanitizers: AddressSanitizer (with leaks) and
# UndefinedBehaviorSanitizer for all, ThreadSanitizer for those with threads. With --rust, also the Rust tests.
#
# The library is linked statically, and gcc brings the one runtime that serves both languages. rustc's sanitizers are
# unstable, so RUSTC_BOOTSTRAP lets the stable compiler have them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
target_dir=${CARGO_TARGET_DIR:-target}/sanitize
includes=(-Iinclude -Ic-tests/support)
flags=(-D_POSIX_C_SOURCE=200809L -Wall -Wextra -g -pthread)

# rust_flags SANITIZER: for the library. Rust's own library is not instrumented.
rust_flags() {
  echo "-Zsanitizer=$1 -Cunsafe-allow-abi-mismatch=sanitizer"
}

# build SANITIZER C-SANITIZERS: the library and the harness, for link().
build() {
  local file object
  folder=$target_dir/$1
  sanitizers=(-fsanitize="$2" -fno-sanitize-recover=all)
  mkdir -p "$folder"
  RUSTC_BOOTSTRAP=1 RUSTFLAGS=$(rust_flags "$1") cargo build --quiet --lib --target "$host" --target-dir "$folder"
  objects=()
  for file in c-tests/support/*.c c-tests/sanitize/runtime.c; do
    object=$folder/$(basename "$file" .c).o
    gcc -std=c99 "${flags[@]}" "${sanitizers[@]}" "${includes[@]}" -c "$file" -o "$object"
    objects+=("$object")
  done
}

# link SOURCE: makes $program of it.
link() {
  local compiler=(gcc -std=c99)
  program=$folder/$(basename "${1%.*}")
  if [[ $1 == *.cpp ]]; then compiler=(g++ -std=c++17); fi
  if [[ $1 == *_coro.cpp ]]; then compiler=(g++ -std=c++20); fi
  if [[ $1 == *_nothrow.cpp ]]; then compiler+=(-fno-exceptions -fno-rtti); fi
  "${compiler[@]}" "${flags[@]}" "${sanitizers[@]}" "${includes[@]}" "$1" "${objects[@]}" \
    "$folder/$host/debug/libftpclient.a" -lssl -lcrypto -lm -ldl -o "$program"
}

# finds MISTAKE WORDS: a sanitizer that is on stops a program that makes the mistake, and says so in these words.
finds() {
  local said
  link c-tests/sanitize/control.c
  if said=$("$program" "$1" 2>&1) || [[ $said != *"$2"* ]]; then
    printf 'FAILED: the sanitizer does not find that a %s:\n%s\n' "$1" "$said"
    exit 1
  fi
}

# passes SOURCE: its program ends well.
passes() {
  link "$1"
  if ! "$program" >"$program.log" 2>&1; then
    printf '%s with %s: FAILED\n%s\n' "$(basename "$program")" "${sanitizers[0]}" "$(cat "$program.log")"
    return 1
  fi
  printf '%s with %s: %s\n' "$(basename "$program")" "${sanitizers[0]}" "$(tail -n 1 "$program.log")"
}

# all_pass SOURCE...: as many at a time as there are cores.
all_pass() {
  local source running=0
  for source; do
    if ((running == $(nproc))); then wait -n; running=$((running - 1)); fi
    passes "$source" &
    running=$((running + 1))
  done
  for ((; running > 0; running--)); do wait -n; done
}

build address address,undefined
finds "library writes freed memory" "heap-use-after-free"
finds "program reads freed memory" "heap-use-after-free"
finds "handle is lost" "detected memory leaks"
finds "number overflows" "signed integer overflow"
all_pass c-tests/test_*.c c-tests/test_*.cpp

# FTPS, on a real server: one that needs no root, where it is installed.
servers=tests/daemons/servers.py
if coproc SERVER { exec python3 "$servers" start pyftpdlib --tls explicit --reuse required; } && server=$SERVER_PID &&
  facts=$(sed '/^$/q' <&"${SERVER[0]}") && [[ -n $facts ]]; then
  fact() { sed -n "s/^$1=//p" <<<"$facts"; }
  link examples/c/ftps.c
  printf 'ftps with %s: ' "${sanitizers[0]}"
  "$program" "ftpes://$(fact user):$(fact password)@$(fact host):$(fact port)" "$(fact ca)" | tail -n 1
  exec {SERVER[1]}>&-
  # Not SERVER_PID: the shell forgets it as soon as the server has ended.
  wait "$server"
elif [[ ${FTPCLIENT_DAEMONS:-} == required ]]; then
  echo "FAILED: pyftpdlib is required, and does not start"
  exit 1
fi

build thread thread
finds "handle is used by two threads" "WARNING: ThreadSanitizer: "
# Not test_fds, where the thread that looks up a name outlives its call: such a thread frees what it shares after a fence of Rust's own
# library, which is not instrumented, and ThreadSanitizer knows no fences.
all_pass c-tests/test_threads.c c-tests/test_cancel.c c-tests/test_callbacks.c c-tests/test_signals.c c-tests/test_event_loop.c \
  c-tests/test_hpp_client.cpp

if [[ ${1:-} == --rust ]]; then
  RUSTC_BOOTSTRAP=1 RUSTFLAGS=$(rust_flags address) \
    cargo test --lib --test scripted --target "$host" --target-dir "$target_dir/address"
fi
