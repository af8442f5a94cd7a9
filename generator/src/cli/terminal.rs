//! Standard output and standard error of a run.

use std::io::{self, ErrorKind};

/// What a run writes to. Errors are kept until the run has ended, so that they cannot replace its
/// verdict.
pub(super) struct Terminal<'a> {
    out: &'a mut dyn io::Write,
    err: &'a mut dyn io::Write,
    failure: Option<io::Error>,
}

impl<'a> Terminal<'a> {
    /// Reports go to `out`, which is for programs too, and findings to `err`.
    pub(super) fn new(out: &'a mut dyn io::Write, err: &'a mut dyn io::Write) -> Self {
        Self {
            out,
            err,
            failure: None,
        }
    }

    /// Writes to standard output.
    pub(super) fn print_report(&mut self, text: impl AsRef<[u8]>) {
        let written = self.out.write_all(text.as_ref());
        self.keep_failure(written);
    }

    /// Writes to standard error.
    pub(super) fn print_findings(&mut self, text: &str) {
        let written = self.err.write_all(text.as_bytes());
        self.keep_failure(written);
    }

    /// Keeps the first error. That the reader of a pipe has stopped reading is none
    /// (`generator list | head`).
    pub(super) fn keep_failure(&mut self, written: io::Result<()>) {
        match written {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                self.failure.get_or_insert(error);
            }
            _ => {}
        }
    }

    /// Writes what is buffered. Returns whether everything was written.
    pub(super) fn close(mut self) -> bool {
        for flushed in [self.out.flush(), self.err.flush()] {
            self.keep_failure(flushed);
        }
        let Some(error) = self.failure else {
            return true;
        };
        let text = format!("error: the report cannot be written: {error}\n");
        // Standard error may be what cannot be written; the exit code says so.
        drop(self.err.write_all(text.as_bytes()));
        false
    }
}
