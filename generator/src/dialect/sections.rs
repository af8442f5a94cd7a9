//! The sections of a dialect that are of one piece.

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Entry, Site};

/// How the service is reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Link to the reference.
    pub docs_url: Option<String>,
    /// Environment variable with the API key.
    pub key_variable: Option<String>,
    /// Header that pins the API version.
    pub version_header: Option<String>,
    /// Header that selects a connected account.
    pub account_header: Option<String>,
    /// Header that selects a context.
    pub context_header: Option<String>,
    /// The header that says which event a request is made for.
    pub trigger_header: Option<String>,
    /// What API keys of live mode begin with.
    pub live_keys: Vec<String>,
    /// Hosts that no operation of the document goes to, key to base URL.
    pub other_hosts: IndexMap<String, String>,
}

/// The rate limits that the vendor publishes, in requests per second.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// Of one account in live mode.
    pub live_per_second: u32,
    /// Of one account in test mode.
    pub test_per_second: u32,
    /// Of one operation, unless its class says otherwise.
    pub operation_per_second: u32,
    /// Of classes of operations.
    #[serde(default)]
    pub classes: IndexMap<String, RateLimit>,
}

/// The rate limit of a class of operations.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests per second.
    pub per_second: u32,
    /// Requests at once; 0 if nothing is known.
    #[serde(default)]
    pub concurrent: u32,
    /// The class does not count against the account's limit.
    #[serde(default)]
    pub separate: bool,
}

/// A host that wants a short-lived session instead of the API key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Key of the host.
    pub host: String,
    /// `METHOD /path` of the operation that opens a session.
    pub operation: String,
    /// The field of its answer that holds the token.
    pub token: String,
    /// The field of its answer that says when the session ends.
    pub expires: String,
}

/// Fields that tell objects apart.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// The field that names the kind of object.
    pub object: Option<Entry<String>>,
    /// The flag that only remains of deleted objects carry.
    pub deleted: Option<Entry<String>>,
}

/// What a vendor format means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatName {
    /// Nothing more than text.
    Text,
    /// Integer seconds since 1970.
    Timestamp,
    /// A decimal number as text.
    Decimal,
}

/// How a list pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageStyle {
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
    /// How it pages.
    pub style: PageStyle,
    /// Value of the object tag, if the envelope has one.
    pub tag: Option<String>,
    /// The field that holds the items.
    pub items: String,
    /// Fields that are always there, the items included.
    pub required: Vec<String>,
    /// Fields that may be there.
    #[serde(default)]
    pub optional: Vec<String>,
}

/// Conventions of parameters.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// The enum value that stands for "no value" in forms.
    pub clear: Option<Entry<String>>,
    /// Parameters that every call takes as an option.
    pub call_options: Vec<Entry<String>>,
    /// The fields of a range, from above exclusive to below inclusive.
    pub range: Option<Entry<Vec<String>>>,
    /// The integers of ranges are timestamps although they do not say so.
    pub range_of_timestamps: bool,
    /// Ranges whose integers are no timestamps all the same.
    pub ranges_of_integers: Vec<Entry<Site>>,
    /// The body fields of a `DELETE` travel in the query.
    pub delete_body_in_query: bool,
    /// Maximum length that says nothing.
    pub usual_max_length: Option<u64>,
}

/// How failures are described.
#[derive(Clone, Debug)]
pub struct ErrorBody {
    /// Component that is the answer of a failed call; one field holds the error object.
    pub envelope: Entry<String>,
    /// The component of the error object.
    pub object: Entry<String>,
    /// The field of an envelope that holds the error.
    pub member: String,
    /// The field of an error that holds its code.
    pub code: String,
    /// Error components whose code is open.
    pub open: Vec<Entry<String>>,
}

/// A place that stays raw JSON.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The place.
    pub site: Site,
    /// Why.
    pub why: String,
}

/// Event types and what they carry.
#[derive(Clone, Debug)]
pub struct EventTable {
    /// The enum that lists the types.
    pub types: Entry<Site>,
    /// The value of that enum that means "all".
    pub wildcard: Option<Entry<String>>,
    /// Event type, or prefix with `*`, to object tags; none means untyped.
    pub objects: Vec<Entry<(String, Vec<String>)>>,
    /// Type of notifications to the tag of the object that they are about, if it has a component.
    pub notifications: Vec<Entry<(String, Option<String>)>>,
    /// The operation that lists past events.
    pub list: Option<Entry<String>>,
    /// The operation that lists the events behind notifications.
    pub list_notifications: Option<Entry<String>>,
    /// The operation that fetches the event behind a notification.
    pub retrieve_notification: Option<Entry<String>>,
    /// The parameter that says in which version of the API an endpoint gets its events.
    pub endpoint: Option<Entry<Site>>,
    /// What a listed event is made of.
    pub envelope: Option<Entry<EventEnvelope>>,
}

/// Where a listed event has what matters.
#[derive(Clone, Debug)]
pub struct EventEnvelope {
    /// Its type.
    pub type_: Site,
    /// Its object.
    pub object: Site,
    /// The earlier values of what has changed of the object.
    pub previous: Site,
}

/// `[naming]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NamingText {
    pub(super) namespaces: IndexMap<String, Vec<String>>,
    pub(super) hidden_prefixes: Vec<String>,
    pub(super) services: IndexMap<String, String>,
    pub(super) methods: IndexMap<String, String>,
    pub(super) suffixed_verbs: Vec<String>,
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

/// `[legacy]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LegacyText {
    pub(super) instead: IndexMap<String, String>,
    pub(super) note: IndexMap<String, String>,
}

/// `[[timeouts]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeoutText {
    pub(super) seconds: u64,
    pub(super) operations: Vec<String>,
}
