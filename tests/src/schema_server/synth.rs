//! Generates responses from a response schema.

use serde_json::{Map, Value, json};

use super::document::Document;
use super::scalar;

/// How many properties a response has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Required properties only, expandable fields as ids, nullable ones null.
    #[default]
    Minimal,
    /// Every property, expandable fields as objects, nullable ones null now and then.
    Full,
}

/// Below this depth objects have only required properties.
const FULL_DEPTH: usize = 10;
/// Bounds documents that require infinite nesting.
const MAX_DEPTH: usize = 60;
/// Expanded objects have ids instead of further objects, which bounds the size of responses.
const EXPANSIONS: usize = 1;

/// A place in the response.
#[derive(Debug, Clone)]
struct Site<'d> {
    /// The property, or the one whose items these are.
    name: &'d str,
    /// The innermost component.
    owner: &'d str,
    /// The components around this place, outermost first.
    stack: Vec<&'d str>,
    /// Selects members of unions and enumerations.
    turn: usize,
    depth: usize,
    expansions: usize,
    mode: Mode,
}

impl<'d> Site<'d> {
    fn below(&self, name: &'d str) -> Self {
        Self {
            name,
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    fn item(&self, index: usize) -> Self {
        let mut site = self.below(self.name);
        site.turn += index;
        site
    }

    /// Whether optional parts are left out here.
    fn is_sparse(&self) -> bool {
        self.mode == Mode::Minimal || self.depth > FULL_DEPTH
    }

    /// A boolean that varies with the name and the turn.
    fn one_in(&self, n: usize) -> bool {
        let sum: usize = self.name.bytes().map(usize::from).sum();
        (sum + self.turn) % n == n - 1
    }
}

/// A value for `schema`; different turns choose different members of unions and enumerations.
pub(crate) fn value(document: &Document, schema: &Value, mode: Mode, turn: usize) -> Value {
    let site = Site {
        name: "",
        owner: "synth",
        stack: Vec::new(),
        turn,
        depth: 0,
        expansions: EXPANSIONS,
        mode,
    };
    any(document, schema, site)
}

fn any<'d>(document: &'d Document, schema: &'d Value, mut site: Site<'d>) -> Value {
    if site.depth > MAX_DEPTH {
        return Value::Null;
    }
    if schema["nullable"] == true && (site.is_sparse() || is_null_here(&site)) {
        return Value::Null;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let Some((name, target)) = document.resolve(reference) else {
            return Value::Null;
        };
        if site.stack.contains(&name) {
            site.mode = Mode::Minimal;
        }
        site.owner = name;
        site.stack.push(name);
        return any(document, target, site);
    }
    if let Some(members) = members(schema) {
        return union(document, members, site);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array)
        && !values.is_empty()
    {
        return values[site.turn % values.len()].clone();
    }
    match schema["type"].as_str() {
        Some("object") => object(document, schema, &site),
        Some("array") => array(document, schema, &site),
        Some("integer") => scalar::integer(schema, site.turn),
        Some("number") => scalar::number(site.turn),
        // With `has_more`, a client would request further pages without end.
        Some("boolean") => json!(site.name != "has_more" && site.turn.is_multiple_of(2)),
        _ => Value::from(scalar::string(schema, site.name, site.owner, site.turn)),
    }
}

fn members(schema: &Value) -> Option<&Vec<Value>> {
    let members = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    members
        .and_then(Value::as_array)
        .filter(|members| !members.is_empty())
}

/// Whether a nullable property of a full response is null. The cursors always are, since there is
/// one page.
fn is_null_here(site: &Site<'_>) -> bool {
    let is_cursor = matches!(
        site.name,
        "next_page" | "next_page_url" | "previous_page_url"
    );
    is_cursor || (site.depth > 0 && site.one_in(7))
}

fn union<'d>(document: &'d Document, members: &'d [Value], mut site: Site<'d>) -> Value {
    let is_id = |member: &&Value| member["type"] == "string";
    let id = members.iter().find(is_id);
    let others: Vec<_> = members.iter().filter(|member| !is_id(member)).collect();
    if let Some(id) = id
        && (site.is_sparse() || site.expansions == 0 || others.is_empty() || site.one_in(5))
    {
        return match id.get("enum") {
            Some(_) => any(document, id, site),
            None => Value::from(scalar::identifier(id, site.name, site.turn)),
        };
    }
    if id.is_some() {
        site.expansions -= 1;
    }
    // Members that no tag distinguishes are the same object for a secret and for a publishable key.
    // The first is that for a secret key, which servers use.
    let is_tagged = others.iter().all(|member| is_tagged(document, member));
    let turn = if is_tagged { site.turn } else { 0 };
    any(document, others[turn % others.len()], site)
}

fn is_tagged(document: &Document, member: &Value) -> bool {
    let reference = member["$ref"].as_str();
    let target = reference.and_then(|reference| document.resolve(reference));
    let member = target.map_or(member, |(_, target)| target);
    members(member).is_some() || member["properties"]["object"]["enum"].is_array()
}

fn object<'d>(document: &'d Document, schema: &'d Value, site: &Site<'d>) -> Value {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|r| r.iter().any(|value| value == name));
    let mut out = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if is_required(name) || !site.is_sparse() {
            out.insert(name.clone(), any(document, property, site.below(name)));
        }
    }
    let values = schema
        .get("additionalProperties")
        .filter(|values| values.is_object());
    if let Some(values) = values
        && !site.is_sparse()
    {
        // Maps are keyed by the user's names or by currency; `usd` is valid for both.
        out.insert(
            "usd".to_owned(),
            any(document, values, site.below(site.name)),
        );
    }
    Value::Object(out)
}

fn array<'d>(document: &'d Document, schema: &'d Value, site: &Site<'d>) -> Value {
    let items = &schema["items"];
    let repeats = items["$ref"]
        .as_str()
        .and_then(|reference| document.resolve(reference))
        .is_some_and(|(name, _)| site.stack.contains(&name));
    let count = match (repeats, site.is_sparse()) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) if site.depth < 3 => 2,
        (false, false) => 1,
    };
    let items = (0..count).map(|index| any(document, items, site.item(index)));
    Value::Array(items.collect())
}
