//! Recording what a server answers, and answering it again without the server.
//!
//! In: a file, and a transport to record from. Out: a transport. Afterwards the file holds each
//! request and answer in a form that people can read and compare, without credentials and
//! personal data; a replay answers the same requests in the same order, and never opens a
//! connection. It deliberately keeps no bodies that are neither JSON nor forms: of files and
//! documents only the length is known, since nothing tells what is personal in them.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Unexpected;
use runtime::clock::BoxFuture;
use runtime::http::{RawResponse, Request};
use observe::Redactor;
use runtime::transport::{Transport, TransportError};

mod file;
mod recording;

use recording::{Answer, Interaction, Question};

/// A transport that records to a file, or that answers from it. Clones are handles to the same
/// cassette.
///
/// Requests are the same if method, path, query, body and the headers for account and context
/// are; the order of parameters does not matter, and what was hidden in the recording fits
/// anything. Each recorded answer is given once, equal requests get theirs in order.
///
/// ```no_run
/// use testing::Cassette;
/// # fn example(network: impl runtime::transport::Transport) -> Result<(), Box<dyn std::error::Error>> {
///
/// // Records if the file is not there, and replays if it is.
/// let cassette = Cassette::auto("tests/cassettes/signup.json", network)?;
/// // … give `cassette.clone()` to the client's builder and run the code under test …
/// cassette.finish()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cassette(Arc<Tape>);

struct Tape {
    path: PathBuf,
    /// `None` in a replay.
    inner: Option<Box<dyn Transport>>,
    /// Whether a file that is there may be replaced.
    replaces: bool,
    state: Mutex<State>,
}

struct State {
    redactor: Redactor,
    interactions: Vec<Interaction>,
    /// Of a replay: which were given.
    given: Vec<bool>,
    /// Of a replay: whether the test failed that made the recording.
    partial: bool,
    /// Of a recording: whether the file is its own by now.
    written: bool,
    /// Whether the file has everything.
    saved: bool,
}

impl Cassette {
    /// Records what `inner` answers. The file is written when the recording is finished or the
    /// last handle is dropped.
    ///
    /// # Errors
    /// If the file is there already: see [`overwrite`](Cassette::overwrite).
    pub fn record(path: impl AsRef<Path>, inner: impl Transport) -> Result<Self, Unexpected> {
        let path = path.as_ref();
        if path.exists() {
            return Err(in_file(path, ALREADY));
        }
        Ok(Self::recording(path, inner, false))
    }

    /// Records what `inner` answers, in place of what the file holds.
    pub fn overwrite(path: impl AsRef<Path>, inner: impl Transport) -> Self {
        Self::recording(path.as_ref(), inner, true)
    }

    /// Answers from the file.
    ///
    /// # Errors
    /// If the file cannot be read or is no cassette of this version.
    pub fn replay(path: impl AsRef<Path>) -> Result<Self, Unexpected> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|fault| in_file(path, fault))?;
        let (interactions, partial) = file::read(&text).map_err(|fault| in_file(path, fault))?;
        let given = vec![false; interactions.len()];
        Ok(Self::new(path, None, false, interactions, given, partial))
    }

    /// Answers from the file if it is there, and else records what `inner` answers.
    ///
    /// # Errors
    /// If the file is there but cannot be replayed.
    pub fn auto(path: impl AsRef<Path>, inner: impl Transport) -> Result<Self, Unexpected> {
        let path = path.as_ref();
        if path.exists() {
            return Self::replay(path);
        }
        Ok(Self::recording(path, inner, false))
    }

    /// Hides the fields of this redactor instead of those of [`Redactor::standard`]. Numbers
    /// and objects keep their shapes in any case, so that the answers still decode.
    ///
    /// Credentials are never written, whatever the redactor says: neither `Authorization` nor
    /// what looks like a key.
    pub fn redactor(self, redactor: Redactor) -> Self {
        self.state().redactor = redactor.keeping_shapes();
        self
    }

    /// Whether this is a replay.
    pub fn is_replay(&self) -> bool {
        self.0.inner.is_none()
    }

    /// Ends the use of a cassette: a recording is written, a replay is checked. Further requests
    /// still work; those of a recording are written later.
    ///
    /// # Errors
    /// If the file cannot be written or came into being meanwhile, or if some recorded answers
    /// were never asked for.
    pub fn finish(&self) -> Result<(), Unexpected> {
        if !self.is_replay() {
            return self.0.save(false);
        }
        let state = self.state();
        let pairs = state.interactions.iter().zip(&state.given);
        let unused = pairs.filter(|(_, given)| !**given);
        let labels: Vec<String> = unused.map(|(it, _)| it.question.label()).collect();
        if labels.is_empty() {
            return Ok(());
        }
        let text = format!("recorded but not asked for: {}", labels.join(", "));
        Err(in_file(&self.0.path, text))
    }

    fn recording(path: &Path, inner: impl Transport, replaces: bool) -> Self {
        let inner: Box<dyn Transport> = Box::new(inner);
        Self::new(path, Some(inner), replaces, Vec::new(), Vec::new(), false)
    }

    fn new(
        path: &Path,
        inner: Option<Box<dyn Transport>>,
        replaces: bool,
        interactions: Vec<Interaction>,
        given: Vec<bool>,
        partial: bool,
    ) -> Self {
        Self(Arc::new(Tape {
            path: path.to_owned(),
            inner,
            replaces,
            state: Mutex::new(State {
                redactor: Redactor::standard().keeping_shapes(),
                interactions,
                given,
                partial,
                written: false,
                saved: false,
            }),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }

    async fn answer(self, request: Request) -> Result<RawResponse, TransportError> {
        let question = Question::of(&request, &self.state().redactor);
        let Some(inner) = &self.0.inner else {
            return self.state().answer(&question, &self.0.path);
        };
        let result = inner.send(request).await;
        let mut state = self.state();
        let answer = match &result {
            Ok(response) => Answer::of(response, &state.redactor),
            Err(failure) => Answer::Failure(failure.progress(), failure.is_timeout()),
        };
        let interaction = Interaction { question, answer };
        state.interactions.push(interaction);
        state.saved = false;
        result
    }
}

const ALREADY: &str = "it is there already; replay it, remove it, or use Cassette::overwrite";

impl State {
    /// The next recorded answer to a request.
    fn answer(&mut self, asked: &Question, path: &Path) -> Result<RawResponse, TransportError> {
        let same: Vec<usize> = self
            .interactions
            .iter()
            .enumerate()
            .filter(|(_, it)| it.question.differences(asked).is_empty())
            .map(|(index, _)| index)
            .collect();
        let is_left = |index: &&usize| self.given.get(**index) == Some(&false);
        let Some(index) = same.iter().find(is_left).copied() else {
            let text = self.miss(asked, same.len());
            return Err(in_file(path, text).refusal());
        };
        if let Some(given) = self.given.get_mut(index) {
            *given = true;
        }
        let answer = self.interactions.get(index).map(|it| &it.answer);
        match answer {
            Some(Answer::Failure(progress, timed_out)) => {
                let failure = TransportError::new(*progress);
                Err(if *timed_out {
                    failure.timed_out()
                } else {
                    failure
                })
            }
            Some(Answer::Response {
                status,
                headers,
                body,
            }) => file::response(*status, headers, body).ok_or_else(|| {
                let text = format!("the answer {} is not valid HTTP", index + 1);
                in_file(path, text).refusal()
            }),
            None => Err(in_file(path, "the recording is empty").refusal()),
        }
    }

    /// What to say about a request that has no answer left.
    fn miss(&self, asked: &Question, same: usize) -> String {
        let label = asked.label();
        let mut text = if same > 0 {
            format!("{label} was recorded {same} times and is asked for once more")
        } else {
            format!("{label} is not in the recording")
        };
        let differences = self.interactions.iter().map(|it| {
            let found = it.question.differences(asked);
            (it.question.label() != label, found)
        });
        let nearest = differences.min_by_key(|(is_elsewhere, found)| (*is_elsewhere, found.len()));
        if let (0, Some((_, found))) = (same, nearest) {
            text.push_str(&format!("; the nearest one differs: {}", found.join("; ")));
        }
        if self.partial {
            text.push_str("; the recording is partial, since the test failed that made it");
        }
        text
    }
}

impl Tape {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, partial: bool) -> Result<(), Unexpected> {
        let mut state = self.state();
        if state.saved {
            return Ok(());
        }
        let text = file::write(&state.interactions, partial);
        let may_replace = self.replaces || state.written;
        write(&self.path, &text, may_replace).map_err(|fault| in_file(&self.path, fault))?;
        (state.written, state.saved) = (true, true);
        Ok(())
    }
}

/// Writes a file as a whole or not at all.
fn write(path: &Path, text: &str, may_replace: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if !may_replace {
        // Reserves the name, so that of two recordings to one file the second one fails.
        fs::File::create_new(path)?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    fs::write(&draft, text)?;
    fs::rename(&draft, path)
}

fn in_file(path: &Path, fault: impl fmt::Display) -> Unexpected {
    Unexpected::new(format!("the cassette {}: {fault}", path.display()))
}

/// A recording that nobody finished is written all the same, and marked as partial if the test
/// is failing. A fault in writing cannot be told here: call [`Cassette::finish`].
impl Drop for Tape {
    fn drop(&mut self) {
        let is_worth_it = self.inner.is_some() && !self.state().interactions.is_empty();
        if is_worth_it {
            let _ = self.save(std::thread::panicking());
        }
    }
}

impl Transport for Cassette {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(self.clone().answer(request))
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cassette")
            .field("path", &self.0.path)
            .field("is_replay", &self.is_replay())
            .field("interactions", &self.state().interactions.len())
            .finish_non_exhaustive()
    }
}
