//! The command `stripe-dev`.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use crate::clock::ServerClock;
use crate::control::CONTROL_PATH;
use crate::fake::{API_KEY, FakeStripe, WEBHOOK_SECRET};
use crate::forwarding::forwarding_url;
use crate::http_sender::HttpSender;
use crate::json_value::text_member;
use crate::webhooks::{WebhookDelivery, WebhookTarget, send_delivery};

const POLL_INTERVAL: Duration = Duration::from_millis(500);
const DEFAULT_URL: &str = "http://127.0.0.1:12111";

/// A local server with the operations of the Stripe API.
#[derive(Debug, Parser)]
#[command(name = "stripe-dev", version)]
struct DevArguments {
    #[command(subcommand)]
    command: DevCommand,
}

#[derive(Debug, Subcommand)]
enum DevCommand {
    /// Start the server and print its URL, an API key and the webhook secret.
    Serve(ServeArguments),
    /// Forward the events of a running server to a URL, signed.
    Listen {
        /// The URL that receives the events; a port or a path of this machine is enough.
        #[arg(long, value_name = "URL")]
        forward_to: String,
        /// Allow a URL of another machine.
        #[arg(long)]
        allow_remote: bool,
        /// The server.
        #[arg(long, value_name = "URL", default_value = DEFAULT_URL)]
        server: String,
        /// The secret that signs the events.
        #[arg(long, value_name = "SECRET", default_value = WEBHOOK_SECRET)]
        webhook_secret: String,
    },
    /// Complete a checkout session, as a customer does who pays.
    Complete {
        /// The id of the session.
        session: String,
        /// The server.
        #[arg(long, value_name = "URL", default_value = DEFAULT_URL)]
        server: String,
    },
    /// Advance the time of the server.
    Advance {
        /// By how many seconds.
        seconds: u64,
        /// The server.
        #[arg(long, value_name = "URL", default_value = DEFAULT_URL)]
        server: String,
    },
}

#[derive(Debug, clap::Args)]
struct ServeArguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 12_111)]
    port: u16,
    /// A URL that receives all events, a port or a path of this machine is enough; can be repeated.
    #[arg(long, value_name = "URL")]
    forward_to: Vec<String>,
    /// Allow URLs of other machines.
    #[arg(long)]
    allow_remote: bool,
    /// The secret that signs these events.
    #[arg(long, value_name = "SECRET", default_value = WEBHOOK_SECRET)]
    webhook_secret: String,
    /// Create objects when their ids are used.
    #[arg(long)]
    create_missing: bool,
    /// An OpenAPI document in JSON, in the place of the one that is compiled in.
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// An SQLite file that keeps the objects between starts.
    #[cfg(feature = "sqlite")]
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
}

/// Runs the command with the arguments of the process.
#[must_use]
pub fn run_command_line() -> ExitCode {
    let arguments = DevArguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run_command(arguments.command)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere else to report that standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run_command(command: DevCommand) -> Result<(), Box<dyn Error>> {
    match command {
        DevCommand::Serve(arguments) => serve_until_stopped(arguments).await,
        DevCommand::Listen {
            forward_to,
            allow_remote,
            server,
            webhook_secret,
        } => {
            let target = WebhookTarget {
                url: forwarding_url(&forward_to, allow_remote)?,
                secret: webhook_secret,
            };
            forward_events(&server, target).await
        }
        DevCommand::Complete { session, server } => {
            let path = format!("{CONTROL_PATH}checkout/sessions/{session}/complete");
            let session = send_control(&server, &path, &json!({})).await?;
            let status = text_member(&session, "status");
            writeln!(
                std::io::stdout(),
                "{} {status}",
                text_member(&session, "id")
            )?;
            Ok(())
        }
        DevCommand::Advance { seconds, server } => {
            let path = format!("{CONTROL_PATH}clock/advance");
            let params = json!({ "seconds": seconds });
            let answer = send_control(&server, &path, &params).await?;
            writeln!(std::io::stdout(), "the time is {}", answer["now"])?;
            Ok(())
        }
    }
}

async fn serve_until_stopped(arguments: ServeArguments) -> Result<(), Box<dyn Error>> {
    let mut builder = FakeStripe::builder()
        .port(arguments.port)
        .create_missing(arguments.create_missing)
        .allow_remote(arguments.allow_remote)
        .webhook_secret(arguments.webhook_secret);
    for url in arguments.forward_to {
        builder = builder.forward_to(url);
    }
    if let Some(document) = arguments.document {
        builder = builder.document(document);
    }
    #[cfg(feature = "sqlite")]
    if let Some(database) = arguments.database {
        builder = builder.database(database);
    }
    let server = builder.start().await?;
    let mut output = std::io::stdout();
    writeln!(output, "url             {}", server.url())?;
    writeln!(output, "api key         {}", server.api_key())?;
    writeln!(output, "webhook secret  {}", server.webhook_secret())?;
    output.flush()?;
    // Not on this thread: the database uses its runtime.
    tokio::task::spawn_blocking(move || server.wait_for_end()).await?;
    Ok(())
}

async fn send_control(server: &str, path: &str, params: &Value) -> Result<Value, Box<dyn Error>> {
    let url = format!("{}{path}", server.trim_end_matches('/'));
    let headers = [("content-type", "application/json")];
    let body = params.to_string();
    let (status, body) = HttpSender::new()
        .send_request("POST", &url, &headers, body)
        .await?;
    let body: Value = serde_json::from_str(&body)?;
    match status {
        200 => Ok(body),
        _ => Err(text_member(&body["error"], "message").into()),
    }
}

/// Polls the events of a server, and sends those that happen from now on.
async fn forward_events(server: &str, target: WebhookTarget) -> Result<(), Box<dyn Error>> {
    let sender = HttpSender::new();
    let mut output = std::io::stdout();
    // Before the first line of the output: what happens after it is forwarded.
    let mut last = read_events(&sender, server, None, 1).await?.pop();
    writeln!(output, "webhook secret  {}", target.secret)?;
    loop {
        let id = last
            .as_ref()
            .map(|event| text_member(event, "id").to_owned());
        let mut events = read_events(&sender, server, id.as_deref(), 100).await?;
        events.reverse();
        for event in events {
            let delivery = WebhookDelivery {
                target: target.clone(),
                body: event.to_string(),
                timestamp: ServerClock::default().unix_time(),
            };
            let status = send_delivery(&sender, &delivery).await;
            let status = status.map_or("no response".to_owned(), |status| status.to_string());
            let (kind, id) = (text_member(&event, "type"), text_member(&event, "id"));
            writeln!(output, "{status}  {kind}  {id}")?;
            last = Some(event);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// The events after one, newest first.
async fn read_events(
    sender: &HttpSender,
    server: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let cursor = after.map(|id| format!("&ending_before={id}"));
    let cursor = cursor.unwrap_or_default();
    let server = server.trim_end_matches('/');
    let url = format!("{server}/v1/events?limit={limit}{cursor}");
    let authorization = format!("Bearer {API_KEY}");
    let headers = [("authorization", authorization.as_str())];
    let (status, body) = sender
        .send_request("GET", &url, &headers, String::new())
        .await?;
    let body: Value = serde_json::from_str(&body)?;
    if status != 200 {
        return Err(text_member(&body["error"], "message").into());
    }
    Ok(body["data"].as_array().cloned().unwrap_or_default())
}
