//! The kinds of the objects of an OpenAPI 3.0 document, which distinguish the keyword `description`
//! from a property with that name.

/// The kind of an object of the document, which depends on its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Document,
    Info,
    Server,
    Paths,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Content,
    MediaType,
    Encoding,
    Responses,
    Response,
    Schema,
    Components,
    SecurityScheme,
    /// A tag, a link, an external reference: prose with a few facts.
    Note,
    /// An object with free keys and values of one kind.
    Named(&'static NodeKind),
    /// Arbitrary data (enum values, defaults, examples, extensions).
    Data,
}

impl NodeKind {
    /// The kind of the value of `key`. List items have the kind of their list.
    pub(super) fn child_kind(self, key: &str) -> Self {
        match self {
            Self::Named(inner) => return *inner,
            Self::Paths if key.starts_with('/') => return Self::PathItem,
            Self::Responses if !key.starts_with("x-") => return Self::Response,
            Self::Content => return Self::MediaType,
            _ => {}
        }
        match (self, key) {
            (Self::Document, "info") => Self::Info,
            (Self::Document, "paths") => Self::Paths,
            (Self::Document, "components") => Self::Components,
            (Self::Document, "tags") => Self::Note,
            (Self::Document | Self::PathItem | Self::Operation, "servers") => Self::Server,
            (Self::Server, "variables") => Self::Named(&Self::Note),
            (_, "externalDocs") if self != Self::Data => Self::Note,
            (Self::PathItem | Self::Operation, "parameters") => Self::Parameter,
            (Self::PathItem, "get" | "put" | "post" | "delete") => Self::Operation,
            (Self::PathItem, "options" | "head" | "patch" | "trace") => Self::Operation,
            (Self::Operation, "requestBody") => Self::RequestBody,
            (Self::Operation, "responses") => Self::Responses,
            (Self::Operation, "callbacks") => Self::Named(&Self::Named(&Self::PathItem)),
            (Self::Parameter | Self::RequestBody | Self::Response, "content") => Self::Content,
            (Self::Parameter | Self::MediaType, "schema") => Self::Schema,
            (Self::MediaType, "encoding") => Self::Named(&Self::Encoding),
            (Self::Encoding | Self::Response, "headers") => Self::Named(&Self::Parameter),
            (Self::Response, "links") => Self::Named(&Self::Note),
            (Self::Components, key) => Self::component_kind(key),
            (Self::Schema, key) => Self::schema_part_kind(key),
            _ => Self::Data,
        }
    }

    fn component_kind(key: &str) -> Self {
        match key {
            "schemas" => Self::Named(&Self::Schema),
            "responses" => Self::Named(&Self::Response),
            "parameters" | "headers" => Self::Named(&Self::Parameter),
            "requestBodies" => Self::Named(&Self::RequestBody),
            "securitySchemes" => Self::Named(&Self::SecurityScheme),
            "links" => Self::Named(&Self::Note),
            "callbacks" => Self::Named(&Self::Named(&Self::PathItem)),
            _ => Self::Data,
        }
    }

    fn schema_part_kind(key: &str) -> Self {
        match key {
            "properties" => Self::Named(&Self::Schema),
            "items" | "additionalProperties" | "not" => Self::Schema,
            "anyOf" | "oneOf" | "allOf" => Self::Schema,
            _ => Self::Data,
        }
    }

    /// Whether the value of `key` is prose.
    pub(super) fn is_prose(self, key: &str) -> bool {
        match (self, key) {
            (Self::Named(_) | Self::Data | Self::Paths | Self::Responses | Self::Content, _) => {
                false
            }
            (Self::Info, "termsOfService" | "contact") => true,
            (_, "description" | "summary") => true,
            _ => false,
        }
    }

    /// The canonical order of keywords. Other keywords follow by name. Empty if the document's order
    /// is kept, because it has a meaning.
    pub(super) fn key_order(self) -> &'static [&'static str] {
        match self {
            Self::Document => &[
                "openapi",
                "info",
                "servers",
                "security",
                "tags",
                "paths",
                "components",
            ],
            Self::Info => &["title", "version"],
            Self::Server => &["url"],
            Self::PathItem => &["servers", "parameters", "get", "post", "delete"],
            Self::Operation => &OPERATION,
            Self::Parameter => &[
                "$ref",
                "name",
                "in",
                "required",
                "deprecated",
                "style",
                "explode",
            ],
            Self::RequestBody => &["$ref", "required", "content"],
            Self::MediaType => &["schema", "encoding"],
            Self::Encoding => &["contentType", "style", "explode"],
            Self::Response => &["$ref", "description", "headers", "content"],
            Self::Schema => &SCHEMA,
            Self::Components => &["securitySchemes"],
            Self::SecurityScheme => &["type", "scheme"],
            Self::Note => &["name", "url"],
            Self::Paths | Self::Responses | Self::Content | Self::Named(_) | Self::Data => &[],
        }
    }
}

const OPERATION: [&str; 8] = [
    "operationId",
    "deprecated",
    "tags",
    "servers",
    "security",
    "parameters",
    "requestBody",
    "responses",
];

/// Short keywords come first, long ones last.
const SCHEMA: [&str; 25] = [
    "$ref",
    "title",
    "x-resourceId",
    "type",
    "format",
    "nullable",
    "deprecated",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "default",
    "enum",
    "required",
    "additionalProperties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "properties",
    "x-stripeBypassValidation",
];
