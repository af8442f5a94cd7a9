//! The sections of a dialect.

use indexmap::IndexMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{DialectEntry, OperationPattern, SchemaAddress};
use crate::api::{AuthScheme, Paging};
use crate::diag::SpecPath;

/// How the service is reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSection {
    /// URL of the API reference.
    pub docs_url: Option<String>,
    /// URL of the page of an operation, with `{service}` and `{method}`.
    pub operation_docs_url: Option<String>,
    /// URL of the page of an object, with `{service}`.
    pub object_docs_url: Option<String>,
    /// How requests carry the credential, instead of the security schemes of the document:
    /// `bearer`, `basic`, `header NAME`, `query NAME`, `cookie NAME` or `none`.
    #[serde(deserialize_with = "read_auth")]
    pub auth: Option<AuthScheme>,
    /// Environment variable that contains the API key.
    pub key_variable: Option<String>,
    /// Header that pins the API version.
    pub version_header: Option<String>,
    /// Header that selects a connected account.
    pub account_header: Option<String>,
    /// Header that selects a context.
    pub context_header: Option<String>,
    /// Header with the id of the event that a request is made for.
    pub trigger_header: Option<String>,
    /// Prefixes of API keys of live mode.
    pub live_keys: Vec<String>,
    /// Prefixes of API keys of test mode.
    pub test_keys: Vec<String>,
    /// Prefixes of credentials that are no API keys, and what they are.
    pub other_keys: IndexMap<String, String>,
    /// Base URLs by key of hosts that no operation of the document uses.
    pub other_hosts: IndexMap<String, String>,
}

fn read_auth<'de, D: Deserializer<'de>>(input: D) -> Result<Option<AuthScheme>, D::Error> {
    let text = String::deserialize(input)?;
    let auth = match text.split_once(' ') {
        None if text == "bearer" => AuthScheme::Bearer,
        None if text == "basic" => AuthScheme::Basic,
        None if text == "none" => AuthScheme::None,
        Some(("header", name)) => AuthScheme::Header(name.to_owned()),
        Some(("query", name)) => AuthScheme::Query(name.to_owned()),
        Some(("cookie", name)) => AuthScheme::Cookie(name.to_owned()),
        _ => {
            let expected =
                "expected `bearer`, `basic`, `none`, or `header`, `query` or `cookie` with a name";
            return Err(D::Error::custom(expected));
        }
    };
    Ok(Some(auth))
}

/// The generated crate, where the command line does not say it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputSection {
    /// The output folder.
    pub folder: Option<String>,
    /// The name of the crate.
    pub crate_name: Option<String>,
}

/// The rate limits that the vendor publishes, in requests per second.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSection {
    /// Limit of one account in live mode.
    pub live_per_second: u32,
    /// Limit of one account in test mode.
    pub test_per_second: u32,
    /// Limit of one operation, unless its class has another one.
    pub operation_per_second: u32,
    /// Limits of classes of operations.
    #[serde(default)]
    pub classes: IndexMap<String, ClassLimitSection>,
}

/// The rate limit of a class of operations.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassLimitSection {
    /// Requests per second.
    pub per_second: u32,
    /// Maximum number of concurrent requests; 0 if unknown.
    #[serde(default)]
    pub concurrent: u32,
    /// The class does not count against the account's limit.
    #[serde(default)]
    pub separate: bool,
}

/// How amounts of a currency are written as integers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrencySection {
    /// How many digits of an integer are decimals, at most 18.
    pub digits: u32,
    /// How many decimals an amount may have; the further digits are zero.
    pub decimals: u32,
}

/// A host that needs a short-lived session instead of the API key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSection {
    /// Key of the host.
    pub host: String,
    /// `METHOD /path` of the operation that opens a session.
    pub operation: String,
    /// The field of its response that contains the token.
    pub token: String,
    /// The field of its response with the time at which the session expires.
    pub expires: String,
}

/// Fields that identify the type of an object.
#[derive(Clone, Debug, Default)]
pub struct TagFields {
    /// The field that contains the type of the object.
    pub object: Option<DialectEntry<String>>,
    /// The flag that only deleted objects have.
    pub deleted: Option<DialectEntry<String>>,
}

/// The meaning of a vendor format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatName {
    /// Plain text.
    Text,
    /// Integer seconds since 1970.
    Timestamp,
    /// A decimal number as text.
    Decimal,
}

/// How a list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageStyleName {
    /// By the id of the first or last item.
    Cursor,
    /// By a token in the page.
    Search,
    /// By a URL in the page.
    Url,
}

/// The shape of a list envelope.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageShape {
    /// How it is paged.
    pub style: PageStyleName,
    /// Value of the object tag, if the envelope has one.
    pub tag: Option<String>,
    /// The field that contains the items.
    pub items: String,
    /// Required fields, including the items.
    pub required: Vec<String>,
    /// Optional fields.
    #[serde(default)]
    pub optional: Vec<String>,
}

/// How the pages of some lists follow each other.
#[derive(Clone, Debug)]
pub struct PageRule {
    /// How they do.
    pub paging: Paging,
    /// Whose lists.
    pub scope: PageScope,
}

/// The operations that an entry about pages is for.
#[derive(Clone, Debug)]
pub enum PageScope {
    /// All that have the parameters and fields.
    Fitting(DialectEntry<()>),
    /// Those that match one of the patterns. They must have the parameters and fields.
    Stated(Vec<DialectEntry<(OperationPattern, ())>>),
}

/// Conventions of parameters.
#[derive(Clone, Debug, Default)]
pub struct ParameterConventions {
    /// The enum value that stands for "no value" in forms.
    pub clear: Option<DialectEntry<String>>,
    /// Parameters that become options of the call.
    pub call_options: Vec<DialectEntry<String>>,
    /// The fields of a range: `gt`, `gte`, `lt` and `lte` or their equivalents.
    pub range: Option<DialectEntry<Vec<String>>>,
    /// Integers in ranges are timestamps even without that format.
    pub range_of_timestamps: bool,
    /// Ranges whose integers are not timestamps, as exceptions to `range_of_timestamps`.
    pub ranges_of_integers: Vec<DialectEntry<SchemaAddress>>,
    /// The body fields of a `DELETE` are sent in the query.
    pub delete_body_in_query: bool,
    /// The usual maximum length, which doc comments leave out.
    pub usual_max_length: Option<u64>,
}

/// How the document describes failures.
#[derive(Clone, Debug)]
pub struct ErrorConventions {
    /// The component of the response of a failed call; one of its fields is the error object.
    pub envelope: DialectEntry<String>,
    /// The component of the error object.
    pub object: DialectEntry<String>,
    /// The field of the envelope that contains the error object.
    pub member: String,
    /// The field of the error object that contains its code.
    pub code: String,
    /// Error components whose code is not listed.
    pub open: Vec<DialectEntry<String>>,
    /// The field of the error object that contains its class.
    pub class: Option<String>,
    /// Fields of the error object that contain an object, and the component of that.
    pub objects: Vec<DialectEntry<(String, String)>>,
}

/// A field that stays raw JSON.
#[derive(Clone, Debug)]
pub struct RawField {
    /// Its address.
    pub address: SchemaAddress,
    /// The reason.
    pub why: String,
}

/// An operation that the document lacks.
#[derive(Clone, Debug)]
pub struct DeclaredOperation {
    /// Its place in the dialect.
    pub at: SpecPath,
    /// The method, in capitals.
    pub method: String,
    /// The path template.
    pub path: String,
    /// What stands for `operationId`.
    pub id: String,
    /// An operation of the document, `METHOD /path`, whose parameters of the path and errors it has.
    pub like: String,
    /// The key of its host; defaults to that of the other operation.
    pub host: Option<String>,
    /// `binary`, or the component that it answers.
    pub response: String,
    /// Documentation.
    pub description: Option<String>,
}

/// Event types and their objects.
#[derive(Clone, Debug)]
pub struct EventTable {
    /// The enum that lists the types.
    pub types: DialectEntry<SchemaAddress>,
    /// The value of that enum that selects all types.
    pub wildcard: Option<DialectEntry<String>>,
    /// Object tags by event type or prefix with `*`; no tags mean that the object is untyped.
    pub objects: Vec<DialectEntry<(String, Vec<String>)>>,
    /// Notification types with the tag of their object, if it has a component.
    pub notifications: Vec<DialectEntry<(String, Option<String>)>>,
    /// The operation that lists past events.
    pub list: Option<DialectEntry<String>>,
    /// The operation that lists the events behind notifications.
    pub list_notifications: Option<DialectEntry<String>>,
    /// The operation that fetches the event behind a notification.
    pub retrieve_notification: Option<DialectEntry<String>>,
    /// The parameter that sets the API version of an endpoint's events.
    pub endpoint: Option<DialectEntry<SchemaAddress>>,
    /// The fields of a listed event.
    pub envelope: Option<DialectEntry<EnvelopeAddresses>>,
}

/// Addresses in a listed event.
#[derive(Clone, Debug)]
pub struct EnvelopeAddresses {
    /// The type of the event.
    pub type_: SchemaAddress,
    /// The object of the event.
    pub object: SchemaAddress,
    /// The previous values of the changed fields of the object.
    pub previous: SchemaAddress,
}

/// `[naming]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NamingText {
    pub(super) by_path: bool,
    pub(super) namespaces: IndexMap<String, Vec<String>>,
    pub(super) hidden_prefixes: Vec<String>,
    pub(super) services: IndexMap<String, String>,
    pub(super) methods: IndexMap<String, String>,
    pub(super) suffixed_verbs: Vec<String>,
    pub(super) component_markers: Vec<String>,
    pub(super) types: IndexMap<String, String>,
    pub(super) shapes: IndexMap<String, String>,
}

/// `[markers]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MarkersText {
    pub(super) resource: Option<String>,
    pub(super) expandable: Option<String>,
    pub(super) other: Vec<String>,
}

/// `[tags]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TagsText {
    pub(super) object: Option<String>,
    pub(super) deleted: Option<String>,
}

/// `[parameters]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ParametersText {
    pub(super) clear: Option<String>,
    pub(super) call_options: Vec<String>,
    pub(super) range: Option<Vec<String>>,
    pub(super) range_of_timestamps: bool,
    pub(super) ranges_of_integers: Vec<String>,
    pub(super) delete_body_in_query: bool,
    pub(super) usual_max_length: Option<u64>,
}

/// `[errors]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorsText {
    pub(super) envelope: String,
    pub(super) object: String,
    pub(super) member: String,
    pub(super) code: String,
    #[serde(default)]
    pub(super) open: Vec<String>,
    pub(super) class: Option<String>,
    #[serde(default)]
    pub(super) objects: IndexMap<String, String>,
}

/// `[events]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EventsText {
    pub(super) types: Option<String>,
    pub(super) wildcard: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) list: Option<String>,
    pub(super) list_notifications: Option<String>,
    pub(super) retrieve_notification: Option<String>,
    pub(super) envelope: Option<EnvelopeText>,
    pub(super) objects: IndexMap<String, Vec<String>>,
    pub(super) notifications: IndexMap<String, String>,
}

/// `[events.envelope]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvelopeText {
    #[serde(rename = "type")]
    pub(super) type_: String,
    pub(super) object: String,
    pub(super) previous: String,
}

/// `[[raw]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawText {
    pub(super) at: String,
    pub(super) why: String,
}

/// `[[pages]]` as written.
#[derive(Deserialize)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum PagesText {
    Cursor {
        parameter: String,
        next: String,
        items: Option<String>,
        has_more: Option<String>,
        operations: Option<Vec<String>>,
    },
    Offset {
        parameter: String,
        limit: Option<String>,
        items: Option<String>,
        has_more: Option<String>,
        total: Option<String>,
        operations: Option<Vec<String>>,
    },
    Page {
        parameter: String,
        first: Option<u64>,
        items: Option<String>,
        has_more: Option<String>,
        total: Option<String>,
        operations: Option<Vec<String>>,
    },
    Link {
        items: Option<String>,
        operations: Option<Vec<String>>,
    },
    NextUrl {
        next: String,
        items: Option<String>,
        has_more: Option<String>,
        operations: Option<Vec<String>>,
    },
}

/// What `[[pages]]` has beside the style.
pub(super) struct PageFields {
    pub(super) items: Option<String>,
    pub(super) has_more: Option<String>,
    pub(super) total: Option<String>,
    pub(super) operations: Option<Vec<String>>,
}

impl PageFields {
    pub(super) fn new(
        items: Option<String>,
        has_more: Option<String>,
        total: Option<String>,
        operations: Option<Vec<String>>,
    ) -> Self {
        Self {
            items,
            has_more,
            total,
            operations,
        }
    }
}

/// `[ignore]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct IgnoreText {
    pub(super) operations: Vec<String>,
}

/// `[legacy]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LegacyText {
    pub(super) instead: IndexMap<String, String>,
    pub(super) note: IndexMap<String, String>,
}

/// `[[explicit_version]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplicitVersionText {
    pub(super) why: String,
    pub(super) operations: Vec<String>,
}

/// `[[timeouts]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeoutText {
    pub(super) seconds: u64,
    pub(super) operations: Vec<String>,
}

/// `[[operations]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredText {
    pub(super) operation: String,
    pub(super) id: String,
    pub(super) like: String,
    pub(super) host: Option<String>,
    pub(super) response: String,
    pub(super) description: Option<String>,
}
