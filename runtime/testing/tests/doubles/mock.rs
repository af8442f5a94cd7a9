use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::Method;
use runtime::codec::FileUpload;
use runtime::value::RawJson;
use testing::{ManualClock, Mock, MockResponse};

use crate::api::{
    Create, CreateV2, Delete, Line, Params, Pdf, Retrieve, Search, Update, Upload, client,
    client_at, double_error,
};

const ITEM: &str = r#"{"id": "item_1"}"#;

fn jenny() -> Params {
    Params {
        amount: Some(2_000),
        items: Some(vec![Line("price_1"), Line("price [2]&")]),
        ..Params::email("jenny+a@example.com")
    }
}

#[tokio::test]
async fn response_is_decoded_and_the_request_is_recorded() {
    let mock = Mock::new();
    let rule = mock
        .on::<Create>()
        .respond_with(MockResponse::json(ITEM).header("request-id", "req_1"));
    let call = client(mock.clone()).request::<Create>(&[], &jenny());
    let response = call.with_response().await.unwrap();
    assert_eq!(response.id, "item_1");
    assert_eq!(response.request_id(), Some("req_1"));
    assert_eq!(
        (mock.request_count::<Create>(), rule.request_count()),
        (1, 1)
    );
    let sent = &mock.requests_of::<Create>()[0];
    assert_eq!((sent.operation(), sent.template()), ("Create", "/v1/items"));
    assert_eq!(
        (sent.host(), sent.path()),
        ("api.example.test", "/v1/items")
    );
    assert_eq!(sent.header("stripe-version"), Some("2026-01-28.test"));
    assert!(sent.idempotency_key().is_some());
    assert!(!format!("{sent:?}").contains("jenny"), "{sent:?}");
    mock.verify().unwrap();
    mock.verify_one_write::<Create>().unwrap();
}

#[tokio::test]
async fn parameters_have_the_same_names_in_every_encoding() {
    let mock = Mock::new();
    mock.on::<Create>().respond_with(MockResponse::json(ITEM));
    mock.on::<CreateV2>().respond_with(MockResponse::json(ITEM));
    mock.on::<Delete>().respond_with(MockResponse::json(ITEM));
    mock.on::<Upload>().respond_with(MockResponse::json(ITEM));
    let client = client(mock.clone());
    client.request::<Create>(&[], &jenny()).await.unwrap();
    client.request::<CreateV2>(&[], &jenny()).await.unwrap();
    client.request::<Delete>(&["a/b"], &jenny()).await.unwrap();
    client.request::<Upload>(&[], &jenny()).await.unwrap();
    let requests = mock.requests();
    assert_eq!(requests.len(), 4);
    for sent in &requests {
        assert_eq!(sent.param("email"), Some("jenny+a@example.com"), "{sent:?}");
        assert_eq!(sent.param("amount"), Some("2000"));
        assert_eq!(sent.param("items[0][price]"), Some("price_1"));
        assert_eq!(sent.param("items[1][price]"), Some("price [2]&"));
        assert_eq!(sent.param("items[2][price]"), None);
        assert_eq!(sent.params().len(), 4);
    }
    assert_eq!(requests[2].path_arg("item"), Some("a/b"));
    assert_eq!(requests[2].path_arg("items"), None);
    mock.verify().unwrap();
}

#[tokio::test]
async fn files_of_a_multipart_body_are_found() {
    let mock = Mock::new();
    mock.on::<Upload>().respond_with(MockResponse::json(ITEM));
    let file = FileUpload::new("a \"b\".png", &b"\r\n\r\n\x00--"[..]);
    let params = Params {
        file: Some(file),
        ..jenny()
    };
    client(mock.clone())
        .request::<Upload>(&[], &params)
        .await
        .unwrap();
    let sent = &mock.requests()[0];
    assert_eq!(sent.file("file").unwrap(), &b"\r\n\r\n\x00--"[..]);
    assert_eq!(sent.param("file"), Some("a %22b%22.png"));
    assert!(sent.file("email").is_none());
}

#[tokio::test]
async fn responses_are_sent_in_order() {
    let mock = Mock::new();
    mock.on::<Create>()
        .respond_with(
            MockResponse::rate_limited("global-rate").header("stripe-should-retry", "true"),
        )
        .then(MockResponse::lock_timeout())
        .then(MockResponse::json(ITEM));
    let clock = ManualClock::new().auto_advance();
    let client = client_at(mock.clone(), clock.clone());
    let item = client.request::<Create>(&[], &jenny()).await.unwrap();
    assert_eq!(item.id, "item_1");
    assert_eq!(
        clock.completed_sleeps().len(),
        2,
        "{:?}",
        clock.completed_sleeps()
    );
    mock.verify().unwrap();
    mock.verify_one_write::<Create>().unwrap();
}

#[tokio::test]
async fn responses_repeat_as_often_as_configured() {
    let mock = Mock::new();
    mock.on::<Retrieve>()
        .respond_with(MockResponse::json(r#"{"id": "a"}"#))
        .times(2)
        .then(MockResponse::json(r#"{"id": "b"}"#))
        .repeatedly();
    let client = client(mock.clone());
    let mut ids = String::new();
    for _ in 0..5 {
        ids += &client.request::<Retrieve>(&["x"], &()).await.unwrap().id;
    }
    assert_eq!(ids, "aabbb");
    mock.verify().unwrap();
}

#[tokio::test]
async fn first_matching_rule_with_responses_left_responds() {
    let mock = Mock::new();
    let id = |id: &str| MockResponse::json(format!(r#"{{"id": "{id}"}}"#));
    mock.on::<Create>()
        .with_param("email", "a@b.c")
        .with_param("items[1][price]", "y")
        .respond_with(id("by_param"));
    mock.on::<Create>()
        .without_param("items")
        .without_param("email")
        .respond_with(id("bare"));
    mock.on::<Create>()
        .with_header("stripe-account", "acct_1")
        .respond_with(id("by_header"));
    mock.on::<Create>()
        .matching("with a body", |sent| !sent.body().is_empty())
        .respond_with(id("any"));
    mock.on::<Update>()
        .with_path_arg("line", "l 1")
        .respond_with(id("by_path"));
    let client = client(mock.clone());
    let mut params = Params::email("a@b.c");
    let got = client.request::<Create>(&[], &params).await.unwrap().id;
    assert_eq!(got, "any");
    params.items = Some(vec![Line("x"), Line("y")]);
    let got = client.request::<Create>(&[], &params).await.unwrap().id;
    assert_eq!(got, "by_param");
    let got = client
        .request::<Create>(&[], &params)
        .account("acct_1")
        .await;
    assert_eq!(got.unwrap().id, "by_header");
    let got = client.request::<Create>(&[], &Params::default()).await;
    assert_eq!(got.unwrap().id, "bare");
    let got = client.request::<Update>(&["i", "l 1"], &params).await;
    assert_eq!(got.unwrap().id, "by_path");
    mock.verify().unwrap();
}

#[tokio::test]
async fn request_without_rule_fails_and_says_how_to_add_one() {
    let mock = Mock::new();
    let client = client(mock.clone());
    let error = client.request::<Create>(&[], &jenny()).await.unwrap_err();
    let text = double_error(&error);
    for part in [
        "items::Create (POST /v1/items)",
        "mock.on::<items::Create>().respond_with(MockResponse::sample::<items::Create>())",
        "email, amount, items[0][price]",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("jenny"), "{text}");
    assert!(
        format!("{error:?}").contains("no rule matches"),
        "{error:?}"
    );
    assert_eq!((error.attempts(), mock.requests().len()), (1, 1));
    assert_eq!(mock.verify().unwrap_err().to_string(), text);

    mock.on::<Create>()
        .with_param("email", "other")
        .respond_with(MockResponse::json(ITEM));
    let error = client.request::<Create>(&[], &jenny()).await.unwrap_err();
    assert!(
        double_error(&error).contains("with the parameter email = \"other\""),
        "{error:?}"
    );
    let error = client.raw(Method::Get, "/v1/secret?a=1").await.unwrap_err();
    assert!(
        double_error(&error).contains("mock.on_raw(Method::Get, \"/v1/secret\")"),
        "{error:?}"
    );
}

#[tokio::test]
async fn exhausted_rule_says_how_to_repeat_it() {
    let mock = Mock::new();
    mock.on::<Retrieve>().respond_with(MockResponse::json(ITEM));
    let client = client(mock.clone());
    client.request::<Retrieve>(&["x"], &()).await.unwrap();
    let error = client.request::<Retrieve>(&["x"], &()).await.unwrap_err();
    assert!(
        double_error(&error).contains("all responses of a rule (1) are used"),
        "{error:?}"
    );
}

#[tokio::test]
async fn response_that_does_not_decode_is_reported_on_use_and_by_verify() {
    let mock = Mock::new();
    mock.on::<Create>()
        .respond_with(MockResponse::json(r#"{"email": "x"}"#));
    let before = mock.verify().unwrap_err().to_string();
    assert!(
        before.contains("Create") && before.contains("id"),
        "{before}"
    );
    let error = client(mock.clone())
        .request::<Create>(&[], &jenny())
        .await
        .unwrap_err();
    assert!(
        double_error(&error).contains("does not decode"),
        "{error:?}"
    );

    let unchecked = Mock::new();
    unchecked
        .on::<Create>()
        .respond_with(MockResponse::json("{}").unchecked());
    let error = client(unchecked.clone())
        .request::<Create>(&[], &jenny())
        .await
        .unwrap_err();
    assert!(error.is_decode() && error.outcome().is_unknown());
    unchecked.verify().unwrap();
}

#[tokio::test]
async fn response_that_is_not_valid_http_is_rejected() {
    for response in [
        MockResponse::status(99, ""),
        MockResponse::json(ITEM).header("a b", "c"),
        MockResponse::json(ITEM).header("a", "\n"),
    ] {
        let mock = Mock::new();
        mock.on::<Create>().respond_with(response);
        assert!(
            mock.verify()
                .unwrap_err()
                .to_string()
                .contains("cannot be sent")
        );
        let error = client(mock)
            .request::<Create>(&[], &jenny())
            .await
            .unwrap_err();
        assert!(double_error(&error).contains("cannot be sent"), "{error:?}");
    }
}

#[tokio::test]
async fn verify_lists_what_differed_from_the_rules() {
    let mock = Mock::new();
    mock.on::<Create>()
        .respond_with(MockResponse::json(ITEM))
        .times(3);
    mock.on::<Search>()
        .respond_with(MockResponse::json(ITEM))
        .repeatedly();
    mock.on::<Delete>()
        .respond_with(MockResponse::json(ITEM))
        .optional();
    mock.on::<Update>();
    mock.on::<Retrieve>()
        .with_path_arg("missing", "x")
        .respond_with(MockResponse::json(ITEM));
    client(mock.clone())
        .request::<Create>(&[], &jenny())
        .await
        .unwrap();
    let text = mock.verify().unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "items::Create (POST /v1/items): 1 of 3 responses were used",
            "items::Search (GET /v1/items/search): 0 of 1 responses were used",
            "items::lines::Update (POST /v1/items/{item}/lines/{line}): the rule has no response",
            "items::Retrieve (GET /v1/items/{item}): the path has no {missing}",
        ]
    );
}

#[tokio::test]
async fn closure_responds_to_the_request_and_may_keep_state() {
    let mock = Mock::new();
    let count = AtomicUsize::new(0);
    mock.on_call::<Retrieve>(move |sent| {
        let id = sent.path_arg("item").unwrap_or_default();
        let turn = count.fetch_add(1, Ordering::Relaxed);
        MockResponse::json(format!(r#"{{"id": "{id}-{turn}"}}"#))
    });
    let client = client(mock.clone());
    assert_eq!(
        client.request::<Retrieve>(&["a"], &()).await.unwrap().id,
        "a-0"
    );
    assert_eq!(
        client.request::<Retrieve>(&["b"], &()).await.unwrap().id,
        "b-1"
    );
    mock.on_call::<Search>(|_| MockResponse::json("{}"));
    let error = client.request::<Search>(&[], &jenny()).await.unwrap_err();
    assert!(
        double_error(&error).contains("does not decode"),
        "{error:?}"
    );
}

#[tokio::test]
async fn resumed_write_matches_the_rule_of_its_operation() {
    let mock = Mock::new();
    mock.on::<Update>()
        .respond_with(MockResponse::connection_reset())
        .times(3)
        .then(MockResponse::json(ITEM))
        .times(2);
    let client = client(mock.clone());
    let error = client
        .request::<Update>(&["i", "l"], &jenny())
        .await
        .unwrap_err();
    assert!(error.outcome().is_unknown());
    let write = error.pending().unwrap();
    let raw: RawJson = client.resume(write).await.unwrap();
    assert_eq!(raw.as_str(), ITEM);
    let typed = client.resume_as::<Update>(write).await.unwrap();
    assert_eq!(typed.id, "item_1");
    mock.verify().unwrap();
    mock.verify_one_write::<Update>().unwrap();
    let requests = mock.requests_of::<Update>();
    assert_eq!(requests.len(), 5);
    assert_eq!(requests[3].path_arg("line"), Some("l"));
}

#[tokio::test]
async fn different_requests_are_not_one_write() {
    let mock = Mock::new();
    mock.on::<Create>()
        .respond_with(MockResponse::json(ITEM))
        .repeatedly();
    assert!(mock.verify_one_write::<Create>().is_err());
    let client = client(mock.clone());
    client
        .request::<Create>(&[], &jenny())
        .idempotency_key("k")
        .await
        .unwrap();
    client
        .request::<Create>(&[], &Params::default())
        .idempotency_key("k")
        .await
        .unwrap();
    client.request::<Create>(&[], &jenny()).await.unwrap();
    let text = mock.verify_one_write::<Create>().unwrap_err().to_string();
    let want = "items::Create: request 2 has another URL or body\nitems::Create: request 3 has another key";
    assert_eq!(text, want);
    let text = mock.verify().unwrap_err().to_string();
    assert_eq!(
        text,
        "items::Create (POST /v1/items): its key was sent with another request"
    );
}

#[tokio::test]
async fn delayed_response_takes_the_time_of_the_clock() {
    let clock = ManualClock::new().auto_advance();
    let mock = Mock::new().clock(clock.clone());
    mock.on::<Retrieve>()
        .respond_with(MockResponse::json(ITEM).with_delay(Duration::from_secs(3)))
        .then(MockResponse::json(ITEM).with_delay(Duration::from_secs(60)));
    let client = client_at(mock.clone(), clock.clone());
    client.request::<Retrieve>(&["x"], &()).await.unwrap();
    assert_eq!(clock.completed_sleeps(), [Duration::from_secs(3)]);
    let error = client
        .request::<Retrieve>(&["x"], &())
        .retries(0)
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(clock.elapsed(), Duration::from_secs(13));

    let without = Mock::new();
    without
        .on::<Retrieve>()
        .respond_with(MockResponse::json(ITEM).with_delay(Duration::from_secs(3)));
    let error = crate::api::client(without)
        .request::<Retrieve>(&["x"], &())
        .await
        .unwrap_err();
    assert!(
        double_error(&error).contains("Mock::new().clock"),
        "{error:?}"
    );
}

#[tokio::test]
async fn binary_response_keeps_its_type() {
    let mock = Mock::new();
    mock.on::<Pdf>()
        .respond_with(MockResponse::bytes("application/pdf", &b"%PDF"[..]));
    let pdf = client(mock).request::<Pdf>(&["x"], &()).await.unwrap();
    assert_eq!(pdf.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(pdf.bytes, &b"%PDF"[..]);
}

#[tokio::test]
async fn conditions_and_closures_may_use_the_mock() {
    let mock = Mock::new();
    let (first, second) = (mock.clone(), mock.clone());
    mock.on::<Retrieve>()
        .matching("second", move |_| first.requests().len() == 1)
        .respond_with_fn(move |_| {
            MockResponse::json(format!(r#"{{"id": "{}"}}"#, second.requests().len()))
        });
    mock.on::<Retrieve>().respond_with(MockResponse::json(ITEM));
    let client = client(mock.clone());
    assert_eq!(
        client.request::<Retrieve>(&["x"], &()).await.unwrap().id,
        "item_1"
    );
    assert_eq!(
        client.request::<Retrieve>(&["x"], &()).await.unwrap().id,
        "2"
    );
    mock.verify().unwrap();
}
