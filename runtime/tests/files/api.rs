//! Two operations in the form of generated code: one that takes a file, and one that answers one.

use std::time::Duration;

use runtime::circuit_breaker::CircuitBreaker;
use runtime::codec::{Encode, FileUpload, Writer, write_record};
use runtime::error::ErrorBody;
use runtime::retry::RetryPolicy;
use runtime::value::{Binary, RawJson};
use runtime::{ApiSpec, Call, Client, ClientBuilder, Operation, OperationSpec, TypedError};

pub(crate) static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "2026-01-28.test",
    hosts: &[
        ("api", "https://api.example.test"),
        ("files", "https://files.example.test"),
    ],
    ..ApiSpec::DEFAULT
};

pub(crate) const KEY: &str = "sk_test_PLANTED";

/// A client whose hosts are this server. Its retries have no backoff to speak of.
pub(crate) fn builder(url: &str) -> ClientBuilder {
    Client::builder(&API)
        .api_key(KEY)
        .base_url(url)
        .host("files", url)
        .circuit_breaker(CircuitBreaker::disabled())
        .retry_policy(RetryPolicy::new().initial_backoff(Duration::from_millis(1)))
}

pub(crate) fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

pub(crate) struct NoErrors;

impl TypedError for NoErrors {
    fn from_error(_: &ErrorBody) -> Option<Self> {
        None
    }
}

pub(crate) struct Contents;

impl Operation for Contents {
    type Params = ();
    type Output = Binary;
    type Error = NoErrors;
    const SPEC: &'static OperationSpec =
        &OperationSpec::get("GetContents", "/v1/files/{file}/contents").host("files");
}

pub(crate) fn contents(client: &Client) -> Call<Binary> {
    client.request::<Contents>(&["file_1"], &())
}

pub(crate) struct CreateFile {
    pub(crate) file: FileUpload,
    pub(crate) purpose: String,
}

impl Encode for CreateFile {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(out, &[("file", &self.file), ("purpose", &self.purpose)]);
    }
}

pub(crate) struct Create;

impl Operation for Create {
    type Params = CreateFile;
    type Output = RawJson;
    type Error = NoErrors;
    const SPEC: &'static OperationSpec = &OperationSpec::post("PostFiles", "/v1/files")
        .host("files")
        .multipart();
}

pub(crate) fn create(client: &Client, file: FileUpload) -> Call<RawJson> {
    let purpose = "dispute_evidence".to_owned();
    client.request::<Create>(&[], &CreateFile { file, purpose })
}
