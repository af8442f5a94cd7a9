//! Pointers to the places in the text where their nodes stand.
//!
//! Values carry no positions, because only messages need them: before messages are printed, the
//! text is walked once more, once for all of them. JSON is walked as the YAML it is.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Format, position};
use crate::diag::SpecPath;

/// Line and column, counted from one.
type Position = (usize, usize);

/// Where nodes stand: their keys if they have one, otherwise their beginnings. Where the text
/// ends a path early, the last node that is there. Of equal keys, the last.
pub(super) fn find(format: Format, text: &str, paths: &[&SpecPath]) -> Vec<Option<Position>> {
    match format {
        Format::Json | Format::Yaml => {
            let mut walk = Walk::new(paths);
            // A text that ends in an error has been walked as far as it could be read.
            for event in Parser::new_from_str(text) {
                let Ok((event, span)) = event else { break };
                walk.step(&event, (span.start.line(), span.start.col() + 1));
            }
            paths
                .iter()
                .map(|path| nearest(path.as_str(), &walk.wanted))
                .collect()
        }
        Format::Toml => {
            let table = DeTable::parse(text).ok();
            let find = |path: &&SpecPath| {
                let path: Vec<_> = path.segments().collect();
                let span = in_toml(table.as_ref()?.get_ref(), &path)?;
                text.as_bytes().get(..span.start).map(position)
            };
            paths.iter().map(find).collect()
        }
    }
}

/// The position of a pointer or of the next above it.
fn nearest(pointer: &str, found: &HashMap<&str, Option<Position>>) -> Option<Position> {
    above(pointer).find_map(|pointer| found.get(pointer).copied().flatten())
}

/// A pointer and all that lead to it, from the bottom.
fn above(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |p| p.rfind('/').and_then(|at| p.get(..at)))
}

/// A walk over the events of a YAML text that notes the positions of wanted pointers.
struct Walk<'p> {
    wanted: HashMap<&'p str, Option<Position>>,
    /// The pointer of the node that comes next or has just begun.
    pointer: String,
    /// The collections around it.
    open: Vec<Collection>,
}

/// A mapping or list whose end has not come yet.
struct Collection {
    /// Length of its pointer.
    pointer: usize,
    /// Index of its next item; `None` for a mapping.
    item: Option<usize>,
    /// A key has been read, and its value comes next.
    after_key: bool,
}

impl<'p> Walk<'p> {
    fn new(paths: &[&'p SpecPath]) -> Self {
        let wanted = paths
            .iter()
            .flat_map(|path| above(path.as_str()))
            .map(|p| (p, None));
        Self {
            wanted: wanted.collect(),
            pointer: String::new(),
            open: Vec::new(),
        }
    }

    fn step(&mut self, event: &Event<'_>, place: Position) {
        match event {
            Event::Scalar(text, ..) if self.key(text, place) => {}
            Event::Scalar(..) | Event::Alias(_) => {
                self.begin(place);
                self.end();
            }
            Event::MappingStart(..) => self.collection(place, None),
            Event::SequenceStart(..) => self.collection(place, Some(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.end();
            }
            _ => {}
        }
    }

    /// Takes a scalar as a key if one is due.
    fn key(&mut self, text: &str, place: Position) -> bool {
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
        self.note(place);
        true
    }

    /// A value begins.
    fn begin(&mut self, place: Position) {
        match self.open.last_mut() {
            Some(Collection {
                item: Some(index), ..
            }) => {
                self.pointer.push_str(&format!("/{index}"));
                *index += 1;
                self.note(place);
            }
            // The key has been noted.
            Some(_) => {}
            None => self.note(place),
        }
    }

    /// A value ends.
    fn end(&mut self) {
        if let Some(top) = self.open.last_mut() {
            top.after_key = false;
            self.pointer.truncate(top.pointer);
        }
    }

    fn collection(&mut self, place: Position, item: Option<usize>) {
        self.begin(place);
        self.open.push(Collection {
            pointer: self.pointer.len(),
            item,
            after_key: false,
        });
    }

    fn note(&mut self, place: Position) {
        if let Some(found) = self.wanted.get_mut(self.pointer.as_str()) {
            *found = Some(place);
        }
    }
}

/// The span of a node below a TOML table.
fn in_toml(root: &DeTable<'_>, path: &[String]) -> Option<Range<usize>> {
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
