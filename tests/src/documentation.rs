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
    ClientReadme = "generated-example/README.md";
    Answers = "docs/answers.md";
    Blocking = "docs/blocking.md";
    CircuitBreaking = "docs/policies/circuit-breaking.md";
    Credentials = "docs/policies/credentials.md";
    Errors = "docs/policies/errors.md";
    Files = "docs/files.md";
    Fleets = "docs/fleets.md";
    GuideAsyncStripe = "docs/guide/async-stripe.md";
    GuideCheckout = "docs/guide/checkout.md";
    GuideConnect = "docs/guide/connect.md";
    GuideGettingStarted = "docs/guide/getting-started.md";
    GuideProduction = "docs/guide/production.md";
    GuideReconciliation = "docs/guide/reconciliation.md";
    GuideSubscriptions = "docs/guide/subscriptions.md";
    GuideTesting = "docs/guide/testing.md";
    GuideUpdating = "docs/guide/updating.md";
    Idempotency = "docs/policies/idempotency.md";
    OtherApis = "docs/other-apis.md";
    Parameters = "docs/parameters.md";
    RateLimiting = "docs/policies/rate-limiting.md";
    Retries = "docs/policies/retries.md";
    Telemetry = "docs/policies/telemetry.md";
    Testing = "docs/testing.md";
    Timeouts = "docs/policies/timeouts.md";
    Webhooks = "docs/webhooks.md";
}
