//! Translates an OpenAPI document to the closed vocabulary of [`crate::api`].
//!
//! In: a [`Document`] and a [`Dialect`]. Out: an [`Api`].
//! Afterwards: nothing of `openapiv3` is left; each construct of the document was translated or
//! reported with its place; operations that the dialect declares were added; each entry of the dialect matched something or was reported.
//! No Rust type or name is decided here.

mod address;
mod body;
mod component;
mod content;
mod context;
mod declared;
mod distinct_members;
mod distinct_names;
mod docs;
mod encoding;
mod endpoint;
mod envelope;
mod events;
mod failure;
mod known_values;
mod legacy;
mod merge;
mod naming;
mod output;
mod paging;
mod parameter;
mod parameter_component;
mod parameter_union;
mod place;
mod request;
mod response;
mod response_union;
mod scalar;
mod security;
mod sensitive;
mod service;
mod status;
#[cfg(test)]
mod tests;
mod unfolding;

use crate::api::Api;
use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::dialect::Dialect;
use crate::spec::Document;

use context::NormalizeContext;

/// Translates a document. `version` replaces `info.version`, which republished copies overwrite.
/// Findings are reported to `sink`; `None` if any of them is an error.
pub fn normalize_document(
    document: &Document,
    dialect: &Dialect,
    version: Option<&str>,
    sink: &mut DiagnosticSink,
) -> Option<Api> {
    let before = sink.error_count();
    let version = version.unwrap_or(&document.version);
    let declared = declared::declared_operations(document, dialect, sink);
    let mut context = NormalizeContext::new(document, &declared, dialect, version, sink);
    check_version(version, &mut context);

    let mut service = service::service_facts(&mut context);
    let mut endpoints = endpoint::translate_operations(&mut context);
    service.schemes = security::name_schemes(&mut endpoints, &mut context);
    let components = component::translate_components(&mut context);
    let parameter_components = parameter_component::translate_parameter_components(&mut context);
    paging::assign_pages(&mut endpoints, &components, &mut context);
    let sensitive = sensitive::sensitive_fields(
        [&components, &parameter_components],
        &endpoints,
        &mut context,
    );
    service.sensitive = sensitive.iter().map(|entry| entry.field.clone()).collect();
    service.sensitive.dedup();
    service.docs = docs::doc_facts(
        [&components, &parameter_components],
        &endpoints,
        &mut context,
    );
    service.sessions =
        service::session_facts(&components, &endpoints, &service.hosts, &mut context);
    service.raw_calls = service::raw_calls(&endpoints, &service.schemes, &context);
    let api = Api {
        title: document.title.clone(),
        version: version.to_owned(),
        service,
        naming: naming::naming_facts(&mut context),
        events: events::translate_events(&components, &endpoints, version, &mut context),
        sensitive,
        components,
        parameter_components,
        endpoints,
        error_object: context.error_object(),
        error_members: context.error_members(),
        ignored: std::mem::take(&mut context.ignored),
    };
    context.report_unmatched();
    (sink.error_count() == before).then_some(api)
}

/// Whether a version can be sent in a header. Republished copies have a date with blanks in its
/// place.
pub fn is_usable_version(version: &str) -> bool {
    !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_graphic())
}

fn check_version(version: &str, context: &mut NormalizeContext<'_>) {
    if !is_usable_version(version) {
        let at = SpecPath::root().child("info").child("version");
        context.report(Code::VersionUnusable, &at, format!("`{version}`"));
    }
}
