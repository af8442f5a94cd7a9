//! Single values: formats, enums, constants. The same in requests and responses.

use openapiv3::{
    IntegerFormat, IntegerType, NumberFormat, NumberType, SchemaData, StringFormat, StringType,
    VariantOrUnknownOrEmpty as Format,
};

use super::context::Context;
use crate::api::{Choice, Kind, Scalar};
use crate::diag::{Code, SpecPath};
use crate::dialect::FormatName;

/// Formats that common usage has added to the specification's own; all of them are plain text.
const TEXT_FORMATS: [&str; 8] = [
    "email", "hostname", "ipv4", "ipv6", "uri", "url", "uuid", "duration",
];

impl Context<'_> {
    /// A string: text, a special kind of text, or one of a list of values.
    pub(super) fn string(&mut self, text: &StringType, at: &SpecPath) -> Option<Kind> {
        self.ignored("pattern", text.pattern.is_some(), at);
        self.ignored("minLength", text.min_length.is_some(), at);
        if !text.enumeration.is_empty() {
            return self.choice(text, at);
        }
        let scalar = match &text.format {
            Format::Empty => Scalar::String,
            Format::Item(StringFormat::DateTime) => Scalar::DateTime,
            Format::Item(StringFormat::Binary) => Scalar::Binary,
            Format::Item(StringFormat::Date | StringFormat::Password | StringFormat::Byte) => {
                Scalar::String
            }
            Format::Unknown(name) => match self.format(name) {
                Some(FormatName::Text) => Scalar::String,
                Some(FormatName::Decimal) => Scalar::Decimal,
                None if TEXT_FORMATS.contains(&name.as_str()) => Scalar::String,
                Some(FormatName::Timestamp) | None => return self.unknown_format(name, at),
            },
        };
        Some(Kind::Scalar(scalar))
    }

    /// The values of an enum; the empty string is left out. No value left: nothing.
    fn choice(&mut self, text: &StringType, at: &SpecPath) -> Option<Kind> {
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
        let choice = Choice { values };
        Some(match self.sites.token(at) {
            Some(entry) => {
                self.matched_id(entry);
                Kind::Token(choice)
            }
            None => Kind::Choice(choice),
        })
    }

    /// The enum lists the empty string among other values.
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
            self.matched(clear);
        }
        found
    }

    /// An integer, or a point in time.
    pub(super) fn integer(&mut self, integer: &IntegerType, at: &SpecPath) -> Option<Kind> {
        self.ignored("minimum", integer.minimum.is_some(), at);
        self.ignored("maximum", integer.maximum.is_some(), at);
        self.ignored("multipleOf", integer.multiple_of.is_some(), at);
        if !integer.enumeration.is_empty() {
            self.report(Code::EnumValue, at, "a list of integers");
            return None;
        }
        let scalar = match &integer.format {
            Format::Empty | Format::Item(IntegerFormat::Int32 | IntegerFormat::Int64) => {
                Scalar::Integer
            }
            Format::Unknown(name) => match self.format(name) {
                Some(FormatName::Timestamp) => Scalar::Timestamp,
                _ => return self.unknown_format(name, at),
            },
        };
        Some(Kind::Scalar(scalar))
    }

    /// A floating-point number.
    pub(super) fn number(&mut self, number: &NumberType, at: &SpecPath) -> Option<Kind> {
        self.ignored("minimum", number.minimum.is_some(), at);
        self.ignored("maximum", number.maximum.is_some(), at);
        self.ignored("multipleOf", number.multiple_of.is_some(), at);
        if !number.enumeration.is_empty() {
            self.report(Code::EnumValue, at, "a list of numbers");
            return None;
        }
        match &number.format {
            Format::Empty | Format::Item(NumberFormat::Float | NumberFormat::Double) => {
                Some(Kind::Scalar(Scalar::Number))
            }
            Format::Unknown(name) => self.unknown_format(name, at),
        }
    }

    fn format(&mut self, name: &str) -> Option<FormatName> {
        let entry = self
            .dialect
            .formats
            .iter()
            .find(|entry| entry.value.0 == name)?;
        self.matched(entry);
        Some(entry.value.1)
    }

    fn unknown_format(&mut self, name: &str, at: &SpecPath) -> Option<Kind> {
        self.report(Code::UnknownFormat, at, format!("`{name}`"));
        None
    }

    /// Warns of a keyword that restricts values without changing their type.
    pub(super) fn ignored(&mut self, keyword: &str, present: bool, at: &SpecPath) {
        if present {
            self.report(
                Code::ConstraintIgnored,
                &at.child(keyword),
                format!("`{keyword}`"),
            );
        }
    }

    /// Keywords beside the type: those that change it are refused, those that restrict are noted.
    pub(super) fn data(&mut self, data: &SchemaData, at: &SpecPath) {
        self.ignored("default", data.default.is_some(), at);
        if data.discriminator.is_some() {
            let at = at.child("discriminator");
            self.report(Code::UnknownShape, &at, "a union with a discriminator");
        }
        let dialect = self.dialect;
        for entry in &dialect.other_markers {
            if data.extensions.contains_key(&entry.value) {
                self.matched(entry);
            }
        }
    }
}
