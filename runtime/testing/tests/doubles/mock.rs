use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::Method;
use runtime::codec::FileUpload;
use testing::{ManualClock, Mock, Reply};
use runtime::value::RawJson;

use crate::api::{
    Create, CreateV2, Delete, Line, Params, Pdf, Retrieve, Search, Update, Upload, client,
    client_at, told,
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
async fn scripted_reply_is_decoded_and_the_request_is_remembered() {
    let mock = Mock::new();
    let rule = mock
        .on::<Create>()
        .reply(Reply::json(ITEM).header("request-id", "req_1"));
    let call = client(mock.clone()).request::<Create>(&[], &jenny());
    let answer = call.with_response().await.unwrap();
    assert_eq!(answer.id, "item_1");
    assert_eq!(answer.request_id(), Some("req_1"));
    assert_eq!((mock.calls::<Create>(), rule.calls()), (1, 1));
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
async fn parameters_have_the_same_names_whatever_they_travel_in() {
    let mock = Mock::new();
    mock.on::<Create>().reply(Reply::json(ITEM));
    mock.on::<CreateV2>().reply(Reply::json(ITEM));
    mock.on::<Delete>().reply(Reply::json(ITEM));
    mock.on::<Upload>().reply(Reply::json(ITEM));
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
    mock.on::<Upload>().reply(Reply::json(ITEM));
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
async fn sequence_is_given_in_order() {
    let mock = Mock::new();
    mock.on::<Create>()
        .reply(Reply::rate_limited("global-rate").header("stripe-should-retry", "true"))
        .then(Reply::lock_timeout())
        .then(Reply::json(ITEM));
    let clock = ManualClock::new().auto_advance();
    let client = client_at(mock.clone(), clock.clone());
    let answer = client.request::<Create>(&[], &jenny()).await.unwrap();
    assert_eq!(answer.id, "item_1");
    assert_eq!(clock.slept().len(), 2, "{:?}", clock.slept());
    mock.verify().unwrap();
    mock.verify_one_write::<Create>().unwrap();
}

#[tokio::test]
async fn replies_repeat_as_often_as_the_rule_says() {
    let mock = Mock::new();
    mock.on::<Retrieve>()
        .reply(Reply::json(r#"{"id": "a"}"#))
        .times(2)
        .then(Reply::json(r#"{"id": "b"}"#))
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
async fn first_rule_that_fits_and_has_replies_left_answers() {
    let mock = Mock::new();
    let id = |id: &str| Reply::json(format!(r#"{{"id": "{id}"}}"#));
    mock.on::<Create>()
        .with_param("email", "a@b.c")
        .with_param("items[1][price]", "y")
        .reply(id("by_param"));
    mock.on::<Create>()
        .without_param("items")
        .without_param("email")
        .reply(id("bare"));
    mock.on::<Create>()
        .with_header("stripe-account", "acct_1")
        .reply(id("by_header"));
    mock.on::<Create>()
        .matching("with a body", |sent| !sent.body().is_empty())
        .reply(id("any"));
    mock.on::<Update>()
        .with_path_arg("line", "l 1")
        .reply(id("by_path"));
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
async fn unscripted_request_fails_and_says_how_to_script_it() {
    let mock = Mock::new();
    let client = client(mock.clone());
    let error = client.request::<Create>(&[], &jenny()).await.unwrap_err();
    let text = told(&error);
    for part in [
        "Create (POST /v1/items)",
        "email, amount, items[0][price]",
        "mock.on::<O>()",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("jenny"), "{text}");
    assert!(
        format!("{error:?}").contains("nothing is scripted"),
        "{error:?}"
    );
    assert_eq!((error.attempts(), mock.requests().len()), (1, 1));
    assert_eq!(mock.verify().unwrap_err().to_string(), text);

    mock.on::<Create>()
        .with_param("email", "other")
        .reply(Reply::json(ITEM));
    let error = client.request::<Create>(&[], &jenny()).await.unwrap_err();
    assert!(
        told(&error).contains("with the parameter email = \"other\""),
        "{error:?}"
    );
    let error = client.raw(Method::Get, "/v1/secret?a=1").await.unwrap_err();
    assert!(
        told(&error).contains("mock.on_raw(Method::…, \"/v1/secret\")"),
        "{error:?}"
    );
}

#[tokio::test]
async fn used_up_rule_says_how_to_repeat_it() {
    let mock = Mock::new();
    mock.on::<Retrieve>().reply(Reply::json(ITEM));
    let client = client(mock.clone());
    client.request::<Retrieve>(&["x"], &()).await.unwrap();
    let error = client.request::<Retrieve>(&["x"], &()).await.unwrap_err();
    assert!(
        told(&error).contains("the 1 replies of a rule are used up"),
        "{error:?}"
    );
}

#[tokio::test]
async fn reply_that_does_not_decode_is_told_when_it_is_used_and_by_verify() {
    let mock = Mock::new();
    mock.on::<Create>().reply(Reply::json(r#"{"email": "x"}"#));
    let before = mock.verify().unwrap_err().to_string();
    assert!(
        before.contains("Create") && before.contains("id"),
        "{before}"
    );
    let error = client(mock.clone())
        .request::<Create>(&[], &jenny())
        .await
        .unwrap_err();
    assert!(told(&error).contains("does not decode"), "{error:?}");

    let meant = Mock::new();
    meant.on::<Create>().reply(Reply::json("{}").unchecked());
    let error = client(meant.clone())
        .request::<Create>(&[], &jenny())
        .await
        .unwrap_err();
    assert!(error.is_decode() && error.outcome().is_unknown());
    meant.verify().unwrap();
}

#[tokio::test]
async fn reply_that_is_no_http_is_refused() {
    for reply in [
        Reply::status(99, ""),
        Reply::json(ITEM).header("a b", "c"),
        Reply::json(ITEM).header("a", "\n"),
    ] {
        let mock = Mock::new();
        mock.on::<Create>().reply(reply);
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
        assert!(told(&error).contains("cannot be sent"), "{error:?}");
    }
}

#[tokio::test]
async fn verify_lists_what_did_not_happen() {
    let mock = Mock::new();
    mock.on::<Create>().reply(Reply::json(ITEM)).times(3);
    mock.on::<Search>().reply(Reply::json(ITEM)).repeatedly();
    mock.on::<Delete>().reply(Reply::json(ITEM)).optional();
    mock.on::<Update>();
    mock.on::<Retrieve>()
        .with_path_arg("nobody", "x")
        .reply(Reply::json(ITEM));
    client(mock.clone())
        .request::<Create>(&[], &jenny())
        .await
        .unwrap();
    let told = mock.verify().unwrap_err().to_string();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "Create (POST /v1/items): 1 of 3 replies were used",
            "Search (GET /v1/items/search): 0 of 1 replies were used",
            "Update (POST /v1/items/{item}/lines/{line}): the rule has no reply",
            "Retrieve (GET /v1/items/{item}): the path has no {nobody}",
        ]
    );
}

#[tokio::test]
async fn closure_answers_by_the_request_and_may_keep_state() {
    let mock = Mock::new();
    let count = AtomicUsize::new(0);
    mock.on_call::<Retrieve>(move |sent| {
        let id = sent.path_arg("item").unwrap_or_default();
        let turn = count.fetch_add(1, Ordering::Relaxed);
        Reply::json(format!(r#"{{"id": "{id}-{turn}"}}"#))
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
    mock.on_call::<Search>(|_| Reply::json("{}"));
    let error = client.request::<Search>(&[], &jenny()).await.unwrap_err();
    assert!(told(&error).contains("does not decode"), "{error:?}");
}

#[tokio::test]
async fn resumed_write_meets_the_rule_of_its_operation() {
    let mock = Mock::new();
    mock.on::<Update>()
        .reply(Reply::reset())
        .times(3)
        .then(Reply::json(ITEM))
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
async fn different_writes_are_not_one_write() {
    let mock = Mock::new();
    mock.on::<Create>().reply(Reply::json(ITEM)).repeatedly();
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
    let told = mock.verify_one_write::<Create>().unwrap_err().to_string();
    let want = "Create: request 2 has other bytes\nCreate: request 3 has another key";
    assert_eq!(told, want);
    let told = mock.verify().unwrap_err().to_string();
    assert_eq!(
        told,
        "Create (POST /v1/items): its key was sent with another request"
    );
}

#[tokio::test]
async fn delayed_reply_takes_the_time_of_the_clock() {
    let clock = ManualClock::new().auto_advance();
    let mock = Mock::new().clock(clock.clone());
    mock.on::<Retrieve>()
        .reply(Reply::json(ITEM).after(Duration::from_secs(3)))
        .then(Reply::json(ITEM).after(Duration::from_secs(60)));
    let client = client_at(mock.clone(), clock.clone());
    client.request::<Retrieve>(&["x"], &()).await.unwrap();
    assert_eq!(clock.slept(), [Duration::from_secs(3)]);
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
        .reply(Reply::json(ITEM).after(Duration::from_secs(3)));
    let error = crate::api::client(without)
        .request::<Retrieve>(&["x"], &())
        .await
        .unwrap_err();
    assert!(told(&error).contains("Mock::new().clock"), "{error:?}");
}

#[tokio::test]
async fn binary_reply_keeps_its_type() {
    let mock = Mock::new();
    mock.on::<Pdf>()
        .reply(Reply::bytes("application/pdf", &b"%PDF"[..]));
    let pdf = client(mock).request::<Pdf>(&["x"], &()).await.unwrap();
    assert_eq!(pdf.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(pdf.bytes, &b"%PDF"[..]);
}

#[tokio::test]
async fn conditions_and_closures_may_use_the_mock() {
    let mock = Mock::new();
    let (asked, told) = (mock.clone(), mock.clone());
    mock.on::<Retrieve>()
        .matching("second", move |_| asked.requests().len() == 1)
        .reply_with(move |_| Reply::json(format!(r#"{{"id": "{}"}}"#, told.requests().len())));
    mock.on::<Retrieve>().reply(Reply::json(ITEM));
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
