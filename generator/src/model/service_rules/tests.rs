use super::{ServiceRules, singularize};
use crate::api::{
    Absence, Api, Choice, Component, Constant, Doc, Endpoint, ErrorFacts, FieldSchema, HttpMethod,
    NamingFacts, PageStyle, RecordSchema, Scalar, Schema, ValueKind,
};
use crate::diag::SpecPath;

fn schema(kind: ValueKind) -> Schema {
    Schema {
        at: SpecPath::root(),
        kind,
        doc: Doc::default(),
    }
}

fn component(tag: &str, statuses: &[&str]) -> Component {
    let field = |wire: &str, kind: ValueKind| FieldSchema {
        wire: wire.to_owned(),
        schema: schema(kind),
        required: true,
        absence: Absence::default(),
        deprecated: false,
    };
    let values = statuses.iter().map(|s| (*s).to_owned()).collect();
    let fields = vec![
        field(
            "object",
            ValueKind::Constant(Constant::String(tag.to_owned())),
        ),
        field("status", ValueKind::Choice(Choice { values })),
    ];
    Component {
        name: tag.to_owned(),
        is_resource: true,
        schema: schema(ValueKind::Record(RecordSchema { fields })),
    }
}

fn endpoint(method: HttpMethod, path: &str, output: ValueKind) -> Endpoint {
    Endpoint {
        at: SpecPath::root(),
        id: format!("{method:?}{path}"),
        tags: Vec::new(),
        method,
        path: path.to_owned(),
        path_params: Vec::new(),
        query: RecordSchema::default(),
        body: None,
        path_styles: Vec::new(),
        placed: Vec::new(),
        media_type: None,
        accept: None,
        auth: Vec::new(),
        security: Vec::new(),
        call_options: Vec::new(),
        output: schema(output),
        errors: ErrorFacts::Common,
        host: "api".to_owned(),
        idempotent_key: false,
        idempotency_header: None,
        pages: None,
        is_repeatable: false,
        rate_class: "default".to_owned(),
        timeout_secs: None,
        explicit_version: None,
        deprecation: None,
        doc: Doc::default(),
    }
}

fn object(tag: &str) -> ValueKind {
    ValueKind::Reference(tag.to_owned())
}

fn page(style: PageStyle) -> ValueKind {
    ValueKind::Page(style, Box::new(schema(object("customer"))))
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

fn api() -> Api {
    use HttpMethod::{Delete, Get, Post};
    let naming = NamingFacts {
        namespaces: vec![
            (
                String::new(),
                strings(&["checkout", "test_helpers", "issuing", "tax"]),
            ),
            ("v2".to_owned(), strings(&["core"])),
        ],
        hidden_prefixes: strings(&["v1"]),
        service_renames: vec![("invoiceitems".to_owned(), "invoice_items".to_owned())],
        method_overrides: vec![(
            "GET /v1/account".to_owned(),
            "accounts.retrieve_current".to_owned(),
        )],
        suffixed_verbs: strings(&["void"]),
        component_markers: Vec::new(),
        ..NamingFacts::default()
    };
    let components = vec![
        component("customer", &["active"]),
        component("subscription", &["active", "canceled"]),
        component("credit_note", &[]),
        component("login_link", &[]),
        component("issuing.card", &[]),
    ];
    let endpoints = vec![
        endpoint(Get, "/v1/customers", page(PageStyle::Cursor)),
        endpoint(Post, "/v1/customers", object("customer")),
        endpoint(Get, "/v1/customers/search", page(PageStyle::Search)),
        endpoint(Get, "/v1/customers/{customer}", object("customer")),
        endpoint(Post, "/v1/customers/{customer}", object("customer")),
        endpoint(
            Delete,
            "/v1/customers/{customer}",
            object("deleted_customer"),
        ),
        endpoint(
            Delete,
            "/v1/customers/{customer}/discount",
            object("deleted_discount"),
        ),
        endpoint(Delete, "/v1/subscriptions/{id}", object("subscription")),
        endpoint(Get, "/v1/account", object("account")),
        endpoint(Get, "/v1/balance", object("balance")),
        endpoint(Get, "/v1/tax/settings", object("tax.settings")),
        endpoint(Post, "/v1/tax/settings", object("tax.settings")),
        endpoint(Get, "/v1/credit_notes/preview", object("credit_note")),
        endpoint(
            Get,
            "/v1/credit_notes/preview/lines",
            page(PageStyle::Cursor),
        ),
        endpoint(Post, "/v1/credit_notes/{id}/void", object("credit_note")),
        endpoint(
            Get,
            "/v1/quotes/{quote}/pdf",
            ValueKind::Scalar(Scalar::Binary),
        ),
        endpoint(
            Post,
            "/v1/accounts/{account}/login_links",
            object("login_link"),
        ),
        endpoint(Post, "/v1/invoiceitems", object("invoiceitem")),
        endpoint(
            Post,
            "/v1/test_helpers/issuing/cards/{card}/shipping/ship",
            object("issuing.card"),
        ),
        endpoint(Get, "/v2/core/accounts", page(PageStyle::Url)),
    ];
    Api {
        naming,
        components,
        endpoints,
        ..Api::default()
    }
}

#[test]
fn place_follows_the_rules_of_the_official_sdks() {
    let api = api();
    let rules = ServiceRules::new(&api);
    let placed: Vec<String> = api
        .endpoints
        .iter()
        .map(|e| {
            let stated = rules.stated_placement(e, None);
            let p = stated.unwrap_or_else(|| rules.infer_placement(e));
            format!(
                "{} {} = {}.{}",
                e.method.as_str(),
                e.path,
                p.service.join("."),
                p.method
            )
        })
        .collect();
    insta::assert_snapshot!(placed.join("\n"), @r"
    GET /v1/customers = customers.list
    POST /v1/customers = customers.create
    GET /v1/customers/search = customers.search
    GET /v1/customers/{customer} = customers.retrieve
    POST /v1/customers/{customer} = customers.update
    DELETE /v1/customers/{customer} = customers.delete
    DELETE /v1/customers/{customer}/discount = customers.delete_discount
    DELETE /v1/subscriptions/{id} = subscriptions.cancel
    GET /v1/account = accounts.retrieve_current
    GET /v1/balance = balance.retrieve
    GET /v1/tax/settings = tax.settings.retrieve
    POST /v1/tax/settings = tax.settings.update
    GET /v1/credit_notes/preview = credit_notes.preview
    GET /v1/credit_notes/preview/lines = credit_notes.preview.lines.list
    POST /v1/credit_notes/{id}/void = credit_notes.void_credit_note
    GET /v1/quotes/{quote}/pdf = quotes.pdf
    POST /v1/accounts/{account}/login_links = accounts.login_links.create
    POST /v1/invoiceitems = invoice_items.create
    POST /v1/test_helpers/issuing/cards/{card}/shipping/ship = test_helpers.issuing.cards.ship
    GET /v2/core/accounts = v2.core.accounts.list
    ");
}

#[test]
fn singular_leaves_words_that_are_none_alone() {
    assert_eq!(singularize("status"), "status");
    assert_eq!(singularize("entitlements"), "entitlement");
}
