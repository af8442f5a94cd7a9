//! Templates: the compact form in which generated code describes the objects of an API.
//!
//! | template | a value |
//! |---|---|
//! | `1`, `1.5`, `false`, `null` | of JSON |
//! | `'text'` | text; `\` precedes a quote or a backslash |
//! | `{id:'cus_sample',email?,address?:T}` | an object; members with `?` are optional |
//! | `{*:T}` | a map |
//! | `[T]` | a list |
//! | `@shared::Address` | the type of that name |
//! | `T\|U` | one of several; the first by default |
//! | `*` | any JSON |

use wire::value::RawJson;

/// A parsed template.
#[derive(Debug, PartialEq)]
pub(super) enum Template<'t> {
    Leaf(RawJson),
    Object(Vec<TemplateMember<'t>>),
    Map(Box<Template<'t>>),
    List(Box<Template<'t>>),
    Named(&'t str),
    OneOf(Vec<Template<'t>>),
    Any,
}

/// A member of an object.
#[derive(Debug, PartialEq)]
pub(super) struct TemplateMember<'t> {
    pub(super) name: &'t str,
    pub(super) is_optional: bool,
    pub(super) value: Template<'t>,
}

/// Parses a template; `None` if it is not well-formed, which is a bug of the generator.
pub(super) fn parse_template(text: &str) -> Option<Template<'_>> {
    let mut rest = text;
    let template = parse_alternatives(&mut rest)?;
    rest.is_empty().then_some(template)
}

fn parse_alternatives<'t>(rest: &mut &'t str) -> Option<Template<'t>> {
    let first = parse_single(rest)?;
    let mut all = vec![first];
    while skip_prefix(rest, "|") {
        all.push(parse_single(rest)?);
    }
    match all.len() {
        1 => all.pop(),
        _ => Some(Template::OneOf(all)),
    }
}

fn parse_single<'t>(rest: &mut &'t str) -> Option<Template<'t>> {
    if skip_prefix(rest, "{*:") {
        let value = parse_alternatives(rest)?;
        return skip_prefix(rest, "}").then(|| Template::Map(Box::new(value)));
    }
    if skip_prefix(rest, "{") {
        return parse_object(rest);
    }
    if skip_prefix(rest, "[") {
        let item = parse_alternatives(rest)?;
        return skip_prefix(rest, "]").then(|| Template::List(Box::new(item)));
    }
    if skip_prefix(rest, "*") {
        return Some(Template::Any);
    }
    if skip_prefix(rest, "@") {
        return Some(Template::Named(take_until(rest, "|,}]")));
    }
    if skip_prefix(rest, "'") {
        return parse_quoted(rest).map(|text| Template::Leaf(RawJson::encoding(&text)));
    }
    let scalar = take_until(rest, "|,}]").parse().ok()?;
    Some(Template::Leaf(scalar))
}

fn parse_object<'t>(rest: &mut &'t str) -> Option<Template<'t>> {
    let mut members = Vec::new();
    while !skip_prefix(rest, "}") {
        if !members.is_empty() && !skip_prefix(rest, ",") {
            return None;
        }
        let name = take_until(rest, "?:,}");
        let is_optional = skip_prefix(rest, "?");
        let value = match skip_prefix(rest, ":") {
            true => parse_alternatives(rest)?,
            false if is_optional => Template::Leaf(RawJson::default()),
            false => return None,
        };
        members.push(TemplateMember {
            name,
            is_optional,
            value,
        });
    }
    Some(Template::Object(members))
}

/// The text up to the closing quote.
fn parse_quoted(rest: &mut &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => {
                *rest = rest.get(at + 1..)?;
                return Some(text);
            }
            '\\' => text.push(characters.next()?.1),
            other => text.push(other),
        }
    }
    None
}

fn skip_prefix(rest: &mut &str, prefix: &str) -> bool {
    match rest.strip_prefix(prefix) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn take_until<'t>(rest: &mut &'t str, ends: &str) -> &'t str {
    let end = rest.find(|c| ends.contains(c)).unwrap_or(rest.len());
    let (taken, after) = rest.split_at(end);
    *rest = after;
    taken
}
