//! Records the responses of a server to a file, and replays them without the server.
//!
//! In: a file, and a transport to record from. Out: a transport. A recording writes requests and
//! responses without credentials and personal data, in a form for review and version control. A
//! replay returns the same responses for the same requests, and never opens a connection. Of
//! bodies that are neither JSON nor forms, such as documents, only the length is recorded,
//! because personal data in them cannot be detected.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use observe::Redactor;
use runtime::clock::BoxFuture;
use runtime::http::{RawResponse, Request};
use runtime::transport::{Transport, TransportError};

use crate::TestDoubleError;

mod file;
mod interaction;

use interaction::{Interaction, RecordedRequest, RecordedResponse};

/// A transport that records to a file, or replays a file. Clones share the same state.
///
/// Two requests are the same if their method, path, query, body and the headers for account and
/// context are equal; the order of parameters is ignored, and a redacted value equals any value.
/// Each recorded response is returned once; equal requests get their responses in order.
///
/// ```no_run
/// use testing::Cassette;
/// # fn example(network: impl runtime::transport::Transport) -> Result<(), Box<dyn std::error::Error>> {
///
/// // Records if the file does not exist, and replays it if it does.
/// let cassette = Cassette::auto("tests/cassettes/signup.json", network)?;
/// // … pass `cassette.clone()` to the client's builder and run the code under test …
/// cassette.finish()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cassette(Arc<CassetteInner>);

struct CassetteInner {
    path: PathBuf,
    /// The transport to record from; `None` in a replay.
    recorded: Option<Box<dyn Transport>>,
    /// Whether an existing file may be replaced.
    may_overwrite: bool,
    state: Mutex<CassetteState>,
}

struct CassetteState {
    redactor: Redactor,
    interactions: Vec<Interaction>,
    /// In a replay: whether the test that made the recording failed.
    is_partial: bool,
    /// In a recording: whether it has written the file at least once.
    has_written: bool,
    /// In a recording: whether the file has all interactions.
    is_saved: bool,
}

impl Cassette {
    /// Records the responses of `inner`. The file is written by [`finish`](Cassette::finish) or
    /// when the last clone is dropped.
    ///
    /// # Errors
    /// If the file exists: see [`overwrite`](Cassette::overwrite).
    pub fn record(path: impl AsRef<Path>, inner: impl Transport) -> Result<Self, TestDoubleError> {
        let path = path.as_ref();
        if path.exists() {
            let text = "the file exists; replay it, remove it, or use Cassette::overwrite";
            return Err(file_error(path, text));
        }
        Ok(Self::new(path, Some(Box::new(inner)), false))
    }

    /// Records the responses of `inner`, and replaces the file if it exists.
    pub fn overwrite(path: impl AsRef<Path>, inner: impl Transport) -> Self {
        Self::new(path.as_ref(), Some(Box::new(inner)), true)
    }

    /// Replays the file.
    ///
    /// # Errors
    /// If the file cannot be read or is not a cassette of this version.
    pub fn replay(path: impl AsRef<Path>) -> Result<Self, TestDoubleError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|error| file_error(path, error))?;
        let decoded = file::decode_file(&text).map_err(|error| file_error(path, error))?;
        let cassette = Self::new(path, None, false);
        let mut state = cassette.0.state();
        (state.interactions, state.is_partial) = decoded;
        drop(state);
        Ok(cassette)
    }

    /// Replays the file if it exists, and otherwise records the responses of `inner`.
    ///
    /// # Errors
    /// If the file exists but cannot be replayed.
    pub fn auto(path: impl AsRef<Path>, inner: impl Transport) -> Result<Self, TestDoubleError> {
        let path = path.as_ref();
        if path.exists() {
            return Self::replay(path);
        }
        Self::record(path, inner)
    }

    /// Sets the redactor. Defaults to [`Redactor::standard`]. Redacted numbers and objects keep
    /// their JSON types, so that the responses still decode.
    ///
    /// Credentials, which are `Authorization` and everything that looks like a key, are redacted
    /// by every redactor.
    pub fn redactor(self, redactor: Redactor) -> Self {
        self.0.state().redactor = redactor.keeping_shapes();
        self
    }

    /// Returns whether this is a replay.
    pub fn is_replay(&self) -> bool {
        self.0.recorded.is_none()
    }

    /// Writes a recording, or checks that a replay has returned all responses. Requests may
    /// follow; those of a recording are written by the next `finish` or on drop.
    ///
    /// # Errors
    /// If the file cannot be written or was created by another process since the recording began,
    /// or if recorded responses were not used.
    pub fn finish(&self) -> Result<(), TestDoubleError> {
        if !self.is_replay() {
            return self.0.save(false);
        }
        let state = self.0.state();
        let unused = state.interactions.iter().filter(|it| !it.is_replayed);
        let labels: Vec<String> = unused.map(|it| it.request.label()).collect();
        if labels.is_empty() {
            return Ok(());
        }
        let text = format!("recorded but not requested: {}", labels.join(", "));
        Err(file_error(&self.0.path, text))
    }

    fn new(path: &Path, recorded: Option<Box<dyn Transport>>, may_overwrite: bool) -> Self {
        Self(Arc::new(CassetteInner {
            path: path.to_owned(),
            recorded,
            may_overwrite,
            state: Mutex::new(CassetteState {
                redactor: Redactor::standard().keeping_shapes(),
                interactions: Vec::new(),
                is_partial: false,
                has_written: false,
                is_saved: false,
            }),
        }))
    }

    async fn respond_to(self, mut request: Request) -> Result<RawResponse, TransportError> {
        // What is recorded has to be read first.
        request.wants_stream = false;
        let recorded_request = RecordedRequest::from_request(&request, &self.0.state().redactor);
        let Some(inner) = &self.0.recorded else {
            let replayed = self.0.state().replay_response(&recorded_request);
            let to_error = |text| file_error(&self.0.path, text).into_transport_error();
            let replayed = replayed.map_err(to_error)??;
            // What the server repeated then, such as the idempotency key, is not sent now.
            let mut headers = replayed.headers().clone();
            for name in request.echoed.names() {
                headers.remove(name);
            }
            let (status, body) = (replayed.status(), replayed.body().clone());
            return Ok(RawResponse::new(status, headers, body));
        };
        let result = inner.send(request).await;
        let mut state = self.0.state();
        let response = RecordedResponse::from_result(&result, &state.redactor);
        state.interactions.push(Interaction {
            request: recorded_request,
            response,
            is_replayed: false,
        });
        state.is_saved = false;
        result
    }
}

impl CassetteState {
    /// Returns the next recorded result for a request, or why there is none.
    fn replay_response(
        &mut self,
        sent: &RecordedRequest,
    ) -> Result<Result<RawResponse, TransportError>, String> {
        let mut recorded = 0;
        for interaction in &mut self.interactions {
            if !interaction.request.differences(sent).is_empty() {
                continue;
            }
            recorded += 1;
            if !interaction.is_replayed {
                interaction.is_replayed = true;
                let result = interaction.response.to_result();
                return result.ok_or_else(|| "the response is not valid HTTP".to_owned());
            }
        }
        Err(self.describe_miss(sent, recorded))
    }

    /// Describes a request for which no response is left.
    fn describe_miss(&self, sent: &RecordedRequest, recorded: usize) -> String {
        let label = sent.label();
        let mut text = if recorded > 0 {
            format!("{label} was recorded {recorded} times and requested once more")
        } else {
            format!("{label} is not in the recording")
        };
        let differences = self.interactions.iter().map(|it| {
            let differs = it.request.label() != label;
            (differs, it.request.differences(sent))
        });
        let nearest = differences.min_by_key(|(differs, found)| (*differs, found.len()));
        if let (0, Some((_, found))) = (recorded, nearest) {
            text.push_str(&format!("; the nearest one differs: {}", found.join("; ")));
        }
        if self.is_partial {
            text.push_str("; the recording is partial, because the test that made it failed");
        }
        text
    }
}

impl CassetteInner {
    fn state(&self) -> MutexGuard<'_, CassetteState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, is_partial: bool) -> Result<(), TestDoubleError> {
        let mut state = self.state();
        if state.is_saved {
            return Ok(());
        }
        let text = file::encode_file(&state.interactions, is_partial);
        let may_overwrite = self.may_overwrite || state.has_written;
        write_atomically(&self.path, &text, may_overwrite)
            .map_err(|error| file_error(&self.path, error))?;
        (state.has_written, state.is_saved) = (true, true);
        Ok(())
    }
}

fn write_atomically(path: &Path, text: &str, may_overwrite: bool) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    if !may_overwrite {
        // Reserves the name, so that the second of two recordings to one file fails.
        fs::File::create_new(path)?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    fs::write(&temporary, text)?;
    fs::rename(&temporary, path)
}

fn file_error(path: &Path, reason: impl fmt::Display) -> TestDoubleError {
    TestDoubleError::new(format!("the cassette {}: {reason}", path.display()))
}

/// Writes a recording that was not finished, as a partial one if the test is failing. An error
/// cannot be returned here: call [`Cassette::finish`].
impl Drop for CassetteInner {
    fn drop(&mut self) {
        let has_interactions = !self.state().interactions.is_empty();
        if self.recorded.is_some() && has_interactions {
            let _ = self.save(std::thread::panicking());
        }
    }
}

impl Transport for Cassette {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(self.clone().respond_to(request))
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cassette")
            .field("path", &self.0.path)
            .field("is_replay", &self.is_replay())
            .field("interactions", &self.0.state().interactions.len())
            .finish_non_exhaustive()
    }
}
