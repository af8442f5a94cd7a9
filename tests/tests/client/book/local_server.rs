//! Programs against the local server, with what they do to each other.

use std::time::Duration;

use http::{Request, StatusCode};
use stripe::checkout::sessions::ListSessions;
use stripe_dev::FakeStripe;

use super::servers::send;
use super::{Running, Tested, assert_begins, lines_of, program};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the examples"]
async fn sellers_are_onboarded_and_paid() -> Tested {
    let fake = FakeStripe::start().await?;
    let run = |arguments: &[&str]| {
        let mut command = program("run", "connect", fake.url(), fake.api_key());
        lines_of(command.args(arguments))
    };
    let lines = run(&["onboard-v1", "seller@example.com"])?;
    let (account, _) = lines[0].split_once(':').ok_or("no id of an account")?;
    let charges = ["destination charge ", "transfer ", "direct charge "];
    assert_begins(&run(&["sell", account])?, &charges);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the examples"]
async fn subscriptions_and_usage_are_billed() -> Tested {
    let fake = FakeStripe::start().await?;
    let run = |name: &str| lines_of(&mut program("run", name, fake.url(), fake.api_key()));
    let lines = run("subscriptions")?;
    assert_begins(&lines, &["sub_", "sub_", "sub_", "listed sub_"]);
    assert!(lines[0].ends_with(" is active"), "{lines:#?}");
    let lines = run("metered_billing")?;
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert_begins(&lines[1..], &["reported "; 4]);

    // The balance transaction of the subscription is in the list and in the report.
    let folder = tempfile::tempdir()?;
    let mut job = program("run", "reconciliation", fake.url(), fake.api_key());
    let events = fake.events().await;
    let created = events.last().and_then(|event| event["created"].as_i64());
    let end = created.ok_or("no events")? + 1;
    job.args(["0", &end.to_string()])
        .env("FOLDER", folder.path());
    // A report has the data of times that have passed.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let lines = lines_of(&mut job)?;
    assert!(
        lines.contains(&"the report has the same transactions".to_owned()),
        "{lines:#?}"
    );
    assert!(
        !lines.contains(&"read 0 transactions".to_owned()),
        "{lines:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the examples"]
async fn an_order_is_shipped_after_the_customer_has_paid() -> Tested {
    let fake = FakeStripe::start().await?;
    let folder = tempfile::tempdir()?;
    let mut command = program("run", "checkout", fake.url(), fake.api_key());
    command
        .env("STRIPE_WEBHOOK_SECRET", fake.webhook_secret())
        .env("DATABASE", folder.path().join("shop.db"))
        .env("LISTEN", "127.0.0.1:0");
    let shop = Running::start(command)?;
    let url = format!("http://{}", shop.wait_for("listening on ")?);
    fake.forward_to(format!("{url}/webhook")).await?;

    let (status, text) = send(Request::post(format!("{url}/orders")), "").await?;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let client = stripe::Client::builder()
        .api_key(fake.api_key())
        .base_url(fake.url())
        .build()?;
    let sessions = client
        .checkout()
        .sessions()
        .list(ListSessions::new())
        .await?;
    let [session] = sessions.data.as_slice() else {
        return Err(format!("{} sessions", sessions.data.len()).into());
    };
    fake.complete_checkout_session(session.id.as_str()).await?;
    shop.wait_for("is shipped")?;
    Ok(())
}
