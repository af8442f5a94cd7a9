//! Translates scalar values: formats, enums, constants. Requests and responses have the same rules.

use openapiv3::{
    IntegerFormat, IntegerType, NumberFormat, NumberType, SchemaData, StringFormat, StringType,
    VariantOrUnknownOrEmpty as Format,
};

use super::context::NormalizeContext;
use crate::api::{Choice, Scalar, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::dialect::FormatName;

/// Common formats that the specification does not define. All of them are plain text.
const TEXT_FORMATS: [&str; 8] = [
    "email", "hostname", "ipv4", "ipv6", "uri", "url", "uuid", "duration",
];

/// The format of text that contains a 64-bit integer, as in the registry of formats.
const INTEGER_FORMAT: &str = "int64";

impl NormalizeContext<'_> {
    /// A string: plain text, formatted text, or one of a list of values.
    pub(super) fn string_kind(&mut self, text: &StringType, at: &SpecPath) -> Option<ValueKind> {
        self.warn_ignored("pattern", text.pattern.is_some(), at);
        self.warn_ignored("minLength", text.min_length.is_some(), at);
        if !text.enumeration.is_empty() {
            return self.enum_kind(text, at);
        }
        let scalar = match &text.format {
            Format::Empty => Scalar::String,
            Format::Item(StringFormat::DateTime) => Scalar::DateTime,
            Format::Item(StringFormat::Binary) => Scalar::Binary,
            Format::Item(StringFormat::Date | StringFormat::Password | StringFormat::Byte) => {
                Scalar::String
            }
            Format::Unknown(name) => match self.dialect_format(name) {
                Some(FormatName::Text) => Scalar::String,
                Some(FormatName::Decimal) => Scalar::Decimal,
                None if TEXT_FORMATS.contains(&name.as_str()) => Scalar::String,
                None if name == INTEGER_FORMAT => Scalar::IntegerText,
                Some(FormatName::Timestamp) | None => return self.report_format(name, at),
            },
        };
        Some(ValueKind::Scalar(scalar))
    }

    /// The values of an enum without the empty string. An enum without other values is an error.
    fn enum_kind(&mut self, text: &StringType, at: &SpecPath) -> Option<ValueKind> {
        let clear = self.dialect.parameters.clear.as_ref();
        let empty = clear.map(|entry| entry.value.as_str());
        let mut values: Vec<String> = Vec::new();
        let mut repeated = 0;
        for value in &text.enumeration {
            match value {
                Some(value) if values.contains(value) => repeated += 1,
                Some(value) if Some(value.as_str()) == empty => {}
                Some(value) => values.push(value.clone()),
                None => {
                    self.report(Code::EnumValue, at, "`null`");
                    return None;
                }
            }
        }
        if repeated > 0 {
            self.report(
                Code::EnumDuplicate,
                at,
                format!("values to leave out: {repeated}"),
            );
        }
        if values.is_empty() {
            self.report(Code::UnknownShape, at, "an enum without a value");
            return None;
        }
        if let Some((entry, more)) = self.addresses.more_values(at) {
            self.mark_matched_id(entry);
            let more = more.into_iter().filter(|value| !values.contains(value));
            let more: Vec<_> = more.collect();
            values.extend(more);
        }
        let choice = Choice { values };
        Some(match self.addresses.token_entry(at) {
            Some(entry) => {
                self.mark_matched_id(entry);
                ValueKind::Token(choice)
            }
            None => ValueKind::Choice(choice),
        })
    }

    /// Whether the enum lists the empty string.
    pub(super) fn may_clear(&mut self, text: &StringType) -> bool {
        let Some(clear) = &self.dialect.parameters.clear else {
            return false;
        };
        let found = text
            .enumeration
            .iter()
            .flatten()
            .any(|value| *value == clear.value);
        if found {
            self.mark_matched(clear);
        }
        found
    }

    /// An integer or a timestamp.
    pub(super) fn integer_kind(
        &mut self,
        integer: &IntegerType,
        at: &SpecPath,
    ) -> Option<ValueKind> {
        self.warn_ignored("minimum", integer.minimum.is_some(), at);
        self.warn_ignored("maximum", integer.maximum.is_some(), at);
        self.warn_ignored("multipleOf", integer.multiple_of.is_some(), at);
        if !integer.enumeration.is_empty() {
            self.report(Code::EnumValue, at, "a list of integers");
            return None;
        }
        let scalar = match &integer.format {
            Format::Empty | Format::Item(IntegerFormat::Int32 | IntegerFormat::Int64) => {
                Scalar::Integer
            }
            Format::Unknown(name) => match self.dialect_format(name) {
                Some(FormatName::Timestamp) => Scalar::Timestamp,
                _ => return self.report_format(name, at),
            },
        };
        Some(ValueKind::Scalar(scalar))
    }

    /// A floating-point number.
    pub(super) fn number_kind(&mut self, number: &NumberType, at: &SpecPath) -> Option<ValueKind> {
        self.warn_ignored("minimum", number.minimum.is_some(), at);
        self.warn_ignored("maximum", number.maximum.is_some(), at);
        self.warn_ignored("multipleOf", number.multiple_of.is_some(), at);
        if !number.enumeration.is_empty() {
            self.report(Code::EnumValue, at, "a list of numbers");
            return None;
        }
        match &number.format {
            Format::Empty | Format::Item(NumberFormat::Float | NumberFormat::Double) => {
                Some(ValueKind::Scalar(Scalar::Number))
            }
            Format::Unknown(name) => self.report_format(name, at),
        }
    }

    fn dialect_format(&mut self, name: &str) -> Option<FormatName> {
        let entry = self
            .dialect
            .formats
            .iter()
            .find(|entry| entry.value.0 == name)?;
        self.mark_matched(entry);
        Some(entry.value.1)
    }

    fn report_format(&mut self, name: &str, at: &SpecPath) -> Option<ValueKind> {
        self.report(Code::UnknownFormat, at, format!("`{name}`"));
        None
    }

    /// Warns about a keyword that restricts values without changing their type.
    pub(super) fn warn_ignored(&mut self, keyword: &str, present: bool, at: &SpecPath) {
        if present {
            self.report(
                Code::ConstraintIgnored,
                &at.child(keyword),
                format!("`{keyword}`"),
            );
        }
    }

    /// Checks the keywords beside the type: those that change it are errors, those that only restrict
    /// values are warnings.
    pub(super) fn check_schema_data(&mut self, data: &SchemaData, at: &SpecPath) {
        self.warn_ignored("default", data.default.is_some(), at);
        if data.discriminator.is_some() && !self.is_tolerant() {
            let at = at.child("discriminator");
            self.report(Code::UnknownShape, &at, "a union with a discriminator");
        }
        let dialect = self.dialect;
        for entry in &dialect.other_markers {
            if data.extensions.contains_key(&entry.value) {
                self.mark_matched(entry);
            }
        }
    }
}
