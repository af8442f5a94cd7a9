//! Reads a vendor's dialect: what its documents mean beyond OpenAPI.
//!
//! In: `specs/X.toml` as a [`SourceFile`]. Out: a [`Dialect`].
//! Afterwards: the file is well-formed, without unknown keys; addresses and patterns are parsed.
//! Whether an entry fits the document is checked by `normalize`: every fact that can match something
//! is a [`DialectEntry`], and an entry that matched nothing is reported there.

mod address;
mod entry;
mod pattern;
mod read;
mod sections;
#[cfg(test)]
mod tests;
mod text_pattern;

pub use address::{AddressBase, AddressStep, SchemaAddress};
pub use entry::{DialectEntry, EntryId, EntryInfo};
pub use pattern::{IgnoredOperations, OperationPattern};
pub use sections::{
    CurrencySection, DeclaredOperation, EnvelopeAddresses, ErrorConventions, EventTable,
    FormatName, OutputSection, PageRule, PageScope, PageShape, PageStyleName, ParameterConventions,
    RateLimitSection, RawField, ServiceSection, SessionSection, TagFields,
};
pub use text_pattern::TextPattern;

use indexmap::IndexMap;
use serde::Deserialize as _;

use crate::diag::DiagnosticSink;
use crate::source::SourceFile;

/// The conventions of one vendor.
#[derive(Clone, Debug, Default)]
pub struct Dialect {
    /// The API versions that the entries were checked against. Entries must match a document of
    /// one of these versions; without any, every document.
    pub describes: Vec<String>,
    /// Constructs that are not supported are errors, instead of being left out or becoming raw JSON.
    pub is_strict: bool,
    /// Titles of the documents that this dialect is for.
    pub titles: Vec<TextPattern>,
    /// Operations to leave out.
    pub ignored: Vec<DialectEntry<IgnoredOperations>>,
    /// Operations that the document lacks.
    pub operations: Vec<DialectEntry<DeclaredOperation>>,
    /// Transport.
    pub service: ServiceSection,
    /// Base URL by host key, default first.
    pub hosts: Vec<DialectEntry<(String, String)>>,
    /// Hosts of operations that the document does not state.
    pub host_of: Vec<DialectEntry<(OperationPattern, String)>>,
    /// Extension that marks resources.
    pub resource_marker: Option<DialectEntry<String>>,
    /// Extension that marks expandable fields.
    pub expandable_marker: Option<DialectEntry<String>>,
    /// Known extensions without effect.
    pub other_markers: Vec<DialectEntry<String>>,
    /// Fields that identify the type of an object.
    pub tags: TagFields,
    /// The prefixes of ids, by object tag.
    pub id_prefixes: Vec<DialectEntry<(String, String)>>,
    /// Vendor formats.
    pub formats: Vec<DialectEntry<(String, FormatName)>>,
    /// Shapes of list envelopes.
    pub envelopes: Vec<DialectEntry<PageShape>>,
    /// How the pages of other lists follow each other.
    pub pages: Vec<PageRule>,
    /// Conventions of parameters.
    pub parameters: ParameterConventions,
    /// Operations that take an idempotency key.
    pub idempotent: Vec<DialectEntry<OperationPattern>>,
    /// Operations that may be repeated without an idempotency key.
    pub repeatable: Vec<DialectEntry<OperationPattern>>,
    /// Operations that send JSON even if the document gives them no body.
    pub json_bodies: Vec<DialectEntry<OperationPattern>>,
    /// Fields whose values must not be shown: `name`, or `name beside other` for fields that are
    /// sensitive only in an object that also has the other field.
    pub sensitive: Vec<DialectEntry<String>>,
    /// How the document describes failures.
    pub errors: Option<ErrorConventions>,
    /// Fields that stay raw JSON, and why.
    pub raw: Vec<DialectEntry<RawField>>,
    /// Enums with so many values that they become string newtypes.
    pub tokens: Vec<DialectEntry<SchemaAddress>>,
    /// Components that are a view of the other component of a union without tags.
    pub views: Vec<DialectEntry<String>>,
    /// Names.
    pub naming: NamingTables,
    /// Event types and their objects.
    pub events: Option<EventTable>,
    /// Replacements of legacy operations.
    pub legacy_instead: Vec<DialectEntry<(String, String)>>,
    /// Notes about legacy operations.
    pub legacy_note: Vec<DialectEntry<(String, String)>>,
    /// Rate classes of operations.
    pub rate_classes: Vec<DialectEntry<(OperationPattern, String)>>,
    /// The limits of accounts, operations and classes.
    pub rate_limits: Option<RateLimitSection>,
    /// Currencies whose amounts do not have two decimals.
    pub currencies: IndexMap<String, CurrencySection>,
    /// Hosts that need sessions.
    pub sessions: Vec<DialectEntry<SessionSection>>,
    /// Attempt timeouts of operations, in seconds.
    pub timeouts: Vec<DialectEntry<(OperationPattern, u64)>>,
    /// Operations whose calls must set the API version, and why.
    pub explicit_versions: Vec<DialectEntry<(OperationPattern, String)>>,
    /// Values of enums that the document does not list.
    pub values: Vec<DialectEntry<(SchemaAddress, Vec<String>)>>,
    /// What doc comments say beyond the document.
    pub docs: DocsTables,
    entries: Vec<EntryInfo>,
}

/// What doc comments say beyond the document.
#[derive(Clone, Debug, Default)]
pub struct DocsTables {
    /// Names of integers that are amounts of money.
    pub amounts: Vec<DialectEntry<TextPattern>>,
    /// Tasks, and `METHOD /path` of the operation that each begins with.
    pub tasks: Vec<DialectEntry<(String, String)>>,
    /// `METHOD /path`, and a parameter that its example sets although it is optional.
    pub examples: Vec<DialectEntry<(String, String)>>,
    /// `METHOD /path`, and words by which a search finds it.
    pub aliases: Vec<DialectEntry<(String, String)>>,
}

/// Names that cannot be derived from the document.
#[derive(Clone, Debug, Default)]
pub struct NamingTables {
    /// Services and methods are named by paths, as in the libraries of the vendor, and not by tags
    /// and operationIds.
    pub by_path: bool,
    /// Version prefix and a path literal that is a namespace below it.
    pub namespaces: Vec<DialectEntry<(String, String)>>,
    /// Path prefixes that are left out of names.
    pub hidden_prefixes: Vec<DialectEntry<String>>,
    /// Service names by inferred name.
    pub services: Vec<DialectEntry<(String, String)>>,
    /// `service.method` by `METHOD /path`.
    pub methods: Vec<DialectEntry<(String, String)>>,
    /// Verbs that get the resource as suffix.
    pub suffixed_verbs: Vec<DialectEntry<String>>,
    /// Words in component names after which the name itself begins.
    pub component_markers: Vec<DialectEntry<String>>,
    /// Public type names by component.
    pub types: Vec<DialectEntry<(String, String)>>,
    /// Public names of shapes, by the address of one use.
    pub shapes: Vec<DialectEntry<(SchemaAddress, String)>>,
}

impl Dialect {
    /// Reads a dialect file; findings are reported to `sink`. `None` after an error.
    pub fn load(source: &SourceFile, sink: &mut DiagnosticSink) -> Option<Self> {
        read::read_dialect(source, sink)
    }

    /// The section `[output]` of a dialect file. Nothing else in it is read.
    pub fn read_output(source: &SourceFile) -> OutputSection {
        let section = source.value.get("output");
        let section = section.and_then(|value| OutputSection::deserialize(value).ok());
        section.unwrap_or_default()
    }

    /// Whether a dialect file is for documents of this title. Nothing else in it is read.
    pub fn is_for_title(source: &SourceFile, title: &str) -> bool {
        let titles = source.value.get("title").and_then(read::read_texts);
        let mut titles = titles.into_iter().flatten();
        titles.any(|pattern| TextPattern::new(&pattern).matches(title))
    }

    /// Whether the entries describe a document of this version, so that they must match.
    pub fn describes_version(&self, version: &str) -> bool {
        self.describes.is_empty() || self.describes.iter().any(|known| known == version)
    }

    /// All entries.
    pub fn entries(&self) -> impl Iterator<Item = (EntryId, &EntryInfo)> {
        self.entries
            .iter()
            .enumerate()
            .map(|(i, info)| (EntryId::new(i), info))
    }

    /// The place and text of an entry.
    pub fn entry_info(&self, id: EntryId) -> Option<&EntryInfo> {
        self.entries.get(id.index())
    }
}
