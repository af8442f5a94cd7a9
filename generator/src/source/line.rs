//! A pointer to the place in the text where its node stands.
//!
//! Values carry no positions, because only messages need them: when one is printed, the text is
//! walked once more. JSON is walked as the YAML it is.

use std::ops::Range;

use saphyr_parser::{Event, Parser, Span, StrInput};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Format, position};
use crate::diag::SpecPath;

/// Line and column, counted from one.
type Position = (usize, usize);

/// Where a node stands: its key if it has one, otherwise its beginning. If the text ends the
/// path early, the last node that is there. Of equal keys, the last.
pub(super) fn find(format: Format, text: &str, at: &SpecPath) -> Option<Position> {
    let path: Vec<_> = at.segments().collect();
    if path.is_empty() {
        return Some((1, 1));
    }
    match format {
        Format::Json | Format::Yaml => Walk::new(text).find(&path),
        Format::Toml => {
            let table = DeTable::parse(text).ok()?;
            let span = in_toml(table.get_ref(), &path)?;
            text.as_bytes().get(..span.start).map(position)
        }
    }
}

/// A walk over the events of a YAML text.
struct Walk<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            parser: Parser::new_from_str(text),
        }
    }

    /// The next event that is about a node.
    fn next(&mut self) -> Option<(Event<'a>, Position)> {
        loop {
            let (event, span): (_, Span) = self.parser.next_event()?.ok()?;
            match event {
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd | Event::DocumentEnd => return None,
                event => return Some((event, (span.start.line(), span.start.col() + 1))),
            }
        }
    }

    fn find(&mut self, path: &[String]) -> Option<Position> {
        let (mut node, mut place) = self.next()?;
        for (depth, segment) in path.iter().enumerate() {
            let is_last = depth + 1 == path.len();
            let found = match node {
                Event::MappingStart(..) if is_last => {
                    return self.last_key(segment).or(Some(place));
                }
                Event::MappingStart(..) => self.key(segment),
                Event::SequenceStart(..) => self.item(segment),
                _ => None,
            };
            match found {
                Some(found) => (node, place) = found,
                None => return Some(place),
            }
        }
        Some(place)
    }

    /// The value behind a key of the mapping that has just begun, and the key's place.
    fn key(&mut self, wanted: &str) -> Option<(Event<'a>, Position)> {
        loop {
            let (key, place) = self.next()?;
            match key {
                Event::MappingEnd => return None,
                Event::Scalar(text, ..) if text == wanted => {
                    return self.next().map(|(value, _)| (value, place));
                }
                other => self.skip(&other)?,
            }
            let (value, _) = self.next()?;
            self.skip(&value)?;
        }
    }

    /// The place of the last such key in the mapping that has just begun.
    fn last_key(&mut self, wanted: &str) -> Option<Position> {
        let mut last = None;
        while let Some((value, place)) = self.key(wanted) {
            last = Some(place);
            self.skip(&value)?;
        }
        last
    }

    /// An item of the list that has just begun.
    fn item(&mut self, index: &str) -> Option<(Event<'a>, Position)> {
        for _ in 0..index.parse::<usize>().ok()? {
            match self.next()?.0 {
                Event::SequenceEnd => return None,
                item => self.skip(&item)?,
            }
        }
        self.next().filter(|(item, _)| *item != Event::SequenceEnd)
    }

    /// Reads to the end of the node that `begin` begins.
    fn skip(&mut self, begin: &Event<'_>) -> Option<()> {
        let mut open = usize::from(opens(begin));
        while open > 0 {
            match self.next()?.0 {
                Event::MappingEnd | Event::SequenceEnd => open -= 1,
                event => open += usize::from(opens(&event)),
            }
        }
        Some(())
    }
}

fn opens(event: &Event<'_>) -> bool {
    matches!(event, Event::MappingStart(..) | Event::SequenceStart(..))
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
