//! A small API in the form of generated code, and a client of it.

use runtime::circuit_breaker::CircuitBreaker;
use runtime::codec::{
    DecodeError, Encode, FileUpload, Place, Reader, Record, RecordShape, Writer, write_record,
};
use runtime::transport::Transport;
use runtime::value::{Binary, RawJson};
use runtime::{ApiSpec, Client, Error, Operation, OperationSpec};
use testing::ManualClock;

pub(crate) static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "2026-01-28.test",
    hosts: &[("api", "https://api.example.test")],
    version_header: Some("Stripe-Version"),
    account_header: Some("Stripe-Account"),
    user_agent: "Test/v1 RustBindings/0.1.0",
    ..ApiSpec::DEFAULT
};

pub(crate) const KEY: &str = "sk_test_PLANTED";

/// A client with this transport and a clock that advances automatically.
pub(crate) fn client(transport: impl Transport) -> Client {
    client_at(transport, ManualClock::new().auto_advance())
}

pub(crate) fn client_at(transport: impl Transport, clock: ManualClock) -> Client {
    // The tests are about transports, not about what a client does after many errors.
    Client::builder(&API)
        .api_key(KEY)
        .transport(transport)
        .clock(clock)
        .circuit_breaker(CircuitBreaker::disabled())
        // Many have fixed responses.
        .check_responses(false)
        .build()
        .unwrap()
}

/// The text of the double's error that failed a call.
pub(crate) fn double_error(error: &Error) -> String {
    assert!(error.is_build(), "{error:?}");
    let transport = std::error::Error::source(error).unwrap();
    transport.source().unwrap().to_string()
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) exp_month: Option<i64>,
}

impl Record for Item {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new("Item", &["id", "email", "exp_month"], &[0b1]);
        &SHAPE
    }

    fn at(&mut self, index: usize) -> &mut dyn Place {
        match index {
            0 => &mut self.id,
            1 => &mut self.email,
            _ => &mut self.exp_month,
        }
    }
}

impl Place for Item {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Params {
    pub(crate) email: Option<String>,
    pub(crate) amount: Option<i64>,
    pub(crate) items: Option<Vec<Line>>,
    pub(crate) file: Option<FileUpload>,
}

impl Params {
    pub(crate) fn email(email: &str) -> Self {
        Self {
            email: Some(email.to_owned()),
            ..Self::default()
        }
    }
}

#[derive(Clone)]
pub(crate) struct Line(pub(crate) &'static str);

impl Encode for Line {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(out, &[("price", &self.0.to_owned())]);
    }
}

impl Encode for Params {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(
            out,
            &[
                ("email", &self.email),
                ("amount", &self.amount),
                ("items", &self.items),
                ("file", &self.file),
            ],
        );
    }
}

macro_rules! operations {
    ($($name:ident: $params:ty => $output:ty, $spec:expr;)*) => {$(
        pub(crate) struct $name;

        impl Operation for $name {
            type Params = $params;
            type Output = $output;
            type Error = ();
            const SPEC: &'static OperationSpec = &$spec;
        }
    )*};
}

operations! {
    Retrieve: () => Item, OperationSpec::get("Retrieve", "/v1/items/{item}").called("items().retrieve");
    Search: Params => Item, OperationSpec::get("Search", "/v1/items/search").called("items().search_with");
    Create: Params => Item, OperationSpec::post("Create", "/v1/items").called("items().create");
    Update: Params => Item, OperationSpec::post("Update", "/v1/items/{item}/lines/{line}")
        .called("items().lines().update");
    CreateV2: Params => Item, OperationSpec::post("CreateV2", "/v2/items").json();
    Delete: Params => Item, OperationSpec::delete("Delete", "/v1/items/{item}");
    Upload: Params => Item, OperationSpec::post("Upload", "/v1/files").multipart();
    Raw: () => RawJson, OperationSpec::get("Raw", "/v1/raw");
    Pdf: () => Binary, OperationSpec::get("Pdf", "/v1/items/{item}/pdf");
}
