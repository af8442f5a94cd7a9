//! Paths in the output. None of them may depend on the machine.

use std::path::{Component, Path, PathBuf};

use crate::source::is_standard_input;

/// The name of the document in headers: its file name without the folder.
pub(super) fn document_label(document: &Path) -> String {
    if is_standard_input(document) {
        return "standard input".to_owned();
    }
    let name = document.file_name().unwrap_or(document.as_os_str());
    name.to_string_lossy().replace(char::is_control, "?")
}

/// The path of the runtime crate as seen from the output folder. `None` takes it from the registry.
pub(super) fn runtime_path(given: Option<&Path>, out: &Path) -> Option<String> {
    let runtime = runtime_folder(given)?;
    relative_path(&runtime, &resolve_path(out)).or_else(|| Some(path_text(&runtime)))
}

/// The absolute path of the runtime crate: the given one, or that of the checkout which this
/// program was built in. A generator that was installed from the registry has none.
pub(super) fn runtime_folder(given: Option<&Path>) -> Option<PathBuf> {
    if let Some(given) = given {
        return Some(resolve_path(given));
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("runtime");
    own.join("Cargo.toml").is_file().then(|| resolve_path(&own))
}

/// The absolute path without links. The last components of the path need not exist.
pub(super) fn resolve_path(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for above in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            return real.join(rest);
        }
    }
    path
}

/// The relative path from `from` to `to`, both resolved. `None` if they are on different drives.
pub(super) fn relative_path(to: &Path, from: &Path) -> Option<String> {
    let (to, from): (Vec<_>, Vec<_>) = (to.components().collect(), from.components().collect());
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return None;
    }
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    let way: PathBuf = up.chain(to.into_iter().skip(shared)).collect();
    Some(path_text(&way))
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
