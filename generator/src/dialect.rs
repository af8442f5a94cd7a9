//! What a vendor's documents mean beyond OpenAPI: conventions, tables of exceptions, transport.
//!
//! In: `specs/X.toml` as a [`Source`]. Out: a [`Dialect`].
//! Afterwards: the file is well-formed, without unknown keys; addresses and patterns are parsed.
//! Whether an entry fits the document is found out by `normalize`: every fact that can match
//! something is an [`Entry`], and an entry that matched nothing is reported there.

mod entry;
mod pattern;
mod read;
mod sections;
mod site;
#[cfg(test)]
mod tests;

pub use entry::{Claim, Entry, EntryId};
pub use pattern::Pattern;
pub use sections::{
    ErrorBody, EventEnvelope, EventTable, FormatName, PageShape, PageStyle, Parameters, RateLimits,
    Raw, Service, Session, Tags,
};
pub use site::{Base, Site, Step};

use crate::diag::Sink;
use crate::source::SourceFile;

/// The conventions of one vendor.
#[derive(Clone, Debug, Default)]
pub struct Dialect {
    /// The API version that the entries were checked against. Entries must match a document of
    /// this version; without it, every document.
    pub describes: Option<String>,
    /// Title of the documents that this is the dialect of, wherever they are.
    pub title: Option<String>,
    /// Transport.
    pub service: Service,
    /// Host key to base URL, default first.
    pub hosts: Vec<Entry<(String, String)>>,
    /// Operations whose host the document does not state.
    pub host_of: Vec<Entry<(Pattern, String)>>,
    /// Extension that marks resources.
    pub resource_marker: Option<Entry<String>>,
    /// Extension that marks fields that are an id or the object behind it.
    pub expandable_marker: Option<Entry<String>>,
    /// Extensions that are known and change nothing.
    pub other_markers: Vec<Entry<String>>,
    /// Fields that tell objects apart.
    pub tags: Tags,
    /// Vendor formats.
    pub formats: Vec<Entry<(String, FormatName)>>,
    /// Shapes of list envelopes.
    pub pages: Vec<Entry<PageShape>>,
    /// Conventions of parameters.
    pub parameters: Parameters,
    /// Operations that carry an idempotency key.
    pub idempotent: Vec<Entry<Pattern>>,
    /// Operations that send JSON even if the document gives them no body.
    pub json_bodies: Vec<Entry<Pattern>>,
    /// Fields whose values must not be shown: `name`, or `name beside other` for fields that are
    /// sensitive only in an object that also has the other field.
    pub sensitive: Vec<Entry<String>>,
    /// How failures are described.
    pub errors: Option<ErrorBody>,
    /// Fields that stay raw JSON, and why.
    pub raw: Vec<Entry<Raw>>,
    /// Enums with so many values that they become string newtypes.
    pub tokens: Vec<Entry<Site>>,
    /// Components that are only another view of the component they are paired with in a union
    /// that nothing tells apart.
    pub views: Vec<Entry<String>>,
    /// Names.
    pub naming: Naming,
    /// Event types and what they carry.
    pub events: Option<EventTable>,
    /// Legacy operation to what replaces it.
    pub legacy_instead: Vec<Entry<(String, String)>>,
    /// Legacy operation to a sentence about it.
    pub legacy_note: Vec<Entry<(String, String)>>,
    /// Operations to rate class.
    pub rate_classes: Vec<Entry<(Pattern, String)>>,
    /// The limits of accounts, operations and classes.
    pub rate_limits: Option<RateLimits>,
    /// Hosts that want sessions.
    pub sessions: Vec<Entry<Session>>,
    /// Operations to attempt timeout in seconds.
    pub timeouts: Vec<Entry<(Pattern, u64)>>,
    claims: Vec<Claim>,
}

/// Names that cannot be derived.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    /// Version prefix and a path literal that is a namespace below it.
    pub namespaces: Vec<Entry<(String, String)>>,
    /// Path prefixes that vanish from names.
    pub hidden_prefixes: Vec<Entry<String>>,
    /// Inferred service name to the one to use.
    pub services: Vec<Entry<(String, String)>>,
    /// `METHOD /path` to `service.method`.
    pub methods: Vec<Entry<(String, String)>>,
    /// Verbs that get the resource as suffix.
    pub suffixed_verbs: Vec<Entry<String>>,
    /// Component to public type name.
    pub types: Vec<Entry<(String, String)>>,
    /// Site of one use to the public name of its shape.
    pub shapes: Vec<Entry<(Site, String)>>,
}

impl Dialect {
    /// Reads a dialect file; findings go to `sink`. `None` if anything is wrong with it.
    pub fn load(source: &SourceFile, sink: &mut Sink) -> Option<Self> {
        read::read(source, sink)
    }

    /// No vendor facts at all, for documents without a dialect file.
    pub fn plain() -> Self {
        Self::default()
    }

    /// Everything that is expected to match something in the document.
    pub fn claims(&self) -> impl Iterator<Item = (EntryId, &Claim)> {
        self.claims
            .iter()
            .enumerate()
            .map(|(i, claim)| (EntryId::new(i), claim))
    }

    /// Where an entry stands.
    pub fn claim(&self, id: EntryId) -> Option<&Claim> {
        self.claims.get(id.index())
    }
}
