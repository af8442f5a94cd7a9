//! One function for each public item, in a form that allows the item no other type.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use generator::diff::{ItemKind, PublicItem};

const HEADER: &str = "\
#![allow(unused, deprecated, clippy::all)]
use stripe::runtime;
use stripe::runtime::operation::Operation;
use stripe::runtime::value::*;
use stripe::*;
fn main() {}
";

/// What a crate with events has besides.
const EVENTS_HEADER: &str = "use stripe::webhooks::{EventKind, Payload};\n";

/// A source file with the uses of items.
pub(crate) struct UseFile {
    pub(crate) text: String,
    /// The line and the index of each item.
    lines: Vec<(usize, usize)>,
}

impl UseFile {
    /// Uses every item, except those with the indexes in `without`.
    pub(crate) fn write_uses(items: &[&PublicItem], without: &BTreeSet<usize>) -> Self {
        let mut text = HEADER.to_owned();
        if items.iter().any(|item| item.kind == ItemKind::Constant) {
            text.push_str(EVENTS_HEADER);
        }
        let mut lines = Vec::new();
        let mut line = text.lines().count();
        for (index, item) in items.iter().enumerate() {
            if !without.contains(&index) {
                line += 1;
                lines.push((line, index));
                // Writing to a string does not fail.
                let _ = writeln!(text, "{}", use_of(item, index));
            }
        }
        Self { text, lines }
    }

    /// The item whose use is on a line.
    pub(crate) fn item_at(&self, line: usize) -> Option<usize> {
        let found = self.lines.binary_search_by_key(&line, |(line, _)| *line);
        let (_, index) = self.lines.get(found.ok()?)?;
        Some(*index)
    }
}

fn use_of(item: &PublicItem, index: usize) -> String {
    let PublicItem {
        path, owner, text, ..
    } = item;
    let name = item.name();
    let arguments: Vec<String> = item
        .arguments
        .iter()
        .enumerate()
        .map(|(n, (_, ty))| format!("a{n}: {ty}"))
        .collect();
    let arguments = arguments.join(", ");
    let values: Vec<String> = (0..item.arguments.len()).map(|n| format!("a{n}")).collect();
    let values = values.join(", ");
    let output = match item.output.as_str() {
        "Self" => owner,
        output => output,
    };
    let has_lifetime = owner == "webhooks::EventData";
    match item.kind {
        ItemKind::Type if has_lifetime => format!("fn u{index}(_: {path}<'_>) {{}}"),
        ItemKind::Type | ItemKind::Alias | ItemKind::Service => {
            format!("fn u{index}(_: {path}) {{}}")
        }
        ItemKind::Field => format!("fn u{index}(v: {owner}) -> {text} {{ v.{name} }}"),
        ItemKind::Variant if text.is_empty() => format!("fn u{index}() -> {owner} {{ {path} }}"),
        ItemKind::Variant if has_lifetime => format!(
            "fn u{index}<'a>(v: {owner}<'a>) -> Option<{text}> {{ match v {{ {path}(x) => Some(x), \
             _ => None }} }}"
        ),
        ItemKind::Variant => format!(
            "fn u{index}(v: {owner}) -> Option<{text}> {{ match v {{ {path}(x) => Some(x), _ => \
             None }} }}"
        ),
        ItemKind::Constructor => {
            format!("fn u{index}({arguments}) -> {output} {{ {path}({values}) }}")
        }
        ItemKind::Function => {
            format!("fn u{index}({arguments}) -> {output} {{ {path}({values}) }}")
        }
        ItemKind::Setter | ItemKind::Clear => {
            let comma = if arguments.is_empty() { "" } else { ", " };
            format!(
                "fn u{index}(v: {owner}{comma}{arguments}) -> {output} {{ v.{name}({values}) }}"
            )
        }
        ItemKind::Method | ItemKind::Accessor => {
            let comma = if arguments.is_empty() { "" } else { ", " };
            format!(
                "fn u{index}(v: &{owner}{comma}{arguments}) -> {output} {{ v.{name}({values}) }}"
            )
        }
        ItemKind::Marker => use_of_operation(item, index),
        ItemKind::Constant => format!("fn u{index}() -> {text} {{ {path} }}"),
        ItemKind::Implementation => {
            format!("fn u{index}(v: &{owner}) {{ drop({text}::data(v)); }}")
        }
    }
}

/// Uses the types that an operation is tied to.
fn use_of_operation(item: &PublicItem, index: usize) -> String {
    let types = item.text.trim_start_matches("Params = ");
    let types = types
        .replace(", Output = ", ", ")
        .replace(", Error = ", ", ");
    let path = &item.path;
    format!(
        "fn u{index}(a: <{path} as Operation>::Params, b: <{path} as Operation>::Output, c: <{path} \
         as Operation>::Error) -> ({types}) {{ (a, b, c) }}"
    )
}
