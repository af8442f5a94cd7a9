//! The path by which a program names the type of an operation, for messages.

use std::any::type_name;

use runtime::operation::Operation;

/// The path of an operation's type, such as `customers::Create`.
pub(crate) fn of_operation<O: Operation>() -> String {
    match of_call(O::SPEC.call) {
        path if path.is_empty() => type_name::<O>().to_owned(),
        path => path,
    }
}

/// The path of the type of the operation that is called so: `customers::Create` for
/// `customers().create`. Empty if the call is.
pub(crate) fn of_call(call: &str) -> String {
    let Some((services, method)) = call.rsplit_once("().") else {
        return String::new();
    };
    // The method that takes optional parameters is for the same operation as the one without.
    let method = method.strip_suffix("_with").unwrap_or(method);
    let words = method.split('_').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        first.to_ascii_uppercase() + rest
    });
    let name: String = words.collect();
    format!("{}::{name}", services.replace("().", "::"))
}
