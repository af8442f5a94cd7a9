//! The whole document and its dialect.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use super::{DiagnosticSink, Dialect, Document, SourceFile, normalize_document};
use crate::api::{Api, Constant, ErrorFacts, FieldSchema, HttpMethod, Scalar, Schema, ValueKind};

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
        ValueKind::PlainText => "PlainText".to_owned(),
        ValueKind::Optional(inner) => format!("Optional({})", name(&inner.kind)),
    }
}

/// The counts of a version of the document were measured independently once. An update changes
/// them, and the change of the snapshot is reviewed with it.
fn assert_census(name: &str, census: &Census) {
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_debug_snapshot!(name, census);
    });
}

#[test]
fn responses_are_counted() {
    let api = &*STRIPE;
    let mut census = Census::new();
    for component in &api.components {
        count(&component.schema, &mut census);
    }
    let resources = api.components.iter().filter(|c| c.is_resource).count();
    census.insert("components".to_owned(), api.components.len());
    census.insert("resources".to_owned(), resources);
    assert_census("responses", &census);
}

#[test]
fn parameters_are_counted() {
    let mut census = Census::new();
    for endpoint in &STRIPE.endpoints {
        fields(&endpoint.query.fields, &mut census);
        if let Some((_, record)) = &endpoint.body {
            fields(&record.fields, &mut census);
        }
    }
    assert_census("parameters", &census);
}

#[test]
fn operations_are_counted() {
    let mut census = Census::new();
    let mut add = |what: String, number: usize| *census.entry(what).or_default() += number;
    for endpoint in &STRIPE.endpoints {
        add(format!("method {:?}", endpoint.method), 1);
        add(format!("output {}", name(&endpoint.output.kind)), 1);
        if let Some((encoding, _)) = &endpoint.body {
            add(format!("body {encoding:?}"), 1);
        }
        add("path parameters".to_owned(), endpoint.path_params.len());
        let has_no_options = usize::from(endpoint.call_options.is_empty());
        add("without call options".to_owned(), has_no_options);
        add(
            "deprecated".to_owned(),
            usize::from(endpoint.deprecation.is_some()),
        );
        add(format!("host {}", endpoint.host), 1);
        if let ErrorFacts::Codes(codes) = &endpoint.errors {
            add("with error codes".to_owned(), 1);
            add("error codes".to_owned(), codes.len());
        }
    }
    assert_census("operations", &census);
    assert_eq!(STRIPE.error_object.as_deref(), Some("api_errors"));
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
    assert_eq!(events.types.len(), 254);
    let untyped = events.types.iter().filter(|event| event.objects.is_empty());
    let untyped: Vec<_> = untyped.map(|event| event.name.as_str()).collect();
    assert_eq!(
        untyped,
        [
            "billing.alert.triggered",
            "entitlements.active_entitlement_summary.updated",
            "reserve.hold.created",
            "reserve.hold.updated",
            "reserve.release.created"
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
