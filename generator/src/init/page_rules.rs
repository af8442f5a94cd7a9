//! Entries of `[[pages]]`, guessed from the names of parameters and fields that have the right types.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::operations::{JsonOperation, plain_name};
use super::text::{DialectText, count_of, quote_text};
use crate::api::{Api, Endpoint, HttpMethod, Scalar, ValueKind};

const CURSOR_PARAMETERS: &[&str] = &[
    "cursor",
    "after",
    "pagetoken",
    "nexttoken",
    "continuationtoken",
    "startcursor",
];
const CURSOR_FIELDS: &[&str] = &[
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "continuationtoken",
    "cursor",
    "endcursor",
];
const URL_FIELDS: &[&str] = &["next", "nexturl", "nextpageurl", "nextlink", "nexthref"];
const OFFSET_PARAMETERS: &[&str] = &["offset", "skip"];
const LIMIT_PARAMETERS: &[&str] = &[
    "limit",
    "count",
    "perpage",
    "pagesize",
    "size",
    "maxresults",
];
const PAGE_PARAMETERS: &[&str] = &["page", "pagenumber"];
const HAS_MORE_FIELDS: &[&str] = &["hasmore", "hasnext", "hasnextpage"];
const TOTAL_FIELDS: &[&str] = &["total", "totalcount", "totalitems", "totalresults"];
const PAGES_FIELDS: &[&str] = &["totalpages", "pagecount", "lastpage"];

/// Writes an entry for each group of lists that have the same names. `skipped` are lists that have
/// an entry of another kind.
pub(super) fn write_page_rules(
    out: &mut DialectText,
    api: &Api,
    operations: &[JsonOperation<'_>],
    skipped: &[String],
) {
    let mut found: IndexMap<Vec<String>, Vec<String>> = IndexMap::new();
    let components = ComponentSchemas::collect(api);
    let skipped: HashSet<&String> = skipped.iter().collect();
    let operations: HashMap<String, &JsonOperation<'_>> =
        operations.iter().map(|it| (it.title(), it)).collect();
    for endpoint in &api.endpoints {
        let title = format!("{} {}", endpoint.method.as_str(), endpoint.path);
        let known = operations.get(&title);
        let mut headers = known.into_iter().flat_map(|it| &it.success_headers);
        let has_link = headers.any(|name| name.eq_ignore_ascii_case("link"));
        if endpoint.method == HttpMethod::Get && !skipped.contains(&title) {
            if let Some(lines) = guess_lines(&components, endpoint, has_link) {
                found.entry(lines).or_default().push(title);
            }
        }
    }
    // The first entry counts that fits a list, so those with more names stand first.
    found.sort_by(|lines, _, other, _| other.len().cmp(&lines.len()));
    for (lines, titles) in found {
        let first = titles.first().map_or("", String::as_str);
        let count = count_of(titles.len(), "list");
        out.guess(&format!(
            "{count}, such as {first}, has the names of this style. With it, calls have `.items()` \
             and `.pages()`, as all lists have that it fits.",
        ));
        out.switch_off("[[pages]]");
        for line in lines {
            out.switch_off(&line);
        }
    }
}

/// The fields of a response, those of objects in it too, with the keys that lead to them.
struct AnswerFields<'a> {
    /// The array of the items.
    items: Option<String>,
    fields: Vec<(String, &'a str, &'a ValueKind)>,
}

impl<'a> AnswerFields<'a> {
    /// `None` if there is no array, or more than one.
    fn read(components: &ComponentSchemas<'a>, endpoint: &'a Endpoint) -> Option<Self> {
        let mut answer = Self {
            items: None,
            fields: Vec::new(),
        };
        let record = match components.resolve(&endpoint.output.kind) {
            ValueKind::List(_) => return Some(answer),
            ValueKind::Record(record) => record,
            _ => return None,
        };
        for field in &record.fields {
            let name = &field.wire;
            match components.resolve(&field.schema.kind) {
                _ if name.contains('/') => {}
                ValueKind::List(_) if answer.items.is_some() => return None,
                ValueKind::List(_) => answer.items = Some(name.clone()),
                ValueKind::Record(inner) => {
                    for field in inner.fields.iter().filter(|it| !it.wire.contains('/')) {
                        let path = format!("{name}/{}", field.wire);
                        let kind = components.resolve(&field.schema.kind);
                        answer.fields.push((path, &field.wire, kind));
                    }
                }
                kind => answer.fields.push((name.clone(), name, kind)),
            }
        }
        answer.items.is_some().then_some(answer)
    }

    /// The line of a field with one of these names and this type.
    fn line(&self, key: &str, names: &[&str], wanted: Scalar) -> Option<String> {
        let is_it = |(_, name, kind): &&(String, &str, &ValueKind)| {
            let is_right = matches!(kind, ValueKind::Scalar(scalar) if *scalar == wanted);
            is_right && names.contains(&plain_name(name).as_str())
        };
        let (path, ..) = self.fields.iter().find(is_it)?;
        Some(format!("{key} = {}", quote_text(path)))
    }
}

/// The components by their names.
struct ComponentSchemas<'a>(HashMap<&'a str, &'a ValueKind>);

impl<'a> ComponentSchemas<'a> {
    fn collect(api: &'a Api) -> Self {
        let components = api.components.iter();
        Self(components.map(|it| (&*it.name, &it.schema.kind)).collect())
    }

    /// The value that a reference leads to; other values are returned as they are.
    fn resolve(&self, kind: &'a ValueKind) -> &'a ValueKind {
        match kind {
            ValueKind::Reference(name) => self.0.get(name.as_str()).copied().unwrap_or(kind),
            kind => kind,
        }
    }
}

/// The line of a parameter of the query with one of these names and this type.
fn parameter_line(
    endpoint: &Endpoint,
    key: &str,
    names: &[&str],
    wanted: Scalar,
) -> Option<String> {
    let mut fields = endpoint.query.fields.iter();
    let field = fields.find(|field| {
        let is_right = matches!(&field.schema.kind, ValueKind::Scalar(it) if *it == wanted);
        let mut placed = endpoint.placed.iter();
        let is_header = placed.any(|param| {
            param.wire == field.wire && !matches!(param.place, crate::api::ParamPlace::Query(_))
        });
        is_right && !is_header && names.contains(&plain_name(&field.wire).as_str())
    })?;
    Some(format!("{key} = {}", quote_text(&field.wire)))
}

/// The lines of the entry that fits a list.
fn guess_lines(
    components: &ComponentSchemas<'_>,
    endpoint: &Endpoint,
    has_link: bool,
) -> Option<Vec<String>> {
    let answer = AnswerFields::read(components, endpoint)?;
    let parameter = |names: &[&str], kind| parameter_line(endpoint, "parameter", names, kind);
    let items = answer.items.as_ref();
    let items = items.map(|name| format!("items = {}", quote_text(name)));
    let has_more = answer.line("has_more", HAS_MORE_FIELDS, Scalar::Boolean);
    let style = |name: &str| Some(format!("style = \"{name}\""));
    let cursor = parameter(CURSOR_PARAMETERS, Scalar::String);
    let next = answer.line("next", CURSOR_FIELDS, Scalar::String);
    let lines = if cursor.is_some() && next.is_some() {
        vec![style("cursor"), cursor, next, items, has_more]
    } else if has_link {
        vec![style("link"), items]
    } else if let Some(next) = answer.line("next", URL_FIELDS, Scalar::String) {
        vec![style("next_url"), Some(next), items, has_more]
    } else if let Some(offset) = parameter(OFFSET_PARAMETERS, Scalar::Integer) {
        let limit = parameter_line(endpoint, "limit", LIMIT_PARAMETERS, Scalar::Integer);
        let total = answer.line("total", TOTAL_FIELDS, Scalar::Integer);
        vec![style("offset"), Some(offset), limit, items, has_more, total]
    } else {
        let page = parameter(PAGE_PARAMETERS, Scalar::Integer)?;
        let total = answer.line("total", PAGES_FIELDS, Scalar::Integer);
        vec![style("page"), Some(page), items, has_more, total]
    };
    Some(lines.into_iter().flatten().collect())
}
