//! Public items of a generated crate. Types only.

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A struct or an enum.
    Type,
    /// A further path of a type.
    Alias,
    /// A public field of a response object.
    Field,
    /// A variant of an enum.
    Variant,
    /// The function `new` of a parameter object.
    Constructor,
    /// The method that sets a parameter.
    Setter,
    /// The method that clears a parameter.
    Clear,
    /// The type that has the methods of a service.
    Service,
    /// The method that leads to a service.
    Accessor,
    /// A method that calls an operation.
    Method,
    /// The type that stands for an operation.
    Marker,
    /// The constant of an event type.
    Constant,
    /// Another function.
    Function,
    /// A trait that a type implements.
    Implementation,
}

impl ItemKind {
    /// What it is called in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Alias => "re-export",
            Self::Field => "field",
            Self::Variant => "variant",
            Self::Constructor => "constructor",
            Self::Setter => "setter",
            Self::Clear => "clearing method",
            Self::Service => "service",
            Self::Accessor => "accessor",
            Self::Method => "method",
            Self::Marker => "operation type",
            Self::Constant => "event constant",
            Self::Function => "function",
            Self::Implementation => "implementation",
        }
    }

    /// Whether Rust has it in the same namespace as types.
    pub fn is_type(self) -> bool {
        matches!(
            self,
            Self::Type | Self::Alias | Self::Service | Self::Marker
        )
    }
}

/// A public item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicItem {
    /// What it is.
    pub kind: ItemKind,
    /// Its path below the crate.
    pub path: String,
    /// The path of the type that it belongs to; its own for a type.
    pub owner: String,
    /// Its type or signature, with paths below the crate.
    pub text: String,
    /// The field, value, event type or operation that it stands for, as on the wire.
    pub wire: String,
    /// The arguments of a function: names and types.
    pub arguments: Vec<(String, String)>,
    /// What a function returns.
    pub output: String,
}

impl PublicItem {
    /// An item that is no function.
    pub(super) fn of_type(kind: ItemKind, owner: &str, name: &str, text: String) -> Self {
        let path = match name {
            "" => owner.to_owned(),
            name => format!("{owner}::{name}"),
        };
        Self {
            kind,
            path,
            owner: owner.to_owned(),
            text,
            wire: String::new(),
            arguments: Vec::new(),
            output: String::new(),
        }
    }

    /// A function.
    pub(super) fn of_function(
        kind: ItemKind,
        owner: &str,
        name: &str,
        arguments: Vec<(String, String)>,
        output: String,
    ) -> Self {
        let types: Vec<&str> = arguments.iter().map(|(_, ty)| ty.as_str()).collect();
        let text = format!("({}) -> {output}", types.join(", "));
        Self {
            arguments,
            output,
            ..Self::of_type(kind, owner, name, text)
        }
    }

    /// The same item, which stands for this on the wire.
    pub(super) fn with_wire(mut self, wire: &str) -> Self {
        wire.clone_into(&mut self.wire);
        self
    }

    /// The last segment of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default()
    }

    /// What tells it from all other items: its namespace and path.
    pub fn key(&self) -> String {
        let namespace = match self.kind {
            ItemKind::Field => "field",
            ItemKind::Implementation => "impl",
            ItemKind::Variant => "variant",
            ItemKind::Constant => "const",
            kind if kind.is_type() => "type",
            _ => "fn",
        };
        format!("{namespace} {}", self.path)
    }
}
