//! Which lists are read in pages, and how.

use std::collections::BTreeMap;

use super::context::NormalizeContext;
use crate::api::{
    Component, Endpoint, HttpMethod, Paging, PagingStyle, ParamPlace, Scalar, Schema, ValueKind,
};
use crate::diag::{Code, SpecPath};
use crate::dialect::{PageRule, PageScope};

/// Why the description of pages does not fit an operation.
struct PageMisfit {
    /// The key of the entry that does not fit. Keys are checked in a fixed order.
    key: &'static str,
    step: usize,
    detail: String,
}

/// Sets how the pages of operations follow each other, as the dialect says. Entries that name
/// operations take precedence; of several the first counts.
pub(super) fn assign_pages(
    endpoints: &mut [Endpoint],
    components: &[Component],
    context: &mut NormalizeContext<'_>,
) {
    let schemas = components.iter().map(|it| (it.name.as_str(), &it.schema));
    let schemas = ListSchemas(schemas.collect());
    let rules = &context.dialect.pages;
    for rule in rules {
        if let PageScope::Stated(patterns) = &rule.scope {
            for entry in patterns {
                let (pattern, ()) = &entry.value;
                for endpoint in endpoints.iter_mut() {
                    if !pattern.matches(endpoint.method.as_str(), &endpoint.path) {
                        continue;
                    }
                    match schemas.check_fit(&rule.paging, endpoint) {
                        Ok(()) => {
                            context.mark_matched(entry);
                            endpoint.pages.get_or_insert_with(|| rule.paging.clone());
                        }
                        // Documents of other versions may have another list there.
                        Err(misfit) if context.is_expected(entry.id) => {
                            context.mark_matched(entry);
                            report_misfit(rule, endpoint, misfit, context);
                        }
                        Err(_) => {}
                    }
                }
            }
        }
    }
    for rule in rules {
        let PageScope::Fitting(entry) = &rule.scope else {
            continue;
        };
        let mut nearest: Option<(&Endpoint, PageMisfit)> = None;
        let mut fits_any = false;
        for endpoint in endpoints.iter_mut() {
            match schemas.check_fit(&rule.paging, endpoint) {
                Ok(()) => {
                    fits_any = true;
                    endpoint.pages.get_or_insert_with(|| rule.paging.clone());
                }
                Err(misfit) => {
                    if nearest.as_ref().is_none_or(|(_, it)| it.step < misfit.step) {
                        nearest = Some((endpoint, misfit));
                    }
                }
            }
        }
        match nearest {
            _ if fits_any => context.mark_matched(entry),
            Some((endpoint, misfit)) if context.is_expected(entry.id) => {
                context.mark_matched(entry);
                report_misfit(rule, endpoint, misfit, context);
            }
            _ => {}
        }
    }
}

fn report_misfit(
    rule: &PageRule,
    endpoint: &Endpoint,
    misfit: PageMisfit,
    context: &mut NormalizeContext<'_>,
) {
    let PageMisfit { key, detail, .. } = misfit;
    let title = format!("{} {}", endpoint.method.as_str(), endpoint.path);
    let at: SpecPath = match key {
        "" => rule.paging.at.clone(),
        key => rule.paging.at.child(key),
    };
    context.report(Code::DialectPages, &at, format!("`{title}`: {detail}"));
}

/// A key of an entry with its field, what that has to be, and whether a value is that.
type FieldCheck<'p> = (
    &'static str,
    Option<&'p Vec<String>>,
    &'static str,
    fn(&ValueKind) -> bool,
);

/// The components that answers refer to.
struct ListSchemas<'a>(BTreeMap<&'a str, &'a Schema>);

impl<'a> ListSchemas<'a> {
    /// Whether an operation has the parameters and fields of the pages, with their types.
    fn check_fit(&self, paging: &Paging, endpoint: &'a Endpoint) -> Result<(), PageMisfit> {
        let misfit = |key, step, detail: String| Err(PageMisfit { key, step, detail });
        if endpoint.method != HttpMethod::Get {
            return misfit("", 0, "only GET reads a list in pages".to_owned());
        }
        if matches!(endpoint.output.kind, ValueKind::Page(..)) {
            let detail = "its pages are those of an entry of `[[envelopes]]`";
            return misfit("", 0, detail.to_owned());
        }
        let (parameter, limit, next, takes_number) = match &paging.style {
            PagingStyle::Cursor { parameter, field } => (Some(parameter), None, Some(field), false),
            PagingStyle::Offset { parameter, limit } => {
                (Some(parameter), limit.as_ref(), None, true)
            }
            PagingStyle::Number { parameter, .. } => (Some(parameter), None, None, true),
            PagingStyle::Link => (None, None, None, false),
            PagingStyle::Url { field } => (None, None, Some(field), false),
        };
        let parameters = [("parameter", parameter), ("limit", limit)];
        for (step, (key, name)) in (1..).zip(parameters) {
            let Some(name) = name else { continue };
            if let Err(detail) = check_parameter(endpoint, name, takes_number) {
                return misfit(key, step, detail);
            }
        }
        if matches!(endpoint.output.kind, ValueKind::Optional(_)) {
            let detail =
                "its response may be null or have no body, and such lists are not read in pages";
            return misfit("", 3, detail.to_owned());
        }
        let is_url = matches!(paging.style, PagingStyle::Url { .. });
        let fields: [FieldCheck<'_>; 4] = [
            ("items", Some(&paging.items), "an array", |kind| {
                matches!(kind, ValueKind::List(_))
            }),
            if is_url {
                ("next", next, "text", is_text)
            } else {
                ("next", next, "text or a whole number", is_token)
            },
            (
                "has_more",
                Some(&paging.has_more),
                "true or false",
                |kind| matches!(kind, ValueKind::Scalar(Scalar::Boolean)),
            ),
            ("total", Some(&paging.total), "a whole number", |kind| {
                matches!(kind, ValueKind::Scalar(Scalar::Integer))
            }),
        ];
        for (step, (key, path, expected, is_right)) in (3..).zip(fields) {
            let Some(path) = path.filter(|path| key == "items" || !path.is_empty()) else {
                continue;
            };
            match self.follow_keys(&endpoint.output, path) {
                Ok(kind) if is_right(kind) => {}
                Ok(_) if path.is_empty() => {
                    let detail =
                        "its response is no array, so `items` has to name the field with it";
                    return misfit("", step, detail.to_owned());
                }
                Ok(_) => {
                    return misfit(key, step, format!("`{}` is not {expected}", path.join("/")));
                }
                Err(missing) => {
                    let detail = format!("its response has no field `{missing}`");
                    return misfit(key, step, detail);
                }
            }
        }
        Ok(())
    }

    /// The value that the keys lead to.
    ///
    /// # Errors
    /// Returns the keys up to the one that leads nowhere.
    fn follow_keys(&self, start: &'a Schema, keys: &[String]) -> Result<&'a ValueKind, String> {
        let mut here = self.resolve(&start.kind);
        for (index, key) in keys.iter().enumerate() {
            let field = match here {
                ValueKind::Record(record) => {
                    let mut fields = record.fields.iter();
                    fields.find(|field| field.wire == *key)
                }
                _ => None,
            };
            let Some(field) = field else {
                let known = keys.iter().take(index + 1).map(String::as_str);
                return Err(known.collect::<Vec<_>>().join("/"));
            };
            here = self.resolve(&field.schema.kind);
        }
        Ok(here)
    }

    fn resolve(&self, kind: &'a ValueKind) -> &'a ValueKind {
        match kind {
            ValueKind::Reference(name) => self.0.get(name.as_str()).map_or(kind, |it| &it.kind),
            kind => kind,
        }
    }
}

/// Whether the query of an operation has a parameter, for a number or for text.
fn check_parameter(endpoint: &Endpoint, name: &str, takes_number: bool) -> Result<(), String> {
    let mut all = endpoint.query.fields.iter();
    let found = all.find(|field| field.wire == name);
    let mut placed = endpoint.placed.iter();
    let is_elsewhere =
        placed.any(|param| param.wire == name && !matches!(param.place, ParamPlace::Query(_)));
    let Some(field) = found.filter(|_| !is_elsewhere) else {
        return Err(format!("its query has no parameter `{name}`"));
    };
    let kind = match &field.schema.kind {
        ValueKind::Clearable(inner) => &inner.kind,
        kind => kind,
    };
    let is_right = match takes_number {
        true => matches!(kind, ValueKind::Scalar(Scalar::Integer)),
        false => is_token(kind),
    };
    let expected = match takes_number {
        true => "a whole number",
        false => "text or a whole number",
    };
    match is_right {
        true => Ok(()),
        false => Err(format!("the parameter `{name}` is not {expected}")),
    }
}

fn is_text(kind: &ValueKind) -> bool {
    matches!(kind, ValueKind::Scalar(Scalar::String))
}

fn is_token(kind: &ValueKind) -> bool {
    let ValueKind::Scalar(scalar) = kind else {
        return false;
    };
    matches!(
        scalar,
        Scalar::String
            | Scalar::Integer
            | Scalar::IntegerText
            | Scalar::DateTime
            | Scalar::Timestamp
    )
}
