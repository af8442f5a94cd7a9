//! The files of a database: their permissions, and whether they are still those that were opened.
//!
//! In: the path of the database. Out: an error if its file or its write-ahead log was deleted or
//! replaced while it is open. SQLite goes on with the files that it has open, so what it commits
//! is lost when the process ends.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The suffixes of the files that hold what was committed: the database and the write-ahead log
/// (<https://sqlite.org/walformat.html>).
const COMMITTED: [&str; 2] = ["", "-wal"];

/// The files of one database that is open.
#[derive(Debug)]
pub(super) struct DatabaseFiles {
    paths: [PathBuf; 2],
    opened: Mutex<[Option<FileIdentity>; 2]>,
}

impl DatabaseFiles {
    /// Creates the file of the database, if it is missing, with permissions for its owner alone,
    /// and removes the permissions of others from files of this user that exist: messages have
    /// personal data.
    /// SQLite creates the files next to it with the same permissions.
    pub(super) fn create(database: &Path) -> io::Result<Self> {
        create_private(database)?;
        for suffix in ["", "-wal", "-shm"] {
            restrict_permissions(&with_suffix(database, suffix))?;
        }
        Ok(Self {
            paths: COMMITTED.map(|suffix| with_suffix(database, suffix)),
            opened: Mutex::default(),
        })
    }

    /// Remembers the files, when a connection has just opened them. The log may be created later.
    pub(super) fn remember_opened(&self) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        for (identity, path) in opened.iter_mut().zip(&self.paths) {
            *identity = FileIdentity::read(path).unwrap_or(None);
        }
    }

    /// Fails if the files are not those that were opened. Called after each commit, so the log
    /// exists.
    pub(super) fn ensure_unchanged(&self) -> io::Result<()> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        for (identity, path) in opened.iter_mut().zip(&self.paths) {
            let found = FileIdentity::read(path)?;
            *identity = identity.or(found);
            if *identity != found {
                return Err(io::Error::new(
                    io::ErrorKind::NotFound,
                    "a file of the inbox was deleted or replaced while it was open: restore it \
                     and restart the process",
                ));
            }
        }
        Ok(())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The device and the inode of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileIdentity(u64, u64);

impl FileIdentity {
    /// Of the file at this path, if there is one.
    #[cfg(unix)]
    fn read(path: &Path) -> io::Result<Option<Self>> {
        use std::os::unix::fs::MetadataExt;
        match path.metadata() {
            Ok(metadata) => Ok(Some(Self(metadata.dev(), metadata.ino()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Elsewhere open files cannot be deleted or replaced.
    #[cfg(not(unix))]
    fn read(_: &Path) -> io::Result<Option<Self>> {
        Ok(None)
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    match options.write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn restrict_permissions(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = match path.metadata() {
        Ok(metadata) => metadata.permissions(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(0o600);
    match std::fs::set_permissions(path, permissions) {
        // The file is another user's, who decides.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        set => set,
    }
}

#[cfg(not(unix))]
fn create_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn restrict_permissions(_: &Path) -> io::Result<()> {
    Ok(())
}
