//! Translates operations.

use super::context::NormalizeContext;
use super::legacy::LegacyTables;
use super::place::{other_idempotency_header, remove_credentials};
use super::request::OperationInput;
use crate::api::{Doc, Endpoint, HttpMethod};
use crate::diag::Code;
use crate::dialect::{DialectEntry, OperationPattern};
use crate::spec::SpecOperation;

/// The rate class of operations without an entry.
const DEFAULT_RATE_CLASS: &str = "default";

/// All operations, in document order.
pub(super) fn translate_operations(context: &mut NormalizeContext<'_>) -> Vec<Endpoint> {
    let legacy = LegacyTables::new(context);
    let operations = context.operations.clone();
    let mut endpoints = Vec::new();
    for operation in operations {
        let translated = context.tolerate(
            |context| context.translate_operation(operation, &legacy),
            |context| {
                context.report(Code::OperationLeftOut, &operation.at, operation.title());
                None
            },
        );
        endpoints.extend(translated);
    }
    endpoints
}

impl<'a> NormalizeContext<'a> {
    fn translate_operation(
        &mut self,
        operation: &'a SpecOperation,
        legacy: &LegacyTables,
    ) -> Option<Endpoint> {
        let method = self.http_method(operation)?;
        let rules = &self.dialect.idempotent;
        let takes_key = rules.is_empty() || self.matches_any(rules, operation);
        let request = self.operation_input(operation, method, takes_key);
        let output = self.operation_output(operation);
        let errors = self.operation_errors(operation);
        let host = self.operation_host(operation);
        let definition = &operation.definition;
        let OperationInput {
            path_params,
            path_styles,
            mut query,
            body,
            mut placed,
            media_type,
            idempotency_header,
            call_options,
        } = request?;
        let (output, accept) = output?;
        let security = self.operation_security(operation);
        let places = self.credential_places(&security);
        remove_credentials(&places, &mut query.fields, &mut placed);
        // Without rules only what the document declares: other servers ignore the key, and would
        // execute a repeated request twice.
        let has_key = takes_key && (!rules.is_empty() || idempotency_header.is_some());
        let prose = self.prose_markdown(definition.description.as_deref());
        let prose = prose.or_else(|| self.prose_markdown(definition.summary.as_deref()));
        Some(Endpoint {
            at: operation.at.clone(),
            id: operation.id.clone(),
            tags: definition.tags.clone(),
            method,
            path: operation.path.clone(),
            path_params,
            path_styles,
            query,
            body,
            placed,
            media_type,
            accept,
            auth: security.auth,
            security: security.alternatives,
            call_options,
            output,
            pages: None,
            errors: errors?,
            host: host?,
            idempotent_key: has_key,
            idempotency_header: other_idempotency_header(idempotency_header),
            is_repeatable: self.is_repeatable(operation, method),
            rate_class: self
                .first_match(&self.dialect.rate_classes, operation)
                .unwrap_or_else(|| DEFAULT_RATE_CLASS.to_owned()),
            timeout_secs: self.first_match(&self.dialect.timeouts, operation),
            explicit_version: self.first_match(&self.dialect.explicit_versions, operation),
            deprecation: legacy.deprecation_of(operation, self),
            doc: Doc {
                text: prose,
                ..Doc::default()
            },
        })
    }

    fn http_method(&mut self, operation: &SpecOperation) -> Option<HttpMethod> {
        let method = HttpMethod::from_name(&operation.method);
        if method.is_none() {
            self.report(Code::MethodUnsupported, &operation.at, operation.title());
        }
        method
    }

    /// Whether requests may be repeated without a key: by the rules of the dialect, or without any
    /// by the method.
    fn is_repeatable(&mut self, operation: &SpecOperation, method: HttpMethod) -> bool {
        let dialect = self.dialect;
        let is_stated = !dialect.repeatable.is_empty() || !dialect.idempotent.is_empty();
        match is_stated {
            true => self.matches_any(&dialect.repeatable, operation),
            // Reads are repeated in any case.
            false => matches!(method, HttpMethod::Put | HttpMethod::Delete),
        }
    }

    /// Whether a pattern matches. All that match are recorded as such.
    fn matches_any(
        &mut self,
        rules: &'a [DialectEntry<OperationPattern>],
        operation: &SpecOperation,
    ) -> bool {
        let mut found = false;
        for rule in rules {
            if rule.value.matches(&operation.method, &operation.path) {
                self.mark_matched(rule);
                found = true;
            }
        }
        found
    }

    /// The fact of the first pattern that matches. All that match are recorded as such.
    fn first_match<T: Clone>(
        &mut self,
        rules: &'a [DialectEntry<(OperationPattern, T)>],
        operation: &SpecOperation,
    ) -> Option<T> {
        let mut fact = None;
        for rule in rules {
            let (pattern, value) = &rule.value;
            if pattern.matches(&operation.method, &operation.path) {
                self.mark_matched(rule);
                fact.get_or_insert(value);
            }
        }
        fact.cloned()
    }

    /// The key of the host that serves the operation.
    fn operation_host(&mut self, operation: &SpecOperation) -> Option<String> {
        if operation.servers.is_empty() {
            if let Some(host) = self.first_match(&self.dialect.host_of, operation) {
                return Some(host);
            }
        }
        let own = operation.servers.first();
        let Some(url) = own.or(self.document.servers.first()) else {
            // Paths of a document without servers are relative to its own URL, which is unknown here.
            return Some(self.default_host());
        };
        let mut known = self.host_key(url);
        // So is a server without a host. The dialect states the whole URL.
        if known.is_none() && !url.contains("://") && !self.dialect.hosts.is_empty() {
            known = Some(self.default_host());
        }
        if known.is_none() {
            self.report(Code::HostUnknown, &operation.at, format!("`{url}`"));
        }
        known
    }
}
