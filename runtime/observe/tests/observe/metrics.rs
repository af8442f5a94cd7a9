//! Metrics, with a recorder that keeps them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use observe::MetricsObserver;

use crate::DOCS;
use crate::stage::{Act, OK, Stage, create};

type Values = Arc<Mutex<BTreeMap<String, Vec<f64>>>>;

#[derive(Default)]
struct KeptMetrics {
    values: Values,
    units: Mutex<BTreeMap<String, Option<Unit>>>,
}

struct KeptMetric(Values, String);

impl KeptMetric {
    fn write(&self, value: f64) {
        let mut values = self.0.lock().unwrap();
        values.entry(self.1.clone()).or_default().push(value);
    }
}

impl CounterFn for KeptMetric {
    fn increment(&self, value: u64) {
        self.write(value as f64);
    }

    fn absolute(&self, _: u64) {
        panic!("counters only grow");
    }
}

impl HistogramFn for KeptMetric {
    fn record(&self, value: f64) {
        self.write(value);
    }
}

impl KeptMetrics {
    fn metric(&self, key: &Key) -> Arc<KeptMetric> {
        let mut labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        labels.sort();
        let name = format!("{} {}", key.name(), labels.join(" "));
        Arc::new(KeptMetric(Arc::clone(&self.values), name))
    }

    fn describe(&self, name: &KeyName, unit: Option<Unit>) {
        self.units
            .lock()
            .unwrap()
            .insert(name.as_str().to_owned(), unit);
    }
}

impl Recorder for KeptMetrics {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&name, unit);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&name, unit);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&name, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.metric(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        panic!("there are no gauges");
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.metric(key))
    }
}

#[tokio::test]
async fn metrics_have_bounded_labels_and_seconds() {
    let recorder = KeptMetrics::default();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let failed = Act::Respond(500, &[], "{}");
    let stage = Stage::new([failed.clone(), OK, failed]);
    let observer = MetricsObserver::new();
    let client = stage.builder().observer(observer).build().unwrap();
    create(&client).retries(1).await.unwrap();
    create(&client).retries(0).await.unwrap_err();
    let values = recorder.values.lock().unwrap().clone();
    let method = "rpc.method=Test API/Create";
    let http = "http.request.method=POST";
    let server = "server.address=api.example.test";
    let expected: BTreeMap<String, usize> = [
        (format!("api.client.attempts error.type=server http.response.status_code=500 {method}"), 2),
        (format!("api.client.attempts http.response.status_code=200 {method}"), 1),
        (format!("api.client.calls call.outcome=ok {method}"), 1),
        (format!("api.client.calls call.outcome=unknown error.type=server {method}"), 1),
        (format!("api.client.errors error.type=server {method}"), 1),
        (format!("api.client.queue.duration {method}"), 2),
        (format!("api.client.retries error.type=server {method}"), 1),
        (format!("http.client.request.duration error.type=server {http} http.response.status_code=500 {method} {server}"), 2),
        (format!("http.client.request.duration {http} http.response.status_code=200 {method} {server}"), 1),
        (format!("rpc.client.call.duration call.outcome=ok {method}"), 1),
        (format!("rpc.client.call.duration call.outcome=unknown error.type=server {method}"), 1),
    ]
    .into();
    let found = values
        .iter()
        .map(|(name, values)| (name.clone(), values.len()));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
    for (name, values) in &values {
        if name.starts_with("http.client.request.duration") {
            assert!(
                values.iter().all(|seconds| (seconds - 0.02).abs() < 1e-9),
                "{values:?}"
            );
        }
    }
    let units = recorder.units.lock().unwrap();
    assert_eq!(units.len(), 11);
    for (name, unit) in units.iter() {
        let expected = if name.ends_with("duration") {
            Unit::Seconds
        } else {
            Unit::Count
        };
        assert_eq!(*unit, Some(expected), "{name}");
        assert!(
            DOCS.contains(&format!("| `{name}` |")),
            "{name} is not documented"
        );
    }
}
