//! A subscriber that keeps all spans and events.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

pub(crate) type Fields = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) level: Level,
    /// The index of the span around it.
    pub(crate) parent: Option<usize>,
    pub(crate) fields: Fields,
    pub(crate) is_closed: bool,
}

impl Seen {
    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

#[derive(Default)]
struct Kept {
    spans: Vec<Seen>,
    events: Vec<Seen>,
    /// The span that currently has an id; ids are reused.
    indices: BTreeMap<u64, usize>,
}

#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Kept>>);

impl Capture {
    /// Captures all spans and events of this thread until the guard is dropped.
    pub(crate) fn start() -> (Self, DefaultGuard) {
        Self::at(LevelFilter::TRACE)
    }

    /// Captures spans and events of this level and above.
    pub(crate) fn at(level: LevelFilter) -> (Self, DefaultGuard) {
        // `tracing` keeps for the whole process which callsites are enabled, and computes it again
        // when a subscriber comes or goes. One that stays keeps all of them enabled, also while the
        // tests of other threads start and end.
        static STAYS: OnceLock<Dispatch> = OnceLock::new();
        STAYS.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
        let capture = Self::default();
        let layer = capture.clone().with_filter(level);
        let subscriber = tracing_subscriber::registry().with(layer);
        (capture, tracing::subscriber::set_default(subscriber))
    }

    /// The spans of this crate.
    pub(crate) fn spans(&self) -> Vec<Seen> {
        self.0.lock().unwrap().spans.clone()
    }

    /// The spans of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<Seen> {
        let mut spans = self.spans();
        spans.retain(|span| span.name == name);
        spans
    }

    /// The events of this target.
    pub(crate) fn events(&self, target: &str) -> Vec<Seen> {
        let kept = self.0.lock().unwrap();
        let events = kept.events.iter();
        events
            .filter(|event| event.target == target)
            .cloned()
            .collect()
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context
            .span(id)
            .and_then(|span| Some(span.parent()?.id().into_u64()));
        let mut kept = self.0.lock().unwrap();
        let mut seen = kept.seen(attributes.metadata(), parent);
        attributes.record(&mut Visitor(&mut seen.fields));
        let index = kept.spans.len();
        kept.indices.insert(id.into_u64(), index);
        kept.spans.push(seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut kept = self.0.lock().unwrap();
        let index = kept.indices[&id.into_u64()];
        values.record(&mut Visitor(&mut kept.spans[index].fields));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let parent = context.event_span(event).map(|span| span.id().into_u64());
        let mut kept = self.0.lock().unwrap();
        let mut seen = kept.seen(event.metadata(), parent);
        event.record(&mut Visitor(&mut seen.fields));
        kept.events.push(seen);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let mut kept = self.0.lock().unwrap();
        let index = kept.indices[&id.into_u64()];
        kept.spans[index].is_closed = true;
    }
}

impl Kept {
    fn seen(&self, metadata: &tracing::Metadata<'_>, parent: Option<u64>) -> Seen {
        Seen {
            name: metadata.name().to_owned(),
            target: metadata.target().to_owned(),
            level: *metadata.level(),
            parent: parent.and_then(|id| self.indices.get(&id).copied()),
            fields: Fields::new(),
            is_closed: false,
        }
    }
}

struct Visitor<'a>(&'a mut Fields);

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
