//! Path templates.

/// The values of the parameters of a template, with their percent-encoding; `None` if the path does
/// not fit. A value has at least one character, and no slash.
pub fn match_path(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let Some((literal, rest)) = template.split_once('{') else {
        return (template == path).then(Vec::new);
    };
    let (name, rest) = rest.split_once('}')?;
    let path = path.strip_prefix(literal)?;
    // The shortest value with which the rest fits.
    let longest = path.find('/').unwrap_or(path.len());
    let ends = path
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8());
    ends.take_while(|end| *end <= longest).find_map(|end| {
        let (value, after) = path.split_at(end);
        let mut found = match_path(rest, after)?;
        found.insert(0, (name.to_owned(), value.to_owned()));
        Some(found)
    })
}
