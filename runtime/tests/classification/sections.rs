//! The sections of single results: one attempt, and its classification.

use std::time::Duration;

use crate::cases::{
    HEADERS, STATUSES, TARGETS, all_bodies, error_body, error_label, fail, representatives, respond,
};
use crate::client::{Act, Facts, Keys, Limits, PROGRESS, Scene, Target, run};
use crate::table::Table;

const RESULT: &[&str] = &[
    "kind", "outcome", "systemic", "breaker", "next", "tries", "keys", "call", "limiter",
];

const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn add_all(table: &mut Table) {
    add_bodies(table).await;
    add_headers(table).await;
    add_combinations(table).await;
    add_without_rate_limit_retries(table).await;
    add_limit_scopes(table).await;
    add_transport_errors(table).await;
    add_attempts_given_up(table).await;
    add_large_responses(table).await;
    add_methods(table).await;
}

/// Runs a scene without retries, and again with retries and credentials that can be refreshed.
async fn add_case(table: &mut Table, block: &str, case: &[&str], scene: Scene) {
    let single = run(&scene).await;
    let whole = Scene {
        retries: 2,
        keys: Keys::New,
        limits: Limits::None,
        ..scene
    };
    let whole = run(&whole).await;
    let attempt = single.attempts.first().cloned().unwrap_or_default();
    let next = match whole.steps.is_empty() {
        true => "-".to_owned(),
        false => whole.steps.join(", "),
    };
    let call = call_cell(&single);
    let result = vec![
        attempt.kind,
        attempt.outcome,
        attempt.systemic.to_owned(),
        single.breaker,
        next,
        whole.attempts.len().to_string(),
        whole.fetches.to_string(),
        call,
        single.limiter,
    ];
    table.add_case(block, case, result);
}

fn call_cell(facts: &Facts) -> String {
    let result = &facts.result;
    match facts.attempts.first() {
        _ if result.outcome == "ok" => "ok".to_owned(),
        Some(attempt) if attempt == result => "same".to_owned(),
        _ => format!("{} {}", result.kind, result.outcome),
    }
}

async fn add_bodies(table: &mut Table) {
    let title = "Responses: every body with every status";
    table.begin_section(title, &["status"], RESULT);
    for (label, body) in all_bodies() {
        for status in STATUSES {
            let scene = Scene::new([respond(status, &[], &body)]);
            add_case(table, &label, &[&status.to_string()], scene).await;
        }
    }
}

async fn add_headers(table: &mut Table) {
    let title = "Responses: every header with every status and two bodies";
    table.begin_section(title, &["body", "status"], RESULT);
    let bodies = [
        ("{}", b"{}".to_vec()),
        ("api_error", error_body("api_error", "")),
    ];
    for (label, headers) in HEADERS {
        for (body_label, body) in &bodies {
            for status in STATUSES {
                let scene = Scene::new([respond(status, headers, body)]);
                add_case(table, label, &[body_label, &status.to_string()], scene).await;
            }
        }
    }
}

async fn add_combinations(table: &mut Table) {
    let title = "Responses: every header with the bodies and statuses that have rules of their own";
    table.begin_section(title, &["body", "status"], RESULT);
    let errors = [
        ("card_error", "card_declined"),
        ("idempotency_error", "idempotency_key_in_use"),
        ("invalid_request_error", "lock_timeout"),
        ("invalid_request_error", "rate_limit"),
        ("rate_limit_error", ""),
    ];
    let errors = errors.map(|(class, code)| (error_label(class, code), error_body(class, code)));
    let page = ("page".to_owned(), b"<html>".to_vec());
    for (label, headers) in HEADERS {
        for (body_label, body) in errors.iter().chain([&page]) {
            for status in [200, 400, 402, 409, 429, 500] {
                let scene = Scene::new([respond(status, headers, body)]);
                add_case(table, label, &[body_label, &status.to_string()], scene).await;
            }
        }
    }
}

async fn add_without_rate_limit_retries(table: &mut Table) {
    let title = "Responses to a client whose policy does not retry rate-limited requests";
    table.begin_section(title, &["error", "status"], RESULT);
    let errors = [
        ("", ""),
        ("", "rate_limit"),
        ("", "lock_timeout"),
        ("rate_limit_error", ""),
    ];
    let wanted = ["none", "should-retry true", "reason resource-specific"];
    for (label, headers) in HEADERS {
        if !wanted.contains(&label) {
            continue;
        }
        for (class, code) in errors {
            for status in [400, 409, 429, 500] {
                let scene = Scene {
                    retries_rate_limits: false,
                    ..Scene::new([respond(status, headers, &error_body(class, code))])
                };
                let case = [&*error_label(class, code), &status.to_string()];
                add_case(table, label, &case, scene).await;
            }
        }
    }
}

async fn add_limit_scopes(table: &mut Table) {
    let title = "Status 429: every header by what is called";
    table.begin_section(title, &["called"], RESULT);
    let targets = [
        ("operation", Target::Post),
        ("class", Target::Class),
        ("separate class", Target::SeparateClass),
        ("raw path", Target::Raw),
    ];
    for (label, headers) in HEADERS {
        for (name, target) in targets {
            let scene = Scene {
                target,
                ..Scene::new([respond(429, headers, b"")])
            };
            add_case(table, label, &[name], scene).await;
        }
    }
}

async fn add_transport_errors(table: &mut Table) {
    let title = "Transport errors";
    table.begin_section(title, &["ended by", "after", "limits", "method"], RESULT);
    let limits = [
        ("attempt 10s", 10 * SECOND, None),
        ("attempt 0.5s", SECOND / 2, None),
        ("attempt 10s deadline 4s", 10 * SECOND, Some(4 * SECOND)),
    ];
    for (progress, _) in PROGRESS {
        for (ended_by, timed_out) in [("error", false), ("time", true)] {
            for (limit, timeout, deadline) in limits {
                let most = deadline.unwrap_or(timeout);
                for (when, after) in [("0s", Duration::ZERO), ("the limit", most)] {
                    for (method, target) in TARGETS {
                        let scene = Scene {
                            target,
                            timeout,
                            deadline,
                            ..Scene::new([fail(progress, timed_out, after)])
                        };
                        let case = [ended_by, when, limit, method];
                        add_case(table, progress, &case, scene).await;
                    }
                }
            }
        }
    }
}

async fn add_attempts_given_up(table: &mut Table) {
    let title = "Attempts that the client gave up, by their time limit";
    table.begin_section(title, &["deadline", "method"], RESULT);
    let timeouts = [
        SECOND / 2,
        SECOND - Duration::from_millis(1),
        SECOND,
        10 * SECOND,
    ];
    for timeout in timeouts {
        let deadlines = [
            ("none", None),
            ("half", Some(timeout / 2)),
            ("equal", Some(timeout)),
            ("0.1s more", Some(timeout + SECOND / 10)),
            ("three times", Some(timeout * 3)),
        ];
        for (label, deadline) in deadlines {
            for (method, target) in TARGETS {
                let scene = Scene {
                    target,
                    timeout,
                    deadline,
                    ..Scene::new([Act::Hang])
                };
                add_case(table, &format!("{timeout:?}"), &[label, method], scene).await;
            }
        }
    }
}

async fn add_large_responses(table: &mut Table) {
    let title = "Responses longer than the client allows, from a transport that does not check";
    table.begin_section(title, &["status"], RESULT);
    let long = "x".repeat(100);
    let object = format!("{{\"id\": \"{long}\"}}");
    let error = format!("{{\"error\": {{\"type\": \"rate_limit_error\", \"x\": \"{long}\"}}}}");
    let headers = &[("retry-after", "2"), ("idempotent-replayed", "true")];
    for (label, body) in [("object", object), ("error", error)] {
        for status in STATUSES {
            let scene = Scene {
                max_response_bytes: 100,
                ..Scene::new([respond(status, headers, body.as_bytes())])
            };
            add_case(table, label, &[&status.to_string()], scene).await;
        }
    }
}

async fn add_methods(table: &mut Table) {
    let title = "Results by method";
    table.begin_section(title, &["method"], RESULT);
    for (label, act) in representatives() {
        for (method, target) in TARGETS {
            let scene = Scene {
                target,
                ..Scene::new([act.clone()])
            };
            add_case(table, label, &[method], scene).await;
        }
    }
}
