//! Operations.

use super::context::Context;
use super::legacy::Legacy;
use super::request::Request;
use crate::api::{Doc, Endpoint, Method};
use crate::diag::Code;
use crate::dialect::{DialectEntry, OperationPattern};
use crate::spec::SpecOperation;

/// The class of operations that no entry puts into another.
const DEFAULT_RATE_CLASS: &str = "default";

/// All operations, in document order.
pub(super) fn all(context: &mut Context<'_>, strict: bool) -> Vec<Endpoint> {
    let legacy = Legacy::new(context, strict);
    let document = context.document;
    document
        .operations
        .iter()
        .filter_map(|o| context.endpoint(o, &legacy))
        .collect()
}

impl<'a> Context<'a> {
    fn endpoint(&mut self, operation: &'a SpecOperation, legacy: &Legacy) -> Option<Endpoint> {
        let method = self.method(operation)?;
        let request = self.request(operation, method);
        let output = self.output(operation);
        let errors = self.errors(operation);
        let host = self.host(operation);
        let definition = &operation.definition;
        let Request {
            path_params,
            query,
            body,
            call_options,
        } = request?;
        let prose = self.prose(definition.description.as_deref());
        let prose = prose.or_else(|| self.prose(definition.summary.as_deref()));
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
            rate_class: self
                .first(&self.dialect.rate_classes, operation)
                .unwrap_or_else(|| DEFAULT_RATE_CLASS.to_owned()),
            timeout_secs: self.first(&self.dialect.timeouts, operation),
            deprecation: legacy.of(operation, self),
            doc: Doc {
                text: prose,
                max_length: None,
            },
        })
    }

    fn method(&mut self, operation: &SpecOperation) -> Option<Method> {
        match operation.method.as_str() {
            "GET" => Some(Method::Get),
            "POST" => Some(Method::Post),
            "DELETE" => Some(Method::Delete),
            _ => {
                self.report(Code::MethodUnsupported, &operation.at, operation.title());
                None
            }
        }
    }

    /// Without a rule every `POST` carries a key: sending one that is not looked at is harmless.
    fn has_idempotency_key(&mut self, operation: &SpecOperation) -> bool {
        let rules = &self.dialect.idempotent;
        if rules.is_empty() {
            return operation.method == "POST";
        }
        let mut found = false;
        for rule in rules {
            if rule.value.matches(&operation.method, &operation.path) {
                self.matched(rule);
                found = true;
            }
        }
        found
    }

    /// The fact of the first pattern that matches; the others that match count as used too.
    fn first<T: Clone>(
        &mut self,
        rules: &'a [DialectEntry<(OperationPattern, T)>],
        operation: &SpecOperation,
    ) -> Option<T> {
        let mut fact = None;
        for rule in rules {
            let (pattern, value) = &rule.value;
            if pattern.matches(&operation.method, &operation.path) {
                self.matched(rule);
                fact.get_or_insert(value);
            }
        }
        fact.cloned()
    }

    /// The key of the host that serves the operation.
    fn host(&mut self, operation: &SpecOperation) -> Option<String> {
        if operation.servers.is_empty() {
            if let Some(host) = self.first(&self.dialect.host_of, operation) {
                return Some(host);
            }
        }
        let own = operation.servers.first();
        let Some(url) = own.or(self.document.servers.first()) else {
            // A document without servers is relative to where it was found; the user knows.
            return Some(super::service::DEFAULT_HOST.to_owned());
        };
        let known = self.host_key(url);
        if known.is_none() {
            self.report(Code::HostUnknown, &operation.at, format!("`{url}`"));
        }
        known
    }
}
