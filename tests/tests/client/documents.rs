//! Documents other than the committed one: each becomes a crate that compiles and decodes the
//! fixtures of its own version.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use generator::pipeline::{
    ExerciserExtent, GenerateRequest, GenerateRun, generate_crate, generate_exerciser,
};
use generator::rust::Docs;
use serde_json::{Map, Value};
use tests::fixtures::{Document, differences, type_name};

const ABSENT: &str = "needs the vendor's documents: set STRIPE_SPECS and STRIPE_FIXTURES";

/// The program that reads and writes objects of a crate: a line is a component, a tab, a text.
const PROGRAM: &str = r#"
#[allow(warnings, clippy::all)]
mod exercise;

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.expect("text");
        let (component, text) = line.split_once('\t').expect("a tab");
        let object = exercise::OBJECTS.iter().find(|o| o.component == component);
        let policy = runtime::codec::DecodePolicy::Correct;
        match object.map(|object| (object.recode)(text.as_bytes(), policy)) {
            Some(Ok((text, corrections))) => {
                let paths: Vec<_> = corrections.iter().map(|c| c.path()).collect();
                println!("{component}\t{}\t{text}", paths.join(","));
            }
            Some(Err(error)) => println!("{component}\terror\t{error}"),
            None => println!("{component}\terror\tthere is no such type"),
        }
    }
}
"#;

fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("a parent").to_owned()
}

/// A file of the vendor's, in the folder that `variable` names or beside the workspace.
fn vendors(variable: &str, folder: &str, file: &str) -> PathBuf {
    let beside = || workspace().join("../shared").join(folder);
    let folder = env::var_os(variable).map_or_else(beside, PathBuf::from);
    let path = folder.join(file);
    assert!(path.exists(), "{ABSENT}");
    path
}

fn document(file: &str) -> PathBuf {
    vendors("STRIPE_SPECS", "specs", file)
}

fn request(document: PathBuf, out: PathBuf) -> GenerateRequest {
    // The lock of an earlier run, in a folder that is kept.
    drop(fs::remove_file(out.join("names.toml")));
    let mut request = GenerateRequest::new(document, out);
    request.config = Some(workspace().join("specs/stripe.toml"));
    request.options.crate_name = "stripe".to_owned();
    request
}

fn succeed(request: &GenerateRequest) -> GenerateRun {
    let run = generate_crate(request);
    assert!(run.report.is_some(), "{:#?}", run.findings.all());
    run
}

/// A folder that is kept between runs, so that the runtime is compiled once.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    folder.join(name)
}

/// Cargo in `package`, with the versions of this workspace.
fn cargo(package: &Path, args: &[&str]) -> Command {
    let lock = package.join("Cargo.lock");
    fs::copy(workspace().join("Cargo.lock"), lock).expect("writable");
    let mut command = Command::new(env!("CARGO"));
    command
        .args(args)
        .arg("--offline")
        .current_dir(package)
        .env("CARGO_TARGET_DIR", folder("target"));
    command
}

fn run(mut command: Command) {
    let output = command.output().expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
}

/// Generates a crate and a program that uses it, and compiles both.
fn build(file: &str) -> PathBuf {
    let folder = folder(file);
    let request = request(document(file), folder.join("stripe"));
    succeed(&request);
    let mut again = request.clone();
    again.check = true;
    let drift = succeed(&again).drift;
    assert!(drift.is_empty(), "two runs differ: {drift:?}");

    let package = folder.join("program");
    fs::create_dir_all(package.join("src")).expect("a folder for the program");
    let manifest = format!(
        "[package]\nname = \"program\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nruntime = {{ package = \"typed-api-runtime\", path = {:?}, features = [\"serde\"] }}\n\
         stripe = {{ path = \"../stripe\", features = [\"serde\", \"testing\"] }}\n",
        workspace().join("runtime"),
    );
    let calls = generate_exerciser(&request, ExerciserExtent::Everything)
        .expect("what can be generated can be called");
    for (path, text) in [
        ("Cargo.toml", manifest.as_str()),
        ("src/main.rs", PROGRAM),
        ("src/exercise.rs", &calls),
    ] {
        fs::write(package.join(path), text).expect("writable");
    }
    run(cargo(&package, &["build"]));
    package
}

/// The output of the program for each fixture: the paths that were corrected, and the text.
fn recode(package: &Path, fixtures: &Map<String, Value>) -> BTreeMap<String, (String, String)> {
    let mut child = cargo(package, &["run", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let lines: String = fixtures
        .iter()
        .map(|(component, value)| format!("{}\t{value}\n", type_name(component)))
        .collect();
    // The program writes while it reads, so its output has to be read at the same time.
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("no panic").expect("the program reads");
    let text = String::from_utf8(output.stdout).expect("text");
    let answers = text.lines().map(|line| {
        let mut parts = line.splitn(3, '\t');
        let mut part = || parts.next().unwrap_or_default().to_owned();
        (part(), (part(), part()))
    });
    answers.collect()
}

/// Compiles the crate of a document and decodes its fixtures. Returns what was corrected in those
/// that do not conform to the document.
fn decode_own_fixtures(file: &str, fixtures: &str) -> Vec<String> {
    let text = fs::read(vendors("STRIPE_FIXTURES", "fixtures", fixtures)).expect(ABSENT);
    let fixtures: Value = serde_json::from_slice(&text).expect("JSON");
    let fixtures = fixtures.get("resources").and_then(Value::as_object);
    let mut fixtures = fixtures.expect("the file has `resources`").clone();
    let schemas = Document::load(&document(file)).expect("a document");
    fixtures.retain(|name, _| schemas.has(name));
    assert!(fixtures.len() > 100, "only {} fixtures", fixtures.len());

    let package = build(file);
    let answers = recode(&package, &fixtures);
    assert_eq!(answers.len(), fixtures.len());
    let (mut corrected, mut wrong) = (Vec::new(), Vec::new());
    for (component, value) in &fixtures {
        let (paths, text) = answers
            .get(type_name(component))
            .expect("an answer to each");
        let must = schemas.round_trip(component, value);
        let must = must.expect("every fixture is recognised");
        match serde_json::from_str(text) {
            Ok(got) => {
                let lines = differences(&must.value, &got);
                wrong.extend(lines.iter().map(|line| format!("{component}: {line}")));
            }
            Err(_) => wrong.push(format!("{component}: {text}")),
        }
        let expected: Vec<_> = must.corrected.iter().map(ToString::to_string).collect();
        if expected.join(",") != *paths {
            wrong.push(format!("{component}: {expected:?} became {paths}"));
        }
        corrected.extend(expected.iter().map(|path| format!("{component}: {path}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    corrected
}

#[test]
#[ignore = "needs the vendor's documents: set STRIPE_SPECS and STRIPE_FIXTURES"]
fn upstream_document_of_2026_compiles_and_decodes_its_fixtures() {
    let corrected = decode_own_fixtures("stripe-2026-01-28.clover.json", "2026-01-28.clover.json");
    assert_eq!(corrected, ["radar.payment_evaluation: events"]);
}

#[test]
#[ignore = "needs the vendor's documents: set STRIPE_SPECS and STRIPE_FIXTURES"]
fn document_of_2023_compiles_and_decodes_its_fixtures() {
    let corrected = decode_own_fixtures("stripe-2023-08-16.yaml", "2023-08-16.json");
    assert_eq!(
        corrected,
        ["treasury.outbound_payment: destination_payment_method_details.billing_details"]
    );
}

#[test]
#[ignore = "needs the vendor's documents: set STRIPE_SPECS and STRIPE_FIXTURES"]
fn document_of_2022_compiles() {
    build("stripe-2022-11-15.json");
}

#[test]
#[ignore = "needs the vendor's documents: set STRIPE_SPECS and STRIPE_FIXTURES"]
fn prose_of_the_upstream_document_becomes_documentation_without_warnings() {
    let out = folder("docs");
    let mut request = request(document("stripe-2026-01-28.clover.json"), out.clone());
    request.options.docs = Docs::Full;
    succeed(&request);
    let mut doc = cargo(&out, &["doc", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-Dwarnings");
    run(doc);
}

#[test]
fn failing_run_leaves_the_old_output_whole() {
    let temp = tempfile::tempdir().expect("a folder");
    let out = temp.path().join("out");
    let petstore = workspace().join("specs/petstore.yaml");
    succeed(&GenerateRequest::new(&petstore, &out));

    // The same document with a response schema that is invalid.
    let text = fs::read_to_string(&petstore).expect("readable");
    let broken = text.replace(
        "has_more: {type: boolean}",
        "has_more: {not: {type: boolean}}",
    );
    assert_ne!(text, broken);
    let document = temp.path().join("petstore.yaml");
    fs::write(&document, broken).expect("writable");
    let mut request = GenerateRequest::new(document, &out);
    request.config = Some(petstore.with_extension("toml"));
    let run = generate_crate(&request);
    assert!(run.report.is_none() && run.findings.error_count() > 0);

    let mut check = GenerateRequest::new(&petstore, &out);
    check.check = true;
    let drift = succeed(&check).drift;
    assert!(drift.is_empty(), "the failing run has changed {drift:?}");
}

#[test]
fn two_runs_into_two_folders_give_the_same_bytes() {
    let temp = tempfile::tempdir().expect("a folder");
    let petstore = workspace().join("specs/petstore.yaml");
    let bytes = |name: &str| {
        let out = temp.path().join(name);
        succeed(&GenerateRequest::new(&petstore, &out));
        fs::read(out.join("src/params.rs")).and_then(|mut all| {
            all.extend(fs::read(out.join("src/shared.rs"))?);
            all.extend(fs::read(out.join("src/catalogue.rs"))?);
            all.extend(fs::read(out.join("Cargo.toml"))?);
            Ok(all)
        })
    };
    let (one, two) = (
        bytes("one").expect("readable"),
        bytes("two").expect("readable"),
    );
    assert_eq!(one, two);
}
