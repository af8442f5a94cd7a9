//! The examples of the documentation, compiled (and run, where they say so) by
//! `cargo test -p tests --doc`.

macro_rules! pages {
    ($($name:ident = $path:literal;)*) => {$(
        #[doc = include_str!(concat!("../../", $path))]
        pub struct $name;
    )*};
}

pages! {
    Readme = "README.md";
    Answers = "docs/answers.md";
    Blocking = "docs/blocking.md";
    CircuitBreaking = "docs/policies/circuit-breaking.md";
    Credentials = "docs/policies/credentials.md";
    Errors = "docs/policies/errors.md";
    Files = "docs/files.md";
    Fleets = "docs/fleets.md";
    Idempotency = "docs/policies/idempotency.md";
    Parameters = "docs/parameters.md";
    RateLimiting = "docs/policies/rate-limiting.md";
    Retries = "docs/policies/retries.md";
    Telemetry = "docs/policies/telemetry.md";
    Testing = "docs/testing.md";
    Timeouts = "docs/policies/timeouts.md";
    Webhooks = "docs/webhooks.md";
}
