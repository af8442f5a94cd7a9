//! Translates transport facts: hosts, headers, rate limits, sessions.

use super::context::NormalizeContext;
use crate::api::{
    AuthScheme, ClassRateLimit, Component, CurrencyFacts, DocFacts, Endpoint, RateLimits, RawCalls,
    RequiredScheme, SchemeFacts, ServiceFacts, SessionFacts, ValueKind,
};
use crate::diag::{Code, SpecPath};

/// The host of a document without a dialect.
pub(super) const DEFAULT_HOST: &str = "api";

/// The transport facts. Without a dialect the only host is the document's first server.
pub(super) fn service_facts(context: &mut NormalizeContext<'_>) -> ServiceFacts {
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
        if context.is_tolerant() {
            hosts.extend(operation_hosts(context));
        }
    }
    let server_variables = take_variables(&mut hosts);
    check_hosts(context);
    let others = service.other_hosts.iter();
    hosts.extend(others.map(|(key, url)| (key.clone(), without_slash(url).to_owned())));
    ServiceFacts {
        hosts,
        server_variables,
        // Set later: it depends on operations.
        raw_calls: None,
        schemes: Vec::new(),
        version_header: service.version_header.clone(),
        account_header: service.account_header.clone(),
        context_header: service.context_header.clone(),
        trigger_header: service.trigger_header.clone(),
        key_variable: service
            .key_variable
            .clone()
            .unwrap_or_else(|| "API_KEY".to_owned()),
        live_keys: service.live_keys.clone(),
        test_keys: service.test_keys.clone(),
        other_keys: service.other_keys.clone().into_iter().collect(),
        id_prefixes: context
            .dialect
            .id_prefixes
            .iter()
            .map(|entry| entry.value.clone())
            .collect(),
        rate_limits: rate_limits(context),
        currencies: currencies(context),
        // Set later: they depend on operations and components.
        sessions: Vec::new(),
        sensitive: Vec::new(),
        docs_url: service.docs_url.clone(),
        operation_docs_url: service.operation_docs_url.clone(),
        object_docs_url: service.object_docs_url.clone(),
        docs: DocFacts::default(),
    }
}

/// The servers that operations have of their own, each with its URL as the key.
fn operation_hosts(context: &NormalizeContext<'_>) -> Vec<(String, String)> {
    let document = context.document;
    let stated = document.operations.iter().flat_map(|o| o.servers.first());
    let mut hosts: Vec<(String, String)> = Vec::new();
    for url in stated {
        let key = server_key(url, document.servers.first());
        let is_known =
            document.servers.contains(url) || hosts.iter().any(|(known, _)| *known == key);
        if !is_known {
            hosts.push((key.clone(), absolute_url(url, document.servers.first())));
        }
    }
    hosts
}

/// The key of a server that has none in a dialect: its URL, in which variables have no defaults.
fn server_key(url: &str, base: Option<&String>) -> String {
    let mut hosts = [(String::new(), absolute_url(url, base))];
    take_variables(&mut hosts);
    let [(_, url)] = hosts;
    url
}

/// The URL of a server without a slash at its end. A relative one is on the first server of the
/// document.
fn absolute_url(url: &str, base: Option<&String>) -> String {
    let url = without_slash(url);
    let origin = base.and_then(|base| {
        let (scheme, rest) = base.split_once("://")?;
        Some(format!("{scheme}://{}", rest.split('/').next()?))
    });
    match origin {
        Some(origin) if url.starts_with('/') => format!("{origin}{url}"),
        Some(origin) if url.is_empty() => origin,
        _ => url.to_owned(),
    }
}

/// Takes the defaults of variables (`{name=default}`) out of the URLs.
fn take_variables(hosts: &mut [(String, String)]) -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for (_, url) in hosts {
        let mut plain = String::new();
        let mut rest = url.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((variable, tail)) = after.split_once('}') else {
                break;
            };
            let (name, default) = variable.split_once('=').unwrap_or((variable, ""));
            let known = variables.iter().find(|(known, _)| known == name);
            plain.push_str(before);
            match known {
                // A variable of this name means something else here.
                Some((_, other)) if other != default && !default.is_empty() => {
                    plain.push_str(default);
                }
                Some(_) => plain.push_str(&format!("{{{name}}}")),
                None => {
                    plain.push_str(&format!("{{{name}}}"));
                    if !default.is_empty() {
                        variables.push((name.to_owned(), default.to_owned()));
                    }
                }
            }
            rest = tail;
        }
        plain.push_str(rest);
        *url = plain;
    }
    variables
}

/// What calls without an operation have in common, in runs that are not strict: the credential as
/// most operations take it.
pub(super) fn raw_calls(
    endpoints: &[Endpoint],
    schemes: &[SchemeFacts],
    context: &NormalizeContext<'_>,
) -> Option<RawCalls> {
    if !context.is_tolerant() {
        return None;
    }
    let mut counts: Vec<(&[AuthScheme], usize)> = Vec::new();
    for endpoint in endpoints.iter().filter(|e| e.auth != [AuthScheme::None]) {
        match counts.iter_mut().find(|(auth, _)| *auth == endpoint.auth) {
            Some((_, count)) => *count += 1,
            None => counts.push((&endpoint.auth, 1)),
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    // A key lets a write be repeated, which is safe only if every operation reads it.
    let mut writes = endpoints.iter().filter(|e| !e.method.is_idempotent());
    let first = writes.next().filter(|first| {
        first.idempotent_key
            && writes.all(|e| e.idempotency_header == first.idempotency_header && e.idempotent_key)
    });
    let header = first.map(|e| e.idempotency_header.clone());
    let alone = schemes.iter().map(|scheme| {
        vec![RequiredScheme {
            scheme: scheme.name.clone(),
            scopes: Vec::new(),
        }]
    });
    Some(RawCalls {
        security: alone.collect(),
        auth: most.map_or_else(|| vec![AuthScheme::None], |(auth, _)| auth.to_vec()),
        idempotency_header: header.map(|name| name.unwrap_or_else(|| "Idempotency-Key".to_owned())),
        is_public: most.is_none() && !endpoints.is_empty(),
    })
}

/// The currencies of the dialect, sorted by code. One whose integers cannot be made is an error.
fn currencies(context: &mut NormalizeContext<'_>) -> Vec<CurrencyFacts> {
    let at = SpecPath::root().child("currencies");
    let mut all = Vec::new();
    for (code, stated) in &context.dialect.currencies {
        if stated.digits > 18 || stated.decimals > stated.digits {
            let detail = "`digits` are at most 18, and `decimals` at most `digits`";
            context.report(Code::DialectValue, &at.child(code), detail);
        }
        all.push(CurrencyFacts {
            code: code.to_ascii_lowercase(),
            digits: stated.digits,
            decimals: stated.decimals,
        });
    }
    all.sort_by(|a, b| a.code.cmp(&b.code));
    all
}

/// The rate limits of the dialect. A class without operations is an error.
fn rate_limits(context: &mut NormalizeContext<'_>) -> Option<RateLimits> {
    let dialect = context.dialect;
    let stated = dialect.rate_limits.as_ref()?;
    let at = SpecPath::root().child("rate_limits").child("classes");
    for class in stated.classes.keys() {
        if !dialect.rate_classes.iter().any(|e| e.value.1 == *class) {
            let detail = format!("`{class}` is not under `[rate_classes]`");
            context.report(Code::DialectValue, &at.child(class), detail);
        }
    }
    let classes = stated.classes.iter().map(|(class, limit)| ClassRateLimit {
        class: class.clone(),
        per_second: limit.per_second,
        concurrent: Some(limit.concurrent).filter(|&bound| bound > 0),
        separate: limit.separate,
    });
    Some(RateLimits {
        live: stated.live_per_second,
        test: stated.test_per_second,
        operation: stated.operation_per_second,
        classes: classes.collect(),
    })
}

/// The sessions of the dialect. Each must name a host and an operation whose response has the two
/// fields.
pub(super) fn session_facts(
    components: &[Component],
    endpoints: &[Endpoint],
    hosts: &[(String, String)],
    context: &mut NormalizeContext<'_>,
) -> Vec<SessionFacts> {
    let dialect = context.dialect;
    let mut sessions = Vec::new();
    for entry in &dialect.sessions {
        let session = &entry.value;
        let Some((method, path)) = session.operation.split_once(' ') else {
            continue;
        };
        let opener = endpoints
            .iter()
            .find(|e| e.path == path && e.method.as_str() == method);
        let Some(opener) = opener else { continue };
        context.mark_matched(entry);
        let fields = match &opener.output.kind {
            ValueKind::Reference(name) => components.iter().find(|c| c.name == *name),
            _ => None,
        };
        let has = |field: &str| fields.is_some_and(|component| has_field(component, field));
        let lacks = [&session.token, &session.expires]
            .into_iter()
            .find(|field| !has(field));
        let problem = if let Some(field) = lacks {
            Some(format!(
                "the response of {} has no `{field}`",
                session.operation
            ))
        } else if hosts.iter().all(|(key, _)| *key != session.host) {
            Some(format!("`{}` is not under `[hosts]`", session.host))
        } else {
            None
        };
        match (problem, dialect.entry_info(entry.id)) {
            (Some(problem), Some(info)) => context.report(Code::DialectValue, &info.at, problem),
            _ => sessions.push(SessionFacts {
                host: session.host.clone(),
                operation: opener.id.clone(),
                token: session.token.clone(),
                expires: session.expires.clone(),
            }),
        }
    }
    sessions
}

fn has_field(component: &Component, wire: &str) -> bool {
    match &component.schema.kind {
        ValueKind::Record(record) => record.fields.iter().any(|field| field.wire == wire),
        _ => false,
    }
}

/// Checks that the hosts of operations are listed.
fn check_hosts(context: &mut NormalizeContext<'_>) {
    let dialect = context.dialect;
    for entry in &dialect.host_of {
        let host = &entry.value.1;
        let known = dialect.hosts.iter().any(|listed| listed.value.0 == *host);
        if let (false, Some(info)) = (known, dialect.entry_info(entry.id)) {
            context.report(
                Code::DialectValue,
                &info.at,
                format!("`{host}` is not under `[hosts]`"),
            );
        }
    }
}

impl NormalizeContext<'_> {
    /// The key of the first base URL of the dialect, or of the only one without a dialect.
    pub(super) fn default_host(&mut self) -> String {
        let Some(host) = self.dialect.hosts.first() else {
            return DEFAULT_HOST.to_owned();
        };
        self.mark_matched(host);
        host.value.0.clone()
    }

    /// The key under which the dialect lists a base URL.
    pub(super) fn host_key(&mut self, url: &str) -> Option<String> {
        let dialect = self.dialect;
        if dialect.hosts.is_empty() {
            let is_first = self
                .document
                .servers
                .first()
                .is_some_and(|first| first == url);
            // Further servers of the document are alternatives to the first.
            let is_stated = self.document.servers.iter().any(|known| known == url);
            return match self.is_tolerant() {
                _ if is_first => Some(DEFAULT_HOST.to_owned()),
                true if is_stated => Some(DEFAULT_HOST.to_owned()),
                true => Some(server_key(url, self.document.servers.first())),
                false => None,
            };
        }
        let url = without_slash(url);
        let host = dialect
            .hosts
            .iter()
            .find(|host| without_slash(&host.value.1) == url)?;
        self.mark_matched(host);
        Some(host.value.0.clone())
    }
}

fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}
