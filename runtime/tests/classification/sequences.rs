//! The sections of whole calls: the result of several attempts, or of a failure before one.

use std::time::Duration;

use crate::cases::{break_off, fail, refuse, representatives, respond};
use crate::client::{Act, Facts, Keys, Limits, Scene, Target, run};
use crate::table::Table;

const RESULT: &[&str] = &[
    "outcomes",
    "between",
    "fetches",
    "call",
    "outcome",
    "systemic",
    "resumable",
];

/// Reads, writes with and without a key, and a write that an earlier call began.
const TARGETS: [(&str, Target); 4] = [
    ("GET", Target::Get),
    ("POST", Target::Post),
    ("DELETE-v1", Target::DeleteV1),
    ("resumed", Target::Resumed),
];

pub(super) async fn add_all(table: &mut Table) {
    add_second_attempts(table).await;
    add_third_attempts(table).await;
    add_refused_retries(table).await;
    add_before_first_attempt(table).await;
    add_renewals(table).await;
    add_deadlines(table).await;
}

async fn add_case(table: &mut Table, block: &str, case: &[&str], scene: Scene) {
    table.add_case(block, case, result_cells(run(&scene).await));
}

/// Adds a case if all its attempts were made. The sections of single results show those that are
/// not retried.
async fn add_if_complete(table: &mut Table, block: &str, case: &[&str], scene: Scene) {
    let facts = run(&scene).await;
    if facts.attempts.len() == scene.acts.len() {
        table.add_case(block, case, result_cells(facts));
    }
}

fn result_cells(facts: Facts) -> Vec<String> {
    let outcomes = facts.attempts.into_iter().map(|one| one.outcome);
    let result = facts.result;
    vec![
        outcomes.collect::<Vec<_>>().join(", "),
        facts.steps.join(", "),
        facts.fetches.to_string(),
        result.kind,
        result.outcome,
        result.systemic.to_owned(),
        if facts.is_resumable { "yes" } else { "-" }.to_owned(),
    ]
}

/// Results that are followed by another attempt.
fn first_acts() -> Vec<(&'static str, Act)> {
    let wanted = [
        "connecting",
        "sent",
        "no response",
        "500 api_error",
        "409 in use",
        "424 error {}",
        "429 rate_limit_error",
        "429 lock_timeout",
        "400 lock_timeout",
    ];
    let mut acts = representatives();
    acts.retain(|(label, _)| wanted.contains(label));
    let headers = &[("stripe-should-retry", "true")];
    acts.push(("302 should-retry", respond(302, headers, b"")));
    acts.push(("402 should-retry", respond(402, headers, b"")));
    acts
}

async fn add_second_attempts(table: &mut Table) {
    let title = "Two attempts, by the result of the second";
    table.begin_section(title, &["first", "method"], RESULT);
    for (second_label, second) in representatives() {
        for (first_label, first) in first_acts() {
            for (method, target) in TARGETS {
                let scene = Scene {
                    target,
                    retries: 1,
                    limits: Limits::None,
                    ..Scene::new([first.clone(), second.clone()])
                };
                add_if_complete(table, second_label, &[first_label, method], scene).await;
            }
        }
    }
}

async fn add_third_attempts(table: &mut Table) {
    let title = "Three attempts, by the result of the third";
    table.begin_section(title, &["first", "second", "method"], RESULT);
    let firsts = [
        ("sent", break_off("sent")),
        ("connecting", break_off("connecting")),
    ];
    let seconds = [
        ("connecting", break_off("connecting")),
        ("429", refuse(429, "", "")),
        ("400 lock_timeout", refuse(400, "", "lock_timeout")),
        ("500", refuse(500, "", "")),
    ];
    let thirds = [
        ("connecting", break_off("connecting")),
        ("400", refuse(400, "invalid_request_error", "")),
        ("402", refuse(402, "card_error", "")),
        ("403", refuse(403, "", "")),
        ("429", refuse(429, "", "")),
        ("500", refuse(500, "", "")),
    ];
    for (third_label, third) in &thirds {
        for (first_label, first) in &firsts {
            for (second_label, second) in &seconds {
                for (method, target) in TARGETS {
                    let acts = [first.clone(), second.clone(), third.clone()];
                    let scene = Scene {
                        target,
                        retries: 2,
                        limits: Limits::None,
                        ..Scene::new(acts)
                    };
                    let case = [*first_label, *second_label, method];
                    add_if_complete(table, third_label, &case, scene).await;
                }
            }
        }
    }
}

async fn add_refused_retries(table: &mut Table) {
    let title = "One attempt and a retry that the client does not send, by what refuses it";
    table.begin_section(title, &["first", "method"], RESULT);
    let second = Duration::from_secs(1);
    let refusals = [
        "circuit breaker",
        "limiter's queue",
        "limiter and deadline",
        "deadline",
    ];
    for refusal in refusals {
        for (label, first) in first_acts() {
            for (method, target) in TARGETS {
                let mut scene = Scene {
                    target,
                    retries: 1,
                    timeout: second / 2,
                    limits: Limits::None,
                    ..Scene::new([first.clone(), refuse(400, "", "")])
                };
                match refusal {
                    "circuit breaker" => (scene.opens_at_once, scene.timeout) = (true, second),
                    "limiter's queue" => scene.limits = Limits::StrictWithoutQueue,
                    "limiter and deadline" => {
                        (scene.limits, scene.deadline) = (Limits::Strict, Some(second * 4 / 5));
                    }
                    _ => scene.deadline = Some(second / 4),
                }
                add_case(table, refusal, &[label, method], scene).await;
            }
        }
    }
}

async fn add_before_first_attempt(table: &mut Table) {
    let title = "Calls that fail before their first attempt, by what refuses it";
    table.begin_section(title, &["method"], RESULT);
    let refusals = [
        "nothing",
        "credentials",
        "open circuit",
        "limiter's queue",
        "limiter and deadline",
        "deadline",
    ];
    let resumed_live = [("resumed-live", Target::ResumedLive)];
    for refusal in refusals {
        for (method, target) in TARGETS.into_iter().chain(resumed_live) {
            let mut scene = Scene {
                target,
                limits: Limits::None,
                // The limiter admits one attempt per second, and the circuit opens after one
                // failure.
                earlier: Some(break_off("connecting")),
                ..Scene::new([refuse(400, "invalid_request_error", "")])
            };
            match refusal {
                "credentials" => (scene.keys, scene.earlier) = (Keys::Failing, None),
                "open circuit" => scene.opens_at_once = true,
                "limiter's queue" => scene.limits = Limits::StrictWithoutQueue,
                "limiter and deadline" => {
                    scene.limits = Limits::Strict;
                    scene.deadline = Some(Duration::from_millis(500));
                }
                "deadline" => scene.deadline = Some(Duration::ZERO),
                _ => {}
            }
            add_case(table, refusal, &[method], scene).await;
        }
    }
}

async fn add_renewals(table: &mut Table) {
    let title = "Credentials that are renewed, without retries, by the result of the first attempt";
    table.begin_section(title, &["renewed key", "second", "method"], RESULT);
    let keys = [
        ("fixed", Keys::Fixed),
        ("another", Keys::New),
        ("the same", Keys::Same),
        ("of the other mode", Keys::OtherMode),
        ("not fetched", Keys::FailingLater),
    ];
    let session = "temporary_session_expired";
    let authentication = "authentication_error";
    let firsts = [
        ("401", refuse(401, "", "")),
        ("401 page", respond(401, &[], b"<html>")),
        ("401 in use", refuse(401, "", "idempotency_key_in_use")),
        ("400 authentication_error", refuse(400, authentication, "")),
        ("403 authentication_error", refuse(403, authentication, "")),
        ("422 authentication_error", refuse(422, authentication, "")),
        ("400 session", refuse(400, session, "")),
        ("500 session", refuse(500, session, "")),
        ("200 session", refuse(200, session, "")),
    ];
    let seconds = [
        ("200", respond(200, &[], b"{}")),
        ("401", refuse(401, "", "")),
        ("402", refuse(402, "card_error", "")),
        ("500", refuse(500, "", "")),
        ("sent", break_off("sent")),
    ];
    for (first_label, first) in &firsts {
        for (key, keys) in keys {
            for (second_label, second) in &seconds {
                for (method, target) in TARGETS {
                    let scene = Scene {
                        target,
                        keys,
                        ..Scene::new([first.clone(), second.clone()])
                    };
                    let case = [key, *second_label, method];
                    add_case(table, first_label, &case, scene).await;
                }
            }
        }
    }
}

async fn add_deadlines(table: &mut Table) {
    let title = "Pauses and deadlines, by the result of every attempt";
    table.begin_section(title, &["deadline", "retries allowed"], RESULT);
    let wait = &[("retry-after", "2")];
    let results = [
        ("500", refuse(500, "", "")),
        ("503 retry-after 2", respond(503, wait, b"")),
        ("429 retry-after 2", respond(429, wait, b"")),
        ("connecting", break_off("connecting")),
        ("sent after 1s", fail("sent", true, Duration::from_secs(1))),
    ];
    for (label, act) in results {
        for deadline in [200, 250, 251, 1_250, 1_251, 2_250, 2_251, 10_000] {
            let deadline = Duration::from_millis(deadline);
            for retries in [0, 1, 2] {
                let scene = Scene {
                    retries,
                    deadline: Some(deadline),
                    limits: Limits::None,
                    ..Scene::new([act.clone(), act.clone(), act.clone()])
                };
                let case = [&*format!("{deadline:?}"), &retries.to_string()];
                add_case(table, label, &case, scene).await;
            }
        }
    }
}
