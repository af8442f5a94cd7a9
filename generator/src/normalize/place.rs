//! Decides where parameters outside of the path travel, and how lists and objects are written.

use openapiv3::{ParameterData, QueryStyle as Style};

use super::context::NormalizeContext;
use crate::api::{AuthScheme, FieldSchema, ParamPlace, PlacedParam, QueryStyle, Scalar, ValueKind};
use crate::diag::{Code, SpecPath};

/// The name of the header that most APIs read idempotency keys from.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

impl NormalizeContext<'_> {
    /// The place of a parameter in the query; `None` if it is the default one.
    pub(super) fn query_place(
        &mut self,
        field: &FieldSchema,
        data: &ParameterData,
        style: &Style,
        at: &SpecPath,
    ) -> Option<ParamPlace> {
        let kind = &field.schema.kind;
        if matches!(style, Style::DeepObject) || is_flat(kind) {
            return None;
        }
        if !is_flat_composite(kind) {
            let detail = "lists in lists, and objects in lists or objects, have no such style";
            self.report(Code::ParameterStyle, at, detail);
            return None;
        }
        let is_list = matches!(kind, ValueKind::List(_));
        // Pairs are the default of `form`, and one value that of all others.
        let is_exploded = data.explode.unwrap_or(matches!(style, Style::Form));
        Some(ParamPlace::Query(match (style, is_list, is_exploded) {
            (_, true, true) => QueryStyle::Repeated,
            (Style::Form, false, true) => QueryStyle::Properties,
            (Style::SpaceDelimited, ..) => QueryStyle::Space,
            (Style::PipeDelimited, ..) => QueryStyle::Pipe,
            _ => QueryStyle::Comma,
        }))
    }

    /// Takes the header that the operation declares for an idempotency key out of the parameters.
    /// Returns its name, if it is not the usual one.
    pub(super) fn take_idempotency_header(
        &mut self,
        fields: &mut Vec<FieldSchema>,
        placed: &mut Vec<PlacedParam>,
    ) -> Option<String> {
        let is_key = |param: &PlacedParam| {
            is_header(Some(&param.place)) && is_idempotency_header(param.sent_name())
        };
        let index = placed.iter().position(is_key)?;
        let param = placed.remove(index);
        fields.retain(|field| field.wire != param.wire);
        Some(param.sent_name.unwrap_or(param.wire))
    }
}

/// Removes parameters that are the credential, which the client sends by itself.
pub(super) fn remove_credentials(
    auth: &[AuthScheme],
    fields: &mut Vec<FieldSchema>,
    placed: &mut Vec<PlacedParam>,
) {
    for scheme in auth {
        let is_credential = |wire: &str, place: Option<&ParamPlace>| match scheme {
            AuthScheme::Header(name) => is_header(place) && wire.eq_ignore_ascii_case(name),
            AuthScheme::Cookie(name) => {
                let is_cookie = matches!(place, Some(ParamPlace::Cookie | ParamPlace::JsonCookie));
                is_cookie && wire == name
            }
            AuthScheme::Query(name) => {
                matches!(place, None | Some(ParamPlace::Query(_))) && wire == name
            }
            AuthScheme::Bearer | AuthScheme::Basic => {
                is_header(place) && wire.eq_ignore_ascii_case("Authorization")
            }
            AuthScheme::None => false,
        };
        fields.retain(|field| {
            let place = placed.iter().find(|param| param.wire == field.wire);
            let sent_name = place.map_or(&*field.wire, PlacedParam::sent_name);
            !is_credential(sent_name, place.map(|param| &param.place))
        });
        placed.retain(|param| !is_credential(param.sent_name(), Some(&param.place)));
    }
}

/// Whether a parameter is a header, also one whose value is JSON.
fn is_header(place: Option<&ParamPlace>) -> bool {
    matches!(place, Some(ParamPlace::Header | ParamPlace::JsonHeader))
}

/// Whether a header is the one of idempotency keys: `Idempotency-Key`, also with another case,
/// with `X-` or without the hyphen.
fn is_idempotency_header(name: &str) -> bool {
    let plain = name.to_ascii_lowercase().replace(['-', '_'], "");
    plain.strip_prefix('x').unwrap_or(&plain) == "idempotencykey"
}

/// A header of idempotency keys that the runtime does not use by itself.
pub(super) fn other_idempotency_header(name: Option<String>) -> Option<String> {
    name.filter(|name| !name.eq_ignore_ascii_case(IDEMPOTENCY_KEY))
}

/// Whether the value is sent as one `name=value`.
pub(super) fn is_flat(kind: &ValueKind) -> bool {
    match kind {
        ValueKind::Scalar(scalar) => *scalar != Scalar::Binary,
        ValueKind::Choice(_) | ValueKind::Token(_) | ValueKind::Constant(_) => true,
        ValueKind::Clearable(inner) | ValueKind::KeywordOr(_, inner) => is_flat(&inner.kind),
        _ => false,
    }
}

/// Whether the value is a list, map or object of values that are each one `name=value`.
pub(super) fn is_flat_composite(kind: &ValueKind) -> bool {
    match kind {
        ValueKind::List(inner) | ValueKind::Map(inner) => is_flat(&inner.kind),
        ValueKind::Record(record) => {
            let mut fields = record.fields.iter();
            fields.all(|field| is_flat(&field.schema.kind))
        }
        _ => false,
    }
}
