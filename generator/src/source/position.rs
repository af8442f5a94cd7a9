//! Finds the positions of nodes in the text.
//!
//! Values have no positions, because only messages need them: before messages are printed, the text
//! is parsed once more for all of them. JSON is parsed as YAML, of which it is a subset.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{FileFormat, end_position};
use crate::diag::SpecPath;

/// Line and column, counted from one.
type LineColumn = (usize, usize);

/// The positions of nodes: of the key of a value in a mapping, otherwise of the beginning of the
/// value. If a node is missing, the position of its nearest ancestor; of equal keys, the last.
pub(super) fn find_positions(
    format: FileFormat,
    text: &str,
    paths: &[&SpecPath],
) -> Vec<Option<LineColumn>> {
    match format {
        FileFormat::Json | FileFormat::Yaml => {
            let mut walk = PositionSearch::new(paths);
            // The text may have a syntax error; nodes before it are found.
            for event in Parser::new_from_str(text) {
                let Ok((event, span)) = event else { break };
                walk.visit_event(&event, (span.start.line(), span.start.col() + 1));
            }
            paths
                .iter()
                .map(|path| nearest_position(path.as_str(), &walk.wanted))
                .collect()
        }
        FileFormat::Toml => {
            let table = DeTable::parse(text).ok();
            let find = |path: &&SpecPath| {
                let path: Vec<_> = path.segments().collect();
                let span = toml_span(table.as_ref()?.get_ref(), &path)?;
                text.as_bytes().get(..span.start).map(end_position)
            };
            paths.iter().map(find).collect()
        }
    }
}

/// The position of a pointer or of its nearest ancestor.
fn nearest_position(
    pointer: &str,
    found: &HashMap<&str, Option<LineColumn>>,
) -> Option<LineColumn> {
    pointer_ancestors(pointer).find_map(|pointer| found.get(pointer).copied().flatten())
}

/// A pointer and its ancestors, innermost first.
fn pointer_ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |p| p.rfind('/').and_then(|at| p.get(..at)))
}

/// Finds the positions of pointers from the events of a YAML parser.
struct PositionSearch<'p> {
    wanted: HashMap<&'p str, Option<LineColumn>>,
    /// The pointer of the current node.
    pointer: String,
    /// The collections that contain it.
    open: Vec<OpenCollection>,
}

/// A mapping or list that has not ended yet.
struct OpenCollection {
    /// Length of its pointer.
    pointer: usize,
    /// Index of its next item; `None` for a mapping.
    item: Option<usize>,
    /// A key has been read, and its value comes next.
    after_key: bool,
}

impl<'p> PositionSearch<'p> {
    fn new(paths: &[&'p SpecPath]) -> Self {
        let wanted = paths
            .iter()
            .flat_map(|path| pointer_ancestors(path.as_str()))
            .map(|p| (p, None));
        Self {
            wanted: wanted.collect(),
            pointer: String::new(),
            open: Vec::new(),
        }
    }

    fn visit_event(&mut self, event: &Event<'_>, position: LineColumn) {
        match event {
            Event::Scalar(text, ..) if self.take_key(text, position) => {}
            Event::Scalar(..) | Event::Alias(_) => {
                self.begin_value(position);
                self.end_value();
            }
            Event::MappingStart(..) => self.begin_collection(position, None),
            Event::SequenceStart(..) => self.begin_collection(position, Some(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.end_value();
            }
            _ => {}
        }
    }

    /// Handles a scalar that is a key. Returns whether it is one.
    fn take_key(&mut self, text: &str, position: LineColumn) -> bool {
        let Some(top) = self.open.last_mut() else {
            return false;
        };
        if top.item.is_some() || top.after_key {
            return false;
        }
        top.after_key = true;
        self.pointer.push('/');
        for c in text.chars() {
            match c {
                '~' => self.pointer.push_str("~0"),
                '/' => self.pointer.push_str("~1"),
                c => self.pointer.push(c),
            }
        }
        self.record_position(position);
        true
    }

    /// Handles the beginning of a value.
    fn begin_value(&mut self, position: LineColumn) {
        match self.open.last_mut() {
            Some(OpenCollection {
                item: Some(index), ..
            }) => {
                self.pointer.push_str(&format!("/{index}"));
                *index += 1;
                self.record_position(position);
            }
            // The position of the key is already recorded.
            Some(_) => {}
            None => self.record_position(position),
        }
    }

    /// Handles the end of a value.
    fn end_value(&mut self) {
        if let Some(top) = self.open.last_mut() {
            top.after_key = false;
            self.pointer.truncate(top.pointer);
        }
    }

    fn begin_collection(&mut self, position: LineColumn, item: Option<usize>) {
        self.begin_value(position);
        self.open.push(OpenCollection {
            pointer: self.pointer.len(),
            item,
            after_key: false,
        });
    }

    fn record_position(&mut self, position: LineColumn) {
        if let Some(found) = self.wanted.get_mut(self.pointer.as_str()) {
            *found = Some(position);
        }
    }
}

/// The span of a node below a TOML table.
fn toml_span(root: &DeTable<'_>, path: &[String]) -> Option<Range<usize>> {
    let (first, mut rest) = path.split_first()?;
    let (key, mut node) = root.get_key_value(first.as_str())?;
    let mut span = key.span();
    while let Some((segment, after)) = rest.split_first() {
        rest = after;
        let child = match node.get_ref() {
            DeValue::Table(table) => table
                .get_key_value(segment.as_str())
                .map(|(key, value): (&Spanned<_>, _)| (key.span(), value)),
            DeValue::Array(items) => {
                let item = segment
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get(index));
                item.map(|item| (item.span(), item))
            }
            _ => None,
        };
        match child {
            Some(child) => (span, node) = child,
            None => break,
        }
    }
    Some(span)
}
