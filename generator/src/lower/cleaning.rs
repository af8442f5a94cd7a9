//! Removes keywords that OpenAPI 3.0 does not have, and corrects values of the wrong type.

use serde_json::{Map, Value};

use super::any_value::{any_value, degraded_value, reference_target};
use super::references::kind_of_rule;
use super::report::{LowerReport, short_text};
use super::requirements::clean_requirements;
use super::schema_keywords::{JSON_SCHEMA, replace_new_keywords, wrap_reference};
use super::version::SourceVersion;
use super::visit::ORIGIN;
use crate::diag::{Code, SpecPath, Trail};
use crate::spec::grammar::{
    DOCUMENT, INFO, OPERATION, ObjectRule, PATH_ITEM, REQUEST_BODY, RESPONSE, SCHEMA, ValueRule,
};

/// Makes the document follow the table of keywords.
pub(super) fn clean_document(
    document: &mut Value,
    version: SourceVersion,
    report: &mut LowerReport<'_>,
) {
    let mut cleaner = DocumentCleaner { version, report };
    cleaner.clean_object(&DOCUMENT, document, &Trail::ROOT);
}

struct DocumentCleaner<'r, 's> {
    version: SourceVersion,
    report: &'r mut LowerReport<'s>,
}

impl DocumentCleaner<'_, '_> {
    /// Corrects a value. `false` if it must be left out, which has been reported.
    fn clean_value(&mut self, rule: ValueRule, value: &mut Value, trail: &Trail<'_>) -> bool {
        match rule {
            ValueRule::Any => true,
            ValueRule::Text | ValueRule::Flag | ValueRule::Number => {
                self.clean_scalar(rule, value, trail)
            }
            ValueRule::Texts => self.clean_list(ValueRule::Text, value, trail),
            ValueRule::ListOf(inner) => self.clean_list(*inner, value, trail),
            ValueRule::MapOf(inner) => self.clean_map(*inner, value, trail, false),
            ValueRule::OpenMapOf(inner) => self.clean_map(*inner, value, trail, true),
            ValueRule::FlagOrSchema if value.is_boolean() => true,
            ValueRule::FlagOrSchema => self.clean_schema(value, trail),
            ValueRule::OrReference(rule) if std::ptr::eq(rule, &SCHEMA) => {
                self.clean_schema(value, trail)
            }
            ValueRule::OrReference(rule) if reference_target(value).is_some() => {
                self.clean_reference(rule, value, trail)
            }
            ValueRule::OrReference(rule) | ValueRule::Object(rule) => {
                self.clean_object(rule, value, trail)
            }
        }
    }

    fn clean_scalar(&mut self, rule: ValueRule, value: &mut Value, trail: &Trail<'_>) -> bool {
        let corrected = match (rule, &*value) {
            (ValueRule::Text, Value::String(_))
            | (ValueRule::Flag, Value::Bool(_))
            | (ValueRule::Number, Value::Number(_)) => return true,
            (ValueRule::Text, Value::Number(number)) => Some(Value::from(number.to_string())),
            (ValueRule::Text, Value::Bool(flag)) => Some(Value::from(flag.to_string())),
            (ValueRule::Flag, Value::String(text)) => text.trim().parse().ok().map(Value::Bool),
            (ValueRule::Number, Value::String(text)) => {
                let number: Option<Value> = serde_json::from_str(text.trim()).ok();
                number.filter(Value::is_number)
            }
            _ => None,
        };
        self.report
            .warn_at(Code::ValueCorrected, trail, short_text(value));
        corrected.is_some_and(|corrected| {
            *value = corrected;
            true
        })
    }

    fn clean_list(&mut self, inner: ValueRule, value: &mut Value, trail: &Trail<'_>) -> bool {
        let Value::Array(items) = value else {
            let detail = format!("expected a list: {}", short_text(value));
            self.report.warn_at(Code::ValueCorrected, trail, detail);
            return false;
        };
        let mut index = 0;
        items.retain_mut(|item| {
            let here = trail.item_child(index);
            index += 1;
            self.clean_value(inner, item, &here)
        });
        true
    }

    fn clean_map(
        &mut self,
        inner: ValueRule,
        value: &mut Value,
        trail: &Trail<'_>,
        is_open: bool,
    ) -> bool {
        let Value::Object(map) = value else {
            let detail = format!("expected a mapping: {}", short_text(value));
            self.report.warn_at(Code::ValueCorrected, trail, detail);
            return false;
        };
        map.retain(|key, child| {
            (is_open && key.starts_with("x-"))
                || self.clean_value(inner, child, &trail.key_child(key))
        });
        true
    }

    fn clean_object(
        &mut self,
        rule: &'static ObjectRule,
        value: &mut Value,
        trail: &Trail<'_>,
    ) -> bool {
        if value.is_null() && rule.required.is_empty() {
            self.report.warn_at(Code::ValueCorrected, trail, "`null`");
            *value = Value::Object(Map::new());
        }
        let origin = value.get(ORIGIN).and_then(Value::as_str);
        let origin = origin.and_then(SpecPath::parse);
        let rebased = origin.as_ref().map(Trail::at_pointer);
        let trail = rebased.as_ref().unwrap_or(trail);
        let Value::Object(map) = value else {
            let detail = format!("expected {}: {}", rule.name, short_text(value));
            self.report.warn_at(Code::ValueCorrected, trail, detail);
            return false;
        };
        map.retain(|key, child| self.clean_keyword(rule, key, child, trail));
        for key in rule.required {
            if map.contains_key(*key) {
                continue;
            }
            let detail = format!("{} needs `{key}`", rule.name);
            self.report.warn_at(Code::ValueCorrected, trail, detail);
            match missing_value(rule, key) {
                Some(value) => _ = map.insert((*key).to_owned(), value),
                None => return false,
            }
        }
        true
    }

    /// Corrects the value of a keyword. `false` if the keyword must be left out.
    fn clean_keyword(
        &mut self,
        rule: &'static ObjectRule,
        key: &str,
        value: &mut Value,
        trail: &Trail<'_>,
    ) -> bool {
        let is_schema = std::ptr::eq(rule, &SCHEMA);
        let Some((_, inner)) = rule.keys.iter().find(|(name, _)| *name == key) else {
            if key.starts_with("x-") {
                return true;
            }
            let is_known = is_schema && JSON_SCHEMA.contains(&key);
            let is_known = is_known || (std::ptr::eq(rule, &INFO) && key == "summary");
            let code = match is_known {
                true => Code::KeywordIgnored,
                false => Code::KeywordUnknown,
            };
            let detail = format!("`{key}` in {}", rule.name);
            self.report.warn_keyword(code, trail, key, detail);
            return false;
        };
        let here = trail.key_child(key);
        if self.is_unread_part(rule, key, value, &here) {
            return false;
        }
        if matches!(inner, ValueRule::Any) {
            return true;
        }
        if key == "security" {
            return clean_requirements(value, &here, self.report);
        }
        if value.is_null() && !is_path(rule) && !(is_schema && key == "items") {
            self.report.warn_at(Code::ValueCorrected, &here, "`null`");
            return false;
        }
        self.clean_value(*inner, value, &here)
    }

    /// Parts that nothing is generated from. They are left out, because the typed reader would read
    /// them.
    fn is_unread_part(
        &mut self,
        rule: &'static ObjectRule,
        key: &str,
        value: &Value,
        here: &Trail<'_>,
    ) -> bool {
        let is = |other: &'static ObjectRule| std::ptr::eq(rule, other);
        if (is(&OPERATION) && key == "callbacks") || (is(&RESPONSE) && key == "links") {
            if value.as_object().is_none_or(|map| !map.is_empty()) {
                let detail = format!("`{key}` are not generated");
                self.report.warn_at(Code::PartLeftOut, here, detail);
            }
            return true;
        }
        if key != "examples" || is(&SCHEMA) {
            return false;
        }
        let is_mapping = |value: &Value| value.is_object();
        let is_right = value
            .as_object()
            .is_some_and(|map| map.values().all(is_mapping));
        if !is_right {
            self.report
                .warn_at(Code::ValueCorrected, here, "`examples`");
        }
        !is_right
    }

    /// A schema is never left out: one that is not understood is any JSON.
    fn clean_schema(&mut self, value: &mut Value, trail: &Trail<'_>) -> bool {
        let is_reference = reference_target(value).is_some();
        match value {
            Value::Object(map) if is_reference => {
                if map.len() > 1 {
                    self.clean_siblings(map, trail);
                }
                if !map.contains_key("$ref") {
                    return self.clean_schema(value, trail);
                }
                if !self.clean_reference(&SCHEMA, value, trail) {
                    *value = degraded_value(Code::AnyValue);
                }
            }
            Value::Object(map) => {
                if !map.get("$ref").is_none_or(Value::is_object) {
                    let detail = "`$ref` must be text";
                    self.report
                        .warn_keyword(Code::ValueCorrected, trail, "$ref", detail);
                    map.shift_remove("$ref");
                }
                let origin = map.get(ORIGIN).and_then(Value::as_str);
                let origin = origin.and_then(SpecPath::parse);
                let rebased = origin.as_ref().map(Trail::at_pointer);
                let trail = rebased.as_ref().unwrap_or(trail);
                replace_new_keywords(map, trail, self.report);
                self.clean_object(&SCHEMA, value, trail);
            }
            Value::Bool(true) => *value = any_value(),
            other => {
                let code = match other {
                    Value::Bool(_) => Code::AnyValue,
                    _ => Code::ValueCorrected,
                };
                self.report.warn_at(code, trail, short_text(other));
                *other = degraded_value(code);
            }
        }
        true
    }

    /// The keywords beside the reference of a schema.
    fn clean_siblings(&mut self, map: &mut Map<String, Value>, trail: &Trail<'_>) {
        let is_new = self.version == SourceVersion::ThreeOne;
        let keep = |key: &str| match key {
            "nullable" | "description" | "deprecated" | "readOnly" | "writeOnly" => true,
            "title" | "default" | "example" | "examples" | "summary" => false,
            key => is_new && !key.starts_with("x-"),
        };
        wrap_reference(map, keep, trail, self.report);
    }

    /// A reference to a component. `false` if it leaves the document.
    fn clean_reference(
        &mut self,
        rule: &'static ObjectRule,
        value: &mut Value,
        trail: &Trail<'_>,
    ) -> bool {
        let Value::Object(map) = value else {
            return true;
        };
        map.retain(|key, _| {
            let is_reference = key == "$ref";
            if !is_reference && !key.starts_with("x-") {
                let detail = format!("`{key}`");
                self.report
                    .warn_keyword(Code::SiblingIgnored, trail, key, detail);
            }
            is_reference
        });
        let Some(target) = map.get("$ref").and_then(Value::as_str) else {
            return true;
        };
        let kind = kind_of_rule(rule).unwrap_or_default();
        let is_inside = match target.strip_prefix("#/components/") {
            Some(rest) => rest
                .strip_prefix(kind)
                .is_some_and(|rest| rest.starts_with('/')),
            // It leads nowhere; `spec` reports that.
            None => target.starts_with('#'),
        };
        if !is_inside {
            let code = match std::ptr::eq(rule, &SCHEMA) {
                true => Code::AnyValue,
                false => Code::PartLeftOut,
            };
            let detail = format!("the reference `{target}`");
            self.report.warn_at(code, trail, detail);
        }
        is_inside
    }
}

/// Whether null stands for something without content.
fn is_path(rule: &'static ObjectRule) -> bool {
    std::ptr::eq(rule, &PATH_ITEM)
}

/// The value of a required keyword that is missing.
fn missing_value(rule: &'static ObjectRule, key: &str) -> Option<Value> {
    match key {
        "content" if std::ptr::eq(rule, &REQUEST_BODY) => Some(Value::Object(Map::new())),
        "title" | "version" if std::ptr::eq(rule, &INFO) => Some(Value::from("0")),
        "info" | "paths" => Some(Value::Object(Map::new())),
        _ => None,
    }
}
