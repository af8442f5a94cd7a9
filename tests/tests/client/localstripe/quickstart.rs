//! The example of the README.

use std::env;
use std::process::Command;

use super::{ScenarioServer, Tested};

async fn the_quickstart_runs(server: ScenarioServer) -> Tested {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .args([
            "run",
            "--quiet",
            "-p",
            "typed-api-stripe",
            "--features",
            crate::book::FEATURES,
            "--example",
            "quickstart",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env("STRIPE_SECRET_KEY", server.api_key())
        .env("STRIPE_API_BASE", server.base_url())
        .output()?;
    let errors = String::from_utf8(run.stderr)?;
    assert!(run.status.success(), "{errors}");

    let output = String::from_utf8(run.stdout)?;
    let lines: Vec<&str> = output.lines().collect();
    let expected = [
        "created customer cus_",
        "created payment pi_",
        "it is from Jenny Rosen (cus_",
        // With the reason at Stripe; localstripe gives none.
        "declined",
        "customer cus_",
    ];
    assert_eq!(lines.len(), expected.len(), "{output}");
    for (line, beginning) in lines.iter().zip(expected) {
        assert!(line.starts_with(beginning), "{output}");
    }
    Ok(())
}

scenarios! {
    #[ignore = "builds the examples"]
    the_quickstart_runs: start,
}
