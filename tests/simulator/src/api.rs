//! The API that the simulated server has: an operation for each way in which calls differ.

use runtime::call::Call;
use runtime::client::{ApiSpec, Client};
use runtime::error::ErrorBody;
use runtime::http::PendingWrite;
use runtime::operation::{Method, Operation, OperationSpec, TypedError};
use runtime::rate_limit::{ClassLimit, Preset};
use runtime::value::RawJson;

/// The limits of the real API, and one class of each sort that it has.
pub(super) const LIMITS: Preset = Preset::new(100, 25, 25).classes(CLASSES);

/// The classes and their limits.
pub(super) const CLASSES: &[ClassLimit] = &[
    ClassLimit::new("search", 20),
    ClassLimit::new("payouts", 15).concurrent(5),
    ClassLimit::new("meter", 1_000).separate(),
];

pub(super) static API: ApiSpec = ApiSpec {
    title: "Simulated API",
    version: "2026-01-28",
    hosts: &[("api", "https://api.test")],
    version_header: Some("Stripe-Version"),
    account_header: Some("Stripe-Account"),
    live_keys: &["sk_live_"],
    test_keys: &["sk_test_"],
    limits: Some(LIMITS),
    ..ApiSpec::DEFAULT
};

/// No errors of its own.
pub(super) struct NoErrors;

impl TypedError for NoErrors {
    fn from_error(_: &ErrorBody) -> Option<Self> {
        None
    }
}

macro_rules! operations {
    ($($name:ident = $spec:expr;)*) => {
        $(
            pub(super) struct $name;

            impl Operation for $name {
                type Params = ();
                type Output = RawJson;
                type Error = NoErrors;
                const SPEC: &'static OperationSpec = &$spec;
            }
        )*
    };
}

operations! {
    Read = OperationSpec::get("GetOrder", "/v1/orders/{id}");
    Search = OperationSpec::get("SearchOrders", "/v1/orders/search").rate_class("search");
    ReadPayout = OperationSpec::get("GetPayout", "/v1/payouts/{id}").rate_class("payouts");
    ReadMeter = OperationSpec::get("GetMeter", "/v2/meters/{id}").rate_class("meter");
    Create = OperationSpec::post("PostOrders", "/v1/orders");
    Keyless = OperationSpec::post("PostEvents", "/v1/events").without_idempotency_key();
    Remove = OperationSpec::delete("DeleteOrder", "/v1/orders/{id}").repeatable();
    CreateV2 = OperationSpec::post("PostV2Orders", "/v2/orders").json();
    RemoveV2 = OperationSpec::delete("DeleteV2Order", "/v2/orders/{id}").idempotent_key();
    Payout = OperationSpec::post("PostPayouts", "/v1/payouts").rate_class("payouts");
    Meter = OperationSpec::post("PostMeter", "/v2/meters").json().rate_class("meter");
}

/// What a caller wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Read,
    Search,
    ReadPayout,
    ReadMeter,
    Create,
    Keyless,
    Remove,
    CreateV2,
    RemoveV2,
    Payout,
    Meter,
    Raw,
}

impl Action {
    pub(super) fn is_write(self) -> bool {
        !matches!(
            self,
            Self::Read | Self::Search | Self::ReadPayout | Self::ReadMeter
        )
    }

    /// Whether a call carries an idempotency key.
    pub(super) fn is_keyed(self) -> bool {
        self.is_write() && !matches!(self, Self::Keyless | Self::Remove)
    }

    /// The call for an order.
    pub(super) fn call(self, client: &Client, order: usize) -> Call<RawJson> {
        let id = order.to_string();
        let number = i64::try_from(order).unwrap_or(i64::MAX);
        match self {
            Self::Read => client.request::<Read>(&[&id], &()),
            Self::Search => client
                .request::<Search>(&[], &())
                .extra_param("order", &number),
            Self::ReadPayout => client.request::<ReadPayout>(&[&id], &()),
            Self::ReadMeter => client.request::<ReadMeter>(&[&id], &()),
            Self::Create => posted::<Create>(client, number),
            Self::Keyless => posted::<Keyless>(client, number),
            Self::Remove => client.request::<Remove>(&[&id], &()),
            Self::CreateV2 => posted::<CreateV2>(client, number),
            Self::RemoveV2 => client.request::<RemoveV2>(&[&id], &()),
            Self::Payout => posted::<Payout>(client, number),
            Self::Meter => posted::<Meter>(client, number),
            Self::Raw => client.raw(Method::Post, "/v1/raw").param("order", &number),
        }
    }

    /// A call that resumes the write.
    pub(super) fn resume(self, client: &Client, write: &PendingWrite) -> Call<RawJson> {
        match self {
            Self::CreateV2 => client.resume_as::<CreateV2>(write),
            Self::RemoveV2 => client.resume_as::<RemoveV2>(write),
            Self::Payout => client.resume_as::<Payout>(write),
            Self::Meter => client.resume_as::<Meter>(write),
            _ => client.resume(write),
        }
    }
}

fn posted<O: Operation<Params = (), Output = RawJson>>(
    client: &Client,
    order: i64,
) -> Call<RawJson> {
    client.request::<O>(&[], &()).extra_param("order", &order)
}

/// The class of an operation, by its id.
pub(super) fn class_of(operation: &str) -> &'static str {
    match operation {
        "SearchOrders" => "search",
        "GetPayout" | "PostPayouts" => "payouts",
        "GetMeter" | "PostMeter" => "meter",
        _ => "",
    }
}

/// The order that a request is about, which the server reads from its bytes.
pub(super) fn order_in(target: &str, body: &[u8]) -> Option<usize> {
    let body = std::str::from_utf8(body).ok()?;
    let named = [body, target]
        .iter()
        .find_map(|text| text.split_once("order=").or(text.split_once("\"order\":")));
    let digits = match named {
        Some((_, rest)) => rest.trim_start(),
        None => target.rsplit('/').next()?,
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}
