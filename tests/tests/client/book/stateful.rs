//! Programs that read what they have written, against localstripe.

use std::fs;

use tests::localstripe::{API_KEY, LocalStripe};

use super::{Tested, assert_begins, lines_of, program};

#[test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
fn a_subscription_begins_changes_and_is_canceled() -> Tested {
    let server = LocalStripe::start_with_gaps_filled()?;
    let mut command = program("run", "subscriptions", server.base_url(), API_KEY);
    let lines = lines_of(&mut command)?;
    assert_begins(&lines, &["sub_", "sub_", "sub_", "listed sub_"]);
    assert!(lines[0].ends_with(" is active"), "{lines:#?}");
    assert!(lines[1].ends_with(" has 5 seats"), "{lines:#?}");
    assert!(lines[2].ends_with(": true"), "{lines:#?}");
    Ok(())
}

#[test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
fn a_night_is_reconciled_and_an_interrupted_job_continues() -> Tested {
    let server = LocalStripe::start_with_gaps_filled()?;
    // Two payments.
    for name in ["subscriptions", "testing"] {
        lines_of(&mut program("run", name, server.base_url(), API_KEY))?;
    }
    let folder = tempfile::tempdir()?;
    let job = |to: &str| {
        let mut command = program("run", "reconciliation", server.base_url(), API_KEY);
        lines_of(command.args(["0", to]).env("FOLDER", folder.path()))
    };

    // A job that ends after it has read the list, as there is no report yet.
    let failed = job("5000000000").err().ok_or("a report of the future")?;
    assert!(
        failed.to_string().contains("read 2 transactions"),
        "{failed}"
    );
    let file = folder.path().join("0-5000000000/transactions.csv");
    let written = fs::read_to_string(&file)?;
    assert_eq!(written.lines().count(), 2);

    // The next one reads nothing twice, and removes a line that was not written completely.
    fs::write(&file, format!("{written}txn_"))?;
    let failed = job("5000000000").err().ok_or("a report of the future")?;
    assert!(
        failed.to_string().contains("read 0 transactions"),
        "{failed}"
    );
    assert_eq!(fs::read_to_string(&file)?, written);

    // Another interval has files of its own.
    let lines = job("4000000000")?;
    let expected = [
        "read 2 transactions",
        "net 2000 eur",
        "net 2000 usd",
        "the report has the same transactions",
    ];
    let found = lines.iter().filter(|line| !line.starts_with("txn_"));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let file = folder.path().join("0-4000000000/transactions.csv");
    assert_eq!(fs::read_to_string(file)?, written);
    Ok(())
}

#[test]
#[ignore = "needs localstripe: tests/localstripe/install.sh"]
fn the_tests_of_the_guide_pass_against_a_server() -> Tested {
    let server = LocalStripe::start()?;
    let lines = lines_of(&mut program("test", "testing", server.base_url(), API_KEY))?;
    let result = lines
        .iter()
        .find(|line| line.starts_with("test result: ok."));
    assert!(result.is_some(), "{lines:#?}");
    Ok(())
}
