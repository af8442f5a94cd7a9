//! Replacing files so that an error leaves the old ones whole.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::disk::place;
use crate::diag::{Code, Sink};

/// Where new contents wait until all of them are written. Its fixed name makes it a lock as well.
const STAGE: &str = ".generator-stage";

/// Gives each path its content, or removes it. All or nothing, but for the death of the process.
pub(super) fn commit(
    folder: &Path,
    changes: &[(PathBuf, Option<&str>)],
    sink: &mut Sink,
) -> Option<()> {
    let stage = folder.join(STAGE);
    let missing: Vec<_> = missing_folders(folder, changes);
    let staged = fs::create_dir_all(folder).and_then(|()| fs::create_dir(&stage));
    let done = match staged {
        Ok(()) => replace(&stage, changes),
        Err(error) => Err((stage, error)),
    };
    if done.is_err() {
        // Only folders that this run has created can be both in the list and empty.
        for folder in missing.iter().rev() {
            drop(fs::remove_dir(folder));
        }
    }
    let Err((path, error)) = done else {
        remove_empty_folders(folder, changes);
        return Some(());
    };
    let busy = error.kind() == ErrorKind::AlreadyExists && path.ends_with(STAGE);
    let code = if busy {
        Code::OutputBusy
    } else {
        Code::OutputUnwritable
    };
    sink.report_in(code, place(&path), error.to_string());
    None
}

fn replace(stage: &Path, changes: &[(PathBuf, Option<&str>)]) -> Result<(), Failure> {
    let numbered = changes.iter().enumerate();
    let moves: Vec<_> = numbered
        .map(|(number, change)| Move::new(stage, number, change))
        .collect();
    let done = prepare(&moves).and_then(|()| exchange(&moves));
    for step in &moves {
        drop(fs::remove_file(&step.new));
        if done.is_ok() {
            drop(fs::remove_file(&step.old));
        }
    }
    // After a failure that could not be undone, old files are still here, and the folder stays.
    drop(fs::remove_dir(stage));
    done
}

/// The folders that have to be created, from above.
fn missing_folders(folder: &Path, changes: &[(PathBuf, Option<&str>)]) -> Vec<PathBuf> {
    let new = changes
        .iter()
        .filter(|(_, content)| content.is_some())
        .map(|(path, _)| path.as_path());
    let above = new
        .filter_map(Path::parent)
        .chain([folder])
        .flat_map(Path::ancestors);
    let missing = above.filter(|path| !path.as_os_str().is_empty() && !path.exists());
    missing
        .map(Path::to_owned)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// One file on its way.
struct Move<'a> {
    target: &'a Path,
    content: Option<&'a str>,
    /// Where the new content waits.
    new: PathBuf,
    /// Where the old file is kept until the end.
    old: PathBuf,
}

impl<'a> Move<'a> {
    fn new(stage: &Path, number: usize, (target, content): &'a (PathBuf, Option<&'a str>)) -> Self {
        let folder = stage.parent().unwrap_or(stage);
        // A rename works within one file system only, so a file from elsewhere waits beside its
        // target.
        let (new, old) = if target.starts_with(folder) {
            (
                stage.join(format!("{number}.new")),
                stage.join(format!("{number}.old")),
            )
        } else {
            let name = target.file_name().unwrap_or_default().to_string_lossy();
            let beside = |end| target.with_file_name(format!(".{name}.generator-{end}"));
            (beside("new"), beside("old"))
        };
        Self {
            target,
            content: *content,
            new,
            old,
        }
    }
}

type Failure = (PathBuf, io::Error);

/// Writes all new contents, and the folders they will go to.
fn prepare(moves: &[Move<'_>]) -> Result<(), Failure> {
    for Move {
        target,
        content,
        new,
        ..
    } in moves
    {
        let Some(content) = content else { continue };
        fs::write(new, content).map_err(|error| (new.clone(), error))?;
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
        }
    }
    Ok(())
}

/// Puts the new files in the place of the old ones; undoes it all if one refuses.
fn exchange(moves: &[Move<'_>]) -> Result<(), Failure> {
    for (number, step) in moves.iter().enumerate() {
        if let Err(error) = exchange_one(step) {
            for done in moves.iter().take(number).rev() {
                undo(done);
            }
            return Err((step.target.to_owned(), error));
        }
    }
    Ok(())
}

fn exchange_one(step: &Move<'_>) -> io::Result<()> {
    match fs::rename(step.target, &step.old) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if step.content.is_some() {
        fs::rename(&step.new, step.target).inspect_err(|_| undo(step))?;
    }
    Ok(())
}

/// Nothing better can be done about a failure here than to go on with the others.
fn undo(step: &Move<'_>) {
    if step.old.exists() {
        drop(fs::rename(&step.old, step.target));
    } else {
        drop(fs::remove_file(step.target));
    }
}

/// Folders that removed files have left empty go too. `remove_dir` refuses all others.
fn remove_empty_folders(folder: &Path, changes: &[(PathBuf, Option<&str>)]) {
    for (path, content) in changes {
        if content.is_none() {
            let above = path.ancestors().skip(1).take_while(|f| *f != folder);
            for folder in above {
                drop(fs::remove_dir(folder));
            }
        }
    }
}
