//! The listeners: a subscriber of traces and logs, a recorder of metrics, the hook of panics, and
//! an observer.

use std::cell::Cell;
use std::fmt::{Debug, Write};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use runtime::telemetry::{CallEvent, CorrectedResponse, Observer};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Subscriber, subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::evidence::Evidence;

/// Installs the listeners for this process. Records of the `log` crate come as events.
pub(crate) fn install(evidence: &Evidence) {
    let layer = Listener(evidence.clone());
    tracing_subscriber::registry().with(layer).init();
    metrics::set_global_recorder(Meter(evidence.clone())).unwrap();
    listen_to_panics(evidence);
}

/// Listens to what this thread traces, until the guard is dropped.
pub(crate) fn install_here(evidence: &Evidence) -> subscriber::DefaultGuard {
    let layer = Listener(evidence.clone());
    subscriber::set_default(tracing_subscriber::registry().with(layer))
}

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

fn listen_to_panics(evidence: &Evidence) {
    let usual = std::panic::take_hook();
    let evidence = evidence.clone();
    std::panic::set_hook(Box::new(move |info| {
        if !EXPECTED.get() {
            return usual(info);
        }
        evidence.add("panic", info.to_string());
    }));
}

/// Runs code that must panic.
pub(crate) fn panicking(work: impl FnOnce()) {
    EXPECTED.set(true);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    EXPECTED.set(false);
    assert!(result.is_err(), "a panic was expected");
}

/// Keeps all spans and events of all levels.
struct Listener(Evidence);

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let text = format!("span {}{}", metadata.name(), fields.text);
        self.0.add(metadata.target(), text);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let span = context.span(id).unwrap();
        self.0.add(span.metadata().target(), fields.text);
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let target = event.metadata().target();
        let target = fields.log_target.as_deref().unwrap_or(target);
        self.0.add(
            target,
            format!("{}{}", event.metadata().level(), fields.text),
        );
    }
}

#[derive(Default)]
struct Fields {
    text: String,
    log_target: Option<String>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.log_target = Some(value.to_owned());
        }
        if field.name().starts_with("log.") {
            return;
        }
        write!(self.text, " {}={value}", field.name()).unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name().starts_with("log.") {
            return;
        }
        write!(self.text, " {}={value:?}", field.name()).unwrap();
    }
}

/// Keeps the names and labels of metrics.
struct Meter(Evidence);

impl Recorder for Meter {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.0.add("metrics", format!("{key:?}"));
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.0.add("metrics", format!("{key:?}"));
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.0.add("metrics", format!("{key:?}"));
        Histogram::noop()
    }
}

/// Outputs all its arguments.
pub(crate) struct Witness(pub(crate) Evidence);

impl Witness {
    fn note(&self, event: &CallEvent<'_>) {
        let name = event.full_name();
        let text = format!("{name} {event:?} {event:#?} {:?}", event.failure_kind());
        self.0.add("event of an observer", text);
        self.0.debug("runtime::CallEvent", event);
    }
}

impl Debug for Witness {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Witness")
    }
}

impl Observer for Witness {
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        self.note(event);
    }

    fn retrying(&self, event: &CallEvent<'_>, _: Duration) {
        self.note(event);
    }

    fn call_ended(&self, event: &CallEvent<'_>) {
        self.note(event);
    }

    fn response_corrected(&self, event: &CorrectedResponse<'_>) {
        self.0.debug("runtime::CorrectedResponse", event);
    }

    fn call_dropped(&self, event: &CallEvent<'_>) {
        self.note(event);
    }

    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        self.0
            .add("circuit of an observer", format!("{host} {class} {state}"));
    }

    fn background_error(&self, what: &str, error: &(dyn std::error::Error + 'static)) {
        self.0.add("background error", what);
        self.0.error(error);
    }
}
