//! The header `Link` (RFC 8288).

use http::{HeaderMap, header};

/// The target of the first link to the next page.
///
/// # Errors
/// Returns why the headers cannot be read. Nothing is guessed then: a list would end too early.
pub fn next_link(headers: &HeaderMap) -> Result<Option<String>, &'static str> {
    for value in headers.get_all(header::LINK) {
        let text = value.to_str().map_err(|_| MALFORMED)?;
        if let Some(target) = find_next(text).ok_or(MALFORMED)? {
            return Ok(Some(target.to_owned()));
        }
    }
    Ok(None)
}

const MALFORMED: &str = "the header Link is not of the form `<URL>; rel=\"next\"`";

/// The target of the first link to the next page in one header. `None` if it cannot be read.
fn find_next(text: &str) -> Option<Option<&str>> {
    let mut next = None;
    let mut rest = text.trim_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (target, after) = rest.strip_prefix('<')?.split_once('>')?;
        let (is_next, after) = read_parameters(after)?;
        if is_next {
            next = next.or(Some(target));
        }
        rest = match after {
            "" => "",
            _ => after
                .strip_prefix(',')?
                .trim_start_matches([' ', '\t', ',']),
        };
    }
    Some(next)
}

/// Whether the parameters of a link say that it leads from this list to the next page, and the text
/// after them.
fn read_parameters(text: &str) -> Option<(bool, &str)> {
    let mut rest = text.trim_start();
    let mut relation = None;
    let mut has_anchor = false;
    while let Some(parameter) = rest.strip_prefix(';') {
        let parameter = parameter.trim_start();
        let end = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
        let (name, after) = parameter.split_at_checked(end)?;
        let name = name.trim();
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => read_value(value.trim_start())?,
            None => (String::new(), after),
        };
        // The first one counts.
        if name.eq_ignore_ascii_case("rel") && relation.is_none() {
            relation = Some(value);
        } else if name.eq_ignore_ascii_case("anchor") {
            has_anchor = true;
        }
        rest = after.trim_start();
    }
    let relation = relation.unwrap_or_default();
    let mut relations = relation.split_ascii_whitespace();
    let is_next = relations.any(|name| name.eq_ignore_ascii_case("next"));
    Some((is_next && !has_anchor, rest))
}

/// A value, quoted or not, and the text after it.
fn read_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return (!value.contains('"')).then(|| (value.trim().to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}
