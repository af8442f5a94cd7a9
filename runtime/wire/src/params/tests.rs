use super::{Body, EncodedParams};
use crate::codec::{Encode, FileUpload, Writer, write_record};

struct Sample;

impl Encode for Sample {
    fn encode(&self, out: &mut dyn Writer) {
        let (limit, items) = (10_i64, vec!["a b".to_owned()]);
        write_record(out, &[("limit", &limit), ("items", &items)]);
    }
}

fn params(body: Body) -> EncodedParams {
    EncodedParams::encode(body, &Sample, || 7).unwrap()
}

fn text(params: &EncodedParams) -> String {
    let body = String::from_utf8(params.clone().take_body().to_vec()).unwrap();
    format!("{}{body}", params.query())
}

fn readable(params: &EncodedParams) -> String {
    percent_encoding::percent_decode_str(&text(params))
        .decode_utf8()
        .unwrap()
        .into_owned()
}

#[test]
fn parameters_go_where_the_body_says() {
    assert_eq!(params(Body::None).take_body().len(), 0);
    assert_eq!(*params(Body::None).query(), params(Body::Form).take_body());
    assert_eq!(text(&params(Body::Json)), r#"{"limit":10,"items":["a b"]}"#);
    assert!(params(Body::Json).query().is_empty());
}

#[test]
fn json_body_is_an_object_when_there_are_no_parameters() {
    let none = EncodedParams::encode(Body::Json, &(), || 7).unwrap();
    assert_eq!(text(&none), "{}");
    assert_eq!(text(&EncodedParams::empty(Body::Json)), "{}");
    assert_eq!(
        text(&EncodedParams::encode(Body::Form, &(), || 7).unwrap()),
        ""
    );
}

#[test]
fn extra_parameter_replaces_when_it_is_there_already() {
    for body in [Body::None, Body::Form] {
        let mut params = params(body);
        params.set("limit", &3_i64).unwrap();
        params.set("items", &"x".to_owned()).unwrap();
        params.set("card[a][b]", &true).unwrap();
        assert_eq!(readable(&params), "limit=3&items=x&card[a][b]=true");
    }
    let mut json = params(Body::Json);
    json.set("limit", &3_i64).unwrap();
    json.set("card[a][b]", &true).unwrap();
    json.set("card[a][c]", &"q\"".to_owned()).unwrap();
    json.set("limit[deep]", &1_i64).unwrap();
    let want = r#"{"limit":{"deep":1},"items":["a b"],"card":{"a":{"b":true,"c":"q\""}}}"#;
    assert_eq!(text(&json), want);
}

#[test]
fn extra_parameter_is_refused_when_key_is_malformed() {
    for bad in [
        "", "a[", "a[]", "a[b", "a]b", "[a]", "a[b]c", "a[b[c]]", "a][b",
    ] {
        let error = params(Body::Form).set(bad, &1_i64).unwrap_err();
        assert!(error.contains("a[b][c]"), "{bad}: {error}");
    }
}

#[test]
fn items_are_added_after_those_that_are_there() {
    for body in [Body::None, Body::Form] {
        let mut params = params(body);
        params.append("items", "y").unwrap();
        params.append("expand", "customer").unwrap();
        params.append("expand", "data.charge").unwrap();
        let want = "limit=10&items[0]=a b&items[1]=y&expand[0]=customer&expand[1]=data.charge";
        assert_eq!(readable(&params).replace('+', " "), want);
    }
    let mut json = params(Body::Json);
    json.append("items", "y").unwrap();
    json.append("include", "z").unwrap();
    assert_eq!(
        text(&json),
        r#"{"limit":10,"items":["a b","y"],"include":["z"]}"#
    );
}

#[test]
fn multipart_stays_whole_when_parameters_are_added() {
    struct Upload;
    impl Encode for Upload {
        fn encode(&self, out: &mut dyn Writer) {
            write_record(out, &[("file", &FileUpload::new("a.txt", &b"content"[..]))]);
        }
    }
    let mut params = EncodedParams::encode(Body::Multipart, &Upload, || 7).unwrap();
    params.set("link[create]", &true).unwrap();
    params.append("expand", "file").unwrap();
    let body = text(&params);
    let boundary = "00000000000000070000000000000007";
    assert_eq!(
        body.matches(&format!("--{boundary}\r\n")).count(),
        3,
        "{body}"
    );
    assert!(body.ends_with(&format!("--{boundary}--\r\n")), "{body}");
    assert_eq!(body.matches("--\r\n").count(), 1, "{body}");
    assert!(params.content_type().unwrap().ends_with(boundary));
}

#[test]
fn query_values_are_decoded_when_asked_for() {
    let params = EncodedParams::verbatim_query("a=1&ending_before=ca%2B+t");
    assert_eq!(
        params.query_value("ending_before").as_deref(),
        Some("ca+ t")
    );
    assert_eq!(params.query_value("b"), None);
}

#[test]
fn number_that_is_not_finite_is_an_error_in_every_format() {
    struct Rate(f64);
    impl Encode for Rate {
        fn encode(&self, out: &mut dyn Writer) {
            let rates = vec![0.5, self.0];
            write_record(out, &[("rates", &rates)]);
        }
    }
    for body in [Body::None, Body::Form, Body::Json, Body::Multipart] {
        let error = EncodedParams::encode(body, &Rate(f64::NAN), || 7).unwrap_err();
        assert_eq!(
            error,
            "the parameter `rates[1]` is NaN, and only finite numbers can be sent"
        );
        let mut params = EncodedParams::encode(body, &Rate(1.5), || 7).unwrap();
        let error = params.set("tax[rate]", &f64::INFINITY).unwrap_err();
        assert_eq!(
            error,
            "the parameter `tax[rate]` is infinite, and only finite numbers can be sent"
        );
    }
}

#[test]
fn extra_list_without_items_removes_and_sends_nothing() {
    for body in [Body::None, Body::Form] {
        let mut params = params(body);
        params.set("items", &Vec::<String>::new()).unwrap();
        params.set("more", &Vec::<String>::new()).unwrap();
        assert_eq!(text(&params), "limit=10");
    }
    let mut json = params(Body::Json);
    json.set("items", &Vec::<String>::new()).unwrap();
    assert_eq!(text(&json), r#"{"limit":10,"items":[]}"#);
}
