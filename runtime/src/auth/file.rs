//! Keys in mounted files, as Kubernetes, Docker and systemd hand secrets to a program.
//!
//! In: a path. Out: the key in that file, read again when the file is another one. The file is
//! read and looked at with blocking calls, which take microseconds for a small local file; it
//! should not lie on a network file system. It deliberately watches nothing and has no thread.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::{ApiKey, Credential, CredentialError, CredentialProvider};
use crate::clock::BoxFuture;
use crate::secret::Secret;

#[cfg(test)]
mod tests;

/// The longest file that can be a key, in bytes.
const LONGEST: usize = 8 << 10;

/// The API key in a file, with white space around it cut off.
///
/// Before each call the file's attributes are looked at, which is one system call; when they
/// differ from those of the last reading the file is read again. Links are followed, so the swap
/// of a directory by which Kubernetes updates a secret is seen. While the file is missing, empty
/// or otherwise no key, the last key stays in use.
///
/// ```no_run
/// use runtime::auth::FileKey;
/// # fn example(api: &'static runtime::ApiSpec) -> Result<(), runtime::Error> {
/// let client = runtime::Client::builder(api)
///     .credentials(FileKey::new("/run/secrets/stripe-key"))
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileKey(Arc<Place>);

#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// The file that was read last.
    read: Mutex<Option<Print>>,
}

/// What tells one state of a file from another. On Unix no program can write a file or put
/// another in its place and leave all of it unchanged.
#[derive(Debug, PartialEq, Eq)]
struct Print {
    length: u64,
    modified: Option<SystemTime>,
    identity: [u64; 4],
}

impl FileKey {
    /// The key in the file at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Place {
            path: path.into(),
            read: Mutex::new(None),
        }))
    }
}

impl CredentialProvider for FileKey {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        let place = Arc::clone(&self.0);
        Box::pin(async move { place.read() })
    }

    fn has_changed(&self) -> bool {
        // Without a file there is nothing to fetch; the next reading will say so.
        let Ok(found) = std::fs::metadata(&self.0.path) else {
            return false;
        };
        let read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.as_ref() != Some(&Print::of(&found))
    }
}

impl Place {
    fn read(&self) -> Result<Credential, CredentialError> {
        let file = File::open(&self.path).map_err(|fault| self.fault("cannot be opened", fault))?;
        // Looked at before it is read: what changes meanwhile is seen the next time.
        let found = file
            .metadata()
            .map_err(|fault| self.fault("cannot be looked at", fault))?;
        let text = self.text(file)?;
        let key = ApiKey::new(&text).map_err(|fault| self.fault("holds no key", fault))?;
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(Print::of(&found));
        Ok(Credential::new(key))
    }

    fn text(&self, file: File) -> Result<Secret, CredentialError> {
        // With room for all of it, so that growing leaves no copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * LONGEST));
        file.take(LONGEST as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|fault| self.fault("cannot be read", fault))?;
        if bytes.len() > LONGEST {
            let text = format!("{} is too long to hold a key", self.name());
            return Err(CredentialError::new(text));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Secret::from(text)),
            Err(_) => {
                let text = format!("{} holds no key: it is not UTF-8", self.name());
                Err(CredentialError::new(text))
            }
        }
    }

    fn fault(
        &self,
        what: &str,
        fault: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> CredentialError {
        CredentialError::new(format!("{} {what}", self.name())).caused_by(fault)
    }

    fn name(&self) -> String {
        format!("the key file {}", Path::display(&self.path))
    }
}

impl Print {
    fn of(found: &Metadata) -> Self {
        Self {
            length: found.len(),
            modified: found.modified().ok(),
            identity: identity(found),
        }
    }
}

#[cfg(unix)]
fn identity(found: &Metadata) -> [u64; 4] {
    use std::os::unix::fs::MetadataExt;
    let changed = [found.ctime(), found.ctime_nsec()].map(i64::unsigned_abs);
    [found.dev(), found.ino(), changed[0], changed[1]]
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> [u64; 4] {
    [0; 4]
}
