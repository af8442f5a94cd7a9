//! What operations do beyond what their paths and schemas say.

use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::operation_call::{OperationCall, OperationResult};

/// What happens in the place of the generic operation, or after it.
#[derive(Clone, Copy)]
pub(crate) enum Behaviour {
    Instead(fn(&mut RequestContext<'_>, &OperationCall<'_>) -> Result<OperationResult, ApiProblem>),
    After(fn(&mut RequestContext<'_>, &OperationCall<'_>, &str, &str) -> Result<(), ApiProblem>),
}

/// The behaviour of an operation, by method and path template.
pub(crate) fn find_behaviour(method: &str, path: &str) -> Option<Behaviour> {
    let _ = (method, path);
    None
}
