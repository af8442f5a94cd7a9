//! Compiles a file against a crate.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The lines of a file that the compiler rejects, with its messages. The file becomes an example of
/// the crate.
pub(crate) fn find_error_lines(
    text: &str,
    out: &Path,
    target: &Path,
) -> Result<Vec<(usize, String)>, String> {
    let fail = |error: std::io::Error| error.to_string();
    fs::create_dir_all(out.join("examples")).map_err(fail)?;
    fs::write(out.join("examples/uses.rs"), text).map_err(fail)?;
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "check",
            "--all-features",
            "--example",
            "uses",
            "--message-format=json",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(out);
    let output = cargo.output().map_err(fail)?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut found = Vec::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let message = message.get("message").unwrap_or(&Value::Null);
        if message.get("level") != Some(&Value::from("error")) {
            continue;
        }
        let text = message.get("message").and_then(Value::as_str);
        let text = text.unwrap_or_default().to_owned();
        let spans = message.get("spans").and_then(Value::as_array);
        let own = spans.into_iter().flatten().filter(|span| {
            let file = span.get("file_name").and_then(Value::as_str);
            let is_primary = span.get("is_primary") == Some(&Value::Bool(true));
            is_primary && file.is_some_and(|file| file.ends_with("examples/uses.rs"))
        });
        let lines = own.filter_map(|span| span.get("line_start").and_then(Value::as_u64));
        found.extend(lines.filter_map(|line| Some((usize::try_from(line).ok()?, text.clone()))));
    }
    match found.is_empty() && !output.status.success() {
        true => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        false => Ok(found),
    }
}
