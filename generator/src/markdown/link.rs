//! Recognises links and resolves their addresses.

use super::escape;

/// A Markdown link.
pub(super) struct InlineLink<'a> {
    pub(super) text: &'a str,
    pub(super) target: &'a str,
    pub(super) length: usize,
}

/// The link `[text](target "title")` at the beginning of `rest`.
pub(super) fn parse_inline_link(rest: &str) -> Option<InlineLink<'_>> {
    let close = closing_bracket(rest)?;
    let after = rest.get(close + 1..)?.strip_prefix('(')?;
    let mut depth = 1_usize;
    let end = after.char_indices().find(|(_, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let inner = after.get(..end.0)?.trim();
    let target = match inner.strip_prefix('<') {
        Some(angled) => angled.split('>').next()?,
        None => inner.split([' ', '\n']).next()?,
    };
    let text = rest.get(1..close)?;
    let is_link = !target.is_empty() && !text.contains("\n\n") && !inner.contains("\n\n");
    is_link.then_some(InlineLink {
        text,
        target,
        length: close + 2 + end.0 + 1,
    })
}

/// The bracket that closes the one at the beginning of `rest`. Brackets in code spans are skipped.
fn closing_bracket(rest: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    // Bounded, so that an unclosed bracket does not cause a search of the whole text.
    while at < rest.len().min(2000) {
        let here = rest.get(at..)?;
        let c = here.chars().next()?;
        at += match c {
            '`' => escape::code_span(here).unwrap_or(1),
            '\\' => 1 + here.chars().nth(1).map_or(0, char::len_utf8),
            c => c.len_utf8(),
        };
        match c {
            '[' => depth += 1,
            ']' if depth == 1 => return Some(at - 1),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Length of the bare URL at the beginning of `rest`.
pub(super) fn bare_url_length(rest: &str) -> Option<usize> {
    let host = rest
        .strip_prefix("https://")
        .or_else(|| rest.strip_prefix("http://"))?;
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '[' | ']' | '\\' | ')');
    let length = rest.len() - host.len() + host.find(ends).unwrap_or(host.len());
    let url = rest
        .get(..length)?
        .trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
    host.starts_with(|c: char| c.is_ascii_alphanumeric())
        .then_some(url.len())
}

/// Length of the URL in angle brackets at the beginning of `rest`.
pub(super) fn angled_url_length(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('<')?;
    if !inner.starts_with("https://") && !inner.starts_with("http://") {
        return None;
    }
    let end = inner.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>'))?;
    inner.get(end..)?.starts_with('>').then_some(end + 2)
}

/// The absolute URL of a link, escaped for use in parentheses.
pub(super) fn resolve_url(target: &str, base: Option<&str>) -> Option<String> {
    let target = target.trim();
    let scheme = target
        .split(['/', '?', '#'])
        .next()
        .and_then(|head| head.split_once(':'));
    let full = match scheme {
        Some(("http" | "https", _)) => redirect_anchor(target, base),
        Some(("mailto", _)) => target.to_owned(),
        // `javascript:` and the like.
        Some(_) => return None,
        None => resolve_relative(target, base?)?,
    };
    let mut out = String::with_capacity(full.len());
    for c in full.chars() {
        match c {
            ' ' | '(' | ')' | '<' | '>' | '"' | '\\' | '[' | ']' | '`' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

/// Resolves a URL without a scheme against that of the API reference.
fn resolve_relative(target: &str, base: &str) -> Option<String> {
    let origin = url_origin(base)?;
    if target.is_empty() {
        None
    } else if target.starts_with("//") {
        Some(format!("https:{target}"))
    } else if target.starts_with('#') {
        Some(format!("{base}{target}"))
    } else {
        let path = target.trim_start_matches("./").trim_start_matches('/');
        // Documentation that moved to a host of its own still has paths that begin with `/docs/`.
        let path = match path.strip_prefix("docs/") {
            Some(rest) if origin.contains("://docs.") => rest,
            _ => path,
        };
        Some(format!("{origin}/{path}"))
    }
}

/// Anchors on the API's own host are redirected to the API reference, which was hosted there once.
fn redirect_anchor(target: &str, base: Option<&str>) -> String {
    let to_reference = base.and_then(|base| {
        let api = url_origin(base)?.replacen("://docs.", "://api.", 1);
        let anchor = target.strip_prefix(api.as_str())?.trim_start_matches('/');
        anchor.starts_with('#').then(|| format!("{base}{anchor}"))
    });
    to_reference.unwrap_or_else(|| target.to_owned())
}

/// Scheme and host of a URL.
fn url_origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url.get(host..)?.find('/').map_or(url.len(), |at| host + at);
    url.get(..end)
}
