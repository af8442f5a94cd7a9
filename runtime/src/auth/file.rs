//! Keys in mounted files, as Kubernetes, Docker and systemd provide secrets to a program.
//!
//! In: a path. Out: the key in that file, read again when the file has changed. The file is read
//! with blocking calls, which take microseconds for a small local file; it should not be on a
//! network file system. There is no file watcher and no thread.

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

/// The longest key file, in bytes.
const MAX_LEN: usize = 8 << 10;

/// The API key in a file, with white space around it removed.
///
/// Before each call the file's attributes are read, which is one system call; when they have
/// changed, the file is read again. Links are followed, so the directory swap by which Kubernetes
/// updates a secret is noticed. While the file is missing, empty or otherwise without a key, the
/// last key stays in use.
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
pub struct FileKey(Arc<KeyFile>);

#[derive(Debug)]
struct KeyFile {
    path: PathBuf,
    /// The fingerprint of the file when it was last read.
    last_read: Mutex<Option<FileFingerprint>>,
}

/// The attributes that show whether a file has changed. On Unix no program can write a file or
/// replace it without changing any of this.
#[derive(Debug, PartialEq, Eq)]
struct FileFingerprint {
    len: u64,
    modified: Option<SystemTime>,
    identity: [u64; 4],
}

impl FileKey {
    /// The key in the file at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(Arc::new(KeyFile {
            path: path.into(),
            last_read: Mutex::new(None),
        }))
    }
}

impl CredentialProvider for FileKey {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        let file = Arc::clone(&self.0);
        Box::pin(async move { file.read_key() })
    }

    fn has_changed(&self) -> bool {
        // Without a file there is nothing to fetch; the next fetch will report it.
        let Ok(metadata) = std::fs::metadata(&self.0.path) else {
            return false;
        };
        let last_read = self.0.last_read.lock();
        let last_read = last_read.unwrap_or_else(PoisonError::into_inner);
        last_read.as_ref() != Some(&FileFingerprint::from_metadata(&metadata))
    }
}

impl KeyFile {
    fn read_key(&self) -> Result<Credential, CredentialError> {
        let file =
            File::open(&self.path).map_err(|error| self.file_error("cannot be opened", error))?;
        // Before the text is read: a change in between is noticed the next time.
        let metadata = file
            .metadata()
            .map_err(|error| self.file_error("has no readable attributes", error))?;
        let text = self.read_text(file)?;
        let key = ApiKey::new(&text).map_err(|error| self.file_error("contains no key", error))?;
        let mut last_read = self
            .last_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last_read = Some(FileFingerprint::from_metadata(&metadata));
        Ok(Credential::new(key))
    }

    fn read_text(&self, file: File) -> Result<Secret, CredentialError> {
        // With room for all of it, so that no copies are left behind by reallocation.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_LEN));
        file.take(MAX_LEN as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.file_error("cannot be read", error))?;
        if bytes.len() > MAX_LEN {
            let text = format!("{} is too long to contain a key", self.label());
            return Err(CredentialError::new(text));
        }
        // The standard error shows no bytes.
        std::str::from_utf8(&bytes)
            .map(Secret::from)
            .map_err(|error| self.file_error("contains no key: it is not UTF-8", error))
    }

    fn file_error(
        &self,
        problem: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> CredentialError {
        CredentialError::new(format!("{} {problem}", self.label())).caused_by(source)
    }

    fn label(&self) -> String {
        format!("the key file {}", Path::display(&self.path))
    }
}

impl FileFingerprint {
    fn from_metadata(metadata: &Metadata) -> Self {
        Self {
            len: metadata.len(),
            modified: metadata.modified().ok(),
            identity: file_identity(metadata),
        }
    }
}

#[cfg_attr(not(unix), expect(unused_variables))]
fn file_identity(metadata: &Metadata) -> [u64; 4] {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let changed = [metadata.ctime(), metadata.ctime_nsec()].map(i64::unsigned_abs);
        [metadata.dev(), metadata.ino(), changed[0], changed[1]]
    }
    #[cfg(not(unix))]
    [0; 4]
}
