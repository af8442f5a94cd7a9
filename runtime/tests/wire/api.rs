//! A small API in the form of generated code.

use runtime::codec::{
    DecodeError, Encode, Place, Reader, Record, RecordShape, Writer, write_record,
};
use runtime::value::{Binary, List, RawJson, SearchList, UrlList};
use runtime::{ApiSpec, Client, ClientBuilder, ErrorBody, Operation, OperationSpec, TypedError};

use crate::server::Server;

pub(crate) static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "2026-01-28.test",
    hosts: &[
        ("api", "https://api.example.test"),
        ("files", "https://files.example.test"),
    ],
    version_header: Some("Stripe-Version"),
    account_header: Some("Stripe-Account"),
    context_header: Some("Stripe-Context"),
    key_variable: "RUNTIME_WIRE_TEST_KEY",
    user_agent: "Test/v1 RustBindings/0.1.0",
    ..ApiSpec::DEFAULT
};

pub(crate) const KEY: &str = "sk_test_PLANTED";

pub(crate) fn builder(server: &Server) -> ClientBuilder {
    // Most tests are about single attempts; those about retries turn them on.
    Client::builder(&API)
        .api_key(KEY)
        .base_url(&server.url)
        .retries(0)
}

pub(crate) fn client(server: &Server) -> Client {
    builder(server).build().unwrap()
}

/// A resource with an id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) id: String,
}

impl Record for Item {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new("Item", &["id"], &[0b1]);
        &SHAPE
    }

    fn at(&mut self, _: usize) -> &mut dyn Place {
        &mut self.id
    }
}

impl Place for Item {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

/// The parameters of all operations.
#[derive(Clone, Default)]
pub(crate) struct Params {
    pub(crate) email: Option<String>,
    pub(crate) limit: Option<i64>,
    pub(crate) starting_after: Option<String>,
    pub(crate) ending_before: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
}

impl Encode for Params {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(
            out,
            &[
                ("email", &self.email),
                ("limit", &self.limit),
                ("starting_after", &self.starting_after),
                ("ending_before", &self.ending_before),
                ("query", &self.query),
                ("tags", &self.tags),
            ],
        );
    }
}

/// The one documented error of the operations.
#[derive(Debug, PartialEq)]
pub(crate) struct Documented;

impl TypedError for Documented {
    fn from_error(error: &ErrorBody) -> Option<Self> {
        (error.code() == Some("documented")).then_some(Self)
    }
}

macro_rules! operations {
    ($($name:ident: $params:ty => $output:ty, $spec:expr;)*) => {$(
        pub(crate) struct $name;

        impl Operation for $name {
            type Params = $params;
            type Output = $output;
            type Error = Documented;
            const SPEC: &'static OperationSpec = &$spec;
        }
    )*};
}

operations! {
    Retrieve: () => Item, OperationSpec::get("Retrieve", "/v1/items/{item}");
    ListItems: Params => List<Item>, OperationSpec::get("ListItems", "/v1/items");
    Search: Params => SearchList<Item>, OperationSpec::get("Search", "/v1/items/search");
    ListV2: Params => UrlList<Item>, OperationSpec::get("ListV2", "/v2/items");
    Create: Params => Item, OperationSpec::post("Create", "/v1/items");
    CreateV2: Params => Item, OperationSpec::post("CreateV2", "/v2/items").json();
    ActV2: () => Item, OperationSpec::post("ActV2", "/v2/items/{item}/act").json();
    Delete: Params => Item, OperationSpec::delete("Delete", "/v1/items/{item}").repeatable();
    DeleteV2: Params => Item,
        OperationSpec::delete("DeleteV2", "/v2/items/{item}").idempotent_key();
    Upload: Params => Item, OperationSpec::post("Upload", "/v1/files").multipart().host("files");
    Pdf: () => Binary, OperationSpec::get("Pdf", "/v1/items/{item}/pdf").host("files");
    Dated: () => RawJson, OperationSpec::post("PostKeys", "/v1/keys").called("keys().create")
        .explicit_version("the reader of the key says which");
    Anything: () => RawJson, OperationSpec::get("Anything", "/v1/anything");
    Slow: Params => Item, OperationSpec::post("Slow", "/v1/slow").timeout_secs(30);
}
