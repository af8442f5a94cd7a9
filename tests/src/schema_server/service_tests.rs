//! Which requests the server accepts and rejects, with the real document.

use serde_json::json;

use super::fixture::Call;

fn customers(form: &str) -> Call {
    Call::new("POST", "/v1/customers").form(form)
}

#[test]
fn good_requests_pass() {
    Call::new(
        "GET",
        "/v1/customers?limit=3&created[gte]=17&expand[0]=data.sources",
    )
    .ok();
    Call::new("GET", "/v1/customers?created=17").ok();
    Call::new("GET", "/v1/customers/cus_1").ok();
    Call::new("POST", "/v1/customers").ok();
    customers("email=a%40b.c&metadata[0]=x&address[city]=Bonn&balance=-5").ok();
    customers("metadata=&address=&preferred_locales[0]=de&preferred_locales[1]=fr").ok();
    Call::new("DELETE", "/v1/customers/cus_1").ok();
}

#[test]
fn expand_takes_the_paths_that_the_document_lists() {
    let get = |target: &str| Call::new("GET", target);
    get("/v1/charges/ch_1?expand[0]=customer&expand[1]=customer.default_source").ok();
    get("/v1/charges?expand[0]=data.customer").ok();
    get("/v1/customers/cus_1?expand[0]=subscriptions.data.latest_invoice").ok();
    // The response is one of several objects.
    get("/v1/accounts/acct_1/external_accounts?expand[0]=data.account").ok();
    Call::new("POST", "/v1/refunds")
        .form("charge=ch_1&expand[0]=charge")
        .ok();

    let refused = |call: Call, index: usize| {
        call.assert_refused(400, "parameter_invalid", &format!("expand[{index}]"));
    };
    for path in [
        "/v1/charges?expand[0]=data",
        "/v1/charges?expand[0]=customer",
        "/v1/charges/ch_1?expand[0]=amount",
        "/v1/charges/ch_1?expand[0]=customer.email",
        "/v1/charges/ch_1?expand[0]=",
        "/v1/charges/ch_1?expand[0]=customer.",
        "/v1/webhook_endpoints/we_1?expand[0]=url",
        "/v1/charges?expand[0]=data.customer.subscriptions.data.latest_invoice",
    ] {
        refused(get(path), 0);
    }
    refused(
        get("/v1/charges/ch_1?expand[0]=customer&expand[1]=amount"),
        1,
    );
    let form = "charge=ch_1&expand[0]=amount";
    refused(Call::new("POST", "/v1/refunds").form(form), 0);
}

#[test]
fn unions_in_forms_pass() {
    let subscribe = |form: &str| Call::new("POST", "/v1/subscriptions").form(form).ok();
    subscribe("customer=c&items[0][price]=p&trial_end=now&off_session=true");
    subscribe("customer=c&items[0][price]=p&trial_end=1700000000&application_fee_percent=2.5");
    subscribe("customer=c&items[0][price]=p&items[0][tax_rates]=&default_tax_rates[0]=t");
}

#[test]
fn delete_parameters_travel_in_the_query() {
    let path = "/v1/subscriptions/sub_1";
    Call::new(
        "DELETE",
        format!("{path}?invoice_now=true&cancellation_details[comment]="),
    )
    .ok();
    Call::new("DELETE", format!("{path}?invoice_now=yes")).assert_refused(
        400,
        "parameter_invalid",
        "invoice_now",
    );
    Call::new("DELETE", path)
        .form("invoice_now=true")
        .assert_refused(400, "body_unexpected", "");
}

#[test]
fn v2_takes_json() {
    let path = "/v2/billing/meter_events";
    let event = json!({ "event_name": "e", "payload": { "value": "1" } });
    Call::new("POST", path).json(&event).ok();
    Call::new("POST", path)
        .json(&json!({ "event_name": "e" }))
        .assert_refused(400, "parameter_missing", "payload");
    Call::new("POST", path)
        .json(&json!({ "event_name": "e", "payload": { "value": 1 } }))
        .assert_refused(400, "parameter_invalid", "payload[value]");
    Call::new("POST", path)
        .body(
            "application/json",
            r#"{"event_name":"e","event_name":"e","payload":{}}"#,
        )
        .assert_refused(400, "request_malformed", "");
    Call::new("POST", path)
        .form("event_name=e")
        .assert_refused(400, "content_type_invalid", "");
    Call::new("POST", "/v2/billing/meter_event_session")
        .json(&json!({}))
        .ok();
    Call::new("POST", "/v2/billing/meter_event_session").ok();
    Call::new("POST", "/v2/billing/meter_event_session")
        .json(&json!({ "a": 1 }))
        .assert_refused(400, "body_unexpected", "");
}

#[test]
fn v2_metadata_may_be_null_and_nothing_else() {
    let path = "/v2/core/event_destinations/ed_1";
    Call::new("POST", path)
        .json(&json!({ "metadata": { "a": null, "b": "c" } }))
        .ok();
    Call::new("POST", path)
        .json(&json!({ "name": null }))
        .assert_refused(400, "parameter_invalid", "name");
}

#[test]
fn files_travel_as_multipart() {
    let file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\0\
                \r\n--b--\r\n";
    let purpose = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n\
                   identity_document\r\n";
    let post =
        |body: String| Call::new("POST", "/v1/files").body("multipart/form-data; boundary=b", body);
    post(format!("{purpose}{file}")).ok();
    post(file.to_owned()).assert_refused(400, "parameter_missing", "purpose");
    let as_text = file.replace("; filename=\"a\"", "");
    post(format!("{purpose}{as_text}")).assert_refused(400, "parameter_invalid", "file");
    Call::new("POST", "/v1/files")
        .form("purpose=identity_document")
        .assert_refused(400, "content_type_invalid", "");
}

#[test]
fn unknown_parameters_are_refused_at_every_level() {
    let unknown = "parameter_unknown";
    customers("emial=x").assert_refused(400, unknown, "emial");
    customers("address[citty]=x").assert_refused(400, unknown, "address[citty]");
    Call::new("GET", "/v1/customers?limits=1").assert_refused(400, unknown, "limits");
    Call::new("GET", "/v1/customers?created[from]=1").assert_refused(400, unknown, "created[from]");
    Call::new("POST", "/v1/customers?email=x").assert_refused(400, unknown, "email");
    // Stripe's DELETE of a customer states no `expand`.
    Call::new("DELETE", "/v1/customers/c?expand[0]=a").assert_refused(400, unknown, "expand");
    Call::new("POST", "/v2/billing/meter_events")
        .json(&json!({ "event_name": "e", "payload": {}, "x": 1 }))
        .assert_refused(400, unknown, "x");
}

#[test]
fn missing_parameters_are_named() {
    let missing = "parameter_missing";
    Call::new("POST", "/v1/refunds").form("amount=1").ok();
    Call::new("POST", "/v1/prices").assert_refused(400, missing, "currency");
    Call::new("GET", "/v1/charges/search").assert_refused(400, missing, "query");
    Call::new("POST", "/v1/subscriptions")
        .form("customer=c&add_invoice_items[0][discounts][0][coupon]=x&items[0][price_data][currency]=usd")
        .assert_refused(400, missing, "items[0][price_data][product]");
}

#[test]
fn wrong_types_are_refused() {
    let invalid = "parameter_invalid";
    customers("balance=1.0").assert_refused(400, "parameter_invalid_integer", "balance");
    customers("balance=ten").assert_refused(400, "parameter_invalid_integer", "balance");
    customers("balance=").assert_refused(400, "parameter_invalid_integer", "balance");
    customers("email[0]=x").assert_refused(400, invalid, "email");
    customers("preferred_locales=de").assert_refused(400, invalid, "preferred_locales");
    customers("preferred_locales[1]=de").assert_refused(400, invalid, "preferred_locales");
    customers("tax_exempt=maybe").assert_refused(400, invalid, "tax_exempt");
    customers(&format!("name={}", "n".repeat(257))).assert_refused(400, invalid, "name");
    Call::new("GET", "/v1/coupons?limit=true").assert_refused(
        400,
        "parameter_invalid_integer",
        "limit",
    );
    Call::new("GET", "/v1/prices?active=True").assert_refused(400, invalid, "active");
}

#[test]
fn bad_bracket_syntax_is_refused() {
    for form in [
        "preferred_locales[]=de",
        "address[city=x",
        "name",
        "name=a&name=b",
        "name=%x",
    ] {
        customers(form).assert_refused(400, "request_malformed", "");
    }
    Call::new("GET", "/v1/customers?expand[]=data").assert_refused(400, "request_malformed", "");
}

#[test]
fn headers_are_demanded() {
    let post = customers("name=x");
    let get = Call::new("GET", "/v1/customers");
    get.clone()
        .without("authorization")
        .assert_refused(401, "", "");
    get.clone()
        .without("authorization")
        .header("authorization", "Basic c2s6")
        .assert_refused(401, "", "");
    get.without("stripe-version")
        .assert_refused(400, "header_missing", "");
    post.clone()
        .without("idempotency-key")
        .assert_refused(400, "header_missing", "");
    post.clone()
        .header("idempotency-key", "again")
        .assert_refused(400, "header_invalid", "");
    post.without("idempotency-key")
        .header("idempotency-key", &"k".repeat(256))
        .assert_refused(400, "idempotency_key_invalid", "");
    Call::new("DELETE", "/v1/customers/c")
        .without("idempotency-key")
        .ok();
    Call::new("DELETE", "/v2/core/event_destinations/e")
        .without("idempotency-key")
        .assert_refused(400, "header_missing", "");
    customers("")
        .without("content-type")
        .body("text/plain", "name=x")
        .assert_refused(400, "content_type_invalid", "");
}

#[test]
fn unknown_paths_and_methods_are_not_found() {
    for (method, path) in [
        ("GET", "/v1/customer"),
        ("GET", "/v1/customers/"),
        ("GET", "/v1//customers"),
        ("DELETE", "/v1/customers"),
        ("PUT", "/v1/customers/c"),
        ("GET", "/v1/customers/%zz"),
    ] {
        Call::new(method, path).assert_refused(404, "", "");
    }
}

#[test]
fn a_literal_segment_wins() {
    let preview = Call::new("GET", "/v1/credit_notes/preview");
    preview.assert_refused(400, "parameter_missing", "invoice");
    Call::new("GET", "/v1/credit_notes/cn_1").ok();
}

#[test]
fn a_body_where_none_belongs_is_refused() {
    Call::new("GET", "/v1/customers/c")
        .form("name=x")
        .assert_refused(400, "body_unexpected", "");
}
