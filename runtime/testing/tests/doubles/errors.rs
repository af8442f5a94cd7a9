use std::time::Duration;

use runtime::Error;
use testing::{MockResponse, errors};

type Predicate = fn(&Error) -> bool;

#[test]
fn each_function_creates_the_kind_that_it_names() {
    let cases: Vec<(Error, Predicate)> = vec![
        (errors::build(), Error::is_build),
        (errors::credentials(), Error::is_credentials),
        (errors::journal(), Error::is_journal),
        (
            errors::circuit_open(Duration::from_secs(3)),
            Error::is_circuit_open,
        ),
        (errors::queue_full(), Error::is_queue_full),
        (errors::queue_timeout(), Error::is_queue_timeout),
        (errors::pagination(), Error::is_pagination),
        (errors::deadline(), Error::is_timeout),
        (errors::connect(), Error::is_connect),
        (errors::timeout(), Error::is_timeout),
        (errors::interrupted(), Error::is_interrupted),
        (errors::decode(), Error::is_decode),
        (errors::too_large(), Error::is_too_large),
        (errors::redirect(), Error::is_redirect),
        (errors::invalid_request("amount"), Error::is_invalid_request),
        (errors::not_found(), Error::is_not_found),
        (errors::authentication(), Error::is_authentication),
        (errors::permission(), Error::is_permission),
        (errors::card_declined("lost_card"), Error::is_card_declined),
        (
            errors::idempotency_mismatch(),
            Error::is_idempotency_mismatch,
        ),
        (errors::conflict(), Error::is_conflict),
        (errors::dependency_failed(), Error::is_dependency_failed),
        (errors::rate_limited("global-rate"), Error::is_rate_limited),
        (errors::lock_timeout(), Error::is_lock_timeout),
        (errors::server(), Error::is_server),
        (errors::session_expired(), Error::is_session_expired),
        (errors::oauth("invalid_grant"), Error::is_oauth),
    ];
    for (index, (error, predicate)) in cases.iter().enumerate() {
        assert!(predicate(error), "{index}: {error:?}");
        assert_eq!(
            error.idempotency_key(),
            Some(errors::KEY),
            "{index}: {error:?}"
        );
        let others = cases.iter().filter(|(_, other)| other(error)).count();
        // Two functions create timeouts.
        assert!(others == 1 || error.is_timeout(), "{index}: {error:?}");
    }
}

#[test]
fn errors_have_the_details_of_a_real_call() {
    let error = errors::card_declined("insufficient_funds");
    assert_eq!(error.decline_code(), Some("insufficient_funds"));
    assert_eq!((error.attempts(), error.outcome().is_rejected()), (1, true));
    let error = errors::from_response(
        MockResponse::rate_limited("endpoint-rate").header("retry-after", "2"),
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
    let error = errors::interrupted();
    assert_eq!(error.pending().unwrap().key, errors::KEY);
    assert!(errors::connect().pending().is_none());
    assert_eq!(errors::invalid_request("amount").param(), Some("amount"));
    assert_eq!(errors::oauth("invalid_grant").code(), Some("invalid_grant"));
    let circuit = errors::circuit_open(Duration::from_secs(3));
    assert_eq!(circuit.retry_after(), Some(Duration::from_secs(3)));
    let error = errors::error(418, "teapot");
    assert_eq!(error.status().unwrap().as_u16(), 418);
    assert_eq!(error.raw_body().unwrap(), "teapot");
}

#[test]
fn success_response_is_reported_as_misuse() {
    let error = errors::from_response(MockResponse::json("{}"));
    assert!(
        error.is_build() && error.to_string().contains("is a success"),
        "{error}"
    );
}
