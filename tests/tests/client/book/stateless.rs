//! Programs against the schema server: it accepts only what the API's document describes.

use super::{KEY_WITHOUT_MODE, Tested, assert_begins, lines_of, program, schema_server};

#[test]
#[ignore = "builds the examples"]
fn sellers_are_onboarded_and_charged_for() -> Tested {
    let server = schema_server()?;
    let run = |arguments: &[&str]| {
        let mut command = program("run", "connect", &server.base_url(), KEY_WITHOUT_MODE);
        lines_of(command.args(arguments))
    };
    for onboard in ["onboard", "onboard-v1"] {
        let lines = run(&[onboard, "seller@example.com"])?;
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].contains(": continue at "), "{lines:#?}");
    }
    let charges = ["destination charge ", "transfer ", "direct charge "];
    assert_begins(&run(&["sell", "acct_123"])?, &charges);
    assert!(run(&[]).is_err());
    Ok(())
}

#[test]
#[ignore = "builds the examples"]
fn usage_is_reported_in_three_ways() -> Tested {
    let server = schema_server()?;
    let mut command = program(
        "run",
        "metered_billing",
        &server.base_url(),
        KEY_WITHOUT_MODE,
    );
    let lines = lines_of(&mut command)?;
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert_begins(&lines[1..], &["reported "; 4]);
    Ok(())
}

#[test]
#[ignore = "builds the examples"]
fn webhook_endpoints_are_created_and_disabled() -> Tested {
    let server = schema_server()?;
    let run = |arguments: &[&str]| {
        let mut command = program(
            "run",
            "webhook_endpoints",
            &server.base_url(),
            KEY_WITHOUT_MODE,
        );
        lines_of(command.args(arguments))
    };
    let created = run(&["create", "https://shop.example/webhook"])?;
    assert_begins(&created, &["created "]);
    assert!(
        created[0].contains("STRIPE_WEBHOOK_SECRET="),
        "{created:#?}"
    );
    assert_eq!(run(&["disable", "we_123"])?.len(), 1);
    // The made-up endpoint is not enabled.
    let checked = run(&["check"])?;
    assert_begins(&checked, &["all endpoints have version "]);
    Ok(())
}
