//! The committed output is that of the current generator.

use generator::pipeline::{GenerateRequest, GenerateRun, generate_crate};
use generator::rust::Docs;

use super::workspace;

/// A request that compares the output in a folder with what the generator writes now.
fn check_request(document: &str, folder: &str, crate_name: &str) -> GenerateRequest {
    let workspace = workspace();
    let mut request = GenerateRequest::new(workspace.join(document), workspace.join(folder));
    request.options.crate_name = crate_name.to_owned();
    request.check = true;
    request
}

/// Runs a request; `again` is the command that makes the output anew.
fn run_without_drift(request: &GenerateRequest, again: &str) -> GenerateRun {
    let run = generate_crate(request);
    assert!(
        run.report.is_some(),
        "the generator fails: {:#?}",
        run.findings.all()
    );
    let drift: Vec<String> = run
        .drift
        .iter()
        .map(|(path, drift)| format!("{}: {path}", drift.as_str()))
        .collect();
    assert!(
        drift.is_empty(),
        "{} files are out of date; `{again}` makes them anew\n{}",
        drift.len(),
        drift.join("\n")
    );
    run
}

#[test]
fn generated_example_and_name_lock_are_up_to_date() {
    let request = check_request("specs/stripe.yaml", "generated-example", "stripe");
    let run = run_without_drift(&request, "cargo run -p generator -- specs/stripe.yaml");
    let report = run.report.expect("checked above");
    assert_eq!(report.operations.len(), 620);
    assert!(
        run.findings.all().is_empty(),
        "the generator has remarks: {:#?}",
        run.findings.all()
    );
}

#[test]
fn client_of_the_pet_shop_and_its_name_lock_are_up_to_date() {
    let mut request = check_request("specs/petshop.yaml", "tests/petshop/client", "petshop");
    // The document has prose of our own.
    request.options.docs = Docs::Full;
    let again = "cargo run -p generator -- specs/petshop.yaml --docs full";
    let run = run_without_drift(&request, again);
    let report = run.report.expect("checked above");
    assert_eq!(report.operations.len(), 31);
}
