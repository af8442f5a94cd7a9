use super::{Body, Method, OperationSpec};

#[test]
fn spec_follows_method_when_nothing_else_is_said() {
    let get = OperationSpec::get("a", "/a");
    let post = OperationSpec::post("b", "/b");
    let delete = OperationSpec::delete("c", "/c");
    assert_eq!(
        (get.method.is_safe(), get.body, get.idempotency_key),
        (true, Body::None, false)
    );
    assert_eq!(
        (post.method.is_safe(), post.body, post.idempotency_key),
        (false, Body::Form, true)
    );
    assert_eq!(
        (delete.method, delete.idempotency_key),
        (Method::Delete, false)
    );
    assert!(delete.idempotent_key().idempotency_key);
}
