//! Transport: hosts and headers.

use super::context::Context;
use crate::api::ServiceFacts;
use crate::diag::Code;

/// The host of a document without a dialect.
pub(super) const DEFAULT_HOST: &str = "api";

/// How the service is reached. Without a dialect: at the document's first server.
pub(super) fn facts(context: &mut Context<'_>) -> ServiceFacts {
    let service = &context.dialect.service;
    let mut hosts: Vec<_> = context
        .dialect
        .hosts
        .iter()
        .map(|host| host.value.clone())
        .collect();
    if hosts.is_empty() {
        let url = context
            .document
            .servers
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        hosts.push((DEFAULT_HOST.to_owned(), without_slash(url).to_owned()));
    }
    check_hosts(context);
    ServiceFacts {
        hosts,
        version_header: service.version_header.clone(),
        account_header: service.account_header.clone(),
        context_header: service.context_header.clone(),
        key_variable: service
            .key_variable
            .clone()
            .unwrap_or_else(|| "API_KEY".to_owned()),
        docs_url: service.docs_url.clone(),
    }
}

/// Operations are only sent to hosts that are listed.
fn check_hosts(context: &mut Context<'_>) {
    let dialect = context.dialect;
    for entry in &dialect.host_of {
        let host = &entry.value.1;
        let known = dialect.hosts.iter().any(|listed| listed.value.0 == *host);
        if let (false, Some(claim)) = (known, dialect.claim(entry.id)) {
            context.report(
                Code::DialectValue,
                &claim.at,
                format!("`{host}` is not under `[hosts]`"),
            );
        }
    }
}

impl Context<'_> {
    /// The key under which the dialect lists a base URL.
    pub(super) fn host_key(&mut self, url: &str) -> Option<String> {
        let dialect = self.dialect;
        if dialect.hosts.is_empty() {
            let first = self.document.servers.first();
            return first
                .filter(|first| *first == url)
                .map(|_| DEFAULT_HOST.to_owned());
        }
        let url = without_slash(url);
        let host = dialect
            .hosts
            .iter()
            .find(|host| without_slash(&host.value.1) == url)?;
        self.matched(host);
        Some(host.value.0.clone())
    }
}

fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}
