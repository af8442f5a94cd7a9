//! Translates operations.

use super::context::NormalizeContext;
use super::legacy::LegacyTables;
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
    operations
        .into_iter()
        .filter_map(|o| context.translate_operation(o, &legacy))
        .collect()
}

impl<'a> NormalizeContext<'a> {
    fn translate_operation(
        &mut self,
        operation: &'a SpecOperation,
        legacy: &LegacyTables,
    ) -> Option<Endpoint> {
        let method = self.http_method(operation)?;
        let request = self.operation_input(operation, method);
        let output = self.operation_output(operation);
        let errors = self.operation_errors(operation);
        let host = self.operation_host(operation);
        let definition = &operation.definition;
        let OperationInput {
            path_params,
            query,
            body,
            call_options,
        } = request?;
        let prose = self.prose_markdown(definition.description.as_deref());
        let prose = prose.or_else(|| self.prose_markdown(definition.summary.as_deref()));
        Some(Endpoint {
            at: operation.at.clone(),
            id: operation.id.clone(),
            method,
            path: operation.path.clone(),
            path_params,
            query,
            body,
            call_options,
            output: output?,
            errors: errors?,
            host: host?,
            idempotent_key: self.has_idempotency_key(operation),
            is_repeatable: self.matches_any(&self.dialect.repeatable, operation),
            rate_class: self
                .first_match(&self.dialect.rate_classes, operation)
                .unwrap_or_else(|| DEFAULT_RATE_CLASS.to_owned()),
            timeout_secs: self.first_match(&self.dialect.timeouts, operation),
            explicit_version: self.first_match(&self.dialect.explicit_versions, operation),
            deprecation: legacy.deprecation_of(operation, self),
            doc: Doc {
                text: prose,
                max_length: None,
                list_path: None,
            },
        })
    }

    fn http_method(&mut self, operation: &SpecOperation) -> Option<HttpMethod> {
        match operation.method.as_str() {
            "GET" => Some(HttpMethod::Get),
            "POST" => Some(HttpMethod::Post),
            "DELETE" => Some(HttpMethod::Delete),
            _ => {
                self.report(Code::MethodUnsupported, &operation.at, operation.title());
                None
            }
        }
    }

    /// Whether requests have an idempotency key. Without rules every `POST` has one: servers ignore
    /// keys that they do not support.
    fn has_idempotency_key(&mut self, operation: &SpecOperation) -> bool {
        let rules = &self.dialect.idempotent;
        if rules.is_empty() {
            return operation.method == "POST";
        }
        self.matches_any(rules, operation)
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
            return Some(super::service::DEFAULT_HOST.to_owned());
        };
        let known = self.host_key(url);
        if known.is_none() {
            self.report(Code::HostUnknown, &operation.at, format!("`{url}`"));
        }
        known
    }
}
