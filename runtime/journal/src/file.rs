//! The file of a journal, its lock and its directory.
//!
//! The lock is on a file of its own because compaction replaces the journal file: a lock on the
//! replaced file would have no effect. On Unix the journal file is locked as well, which also
//! excludes processes that have another name for it. The operating system releases the lock when the process
//! ends, so there are no stale locks and no process ids to check. The lock file is never removed:
//! that would let two processes lock two files with the same name.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::log::LogStorage;

/// An open and locked journal file.
#[derive(Debug)]
pub(crate) struct JournalFile {
    path: PathBuf,
    directory: PathBuf,
    file: File,
    /// Whether written bytes are flushed to the disk.
    durable: bool,
    _lock: File,
}

/// Why a file could not be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    Locked,
    Io(&'static str, io::Error),
}

impl OpenError {
    fn into_io(self) -> io::Error {
        match self {
            Self::Locked => io::ErrorKind::WouldBlock.into(),
            Self::Io(_, error) => error,
        }
    }
}

impl JournalFile {
    /// Opens or creates a file and its directory, and returns the file with its content.
    pub(crate) fn open(path: &Path, durable: bool) -> Result<(Self, Vec<u8>), OpenError> {
        let io = |what| move |error| OpenError::Io(what, error);
        // A link names the same journal as its target, and a relative path would name another
        // file when the process changes its directory.
        let path = fs::canonicalize(path).or_else(|_| std::path::absolute(path));
        let path = path.map_err(io("the path of the journal is not usable"))?;
        let directory = path.parent().unwrap_or(&path).to_owned();
        create_directory(&directory).map_err(io("the journal's directory cannot be created"))?;
        let lock = acquire_lock(&sibling_path(&path, ".lock"))?;
        let mut file = private_options()
            .create(true)
            .open(&path)
            .map_err(io("the journal cannot be opened"))?;
        lock_content(&file, &path)?;
        restrict_permissions(&file).map_err(io("the journal's permissions cannot be set"))?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)
            .map_err(io("the journal cannot be read"))?;
        let file = Self {
            path,
            directory,
            file,
            durable,
            _lock: lock,
        };
        // What an earlier process wrote may not be flushed to the disk yet.
        file.sync_file_and_directory()
            .map_err(io("the journal cannot be flushed to the disk"))?;
        Ok((file, content))
    }

    /// Copies the file to a sibling with the suffix `.damaged`.
    pub(crate) fn copy_damaged(&self) -> io::Result<()> {
        let mut copy = create_empty(&sibling_path(&self.path, ".damaged"))?;
        io::copy(&mut File::open(&self.path)?, &mut copy)?;
        copy.sync_all()
    }

    fn sync_file_and_directory(&self) -> io::Result<()> {
        if self.durable {
            self.file.sync_all()?;
            sync_directory(&self.directory)?;
        }
        Ok(())
    }
}

impl LogStorage for JournalFile {
    fn append_bytes(&mut self, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.file.write_all(bytes)?;
        if durable && self.durable {
            self.file.sync_data()?;
        }
        Ok(())
    }

    fn truncate_to(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn prepare_replacement(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut replacement = create_empty(&sibling_path(&self.path, ".new"))?;
        replacement.write_all(bytes)?;
        // Also for `Durability::Process`: some file systems rename before they write.
        replacement.sync_all()
    }

    fn commit_replacement(&mut self) -> io::Result<()> {
        let replacement = sibling_path(&self.path, ".new");
        let file = private_options().open(&replacement)?;
        lock_content(&file, &replacement).map_err(OpenError::into_io)?;
        fs::rename(&replacement, &self.path)?;
        self.file = file;
        self.sync_file_and_directory()
    }
}

/// Opens for reading and appending; files are created with permissions for their owner only.
fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates an empty file. An existing one is removed first, so that the new file has the right
/// permissions.
fn create_empty(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => private_options().create_new(true).open(path),
    }
}

fn acquire_lock(path: &Path) -> Result<File, OpenError> {
    let io = |error| OpenError::Io("the journal's lock file cannot be used", error);
    let file = private_options().create(true).open(path).map_err(io)?;
    try_lock(&file).map(|()| file)
}

fn try_lock(file: &File) -> Result<(), OpenError> {
    // By its full name: later standard libraries have a method of the same name.
    match fs4::FileExt::try_lock(file) {
        Ok(()) => Ok(()),
        Err(fs4::TryLockError::WouldBlock) => Err(OpenError::Locked),
        Err(fs4::TryLockError::Error(error)) => {
            Err(OpenError::Io("the journal cannot be locked", error))
        }
    }
}

/// Locks the content of the journal, against processes that have another name for it (a hard link)
/// or for which the lock file was removed. Fails if the path names another file by now.
#[cfg(unix)]
fn lock_content(file: &File, path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::MetadataExt;
    try_lock(file)?;
    let io = |error| OpenError::Io("the journal cannot be read", error);
    let (locked, named) = (file.metadata().map_err(io)?, path.metadata().map_err(io)?);
    let is_same = (locked.dev(), locked.ino()) == (named.dev(), named.ino());
    is_same.then_some(()).ok_or(OpenError::Locked)
}

/// Elsewhere a lock would keep this process from reading and replacing the file.
#[cfg(not(unix))]
fn lock_content(_: &File, _: &Path) -> Result<(), OpenError> {
    Ok(())
}

fn sibling_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    directory.parent().map_or(Ok(()), sync_directory)
}

/// Removes the permissions of others: the file may have existed with them.
#[cfg(unix)]
fn restrict_permissions(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(0o600);
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
fn restrict_permissions(_: &File) -> io::Result<()> {
    Ok(())
}

/// Flushes the names in a directory. Only Unix has, and needs, a call for it.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
