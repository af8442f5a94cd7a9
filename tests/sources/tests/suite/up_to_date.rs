//! The committed output is that of the current generator.

use generator::pipeline::{GenerateRequest, generate_crate};

use super::workspace;

#[test]
fn generated_example_and_name_lock_are_up_to_date() {
    let workspace = workspace();
    let out = workspace.join("generated-example");
    let mut request = GenerateRequest::new(workspace.join("specs/stripe.yaml"), out);
    request.options.crate_name = "stripe".to_owned();
    request.check = true;
    let run = generate_crate(&request);
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
        "{} files are out of date; `cargo run -p generator -- specs/stripe.yaml` makes them anew\n{}",
        drift.len(),
        drift.join("\n")
    );
    let report = run.report.expect("checked above");
    assert_eq!(report.operations.len(), 620);
    assert!(
        run.findings.all().is_empty(),
        "the generator has remarks: {:#?}",
        run.findings.all()
    );
}
