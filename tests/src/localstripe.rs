//! localstripe, a stateful fake of Stripe from PyPI, as a fixture of end-to-end tests.
//!
//! In: the virtual environment that `tests/localstripe/install.sh` makes. Out: a [`LocalStripe`], a
//! server process on a free loopback port, which is empty at first and is stopped when the value is
//! dropped, also in a panic; if the test process is killed, the server detects it and ends. There
//! are two kinds: localstripe as it is published, and with missing features added that the tests
//! require; `tests/localstripe/gaps.py` lists them.

use std::env;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The API key of [`LocalStripe::client`]; any key that begins with `sk_` is accepted.
pub const API_KEY: &str = "sk_test_localstripe";

/// A running server.
#[derive(Debug)]
pub struct LocalStripe {
    process: Child,
    base_url: String,
}

impl LocalStripe {
    /// Starts localstripe as it is published.
    ///
    /// # Errors
    /// If localstripe is not installed or does not come up; the text says what to do.
    pub fn start() -> Result<Self, StartError> {
        Self::serve(&[])
    }

    /// Starts localstripe together with what `tests/localstripe/gaps.py` adds: prices, and lists
    /// that go backward.
    ///
    /// # Errors
    /// If localstripe is not installed or does not come up; the text says what to do.
    pub fn start_with_gaps_filled() -> Result<Self, StartError> {
        Self::serve(&["--fill-gaps"])
    }

    /// The URL that all hosts of the API have to be set to.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Creates a client of this server.
    ///
    /// # Errors
    /// If the client cannot be built.
    pub fn client(&self) -> Result<stripe::Client, stripe::Error> {
        stripe::Client::builder()
            .rate_limiter(stripe::rate_limit::Unlimited)
            .api_key(API_KEY)
            .base_url(&self.base_url)
            .build()
    }

    /// Configures the server to send webhooks of all events to this URL, signed with this secret.
    /// localstripe sends each once, a second after it happened.
    ///
    /// # Errors
    /// If the server rejects the request.
    pub async fn send_webhooks_to(&self, url: &str, secret: &str) -> Result<(), stripe::Error> {
        let secret = secret.to_owned();
        let answer = self
            .client()?
            .raw(stripe::operation::Method::Post, "/_config/webhooks/tests")
            .param("url", &url.to_owned())
            .param("secret", &secret)
            .await;
        match answer {
            // The response is empty, which is not JSON.
            Err(error) if error.is_decode() => Ok(()),
            answer => answer.map(drop),
        }
    }

    fn serve(arguments: &[&str]) -> Result<Self, StartError> {
        let interpreter = interpreter();
        if !interpreter.exists() {
            return Err(StartError(format!(
                "localstripe is not installed: there is no {}; install it with \
                 `tests/localstripe/install.sh`, or name another virtual environment in \
                 LOCALSTRIPE_VENV",
                interpreter.display()
            )));
        }
        let process = Command::new(&interpreter)
            .arg(workspace().join("tests/localstripe/serve.py"))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| StartError(format!("{}: {error}", interpreter.display())))?;
        // From here on dropping it ends the process.
        let mut server = Self {
            process,
            base_url: String::new(),
        };
        server.base_url = format!("http://127.0.0.1:{}", server.port()?);
        Ok(server)
    }

    /// The first line of the server's output. It is printed once connections are accepted, or not
    /// at all if the server fails, so no polling is needed.
    fn port(&mut self) -> Result<u16, StartError> {
        let mut line = String::new();
        if let Some(output) = self.process.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(|error| StartError(format!("localstripe does not respond: {error}")))?;
        }
        line.trim()
            .parse()
            .map_err(|_| StartError("localstripe did not start; its error is above".to_owned()))
    }
}

impl Drop for LocalStripe {
    fn drop(&mut self) {
        // Both fail only if the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Why there is no server.
pub struct StartError(String);

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A failing test prints `Debug`, so it is the same text.
impl fmt::Debug for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for StartError {}

/// The Python of the virtual environment.
fn interpreter() -> PathBuf {
    let environment = match env::var_os("LOCALSTRIPE_VENV") {
        // Tests run in their package's directory, but a path is meant as seen from the root.
        Some(named) => workspace().join(named),
        None => workspace().join("target/localstripe-venv"),
    };
    let unix = environment.join("bin/python");
    let windows = environment.join("Scripts/python.exe");
    if windows.exists() { windows } else { unix }
}

/// The workspace's root.
fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}
