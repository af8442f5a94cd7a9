//! Webhooks that the server signs and sends, received by the example program: verified, stored,
//! handled, recognised when they are delivered again, and reconciled when they were not delivered.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use stripe::customers::CreateCustomer;
use stripe::webhooks::sqlite::{SqliteInbox, sqlx};
use stripe::webhooks::{InboxAdmin as _, MessageState};
use tests::deliver::sender::WebhookSender;

use super::{ScenarioServer, Tested, WEBHOOK_SECRET as SECRET};

/// The example, and its output.
struct Example {
    process: Child,
    lines: Receiver<String>,
}

impl Example {
    fn start(server: &ScenarioServer, inbox: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut process = command()
            .env("STRIPE_SECRET_KEY", server.api_key())
            .env("STRIPE_API_BASE", server.base_url())
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
            .env("INBOX", inbox)
            .env("LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("it has an output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process, lines })
    }

    /// Waits for a line that has this text in it.
    fn wait_for(&self, text: &str) -> Result<String, String> {
        let mut seen = Vec::new();
        // Long enough for cargo to compile the example first.
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(600)) {
            if line.contains(text) {
                return Ok(line);
            }
            seen.push(line);
        }
        Err(format!("no line with {text:?} in {seen:#?}"))
    }

    /// Stops it as a service manager does.
    fn end(mut self) -> Tested {
        // The process is cargo, or the example itself; the signal is for the example.
        let id = self.process.id().to_string();
        let _ = Command::new("pkill").args(["-TERM", "-P", &id]).status()?;
        let _ = Command::new("kill").args(["-TERM", &id]).status()?;
        self.wait_for("WorkerReport")?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

fn command() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args([
            "run",
            "--quiet",
            "-p",
            "typed-api-stripe",
            "--features",
            crate::book::FEATURES,
        ])
        .args(["--example", "webhook_server", "--"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command
}

/// Runs one of the example's commands on the inbox.
fn run(inbox: &Path, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = command().args(arguments).env("INBOX", inbox).output()?;
    let said = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8(output.stderr)?;
    if output.status.success() {
        Ok(said)
    } else {
        Err(errors.into())
    }
}

async fn greetings(inbox: &SqliteInbox) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as("SELECT customer, email FROM greetings ORDER BY rowid")
        .fetch_all(inbox.pool())
        .await
}

async fn webhooks_are_stored_handled_and_known_again(server: ScenarioServer) -> Tested {
    let client = server.client()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("events.db");

    let example = Example::start(&server, &file)?;
    let listening = example.wait_for("listening on ")?;
    let address = listening.trim_start_matches("listening on ").to_owned();
    example.wait_for("reconciled: ")?;
    server
        .send_webhooks_to(&format!("http://{address}/webhooks"))
        .await?;

    // The server signs and sends it.
    let jenny = CreateCustomer::new().email("jenny@example.com");
    let jenny = client.customers().create(jenny).await?;
    let line = example.wait_for("greeted ")?;
    assert!(line.ends_with(jenny.id.as_str()), "{line}");
    let inbox = SqliteInbox::open(&file).await?;
    let expected = (jenny.id.to_string(), "jenny@example.com".to_owned());
    assert_eq!(greetings(&inbox).await?, std::slice::from_ref(&expected));
    let id = line.split(':').next().unwrap_or_default().to_owned();
    let record = inbox.find_message(&id).await?.ok_or("it is stored")?;
    assert_eq!(
        (record.state, record.attempts),
        (MessageState::Completed, 1)
    );

    // It is delivered again, and has no second effect.
    let again = client.events().retrieve(&id).with_response().await?;
    let body = String::from_utf8(again.body().to_vec())?;
    let sender = WebhookSender::with_secret(SECRET).map_err(|error| error.to_string())?;
    let sent = sender.send_webhook(address.parse()?, &body).await;
    assert!(sent.map_err(|error| error.to_string())?);
    let forged = WebhookSender::with_secret("whsec_other").map_err(|error| error.to_string())?;
    assert!(forged.send_webhook(address.parse()?, &body).await.is_err());

    // An event happens while the server is stopped; the next start stores it.
    example.end()?;
    assert_eq!(greetings(&inbox).await?, std::slice::from_ref(&expected));
    let rosen = CreateCustomer::new().email("rosen@example.com");
    let rosen = client.customers().create(rosen).await?;
    let example = Example::start(&server, &file)?;
    example.wait_for("1 were missing")?;
    example.wait_for(&format!("greeted {}", rosen.id))?;
    example.end()?;
    let expected = [
        expected,
        (rosen.id.to_string(), "rosen@example.com".to_owned()),
    ];
    assert_eq!(greetings(&inbox).await?, expected);

    // And the commands for dead letters.
    assert!(run(&file, &["stats"])?.contains("dead_letters: 0"));
    assert_eq!(run(&file, &["dead"])?, "");
    assert!(run(&file, &["show", &id])?.contains("Completed"));
    let refused = run(&file, &["replay", &id])
        .err()
        .ok_or("it is no dead letter")?;
    assert!(
        refused.to_string().contains("no such dead letter"),
        "{refused}"
    );
    Ok(())
}

scenarios! {
    #[ignore = "builds the examples"]
    webhooks_are_stored_handled_and_known_again: start,
}
