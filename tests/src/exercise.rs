//! Runs the exerciser against a server and reports the results.

use std::fmt::{self, Write};

use exerciser::{EXERCISES, Exercise};
use runtime::error::Error;

/// The result of one operation.
#[derive(Debug)]
pub struct Outcome {
    /// The operation.
    pub exercise: &'static Exercise,
    /// With the required parameters only.
    pub required: Result<(), Error>,
    /// With every parameter.
    pub everything: Result<(), Error>,
}

impl Outcome {
    /// Both calls succeeded.
    pub fn is_ok(&self) -> bool {
        self.required.is_ok() && self.everything.is_ok()
    }
}

/// One line: id, method, path, and `ok` or what went wrong.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.exercise.spec;
        write!(f, "{} {} {}", spec.id, spec.method.as_str(), spec.path)?;
        if self.is_ok() {
            return f.write_str(" ok");
        }
        for (what, result) in [
            ("required", &self.required),
            ("everything", &self.everything),
        ] {
            if let Err(error) = result {
                write!(f, " | {what}: {}", chain(error))?;
            }
        }
        Ok(())
    }
}

/// An error with its sources and the server's message, on one line. The exerciser sends generated
/// data only, so they contain no personal data.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    if let Some(message) = error.message() {
        let _ = write!(text, " ({})", message.replace('\n', " "));
    }
    text
}

/// The operations whose id, or whose path, begins with `prefix`.
pub fn selected(prefix: &str) -> impl Iterator<Item = &'static Exercise> {
    EXERCISES
        .iter()
        .filter(move |e| e.spec.id.starts_with(prefix) || e.spec.path.starts_with(prefix))
}

/// Calls one operation both ways. The header requests minimal responses first and full ones then
/// from a server that synthesises its responses; other servers ignore it.
pub async fn run(client: &stripe::Client, exercise: &'static Exercise) -> Outcome {
    let required = (exercise.call)(client, false, &[("X-Synth", "minimal")]).await;
    let everything = (exercise.call)(client, true, &[("X-Synth", "full")]).await;
    Outcome {
        exercise,
        required: required.map(drop),
        everything: everything.map(drop),
    }
}
