//! Unified diffs of output files.

use std::path::Path;

use similar::TextDiff;

/// The change of a file from the content on the disk to the generated one, as `git apply` and
/// `patch -p1` take it. Empty if there is none.
pub(super) fn unified_diff(path: &Path, old: Option<&str>, new: Option<&str>) -> String {
    let path = path.display().to_string();
    let path = path.trim_start_matches('/');
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default())
        .unified_diff()
        .header(&name("a", old), &name("b", new))
        .to_string()
}
