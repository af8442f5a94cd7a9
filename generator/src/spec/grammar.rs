//! The keywords of OpenAPI 3.0: which object has which, and the type of the value of each.
//!
//! openapiv3 ignores unknown keys. The document is compared with this table first, so that a
//! misspelt `nullabel` is reported with its line and does not result in a wrong type.

/// Which values are allowed at a place of the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ValueRule {
    /// Any value; it is not checked (examples, defaults, extensions).
    Any,
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// A list of texts.
    Texts,
    /// An object of the specification.
    Object(&'static ObjectRule),
    /// An object of the specification, or a reference to a component.
    OrReference(&'static ObjectRule),
    /// `additionalProperties`: a flag or a schema.
    FlagOrSchema,
    /// A mapping with free keys.
    MapOf(&'static ValueRule),
    /// A mapping with free keys and extensions.
    OpenMapOf(&'static ValueRule),
    /// A list.
    ListOf(&'static ValueRule),
}

/// An object of the specification: its name and its keywords.
#[derive(Debug)]
pub(crate) struct ObjectRule {
    /// Its name in the specification.
    pub(crate) name: &'static str,
    /// Its keywords; `x-` keys are allowed everywhere.
    pub(crate) keys: &'static [(&'static str, ValueRule)],
    /// Required keywords.
    pub(crate) required: &'static [&'static str],
}

use ValueRule::{
    Any, Flag, FlagOrSchema, ListOf, MapOf, Number, Object, OpenMapOf, OrReference, Text, Texts,
};

pub(crate) static DOCUMENT: ObjectRule = ObjectRule {
    name: "the document",
    keys: &[
        ("openapi", Text),
        ("info", Object(&INFO)),
        ("servers", ListOf(&Object(&SERVER))),
        ("paths", OpenMapOf(&Object(&PATH_ITEM))),
        ("components", Object(&COMPONENTS)),
        ("security", ListOf(&MapOf(&Texts))),
        ("tags", ListOf(&Object(&TAG))),
        ("externalDocs", Object(&EXTERNAL_DOCS)),
    ],
    required: &["info", "paths"],
};

pub(crate) static INFO: ObjectRule = ObjectRule {
    name: "info",
    keys: &[
        ("title", Text),
        ("description", Text),
        ("termsOfService", Text),
        ("contact", Any),
        ("license", Any),
        ("version", Text),
    ],
    required: &["title", "version"],
};

pub(crate) static SERVER: ObjectRule = ObjectRule {
    name: "a server",
    keys: &[
        ("url", Text),
        ("description", Text),
        ("variables", MapOf(&Any)),
    ],
    required: &["url"],
};

static EXTERNAL_DOCS: ObjectRule = ObjectRule {
    name: "externalDocs",
    keys: &[("description", Text), ("url", Text)],
    required: &["url"],
};

pub(crate) static TAG: ObjectRule = ObjectRule {
    name: "a tag",
    keys: &[
        ("name", Text),
        ("description", Text),
        ("externalDocs", Object(&EXTERNAL_DOCS)),
    ],
    required: &["name"],
};

pub(crate) static COMPONENTS: ObjectRule = ObjectRule {
    name: "components",
    keys: &[
        ("schemas", MapOf(&OrReference(&SCHEMA))),
        ("responses", MapOf(&OrReference(&RESPONSE))),
        ("parameters", MapOf(&OrReference(&PARAMETER))),
        ("examples", MapOf(&Any)),
        ("requestBodies", MapOf(&OrReference(&REQUEST_BODY))),
        ("headers", MapOf(&OrReference(&HEADER))),
        ("securitySchemes", MapOf(&Any)),
        ("links", MapOf(&Any)),
        ("callbacks", MapOf(&Any)),
    ],
    required: &[],
};

pub(crate) static PATH_ITEM: ObjectRule = ObjectRule {
    name: "a path",
    keys: &[
        ("summary", Text),
        ("description", Text),
        ("get", Object(&OPERATION)),
        ("put", Object(&OPERATION)),
        ("post", Object(&OPERATION)),
        ("delete", Object(&OPERATION)),
        ("options", Object(&OPERATION)),
        ("head", Object(&OPERATION)),
        ("patch", Object(&OPERATION)),
        ("trace", Object(&OPERATION)),
        ("servers", ListOf(&Object(&SERVER))),
        ("parameters", ListOf(&OrReference(&PARAMETER))),
    ],
    required: &[],
};

pub(crate) static OPERATION: ObjectRule = ObjectRule {
    name: "an operation",
    keys: &[
        ("tags", Texts),
        ("summary", Text),
        ("description", Text),
        ("externalDocs", Object(&EXTERNAL_DOCS)),
        ("operationId", Text),
        ("parameters", ListOf(&OrReference(&PARAMETER))),
        ("requestBody", OrReference(&REQUEST_BODY)),
        ("responses", OpenMapOf(&OrReference(&RESPONSE))),
        ("callbacks", Any),
        ("deprecated", Flag),
        ("security", ListOf(&MapOf(&Texts))),
        ("servers", ListOf(&Object(&SERVER))),
    ],
    // The specification requires responses. Published documents lack some; see `tolerate`.
    required: &[],
};

pub(crate) static PARAMETER: ObjectRule = ObjectRule {
    name: "a parameter",
    keys: &[
        ("name", Text),
        ("in", Text),
        ("description", Text),
        ("required", Flag),
        ("deprecated", Flag),
        ("allowEmptyValue", Flag),
        ("style", Text),
        ("explode", Flag),
        ("allowReserved", Flag),
        ("schema", OrReference(&SCHEMA)),
        ("example", Any),
        ("examples", Any),
        ("content", MapOf(&Object(&MEDIA_TYPE))),
    ],
    required: &["name", "in"],
};

pub(crate) static HEADER: ObjectRule = ObjectRule {
    name: "a header",
    keys: &[
        ("description", Text),
        ("required", Flag),
        ("deprecated", Flag),
        ("allowEmptyValue", Flag),
        ("style", Text),
        ("explode", Flag),
        ("allowReserved", Flag),
        ("schema", OrReference(&SCHEMA)),
        ("example", Any),
        ("examples", Any),
        ("content", MapOf(&Object(&MEDIA_TYPE))),
    ],
    required: &[],
};

pub(crate) static REQUEST_BODY: ObjectRule = ObjectRule {
    name: "a request body",
    keys: &[
        ("description", Text),
        ("content", MapOf(&Object(&MEDIA_TYPE))),
        ("required", Flag),
    ],
    required: &["content"],
};

pub(crate) static MEDIA_TYPE: ObjectRule = ObjectRule {
    name: "a media type",
    keys: &[
        ("schema", OrReference(&SCHEMA)),
        ("example", Any),
        ("examples", Any),
        ("encoding", MapOf(&Object(&ENCODING))),
    ],
    required: &[],
};

static ENCODING: ObjectRule = ObjectRule {
    name: "an encoding",
    keys: &[
        ("contentType", Text),
        ("headers", MapOf(&OrReference(&HEADER))),
        ("style", Text),
        ("explode", Flag),
        ("allowReserved", Flag),
    ],
    required: &[],
};

pub(crate) static RESPONSE: ObjectRule = ObjectRule {
    name: "a response",
    keys: &[
        ("description", Text),
        ("headers", MapOf(&OrReference(&HEADER))),
        ("content", MapOf(&Object(&MEDIA_TYPE))),
        ("links", Any),
    ],
    required: &[],
};

pub(crate) static DISCRIMINATOR: ObjectRule = ObjectRule {
    name: "a discriminator",
    keys: &[("propertyName", Text), ("mapping", MapOf(&Text))],
    required: &["propertyName"],
};

pub(crate) static SCHEMA: ObjectRule = ObjectRule {
    name: "a schema",
    keys: &[
        ("title", Text),
        ("multipleOf", Number),
        ("maximum", Number),
        ("exclusiveMaximum", Flag),
        ("minimum", Number),
        ("exclusiveMinimum", Flag),
        ("maxLength", Number),
        ("minLength", Number),
        ("pattern", Text),
        ("maxItems", Number),
        ("minItems", Number),
        ("uniqueItems", Flag),
        ("maxProperties", Number),
        ("minProperties", Number),
        ("required", Texts),
        ("enum", ListOf(&Any)),
        ("type", Text),
        ("allOf", ListOf(&OrReference(&SCHEMA))),
        ("oneOf", ListOf(&OrReference(&SCHEMA))),
        ("anyOf", ListOf(&OrReference(&SCHEMA))),
        ("not", OrReference(&SCHEMA)),
        ("items", OrReference(&SCHEMA)),
        ("properties", MapOf(&OrReference(&SCHEMA))),
        ("additionalProperties", FlagOrSchema),
        ("description", Text),
        ("format", Text),
        ("default", Any),
        ("nullable", Flag),
        ("discriminator", Object(&DISCRIMINATOR)),
        ("readOnly", Flag),
        ("writeOnly", Flag),
        ("xml", Any),
        ("externalDocs", Object(&EXTERNAL_DOCS)),
        ("example", Any),
        ("deprecated", Flag),
    ],
    required: &[],
};
