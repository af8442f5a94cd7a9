//! Forms: written from JSON, read back by the test doubles and by a reader of our own, redacted.

#![no_main]

use std::task::{Context, Waker};

use http::{HeaderValue, Method, Uri, header};
use libfuzzer_sys::fuzz_target;
use observe::{REDACTED, Redactor};
use runtime::codec::{DecodeError, JsonKind, Reader, encode_form};
use runtime::http::Request;
use runtime::transport::Transport;
use runtime::value::RawJson;
use testing::Mock;

type Pairs = Vec<(String, String)>;

/// The pairs that a JSON value should give, under a name.
fn flat(reader: &mut Reader<'_>, name: &str, pairs: &mut Pairs) -> Result<(), DecodeError> {
    let inner = |part: &str| match name {
        "" => part.to_owned(),
        name => format!("{name}[{part}]"),
    };
    let is_root = name.is_empty();
    let mut index = 0;
    let value = match reader.peek() {
        JsonKind::Object => {
            return reader.object(&mut |reader, key| match (is_root, &*key) {
                // What has no name is left out.
                (true, "") => reader.raw().map(|_| ()),
                _ => flat(reader, &inner(&key), pairs),
            });
        }
        JsonKind::Array => {
            let mut is_empty = true;
            reader.array(&mut |reader| {
                is_empty = false;
                index += 1;
                flat(reader, &inner(&(index - 1).to_string()), pairs)
            })?;
            if is_empty && !is_root {
                pairs.push((name.to_owned(), String::new()));
            }
            return Ok(());
        }
        JsonKind::String => reader.string()?.into_owned(),
        JsonKind::Null => reader.raw().map(|_| String::new())?,
        _ => reader.raw()?.to_owned(),
    };
    if !name.is_empty() {
        pairs.push((name.to_owned(), value));
    }
    Ok(())
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let (digits, after) = after.split_at(2);
            let digits = std::str::from_utf8(digits).expect("digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
            rest = after;
        } else {
            let is_plain = first.is_ascii_alphanumeric() || b"-._~[]".contains(first);
            assert!(is_plain, "{first} in a form");
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn read(form: &str) -> Pairs {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').expect("a name and a value");
            assert!(!value.contains(['[', ']']), "brackets in a value");
            (percent_decoded(name), percent_decoded(value))
        })
        .collect()
}

/// The parameters that a test double decodes from a request.
fn received_params(kind: &'static str, body: &str) -> Pairs {
    let mock = Mock::new();
    let mut request = Request::new(Method::POST, Uri::from_static("https://api.test/v1/x"));
    request
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    request.body = body.to_owned().into();
    // There is no rule, so the response is an error; the request is recorded anyway.
    let mut response = mock.send(request);
    let _ = response
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    let requests = mock.requests();
    requests.first().expect("one request").params().to_vec()
}

fn check_encoding(text: &str) {
    let Ok(json) = text.parse::<RawJson>() else {
        return;
    };
    let form = encode_form(&json);
    let mut pairs = Pairs::new();
    let mut reader = Reader::new(text.as_bytes()).expect("UTF-8");
    flat(&mut reader, "", &mut pairs).expect("checked JSON");
    assert_eq!(read(&form), pairs, "{form}");
    let received_form = received_params("application/x-www-form-urlencoded", &form);
    assert_eq!(received_form, read(&form), "{form}");
    assert_eq!(received_params("application/json", text), received_form, "{form}");
}

/// Redaction of any text as if it were a form.
fn check_redaction(text: &str) {
    let count = |text: &str| text.split('&').count();
    let shown = Redactor::new(["name"]).form(text);
    assert_eq!(count(&shown), count(text), "{shown}");
    for (pair, was) in shown.split('&').zip(text.split('&')) {
        let Some((key, value)) = pair.split_once('=') else {
            assert!(!was.contains('='), "{shown}");
            continue;
        };
        if key == "name" || key.ends_with("[name]") {
            assert!(value.is_empty() || value == REDACTED, "{shown}");
        }
    }
    let again = Redactor::new(["name"]).form(&shown);
    assert_eq!(count(&again), count(text));
    let _ = Redactor::standard().json(text);
}

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        check_encoding(text);
        check_redaction(text);
    }
});
