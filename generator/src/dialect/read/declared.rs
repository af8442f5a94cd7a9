//! Operations that the document lacks.

use serde_json::{Map, Value};

use super::super::DeclaredOperation;
use super::super::sections::DeclaredText;
use crate::diag::{Code, SpecPath};

/// Methods that operations can have.
const METHODS: [&str; 3] = ["DELETE", "GET", "POST"];

impl super::DialectReader<'_> {
    /// Reads `[[operations]]`. What they refer to is checked with the document.
    pub(super) fn read_declared(&mut self, table: &Map<String, Value>, at: &SpecPath) {
        for (at, text) in self.read_list::<DeclaredText>(table, at, "operations") {
            let parts = text.operation.split_once(' ');
            let parts = parts.filter(|(method, path)| {
                METHODS.contains(method) && path.starts_with('/') && !path.contains([' ', '?', '#'])
            });
            let Some((method, path)) = parts else {
                let detail = format!("`{}` is not of the form `GET /path`", text.operation);
                let at = at.child("operation");
                self.sink.report(Code::DialectValue, &at, detail);
                continue;
            };
            let operation = DeclaredOperation {
                at: at.clone(),
                method: method.to_owned(),
                path: path.to_owned(),
                id: text.id,
                like: text.like.clone(),
                host: text.host,
                response: text.response,
                description: text.description,
            };
            // The entry matches if the operation that it is like does.
            let entry = self.add_entry(at, text.like, operation);
            self.dialect.operations.push(entry);
        }
    }
}
