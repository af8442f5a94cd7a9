"""Measures one part of the comparison and prints its table; ../compare.sh runs it."""

import contextlib
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
TARGET = Path(os.environ["CARGO_TARGET_DIR"])
CALLS = TARGET / "release/calls"
DECODE = TARGET / "release/decode"
CUSTOMER = HERE / "../documents/customer.json"

# Names of the programs' modes, and how the tables call them.
CALLERS = {
    "ours": "ours, all policies",
    "ours-bare": "ours, no limiter and breaker",
    "async-stripe": "async-stripe",
    "reqwest-derive": "reqwest, derived struct",
    "reqwest-value": "reqwest, `serde_json::Value`",
    "reqwest-bytes": "reqwest, not decoded",
}
READERS = {
    "ours": "ours",
    "async-stripe": "async-stripe",
    "serde-derive": "serde_json, derived struct",
    "serde-value": "`serde_json::Value`",
    "sonic-value": "`sonic_rs::Value`",
}
# The crates that each program's client consists of, without their dependencies.
CLIENTS = {
    "ours": ["stripe", "runtime", "wire", "rate-limit", "http-client", "webhooks"],
    "async-stripe": [
        "async-stripe",
        "async-stripe-core",
        "async-stripe-shared",
        "async-stripe-types",
        "async-stripe-client-core",
    ],
    "reqwest": ["reqwest"],
}


def table(*rows):
    """Prints rows as Markdown; the first is the head."""
    head, *rest = rows
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rest:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def run(*command):
    """The output of a command, which must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


def instructions(*command):
    """How many instructions callgrind counts, or None if the program refuses."""
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*tool, *command], capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    return int(collected[1]) if collected and not done.returncode else None


def slope(few, many, *command):
    """Instructions of one repetition, from runs with few and with many."""
    counts = [instructions(*command, str(count)) for count in (few, many)]
    return None if None in counts else (counts[1] - counts[0]) / (many - few)


@contextlib.contextmanager
def server():
    """The address of a server in another process."""
    process = subprocess.Popen([CALLS, "serve", CUSTOMER], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def calls():
    print("Instructions of one call that retrieves a customer, one call after the other\n")
    with server() as address:
        counts = {name: slope(200, 700, CALLS, name, address) for name in CALLERS}
    rows = [("client", "instructions", "ratio to ours", "more than reqwest, not decoded")]
    for name, title in CALLERS.items():
        more = counts[name] - counts["reqwest-bytes"]
        ratio = counts[name] / counts["ours"]
        rows.append((title, f"{counts[name]:,.0f}", f"{ratio:.2f}", f"{more:,.0f}"))
    table(*rows)


def throughput():
    print("Calls per second, 256 concurrent callers, two threads, the median of five runs\n")
    rates = {"ours": [], "ours-bare": [], "reqwest-derive": [], "reqwest-bytes": []}
    with server() as address:
        for _ in range(5):
            for name, measured in rates.items():
                measured.append(float(run(CALLS, name, address, "25600", "256")))
    medians = {name: statistics.median(measured) for name, measured in rates.items()}
    rows = [("client", "calls per second", "ratio to ours")]
    for name, median in medians.items():
        rows.append((CALLERS[name], f"{median:,.0f}", f"{median / medians['ours']:.2f}"))
    table(*rows)


def protocols():
    print("Calls per second over TLS, client and server one thread each, the median of five runs\n")
    rows = [("concurrent", "HTTP/1.1", "HTTP/2")]
    programs = [TARGET / folder / "release/protocols" for folder in ("", "http2")]
    for concurrent in ("1", "256"):
        cells = []
        for program in programs:
            count = "5000" if concurrent == "1" else "25600"
            outputs = [run(program, count, concurrent) for _ in range(5)]
            rates = [float(output.split()[1]) for output in outputs]
            connections = outputs[-1].split(", ")[1].strip()
            cells.append(f"{statistics.median(rates):,.0f} ({connections})")
        rows.append((concurrent, *cells))
    table(*rows)


def decode():
    names = [line.split() for line in run(DECODE, "names").splitlines()]
    documents = [(name, sent) for name, sent, _ in names]
    documents += [(f"{name}.compact", compact) for name, _, compact in names]
    counts, speeds = {}, {}
    for name, _ in documents:
        few, many = (1, 6) if name.startswith("list") else (20, 220)
        for reader in READERS:
            counts[name, reader] = slope(few, many, DECODE, reader, name)
            if counts[name, reader] is not None:
                speeds[name, reader] = float(run(DECODE, reader, name))
    for title, values in [
        ("Instructions of decoding a document (in brackets the ratio to ours)", counts),
        ("Megabytes per second of CPU time (in brackets the ratio to ours)", speeds),
    ]:
        print(title + "\n")
        rows = [("document", "bytes", *READERS.values())]
        for name, length in documents:
            ours = values[name, "ours"]
            cells = [values.get((name, reader)) for reader in READERS]
            cells = ["" if cell is None else f"{cell:,.0f} ({cell / ours:.2f})" for cell in cells]
            rows.append((name, f"{int(length):,}", *cells))
        table(*rows)


def cost(*command):
    """CPU and wall seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    run(*command)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall


def compile_one(program, profile):
    """The figures of one program and profile."""
    target = TARGET / "compile"
    shutil.rmtree(target, ignore_errors=True)
    package = f"customer-{program}"
    flags = ["--locked", "-q", "--target-dir", target]
    flags += ["--release"] if profile == "release" else []
    build = ["cargo", "build", "-p", package, *flags]
    clean_cpu, clean_wall = cost(*build)
    cleaned = [f"-p{crate}" for crate in (*CLIENTS[program], package)]
    run("cargo", "clean", *cleaned, *flags)
    client_cpu, _ = cost(*build, "-j1")
    (HERE / "compile" / program / "src/main.rs").touch()
    program_cpu, _ = cost(*build, "-j1")
    binary = target / profile / package
    stripped = target / "stripped"
    run("strip", "-o", stripped, binary)
    size = stripped.stat().st_size
    shutil.rmtree(target)
    return clean_cpu, clean_wall, client_cpu, program_cpu, size


def compile_cost(profile):
    print(f"Compiling a program that retrieves a customer, {profile} (in brackets the ratio to ours)\n")
    head = (
        "program",
        "crates",
        "clean build, CPU s",
        "wall s",
        "client and program, CPU s",
        "program, CPU s",
        "stripped, kB",
    )
    rows = [head]
    ours = None
    for program in CLIENTS:
        run("cargo", "fetch", "--locked")
        edges = ["--edges", "normal,build", "--prefix", "none", "--no-dedupe"]
        tree = run("cargo", "tree", "--locked", "-p", f"customer-{program}", *edges)
        crates = len({" ".join(line.split()[:2]) for line in tree.splitlines() if line})
        *seconds, size = compile_one(program, profile)
        figures = (*seconds, size / 1000)
        ours = ours or figures
        pairs = zip(figures, ours)
        cells = [f"{value:,.1f} ({value / base:.2f})" for value, base in pairs]
        rows.append((program, str(crates), *cells))
    table(*rows)


PARTS = {
    "calls": calls,
    "throughput": throughput,
    "protocols": protocols,
    "decode": decode,
    "compile-debug": lambda: compile_cost("debug"),
    "compile-release": lambda: compile_cost("release"),
}
PARTS[sys.argv[1]]()
