//! Reads `[[pages]]`: how the pages of lists follow each other.

use serde_json::{Map, Value};

use super::super::sections::{PageFields, PagesText};
use super::super::{PageRule, PageScope};
use crate::api::{Paging, PagingStyle};
use crate::diag::{Code, SpecPath};

impl super::DialectReader<'_> {
    pub(super) fn read_pages(&mut self, table: &Map<String, Value>, at: &SpecPath) {
        for (at, text) in self.read_list::<PagesText>(table, at, "pages") {
            let (name, style, fields) = self.page_style(&at, text);
            let paging = Paging {
                at: at.clone(),
                style,
                items: self.field_keys(&at, "items", fields.items),
                has_more: self.field_keys(&at, "has_more", fields.has_more),
                total: self.field_keys(&at, "total", fields.total),
            };
            let scope = match fields.operations {
                Some(patterns) => {
                    let at = at.child("operations");
                    let entries = self.add_patterns(&at, patterns, &());
                    PageScope::Stated(entries)
                }
                None => PageScope::Fitting(self.add_entry(at, name, ())),
            };
            self.dialect.pages.push(PageRule { paging, scope });
        }
    }

    fn page_style(
        &mut self,
        at: &SpecPath,
        text: PagesText,
    ) -> (&'static str, PagingStyle, PageFields) {
        match text {
            PagesText::Cursor {
                parameter,
                next,
                items,
                has_more,
                operations,
            } => {
                let field = self.field_keys(at, "next", Some(next));
                let style = PagingStyle::Cursor { parameter, field };
                (
                    "cursor",
                    style,
                    PageFields::new(items, has_more, None, operations),
                )
            }
            PagesText::Offset {
                parameter,
                limit,
                items,
                has_more,
                total,
                operations,
            } => {
                let style = PagingStyle::Offset { parameter, limit };
                (
                    "offset",
                    style,
                    PageFields::new(items, has_more, total, operations),
                )
            }
            PagesText::Page {
                parameter,
                first,
                items,
                has_more,
                total,
                operations,
            } => {
                let first = first.unwrap_or(1);
                let style = PagingStyle::Number { parameter, first };
                (
                    "page",
                    style,
                    PageFields::new(items, has_more, total, operations),
                )
            }
            PagesText::Link { items, operations } => {
                let fields = PageFields::new(items, None, None, operations);
                ("link", PagingStyle::Link, fields)
            }
            PagesText::NextUrl {
                next,
                items,
                has_more,
                operations,
            } => {
                let field = self.field_keys(at, "next", Some(next));
                let fields = PageFields::new(items, has_more, None, operations);
                ("next_url", PagingStyle::Url { field }, fields)
            }
        }
    }

    /// The keys that lead to a field; none without a field.
    fn field_keys(&mut self, at: &SpecPath, key: &str, text: Option<String>) -> Vec<String> {
        let Some(text) = text else {
            return Vec::new();
        };
        let keys: Vec<String> = text.split('/').map(str::to_owned).collect();
        if keys.iter().any(String::is_empty) {
            let detail = format!("`{text}` is no field; one in another is written `field/field`");
            self.sink.report(Code::DialectValue, &at.child(key), detail);
        }
        keys
    }
}
