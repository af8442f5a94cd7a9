//! The whole document and its dialect: the counts that were measured independently.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use super::{DiagnosticSink, Dialect, Document, SourceFile, normalize_document};
use crate::api::{
    Api, Constant, Encoding, ErrorFacts, FieldSchema, HttpMethod, Scalar, Schema, ValueKind,
};

/// How often each kind occurs, by name.
type Census = BTreeMap<String, usize>;

/// Reading takes seconds without optimisation, and the tests only look at it.
static STRIPE: LazyLock<Api> = LazyLock::new(read);

fn read() -> Api {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let mut sink = DiagnosticSink::new();
    let source = SourceFile::load(&specs.join("stripe.yaml"), &mut sink).unwrap();
    let document = Document::load(&source, &mut sink).unwrap();
    let source = SourceFile::load(&specs.join("stripe.toml"), &mut sink).unwrap();
    let dialect = Dialect::load(&source, &mut sink).unwrap();
    let api = normalize_document(&document, &dialect, None, &mut sink);
    assert!(sink.all().is_empty(), "{:?}", sink.all());
    api.unwrap()
}

fn count(schema: &Schema, census: &mut Census) {
    *census.entry(name(&schema.kind)).or_default() += 1;
    match &schema.kind {
        ValueKind::Record(record) => fields(&record.fields, census),
        ValueKind::List(inner)
        | ValueKind::Map(inner)
        | ValueKind::Clearable(inner)
        | ValueKind::Page(_, inner) => {
            count(inner, census);
        }
        ValueKind::KeywordOr(_, inner) | ValueKind::Range(inner) | ValueKind::TokenOr(inner) => {
            count(inner, census);
        }
        ValueKind::Either(all) => all.iter().for_each(|schema| count(schema, census)),
        _ => {}
    }
}

fn fields(fields: &[FieldSchema], census: &mut Census) {
    fields.iter().for_each(|field| count(&field.schema, census));
}

fn name(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Scalar(scalar) => format!("{scalar:?}"),
        ValueKind::Choice(_) => "Choice".to_owned(),
        ValueKind::Token(_) => "Token".to_owned(),
        ValueKind::Constant(Constant::String(_)) => "Tag".to_owned(),
        ValueKind::Constant(Constant::True) => "True".to_owned(),
        ValueKind::Record(record) if record.fields.is_empty() => "Marker".to_owned(),
        ValueKind::Record(_) => "Record".to_owned(),
        ValueKind::List(_) => "List".to_owned(),
        ValueKind::Map(_) => "Map".to_owned(),
        ValueKind::Union(members) => {
            let deleted = members.iter().filter(|member| member.deleted).count();
            format!("Union {} + {deleted}", members.len() - deleted)
        }
        ValueKind::Either(_) => "Either".to_owned(),
        ValueKind::Reference(_) => "Reference".to_owned(),
        ValueKind::Expandable(inner) => format!("Expandable {}", name(&inner.kind)),
        ValueKind::Clearable(inner) => format!("Clearable {}", name(&inner.kind)),
        ValueKind::KeywordOr(_, inner) => format!("KeywordOr {}", name(&inner.kind)),
        ValueKind::Range(inner) => format!("Range {}", name(&inner.kind)),
        ValueKind::TokenOr(_) => "TokenOr".to_owned(),
        ValueKind::Page(style, _) => format!("Page {style:?}"),
        ValueKind::Raw(_) => "Raw".to_owned(),
        ValueKind::Nothing => "Nothing".to_owned(),
    }
}

fn expect(census: &Census, expected: &[(&str, usize)]) {
    for (name, count) in expected {
        assert_eq!(census.get(*name), Some(count), "{name}");
    }
}

#[test]
fn responses_are_counted() {
    let api = &*STRIPE;
    assert_eq!(api.components.len(), 1468 - 136 - 1);
    assert_eq!(api.components.iter().filter(|c| c.is_resource).count(), 164);
    let mut census = Census::new();
    api.components
        .iter()
        .for_each(|c| count(&c.schema, &mut census));
    expect(
        &census,
        &[
            ("Expandable Reference", 159 + 85 + 5 + 3),
            ("Expandable Union 1 + 1", 21 + 13 + 6),
            ("Expandable Union 3 + 0", 3),
            ("Expandable Union 16 + 0", 1),
            ("Expandable Union 2 + 2", 1),
            // Five written out in fields and four components, less `api_errors.source`.
            ("Union 2 + 0", 2),
            ("Union 0 + 2", 2),
            ("Union 3 + 0", 1),
            ("Union 4 + 0", 1),
            ("Tag", 179),
            ("True", 24),
            ("Marker", 90),
            ("Map", 100),
            ("Page Cursor", 23),
            ("Timestamp", 281),
            ("DateTime", 28),
            ("Decimal", 26),
            ("Integer", 430),
            ("Number", 24),
            ("Raw", 10),
            // Without the flags and tags of embedded lists, and without the error components.
            ("Boolean", 403 - 23),
            ("Choice", 1422 - 179 - 23 - 135 - 2),
        ],
    );
}

#[test]
fn parameters_are_counted() {
    let api = &*STRIPE;
    let mut census = Census::new();
    for endpoint in &api.endpoints {
        fields(&endpoint.query.fields, &mut census);
        if let Some((_, record)) = &endpoint.body {
            fields(&record.fields, &mut census);
        }
    }
    expect(
        &census,
        &[
            // With the six nullable metadata values of v2.
            ("Clearable String", 1 + 343 + 6),
            // With the two merged objects.
            ("Clearable Record", 329 + 2),
            ("Clearable Marker", 18),
            ("Clearable Map", 102 + 1 + 1),
            ("Clearable List", 2 + 61 + 2 + 59 + 16),
            ("Clearable Integer", 39),
            ("Clearable Timestamp", 21),
            ("Clearable Number", 14),
            ("Clearable Boolean", 2),
            ("Clearable Choice", 190),
            ("Clearable KeywordOr Timestamp", 2 + 2 + 3),
            ("KeywordOr Timestamp", 7 + 7 + 2 + 2 + 2 + 3 + 1),
            ("KeywordOr Integer", 5 + 2),
            ("KeywordOr Boolean", 2),
            // The one range of amounts is that of top-ups.
            ("Range Timestamp", 59),
            ("Range Integer", 1),
            ("TokenOr", 15),
            ("Either", 1),
            ("Token", 2),
            ("DateTime", 14 + 4),
            ("Decimal", 88 + 2),
            ("Binary", 1),
        ],
    );
    // All 237 unix-time nodes, and the exact values of ranges.
    assert_eq!(census["Timestamp"], 175 + 4 + 59);
}

#[test]
fn operations_are_counted() {
    let api = &*STRIPE;
    let of = |method| api.endpoints.iter().filter(|e| e.method == method).count();
    assert_eq!(
        [
            of(HttpMethod::Post),
            of(HttpMethod::Get),
            of(HttpMethod::Delete)
        ],
        [310, 273, 34]
    );
    let outputs = api.endpoints.iter().map(|e| name(&e.output.kind));
    let census = outputs.fold(Census::new(), |mut census, name| {
        *census.entry(name).or_default() += 1;
        census
    });
    expect(
        &census,
        &[
            ("Page Cursor", 122),
            ("Page Search", 7),
            ("Page Url", 4),
            ("Binary", 1),
            ("Nothing", 1),
            ("Union 1 + 1", 7),
            ("Union 4 + 2", 3),
            // Two more of the five are items of pages.
            ("Union 3 + 0", 3),
            ("Reference", 445 + 24),
        ],
    );
    let bodies = |wire| {
        api.endpoints
            .iter()
            .filter(|e| e.body.as_ref().is_some_and(|b| b.0 == wire))
            .count()
    };
    assert_eq!(bodies(Encoding::Form), 293 - 51 - 1);
    // Thirteen have fields; four are sent as an empty object.
    assert_eq!(
        (bodies(Encoding::Json), bodies(Encoding::Multipart)),
        (13 + 4, 1)
    );
    assert_eq!(
        api.endpoints
            .iter()
            .map(|e| e.path_params.len())
            .sum::<usize>(),
        458
    );
    assert_eq!(
        api.endpoints
            .iter()
            .filter(|e| e.call_options.is_empty())
            .count(),
        26 + 29
    );
    assert_eq!(
        api.endpoints
            .iter()
            .filter(|e| e.deprecation.is_some())
            .count(),
        56 + 2
    );
    assert_eq!(api.endpoints.iter().filter(|e| e.host != "api").count(), 3);
}

#[test]
fn failures_of_v2_are_counted() {
    let api = &*STRIPE;
    let codes = api
        .endpoints
        .iter()
        .filter_map(|endpoint| match &endpoint.errors {
            ErrorFacts::Codes(codes) => Some(codes.len()),
            ErrorFacts::Common => None,
        });
    let codes: Vec<_> = codes.collect();
    assert_eq!((codes.len(), codes.iter().sum::<usize>()), (29, 369 - 29));
    assert_eq!(api.error_object.as_deref(), Some("api_errors"));
}

#[test]
fn relaxed_fields_are_optional() {
    let api = &*STRIPE;
    for (component, field) in [
        ("payment_method_options_bancontact", "preferred_language"),
        ("payment_method_options_boleto", "expires_after_days"),
        ("payment_method_options_oxxo", "expires_after_days"),
    ] {
        let found = api.components.iter().find(|c| c.name == component).unwrap();
        let ValueKind::Record(record) = &found.schema.kind else {
            panic!()
        };
        let field = record.fields.iter().find(|f| f.wire == field).unwrap();
        assert!(!field.required, "{component}");
    }
}

#[test]
fn every_event_type_is_known() {
    let api = &*STRIPE;
    let events = api.events.as_ref().unwrap();
    assert_eq!(events.types.len(), 246);
    let untyped = events.types.iter().filter(|event| event.objects.is_empty());
    let untyped: Vec<_> = untyped.map(|event| event.name.as_str()).collect();
    assert_eq!(
        untyped,
        [
            "billing.alert.triggered",
            "entitlements.active_entitlement_summary.updated"
        ]
    );
    let tags = |name: &str| {
        let mut types = events.types.iter();
        types.find(|e| e.name == name).unwrap().objects.join(" ")
    };
    assert_eq!(tags("customer.subscription.trial_will_end"), "subscription");
    assert_eq!(
        tags("issuing_authorization.request"),
        "issuing.authorization"
    );
    assert_eq!(
        tags("customer.source.expiring"),
        "account bank_account card source"
    );
    assert_eq!(tags("charge.dispute.closed"), "dispute");
    assert_eq!(tags("account.application.deauthorized"), "application");
    assert_eq!(events.notifications.len(), 24);
    assert_eq!(events.list.as_deref(), Some("GetEvents"));
    assert!(events.notification_operations.is_some());
    assert!(events.endpoint.is_some());
    assert!(events.envelope.is_some());
}

#[test]
fn body_of_a_delete_is_in_the_query() {
    let api = &*STRIPE;
    let deletes = api
        .endpoints
        .iter()
        .filter(|e| e.method == HttpMethod::Delete);
    let with_parameters: Vec<_> = deletes.filter(|e| !e.query.fields.is_empty()).collect();
    assert!(with_parameters.iter().all(|e| e.body.is_none()));
    let cancel = api
        .endpoints
        .iter()
        .find(|e| e.id == "DeleteSubscriptionsSubscriptionExposedId");
    let fields = &cancel.unwrap().query.fields;
    assert!(fields.iter().any(|f| f.wire == "prorate"));
    let scalar = fields
        .iter()
        .find(|f| f.wire == "prorate")
        .map(|f| &f.schema.kind);
    assert!(matches!(scalar, Some(ValueKind::Scalar(Scalar::Boolean))));
}
