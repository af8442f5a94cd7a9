//! From an OpenAPI document to the closed vocabulary of [`crate::api`].
//!
//! In: a [`Document`] and a [`Dialect`]. Out: an [`Api`].
//! Afterwards: nothing of `openapiv3` is left; each construct of the document was translated or
//! reported with its place; each entry of the dialect matched something or was reported.
//! No Rust type or name is decided here.

mod component;
mod context;
mod endpoint;
mod envelope;
mod events;
mod failure;
mod legacy;
mod merge;
mod naming;
mod options;
mod output;
mod parameter;
mod request;
mod response;
mod scalar;
mod sensitive;
mod service;
mod site;
#[cfg(test)]
mod tests;
mod union;

use crate::api::Api;
use crate::diag::{Code, Sink, SpecPath};
use crate::dialect::Dialect;
use crate::spec::Document;

use context::Context;

/// Translates a document. `version` replaces `info.version`, which republished copies overwrite.
/// Findings go to `sink`; `None` if any of them is an error.
pub fn normalize(
    document: &Document,
    dialect: &Dialect,
    version: Option<&str>,
    sink: &mut Sink,
) -> Option<Api> {
    let before = sink.error_count();
    let version = version.unwrap_or(&document.version);
    let mut context = Context::new(document, dialect, sink);
    let strict = dialect
        .describes
        .as_deref()
        .is_none_or(|described| described == version);
    check_version(version, &mut context);

    let mut service = service::facts(&mut context);
    let endpoints = endpoint::all(&mut context, strict);
    let components = component::all(&mut context);
    let sensitive = sensitive::all(&components, &endpoints, &mut context);
    service.sensitive = sensitive.iter().map(|entry| entry.field.clone()).collect();
    service.sensitive.dedup();
    service.sessions = service::sessions(&components, &endpoints, &service.hosts, &mut context);
    let api = Api {
        title: document.title.clone(),
        version: version.to_owned(),
        service,
        naming: naming::facts(&mut context),
        events: events::all(&components, &endpoints, version, strict, &mut context),
        sensitive,
        components,
        endpoints,
        error_object: context.error_object(),
    };
    context.report_unmatched(strict);
    (sink.error_count() == before).then_some(api)
}

/// A version goes into a header, and a date with blanks is what republishers put in its place.
fn check_version(version: &str, context: &mut Context<'_>) {
    if version.is_empty() || version.contains(|c: char| !c.is_ascii_graphic()) {
        let at = SpecPath::root().child("info").child("version");
        context.report(Code::VersionUnusable, &at, format!("`{version}`"));
    }
}
