//! The text of places.

use std::fmt;

/// One use of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// A tagged object, by the value of its tag.
    Object {
        /// The tag.
        tag: &'a str,
        /// It is what is returned for a deleted object.
        deleted: bool,
    },
    /// The parameters of an operation.
    Parameters(&'a str),
    /// The object that a parameter of an operation's path identifies.
    Argument(&'a str, &'a str),
    /// The response of an operation; the text tells types of one response apart.
    Response(&'a str, &'a str),
    /// The error codes of an operation.
    Errors(&'a str),
    /// The object of an event.
    Event(&'a str),
    /// The error object of the API.
    ErrorObject,
    /// A field of a public type.
    Field {
        /// The path of the type.
        owner: &'a str,
        /// The field; the text tells types of one field apart.
        label: &'a str,
    },
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { tag, deleted } => {
                let state = if *deleted { "deleted " } else { "" };
                write!(f, "{state}object {tag}")
            }
            Self::Parameters(id) => write!(f, "parameters of {id}"),
            Self::Argument(id, name) => write!(f, "argument {name} of {id}"),
            Self::Response(id, "") => write!(f, "response of {id}"),
            Self::Response(id, label) => write!(f, "response of {id} {label}"),
            Self::Errors(id) => write!(f, "errors of {id}"),
            Self::Event(name) => write!(f, "event {name}"),
            Self::ErrorObject => f.write_str("error object"),
            Self::Field { owner, label } => write!(f, "{owner}.{label}"),
        }
    }
}
