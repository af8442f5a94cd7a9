//! Replaces files so that an error leaves the old ones unchanged.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::disk::file_location;
use crate::diag::{Code, DiagnosticSink};

/// The folder for new contents until all of them are written. As its name is fixed, it is a lock too.
const STAGE: &str = ".generator-stage";

/// Writes each path's content, or removes the file if there is none. All or nothing, except after a
/// crash.
pub(super) fn commit_changes(
    folder: &Path,
    changes: &[(PathBuf, Option<&str>)],
    sink: &mut DiagnosticSink,
) -> Option<()> {
    let stage = folder.join(STAGE);
    let missing: Vec<_> = missing_folders(folder, changes);
    let staged = fs::create_dir_all(folder).and_then(|()| fs::create_dir(&stage));
    let done = match staged {
        Ok(()) => replace_files(&stage, changes),
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
    sink.report_in(code, file_location(&path), error.to_string());
    None
}

fn replace_files(stage: &Path, changes: &[(PathBuf, Option<&str>)]) -> Result<(), CommitError> {
    let numbered = changes.iter().enumerate();
    let moves: Vec<_> = numbered
        .map(|(number, change)| FileReplacement::new(stage, number, change))
        .collect();
    let done = write_new_files(&moves).and_then(|()| swap_files(&moves));
    for step in &moves {
        drop(fs::remove_file(&step.new));
        if done.is_ok() {
            drop(fs::remove_file(&step.old));
        }
    }
    // After a failure that could not be undone, the folder still contains old files and is kept.
    drop(fs::remove_dir(stage));
    done
}

/// The folders that have to be created, parents first.
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

/// The replacement of one file.
struct FileReplacement<'a> {
    target: &'a Path,
    content: Option<&'a str>,
    /// Path of the new content until it is renamed.
    new: PathBuf,
    /// Path of the old file until all files are replaced.
    old: PathBuf,
}

impl<'a> FileReplacement<'a> {
    fn new(stage: &Path, number: usize, (target, content): &'a (PathBuf, Option<&'a str>)) -> Self {
        let folder = stage.parent().unwrap_or(stage);
        // A rename works within one file system only, so the content of a file elsewhere is stored
        // next to it.
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

type CommitError = (PathBuf, io::Error);

/// Writes all new contents and creates the target folders.
fn write_new_files(moves: &[FileReplacement<'_>]) -> Result<(), CommitError> {
    for FileReplacement {
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

/// Renames the new files to the paths of the old ones. Undoes all of it after an error.
fn swap_files(moves: &[FileReplacement<'_>]) -> Result<(), CommitError> {
    for (number, step) in moves.iter().enumerate() {
        if let Err(error) = swap_file(step) {
            for done in moves.iter().take(number).rev() {
                undo_swap(done);
            }
            return Err((step.target.to_owned(), error));
        }
    }
    Ok(())
}

fn swap_file(step: &FileReplacement<'_>) -> io::Result<()> {
    match fs::rename(step.target, &step.old) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if step.content.is_some() {
        fs::rename(&step.new, step.target).inspect_err(|_| undo_swap(step))?;
    }
    Ok(())
}

/// Restores the old file. Errors are ignored, so that the other files are restored too.
fn undo_swap(step: &FileReplacement<'_>) {
    if step.old.exists() {
        drop(fs::rename(&step.old, step.target));
    } else {
        drop(fs::remove_file(step.target));
    }
}

/// Removes the folders of removed files. `remove_dir` removes only those that are empty.
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
