//! Escapes text that would be read as Markdown, and writes code spans and blocks.

/// Where a character of text needs a backslash.
pub(super) enum EscapeRule {
    Never,
    Always,
    /// At the beginning of a line.
    AtLineStart,
    /// Except inside of a word.
    OutsideWords,
    /// After a number at the beginning of a line, where it would make a numbered list.
    AfterLineNumber,
}

/// The rule for a character. In text that is already Markdown only what rustdoc would
/// misread is escaped.
pub(super) fn escape_rule(c: char, is_html: bool) -> EscapeRule {
    match c {
        '[' | ']' | '<' | '`' => EscapeRule::Always,
        // `&lt;` as text is written `\&lt;`.
        '&' => EscapeRule::Always,
        _ if !is_html => EscapeRule::Never,
        '\\' | '*' => EscapeRule::Always,
        '_' => EscapeRule::OutsideWords,
        '#' | '+' | '-' | '=' | '>' | '|' | '~' => EscapeRule::AtLineStart,
        '.' | ')' => EscapeRule::AfterLineNumber,
        _ => EscapeRule::Never,
    }
}

/// Length of the code span at the beginning of `rest`, which begins with a backtick.
pub(super) fn code_span(rest: &str) -> Option<usize> {
    let ticks = ticks_at(rest, 0);
    let mut at = ticks;
    while let Some(next) = rest.get(at..)?.find('`') {
        let start = at + next;
        let run = ticks_at(rest, start);
        at = start + run;
        if run == ticks {
            // A span ends with its paragraph.
            return rest
                .get(..at)
                .filter(|span| !span.contains("\n\n"))
                .map(str::len);
        }
    }
    None
}

fn ticks_at(text: &str, at: usize) -> usize {
    text.bytes()
        .skip(at)
        .take_while(|byte| *byte == b'`')
        .count()
}

/// Length of the longest run of backticks in a text.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

/// A text as a code span.
pub(super) fn as_code(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    if text.is_empty() {
        return text;
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A text as a code block that rustdoc does not compile.
pub(super) fn as_block(text: &str) -> String {
    let text = text.trim_matches('\n').trim_end();
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}text\n{text}\n{fence}")
}

/// The fenced block of Markdown at the beginning of a line, as one that rustdoc does not compile,
/// and the length of the original.
pub(super) fn fenced_block(rest: &str) -> Option<(String, usize)> {
    let body = rest.trim_start_matches(' ');
    let fence = ["```", "~~~"]
        .into_iter()
        .find(|fence| body.starts_with(fence))?;
    let (info, inner) = body.split_once('\n')?;
    if info.trim_start_matches(['`', '~']).contains('`') {
        // This is a code span.
        return None;
    }
    let end = inner
        .find(&format!("\n{fence}"))
        .or_else(|| inner.starts_with(fence).then_some(0));
    let (inner, after) = match end {
        Some(at) => (inner.get(..at)?, inner.get(at..)?.trim_start_matches('\n')),
        None => (inner, ""),
    };
    let after = after
        .find('\n')
        .and_then(|at| after.get(at..))
        .unwrap_or_default();
    Some((as_block(inner), rest.len() - after.len()))
}
