//! The file of a journal, its lock and its directory.
//!
//! The lock is on a file of its own, since the journal itself is replaced when it is compacted:
//! a lock on the old file would guard nothing. The operating system frees it when the process
//! ends in whatever way, so there is no stale lock and no process number to check. The lock
//! file is never removed, since that would let two processes lock two files of one name.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::clerk::Medium;

/// An open and locked journal file.
#[derive(Debug)]
pub(crate) struct Disk {
    path: PathBuf,
    folder: PathBuf,
    file: File,
    /// Whether written bytes have to survive a power failure.
    durable: bool,
    _lock: File,
}

/// Why a file could not be opened.
#[derive(Debug)]
pub(crate) enum OpenFault {
    Locked,
    Io(&'static str, io::Error),
}

impl Disk {
    /// Opens or creates a file, with its directory, and reads it.
    pub(crate) fn open(path: &Path, durable: bool) -> Result<(Self, Vec<u8>), OpenFault> {
        let io = |what| move |fault| OpenFault::Io(what, fault);
        // A link names the same journal as its target, and a relative path would name another
        // one when the process changes its directory.
        let path = fs::canonicalize(path).or_else(|_| std::path::absolute(path));
        let path = path.map_err(io("the path of the journal is not usable"))?;
        let folder = path.parent().unwrap_or(&path).to_owned();
        create_folder(&folder).map_err(io("the journal's directory cannot be created"))?;
        let lock = locked(&beside(&path, ".lock"))?;
        let mut file = options()
            .create(true)
            .open(&path)
            .map_err(io("the journal cannot be opened"))?;
        protect(&file).map_err(io("the journal's permissions cannot be set"))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)
            .map_err(io("the journal cannot be read"))?;
        let disk = Self {
            path,
            folder,
            file,
            durable,
            _lock: lock,
        };
        // What an earlier process wrote may not be on the disk yet, and is about to be relied on.
        disk.settle()
            .map_err(io("the journal cannot be made durable"))?;
        Ok((disk, text))
    }

    /// Keeps a copy of the file as it is, under another name next to it.
    pub(crate) fn keep_copy(&self) -> io::Result<()> {
        let mut copy = create(&beside(&self.path, ".damaged"))?;
        io::copy(&mut File::open(&self.path)?, &mut copy)?;
        copy.sync_all()
    }

    fn settle(&self) -> io::Result<()> {
        if self.durable {
            self.file.sync_all()?;
            sync_folder(&self.folder)?;
        }
        Ok(())
    }
}

impl Medium for Disk {
    fn append(&mut self, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.file.write_all(bytes)?;
        if durable && self.durable {
            self.file.sync_data()?;
        }
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn prepare(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut next = create(&beside(&self.path, ".new"))?;
        next.write_all(bytes)?;
        // Even if only crashes of the process count: some file systems rename before they write.
        next.sync_all()
    }

    fn swap(&mut self) -> io::Result<()> {
        let next = beside(&self.path, ".new");
        let file = options().open(&next)?;
        fs::rename(&next, &self.path)?;
        self.file = file;
        self.settle()
    }
}

/// Opens for reading and appending, for nobody but the owner.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// An empty file, whatever was there. It is removed first, so that it has our permissions.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(fault),
        _ => options().create_new(true).open(path),
    }
}

fn locked(path: &Path) -> Result<File, OpenFault> {
    let fault = |fault| OpenFault::Io("the journal's lock file cannot be used", fault);
    let file = options().create(true).open(path).map_err(fault)?;
    // By its full name: later standard libraries have a method of the same name.
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(fs4::TryLockError::WouldBlock) => Err(OpenFault::Locked),
        Err(fs4::TryLockError::Error(error)) => Err(fault(error)),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    folder.parent().map_or(Ok(()), sync_folder)
}

/// A file that was there before may have been readable by others.
#[cfg(unix)]
fn protect(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(0o600);
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
fn protect(_: &File) -> io::Result<()> {
    Ok(())
}

/// Makes the names in a directory durable. Only Unix has, and needs, a call for it.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
