//! Paths that go into the output. None of them may tell on which machine it was made.

use std::path::{Component, Path, PathBuf};

/// How the headers name the document: by its file name, wherever it lies.
pub(super) fn label(document: &Path) -> String {
    let name = document.file_name().unwrap_or(document.as_os_str());
    name.to_string_lossy().replace(char::is_control, "?")
}

/// The path of the runtime crate as seen from the output folder.
pub(super) fn runtime(given: Option<&Path>, out: &Path) -> String {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("runtime");
    let runtime = resolve(given.unwrap_or(&own));
    relative(&runtime, &resolve(out)).unwrap_or_else(|| text(&runtime))
}

/// The absolute path without links, although its end may not exist yet.
fn resolve(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for above in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            return real.join(rest);
        }
    }
    path
}

/// The way from `from` to `to`, both resolved. None between two drives.
fn relative(to: &Path, from: &Path) -> Option<String> {
    let (to, from): (Vec<_>, Vec<_>) = (to.components().collect(), from.components().collect());
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return None;
    }
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    let way: PathBuf = up.chain(to.into_iter().skip(shared)).collect();
    Some(text(&way))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
