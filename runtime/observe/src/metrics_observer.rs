//! Counters and histograms for the `metrics` facade.
//!
//! In: the events of a client. Out: metrics in the recorder that the program has installed. All
//! labels have few values: operations, statuses, kinds of failure, servers of the configuration.
//! Names and labels are listed in `docs/policies/telemetry.md`.

use std::time::Duration;

use ::metrics::{Label, Unit, counter, describe_counter, describe_histogram, histogram};

use runtime::telemetry::{CallEvent, CorrectedResponse, Observer};

/// The duration of an attempt, named as in OpenTelemetry's conventions for HTTP.
const ATTEMPT_DURATION: &str = "http.client.request.duration";
/// The duration of a call, named as in OpenTelemetry's conventions for RPC.
const CALL_DURATION: &str = "rpc.client.call.duration";
const QUEUE_TIME: &str = "api.client.queue.duration";
const CALLS: &str = "api.client.calls";
const ATTEMPTS: &str = "api.client.attempts";
const RETRIES: &str = "api.client.retries";
const ERRORS: &str = "api.client.errors";
const DROPPED: &str = "api.client.dropped";
const CIRCUITS: &str = "api.client.circuit.changes";
const CORRECTIONS: &str = "api.client.corrections";
const BACKGROUND_ERRORS: &str = "api.client.background_errors";

/// Records calls and attempts through the [`metrics`](https://docs.rs/metrics) facade.
///
/// ```
/// # use runtime::client::{ApiSpec, Client};
/// # use runtime::error::Error;
/// use observe::MetricsObserver;
///
/// # fn example(api: &'static ApiSpec) -> Result<(), Error> {
/// let client = Client::builder(api)
///     .from_env()
///     .observer(MetricsObserver::new())
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MetricsObserver(());

impl MetricsObserver {
    /// Describes the metrics and their units to the installed recorder, which must be installed
    /// before.
    pub fn new() -> Self {
        let seconds = Unit::Seconds;
        describe_histogram!(ATTEMPT_DURATION, seconds, "Duration of single requests");
        describe_histogram!(CALL_DURATION, seconds, "Duration of calls, including waits");
        describe_histogram!(QUEUE_TIME, seconds, "Time calls waited for the rate limit");
        describe_counter!(CALLS, Unit::Count, "Calls that ended");
        describe_counter!(ATTEMPTS, Unit::Count, "Attempts that ended");
        describe_counter!(RETRIES, Unit::Count, "Attempts that repeat a failed one");
        describe_counter!(ERRORS, Unit::Count, "Calls that failed");
        describe_counter!(DROPPED, Unit::Count, "Calls dropped before completion");
        describe_counter!(
            CIRCUITS,
            Unit::Count,
            "State changes of the circuit breaker"
        );
        describe_counter!(CORRECTIONS, Unit::Count, "Values filled in responses");
        describe_counter!(BACKGROUND_ERRORS, Unit::Count, "Errors that fail no call");
        Self(())
    }
}

impl Default for MetricsObserver {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for MetricsObserver {
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        let mut labels = vec![operation_label(event)];
        labels.extend(event.status.map(status_label));
        labels.extend(failure_label(event));
        counter!(ATTEMPTS, labels.clone()).increment(1);
        labels.push(Label::new("http.request.method", event.method.to_owned()));
        labels.push(Label::new("server.address", event.server.to_owned()));
        histogram!(ATTEMPT_DURATION, labels).record(event.duration);
    }

    fn retrying(&self, event: &CallEvent<'_>, _: Duration) {
        let mut labels = vec![operation_label(event)];
        labels.extend(failure_label(event));
        counter!(RETRIES, labels).increment(1);
    }

    fn call_ended(&self, event: &CallEvent<'_>) {
        let mut labels = vec![operation_label(event)];
        histogram!(QUEUE_TIME, labels.clone()).record(event.queued);
        labels.extend(failure_label(event));
        if event.failure.is_some() {
            counter!(ERRORS, labels.clone()).increment(1);
        }
        labels.push(Label::from_static_parts(
            "call.outcome",
            event.outcome_name(),
        ));
        counter!(CALLS, labels.clone()).increment(1);
        histogram!(CALL_DURATION, labels).record(event.duration);
    }

    fn call_dropped(&self, event: &CallEvent<'_>) {
        let outcome = Label::from_static_parts("call.outcome", event.outcome_name());
        counter!(DROPPED, vec![operation_label(event), outcome]).increment(1);
    }

    fn response_corrected(&self, event: &CorrectedResponse<'_>) {
        let label = Label::new("rpc.method", event.full_name().to_string());
        let count = u64::try_from(event.corrections.len()).unwrap_or(u64::MAX);
        counter!(CORRECTIONS, vec![label]).increment(count);
    }

    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        let label = |name: &'static str, value: &str| Label::new(name, value.to_owned());
        let labels = vec![
            label("host", host),
            label("class", class),
            label("state", state),
        ];
        counter!(CIRCUITS, labels).increment(1);
    }

    fn background_error(&self, _: &str, _: &(dyn std::error::Error + 'static)) {
        counter!(BACKGROUND_ERRORS).increment(1);
    }
}

fn operation_label(event: &CallEvent<'_>) -> Label {
    Label::new("rpc.method", event.full_name().to_string())
}

fn status_label(status: http::StatusCode) -> Label {
    Label::new("http.response.status_code", status.as_str().to_owned())
}

fn failure_label(event: &CallEvent<'_>) -> Option<Label> {
    let kind = event.failure_kind()?;
    Some(Label::from_static_parts("error.type", kind))
}
