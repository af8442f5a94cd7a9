//! Lists: how their next page is requested, by the names of parameters, headers and fields.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::InitFacts;
use super::operations::{JsonOperation, follow_reference, has_type, plain_name, properties};
use super::page_rules::write_page_rules;
use super::text::{DialectText, count_of, quote_list};

/// A style of paging, and the operations that have it.
struct FoundStyle {
    what: &'static str,
    operations: Vec<String>,
}

/// The names of a style.
enum StyleRule {
    /// A parameter of the query.
    Query(&'static [&'static str]),
    /// Two parameters of the query.
    Both(&'static [&'static str], &'static [&'static str]),
    /// The header `Link`.
    LinkHeader,
    /// A field of the answer, text.
    Field(&'static [&'static str]),
}

const LIMITS: &[&str] = &[
    "limit",
    "count",
    "perpage",
    "pagesize",
    "size",
    "maxresults",
];

const STYLES: [(&str, StyleRule); 7] = [
    (
        "the id of the last item (`starting_after`)",
        StyleRule::Query(&["startingafter"]),
    ),
    (
        "a cursor (`cursor`, `after`)",
        StyleRule::Query(&["cursor", "after"]),
    ),
    (
        "a token (`page_token`, `next_token`)",
        StyleRule::Query(&["pagetoken", "nexttoken", "continuationtoken"]),
    ),
    (
        "a number of items to skip (`offset` and `limit`)",
        StyleRule::Both(&["offset", "skip"], LIMITS),
    ),
    (
        "the number of a page (`page` and `per_page`)",
        StyleRule::Both(&["page", "pagenumber"], LIMITS),
    ),
    ("the header `Link` of the answer", StyleRule::LinkHeader),
    (
        "a URL in the answer (`next`, `next_url`)",
        StyleRule::Field(&["next", "nexturl", "nextpageurl", "nextlink", "nexthref"]),
    ),
];

/// The list of a kind of envelope that the runtime knows.
struct EnvelopeKind {
    style: &'static str,
    /// The field that only this kind has, and the parameter that requests the next page.
    field: &'static str,
    parameter: Option<&'static str>,
    /// All fields.
    fields: &'static [&'static str],
}

const ITEMS: &str = "data";

const KINDS: [EnvelopeKind; 3] = [
    EnvelopeKind {
        style: "cursor",
        field: "has_more",
        parameter: Some("starting_after"),
        fields: &[ITEMS, "has_more", "object", "total_count", "url"],
    },
    EnvelopeKind {
        style: "search",
        field: "next_page",
        parameter: Some("page"),
        fields: &[
            ITEMS,
            "has_more",
            "next_page",
            "object",
            "total_count",
            "url",
        ],
    },
    EnvelopeKind {
        style: "url",
        field: "next_page_url",
        parameter: None,
        fields: &[ITEMS, "next_page_url", "previous_page_url"],
    },
];

/// An envelope as `[[envelopes]]` describes it.
struct PageEntry<'d> {
    kind: usize,
    required: Vec<&'d str>,
    optional: Vec<&'d str>,
    operations: Vec<String>,
}

/// Writes what was found about lists.
pub(super) fn write_pages(
    out: &mut DialectText,
    facts: &InitFacts<'_>,
    operations: &[JsonOperation<'_>],
) {
    let content = facts.content;
    let lists = operations.iter().filter(|it| is_list(content, it));
    let lists: Vec<&JsonOperation<'_>> = lists.collect();
    out.note(
        "Lists in pages. For the lists that `[[pages]]` or `[[envelopes]]` describes, calls have \
         `.items()` and `.pages()`; the pages of others are requested with their parameters, one by \
         one.",
    );
    let styles = found_styles(content, &lists);
    let count = count_of(lists.len(), "list");
    match (lists.is_empty(), styles.is_empty()) {
        (true, _) => out.note("No operation with GET answers a list."),
        (false, true) => out.note(&format!(
            "Of {count} with GET, none has a parameter, header or field with a name of paging."
        )),
        (false, false) => out.guess(&format!(
            "by the names of parameters, headers and fields, the next page of {count} with GET is \
             requested by:"
        )),
    }
    for style in styles {
        let first = style.operations.first().map_or("", String::as_str);
        let count = count_of(style.operations.len(), "operation");
        out.item(&format!("{}: {count}, such as {first}", style.what));
    }
    let mut described = Vec::new();
    for entry in page_entries(content, &lists) {
        described.extend(entry.operations.iter().cloned());
        let Some(kind) = KINDS.get(entry.kind) else {
            continue;
        };
        let first = entry.operations.first().map_or("", String::as_str);
        let count = count_of(entry.operations.len(), "operation");
        out.guess(&format!(
            "the envelope of {count}, such as {first}, has the fields of this style.",
        ));
        out.switch_off("[[envelopes]]");
        out.switch_off(&format!("style = \"{}\"", kind.style));
        out.switch_off(&format!("items = \"{ITEMS}\""));
        let required = quote_list(entry.required);
        out.switch_off(&format!("required = {required}"));
        if !entry.optional.is_empty() {
            let optional = quote_list(entry.optional);
            out.switch_off(&format!("optional = {optional}"));
        }
    }
    if let Some(api) = facts.api {
        write_page_rules(out, api, operations, &described);
    }
    out.gap();
}

/// Whether an operation reads a list: its answer is a list, or an object that has one.
fn is_list(content: &Value, operation: &JsonOperation<'_>) -> bool {
    let Some(answer) = operation.answer.filter(|_| operation.method == "GET") else {
        return false;
    };
    let is_array = |schema: &Value| has_type(follow_reference(content, schema), "array");
    let is_plain = answer.get("type").and_then(Value::as_str) == Some("array");
    is_plain || properties(answer).any(|(_, schema)| is_array(schema))
}

fn found_styles(content: &Value, lists: &[&JsonOperation<'_>]) -> Vec<FoundStyle> {
    let found = STYLES.iter().map(|(what, rule)| {
        let fitting = lists.iter().filter(|it| fits_style(content, it, rule));
        FoundStyle {
            what,
            operations: fitting.map(|it| it.title()).collect(),
        }
    });
    found.filter(|it| !it.operations.is_empty()).collect()
}

fn fits_style(content: &Value, operation: &JsonOperation<'_>, rule: &StyleRule) -> bool {
    match rule {
        StyleRule::Query(names) => operation.has_query(names),
        StyleRule::Both(first, second) => operation.has_query(first) && operation.has_query(second),
        StyleRule::LinkHeader => {
            let mut headers = operation.success_headers.iter();
            headers.any(|name| name.eq_ignore_ascii_case("link"))
        }
        StyleRule::Field(names) => operation.answer.is_some_and(|answer| {
            properties(answer).any(|(name, schema)| {
                let is_text = has_type(follow_reference(content, schema), "string");
                is_text && names.contains(&plain_name(name).as_str())
            })
        }),
    }
}

/// The envelopes that fit exactly, each once, in an order in which none takes the lists of another.
fn page_entries<'d>(content: &Value, lists: &[&JsonOperation<'d>]) -> Vec<PageEntry<'d>> {
    let mut found: IndexMap<(usize, Vec<&str>, Vec<&str>), PageEntry<'d>> = IndexMap::new();
    for operation in lists {
        let Some(answer) = operation.answer else {
            continue;
        };
        let mut kinds = KINDS.iter().enumerate();
        let kind = kinds.find(|(_, kind)| fits_kind(content, operation, answer, kind));
        let Some((kind, _)) = kind else {
            continue;
        };
        let required = answer.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let required: Vec<&str> = required.collect();
        let all = properties(answer).map(|(name, _)| name);
        let (mut required, mut optional): (Vec<_>, Vec<_>) =
            all.partition(|name| required.contains(name));
        required.sort_unstable();
        optional.sort_unstable();
        let key = (kind, required.clone(), optional.clone());
        let entry = found.entry(key).or_insert_with(|| PageEntry {
            kind,
            required,
            optional,
            operations: Vec::new(),
        });
        entry.operations.push(operation.title());
    }
    found.sort_by(|(kind, ..), _, (other, ..), _| kind.cmp(other));
    let mut kept: Vec<PageEntry<'d>> = Vec::new();
    for entry in found.into_values() {
        if !kept.iter().any(|earlier| takes_lists_of(earlier, &entry)) {
            kept.push(entry);
        }
    }
    kept
}

/// Whether all lists of the second entry have the form of the first.
fn takes_lists_of(first: &PageEntry<'_>, second: &PageEntry<'_>) -> bool {
    let mut fields = second.required.iter().chain(&second.optional);
    let is_known = |name: &&str| first.required.contains(name) || first.optional.contains(name);
    let mut required = first.required.iter();
    required.all(|name| second.required.contains(name)) && fields.all(is_known)
}

/// Whether an answer has the fields of a kind of envelope and no others, and the operation the
/// parameter for the next page.
fn fits_kind(
    content: &Value,
    operation: &JsonOperation<'_>,
    answer: &Map<String, Value>,
    kind: &EnvelopeKind,
) -> bool {
    let has_parameter = kind.parameter.is_none_or(|wanted| {
        let mut parameters = operation.parameters.iter();
        parameters.any(|(place, name)| *place == "query" && *name == wanted)
    });
    let mut has_items = false;
    let mut has_mark = false;
    for (name, schema) in properties(answer) {
        let kind_of = match name {
            ITEMS => "array",
            "has_more" => "boolean",
            "total_count" => "integer",
            _ => "string",
        };
        if !kind.fields.contains(&name) || !has_type(schema, kind_of) {
            return false;
        }
        has_items |= name == ITEMS;
        has_mark |= name == kind.field;
        // The next page of a list by cursors is requested by the id of the last item.
        if name == ITEMS && kind.style == "cursor" && !has_ids(content, schema) {
            return false;
        }
    }
    has_parameter && has_items && has_mark
}

/// Whether the items of a list are objects with an id.
fn has_ids(content: &Value, list: &Value) -> bool {
    let items = list
        .get("items")
        .map(|items| follow_reference(content, items));
    let id = items.and_then(|items| items.get("properties")?.get("id"));
    id.is_some_and(|id| has_type(follow_reference(content, id), "string"))
}
