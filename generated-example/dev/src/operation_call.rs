//! One request whose parameters are valid, and what it returns.

use serde_json::Value;

use crate::document::ApiOperation;
use crate::store::ObjectKey;

/// A request whose parameters are valid.
#[derive(Debug)]
pub(crate) struct OperationCall<'c> {
    pub(crate) operation: &'c ApiOperation,
    /// The path, decoded.
    pub(crate) path: String,
    /// The values of the path's parameters.
    pub(crate) path_values: Vec<String>,
    /// Query and body.
    pub(crate) params: Value,
    /// The file of the body.
    pub(crate) upload: Option<UploadedFile>,
}

/// A file that a request has sent.
#[derive(Debug)]
pub(crate) struct UploadedFile {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// What an operation returns.
#[derive(Debug)]
pub(crate) enum OperationResult {
    Stored(ObjectKey),
    Computed(Value),
}
