"""Runs generators on the documents of the corpus and prints tables; ../other-apis.sh runs it."""

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "target/other-apis"
TOOLS = FOLDER / "tools"
PACKAGE = ROOT / "target/corpus/package"
SAMPLE = ROOT / "tests/corpus/sample.txt"

# The limits of one run of a generator.
CPU_SECONDS = 60
MEMORY_MIB = 4096
# Which crates are compiled: this many, of documents below this size.
COMPILED = 20
COMPILED_BYTES = 400_000

VERBS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
UPPER = "|".join(VERBS).upper()

# How Java is called: with what takes the least CPU time for a process that lives a few seconds, its
# first compiler, the serial collector and an archive of loaded classes, and with a heap that leaves
# room below the limit.
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx3g"]
JAVA += [f"-XX:SharedArchiveFile={TOOLS / 'openapi-generator.jsa'}"]
COMMANDS = {
    "ours": lambda document, name, out: [
        *(TOOLS / "generator", document, "--crate-name", name, "--out", out)
    ],
    "progenitor": lambda document, name, out: [
        *(TOOLS / "bin/cargo-progenitor", "progenitor", "-i", document),
        *("-o", out, "-n", name, "-v", "0.1.0"),
    ],
    "ploidy": lambda document, name, out: [
        *(TOOLS / "bin/ploidy", "generate", "rust", document, "--output", out, "--name", name)
    ],
    "openapi-generator": lambda document, name, out: [
        *(*JAVA, "-jar", TOOLS / "openapi-generator.jar", "generate", "-g", "rust"),
        *("--skip-validate-spec", "-i", document, "-o", out),
        *("--additional-properties", f"packageName={name},packageVersion=0.1.0"),
    ],
}
# Without TLS, where that is a feature. ploidy's features are the operations.
FEATURES = {
    "ours": ["--no-default-features"],
    "progenitor": [],
    "ploidy": [],
    "openapi-generator": ["--no-default-features"],
}
# How operations are counted in a crate: the files, and a pattern. Where a match is
# a method and a path, only different ones count: openapi-generator writes an operation once for each
# of its tags.
METHODS = {
    "ours": ("src/**/*.rs", rf"(?m)^/// `(?:{UPPER}) [^`]*`, as a type\.$"),
    "progenitor": ("src/lib.rs", r"(?m)^ *pub async fn "),
    "ploidy": ("src/client/**/*.rs", r"(?m)^ *pub async fn "),
    "openapi-generator": (
        "src/apis/*.rs",
        r'let uri_str = format!\("(.*?)"[^;]*;\s*let mut req_builder = '
        r"configuration\.client\.request\(reqwest::Method::(\w+)",
    ),
}
# Those whose matches are a method and a path.
BY_PATH = {"ours", "openapi-generator"}


def sample():
    """The documents of the sample, in its order, which is that of a hash: version, path, bytes."""
    found = []
    for line in SAMPLE.read_text().splitlines():
        if line and not line.startswith("#"):
            version, _, path = line.split()
            found.append((version, path, (PACKAGE / path).stat().st_size))
    return found


def documents():
    """The documents to generate: those of the sample, or the first that FIRST says."""
    found = sample()
    return found[: int(os.environ.get("FIRST", len(found)))]


def to_compile():
    """Twenty documents: of those below the size, sorted by it, each twentieth's middle one."""
    small = sorted(document for document in sample() if document[2] < COMPILED_BYTES)
    small.sort(key=lambda document: document[2])
    return [small[(2 * part + 1) * len(small) // (2 * COMPILED)] for part in range(COMPILED)]


def chosen_tools():
    """All tools, or those that the variable TOOLS lists."""
    return os.environ.get("TOOLS", " ".join(COMMANDS)).split()


def crate_name(path):
    return re.sub("[^a-z0-9]+", "-", path.removesuffix(".json").lower()).strip("-")


def described(path):
    """How many operations the document describes below `paths`."""
    paths = json.loads((PACKAGE / path).read_bytes()).get("paths") or {}
    items = [item for item in paths.values() if isinstance(item, dict)]
    return sum(verb in item for item in items for verb in VERBS)


def limit_cpu():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))


def peak_mib(process):
    """The most memory that the process had at a time, so far; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0
    peak = re.search(r"VmHWM:\s+(\d+)", status)
    return int(peak[1]) / 1024 if peak else 0


def run_limited(command, log):
    """How a process ends, its CPU seconds with those of its children, and its peak memory."""
    with open(log, "wb") as file:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=limit_cpu,
        )
        peak = 0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, peak_mib(process))
            if peak > MEMORY_MIB:
                process.kill()
                _, status, usage = os.wait4(process.pid, 0)
                break
            time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    if peak > MEMORY_MIB:
        ending = "memory"
    elif process.returncode < 0 and seconds > CPU_SECONDS - 1:
        ending = "time"
    elif process.returncode == 0:
        ending = "crate"
    else:
        text = log.read_text(errors="replace")
        is_panic = process.returncode < 0 or process.returncode == 101
        is_panic = is_panic or "panicked at" in text or "Exception in thread" in text
        ending = "panic" if is_panic else "error"
    return ending, round(seconds, 3), round(peak, 1)


def methods(tool, crate):
    """How many operations the crate has."""
    files, pattern = METHODS[tool]
    found = [match for file in crate.glob(files) for match in re.findall(pattern, file.read_text())]
    return len(set(found)) if tool in BY_PATH else len(found)


class Results:
    """What was measured, by tool and document; a line of a file for each."""

    def __init__(self, name):
        self.file = FOLDER / name
        lines = self.file.read_text().splitlines() if self.file.is_file() else []
        rows = [json.loads(line) for line in lines]
        self.rows = {(row["tool"], row["path"]): row for row in rows}

    def add(self, row):
        self.rows[row["tool"], row["path"]] = row
        with open(self.file, "a") as file:
            file.write(json.dumps(row) + "\n")

    def of_paths(self, path):
        return [row for (_, other), row in self.rows.items() if other == path]

    def of_tool(self, tool, paths):
        return [self.rows[tool, path] for path in paths if (tool, path) in self.rows]


def write_workspace(tool, members):
    """The manifest of a tool's crates; a crate of ours that is below none makes itself one."""
    workspace = FOLDER / tool
    workspace.mkdir(parents=True, exist_ok=True)
    manifest = f'[workspace]\nresolver = "3"\nmembers = [{members}]\n'
    (workspace / "Cargo.toml").write_text(manifest)


def generate_one(tool, document, results):
    """Runs a generator, unless that was done before."""
    version, path, _ = document
    if (tool, path) in results.rows:
        return
    name = crate_name(path)
    crate = FOLDER / tool / name
    shutil.rmtree(crate, ignore_errors=True)
    write_workspace(tool, "")
    log = crate.parent / f"{name}.log"
    ending, seconds, peak = run_limited(COMMANDS[tool](PACKAGE / path, name, crate), log)
    if ending == "crate" and not (crate / "src/lib.rs").is_file():
        ending = "error"
    count = methods(tool, crate) if ending == "crate" else 0
    row = {"tool": tool, "path": path, "version": version, "ending": ending}
    results.add(row | {"seconds": seconds, "mib": peak, "operations": count})
    print(tool, path, ending, seconds, flush=True)


def generate():
    results = Results("generated.jsonl")
    for document in documents():
        for tool in chosen_tools():
            generate_one(tool, document, results)


def check_crate(tool, name):
    """Whether a crate compiles, and the CPU seconds of its compiler alone."""
    # The crates of a tool share the versions and what was compiled of their dependencies. A
    # manifest that Cargo refuses must not count for others, so each is the only member.
    workspace = FOLDER / tool
    write_workspace(tool, f'"{name}"')
    if tool == "ours" and not (workspace / "Cargo.lock").is_file():
        shutil.copy(ROOT / "Cargo.lock", workspace)
    usage = FOLDER / "rustc-usage"
    usage.unlink(missing_ok=True)
    wrapper = FOLDER / "rustc-usage.sh"
    script = Path(__file__).with_name("rustc_usage.py")
    wrapper.write_text(f'#!/bin/sh\nexec python3 "{script}" "$@"\n')
    wrapper.chmod(0o755)
    environment = {
        "CARGO_TARGET_DIR": str(FOLDER / "checked" / tool),
        "RUSTC_WORKSPACE_WRAPPER": str(wrapper),
        "RUSTC_USAGE": str(usage),
    }
    with open(workspace / f"{name}.check.log", "w") as log:
        done = subprocess.run(
            ["cargo", "check", "-j1", "-p", name, *FEATURES[tool]],
            cwd=workspace,
            stderr=log,
            env={**os.environ, **environment},
        )
    seconds = sum(map(float, usage.read_text().split())) if usage.is_file() else 0
    return done.returncode == 0, round(seconds, 2)


def compile_crates():
    generated, results = Results("generated.jsonl"), Results("compiled.jsonl")
    for document in to_compile():
        path = document[1]
        for tool in chosen_tools():
            generate_one(tool, document, generated)
            is_crate = generated.rows[tool, path]["ending"] == "crate"
            if not is_crate or (tool, path) in results.rows:
                continue
            compiles, seconds = check_crate(tool, crate_name(path))
            results.add({"tool": tool, "path": path, "compiles": compiles, "seconds": seconds})
            print(tool, path, compiles, seconds, flush=True)


def print_table(*rows):
    """Prints rows as Markdown; the first is the head."""
    head, *rest = rows
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rest:
        print("| " + " | ".join(map(str, row)) + " |")
    print()


def spread(values):
    """The median, the ninth tenth and the most."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[len(ordered) * 9 // 10], ordered[-1]


def shared_paths(results, is_good):
    """The documents that are good with every tool."""
    paths = {path for _, path in results.rows}
    rows = {path: results.of_paths(path) for path in paths}
    is_shared = lambda path: len(rows[path]) == len(COMMANDS) and all(map(is_good, rows[path]))
    return sorted(filter(is_shared, paths))


def table_of_runs(results, paths):
    print("Runs, by their end\n")
    rows = [("generator", "3.0", "3.1", "crate", "error", "panic", "60 s", "4 GiB")]
    for tool in COMMANDS:
        runs = results.of_tool(tool, paths)
        cells = []
        for version in ("3.0", "3.1"):
            of_version = [run for run in runs if run["version"] == version]
            crates = sum(run["ending"] == "crate" for run in of_version)
            cells.append(f"{crates} of {len(of_version)}")
        for ending in ("crate", "error", "panic", "time", "memory"):
            cells.append(sum(run["ending"] == ending for run in runs))
        rows.append((tool, *cells))
    print_table(*rows)


def table_of_usage(results, paths):
    shared = shared_paths(results, lambda run: run["ending"] == "crate")
    print(f"CPU seconds and memory; the last columns: the {len(shared)} documents all generate\n")
    head = ("generator", "CPU s: median", "9 of 10", "most", "MiB: median", "9 of 10", "most")
    rows = [(*head, "CPU s: median", "sum", "MiB: median")]
    for tool in COMMANDS:
        runs = results.of_tool(tool, paths)
        if not runs:
            continue
        seconds = [f"{value:.2f}" for value in spread([run["seconds"] for run in runs])]
        memory = [f"{value:,.0f}" for value in spread([run["mib"] for run in runs])]
        same = results.of_tool(tool, shared)
        cells = ["", "", ""]
        if same:
            times = [run["seconds"] for run in same]
            peaks = [run["mib"] for run in same]
            cells = [f"{statistics.median(times):.2f}", f"{sum(times):.1f}"]
            cells.append(f"{statistics.median(peaks):,.0f}")
        rows.append((tool, *seconds, *memory, *cells))
    print_table(*rows)


def table_of_operations(results, paths):
    counts = {path: described(path) for path in paths}
    print(f"Operations: {sum(counts.values()):,} in all documents\n")
    head = ("generator", "in crates", "in their documents", "share", "crates with all", "with more")
    rows = [(*head, "without any")]
    for tool in COMMANDS:
        crates = [run for run in results.of_tool(tool, paths) if run["ending"] == "crate"]
        pairs = [(run["operations"], counts[run["path"]]) for run in crates]
        # A crate may have more: openapi-generator also writes webhooks as calls.
        kept = sum(min(pair) for pair in pairs)
        of_documents = sum(should for _, should in pairs)
        if not of_documents:
            continue
        all_kept = sum(has == should for has, should in pairs)
        more = sum(has > should for has, should in pairs)
        none = sum(has == 0 < should for has, should in pairs)
        figures = (f"{kept:,}", f"{of_documents:,}", f"{kept / of_documents:.1%}")
        rows.append((tool, *figures, f"{all_kept} of {len(pairs)}", more, none))
    print_table(*rows)


def table_of_compiling(generated, results):
    chosen = [path for _, path, _ in to_compile()]
    shared = shared_paths(results, lambda run: run["compiles"])
    print(f"Compiling; the last column: the {len(shared)} documents whose crates all compile\n")
    head = ("generator", "documents", "crates", "compile", "CPU s: median", "most")
    rows = [(*head, "CPU s: sum")]
    for tool in COMMANDS:
        crates = results.of_tool(tool, chosen)
        good = [crate["seconds"] for crate in crates if crate["compiles"]]
        if not good:
            continue
        same = sum(crate["seconds"] for crate in results.of_tool(tool, shared))
        runs = generated.of_tool(tool, chosen)
        made = sum(run["ending"] == "crate" for run in runs)
        middle, most = f"{statistics.median(good):.1f}", f"{max(good):.1f}"
        counts = (len(runs), made, f"{len(good)} of {len(crates)}")
        rows.append((tool, *counts, middle, most, f"{same:.1f}"))
    print_table(*rows)


def tables():
    generated, compiled = Results("generated.jsonl"), Results("compiled.jsonl")
    paths = [path for _, path, _ in documents()]
    table_of_runs(generated, paths)
    table_of_usage(generated, paths)
    table_of_operations(generated, paths)
    table_of_compiling(generated, compiled)


PARTS = {"generate": generate, "compile": compile_crates, "table": tables}
FOLDER.mkdir(parents=True, exist_ok=True)
for part in sys.argv[1:] or PARTS:
    PARTS[part]()
