//! Test clocks: time of customers, which tests advance.

use serde_json::json;

use super::checkout::expire_due_sessions;
use super::subscriptions::renew_due_subscriptions;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::generic::find_live_target;
use crate::json_value::integer_member;
use crate::operation_call::{OperationCall, OperationResult};

const TAG: &str = "test_helpers.test_clock";
const DAY: i64 = 86_400;

/// After `POST /v1/test_helpers/test_clocks`.
pub(super) fn complete_creation(
    context: &mut RequestContext<'_>,
    _: &OperationCall<'_>,
    _: &str,
    id: &str,
) -> Result<(), ApiProblem> {
    let deletes = context.now.saturating_add(30 * DAY);
    let patch = json!({ "deletes_after": deletes, "status": "ready" });
    context.patch_object(TAG, id, patch);
    Ok(())
}

/// `POST /v1/test_helpers/test_clocks/{test_clock}/advance`. The API answers before it is done; the
/// server is done at once.
pub(super) fn advance_test_clock(
    context: &mut RequestContext<'_>,
    call: &OperationCall<'_>,
) -> Result<OperationResult, ApiProblem> {
    let key = find_live_target(context, call)?;
    let clock = context.read_object(TAG, &key.1);
    let frozen = integer_member(&clock, "frozen_time");
    let target = integer_member(&call.params, "frozen_time");
    context.check_state(&key.1, target > frozen, || {
        let message = "The new frozen time must be after the current one.";
        ApiProblem::parameter("parameter_invalid", "frozen_time", message)
    })?;
    let patch = json!({ "frozen_time": target, "status": "ready" });
    context.patch_object(TAG, &key.1, patch);
    context.now = target;
    expire_due_sessions(context, Some(&key.1));
    renew_due_subscriptions(context, Some(&key.1))?;
    context.announce("test_helpers.test_clock.advancing", TAG, &key.1);
    context.announce("test_helpers.test_clock.ready", TAG, &key.1);
    Ok(OperationResult::Stored(key))
}
