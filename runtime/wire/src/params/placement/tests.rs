use super::{ParamPlace, QueryStyle};
use crate::codec::{Encode, EncodedParams, FileUpload, Writer, write_record};
use crate::operation::{Method, OperationSpec};
use crate::value::{Map, RawJson};

/// Parameters of all kinds.
#[derive(Default)]
struct Params {
    name: Option<String>,
    tags: Option<Vec<String>>,
    filter: Option<Map<String>>,
    deep: Option<Map<Vec<i64>>>,
    count: Option<i64>,
    data: Option<RawJson>,
    file: Option<FileUpload>,
}

impl Encode for Params {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(
            out,
            &[
                ("name", &self.name),
                ("tags", &self.tags),
                ("filter", &self.filter),
                ("deep", &self.deep),
                ("count", &self.count),
                ("data", &self.data),
                ("file", &self.file),
            ],
        );
    }
}

fn sample() -> Params {
    Params {
        name: Some("a b".to_owned()),
        tags: Some(vec!["x,y".to_owned(), "z".to_owned()]),
        filter: Some(Map::from([("k 1", "v&".to_owned()), ("2", "w".to_owned())])),
        count: Some(3),
        ..Params::default()
    }
}

fn spec(places: &'static [ParamPlace]) -> &'static OperationSpec {
    Box::leak(Box::new(
        OperationSpec::of("test", Method::Post, "/test").placed(places),
    ))
}

fn json_spec(places: &'static [ParamPlace]) -> &'static OperationSpec {
    Box::leak(Box::new(spec(places).clone().json()))
}

fn encode(spec: &'static OperationSpec, params: &Params) -> EncodedParams {
    spec.encode_params(params, || 7).unwrap()
}

fn body(params: &EncodedParams) -> String {
    String::from_utf8(params.clone().take_body().to_vec()).unwrap()
}

/// The query of one parameter in a style.
fn query(place: ParamPlace, params: &Params) -> String {
    place.query_pairs(params).unwrap()
}

#[test]
fn parameter_is_in_the_query_in_its_style() {
    use QueryStyle::{Brackets, Comma, Pipe, Properties, Repeated, Space};
    let tags = |style| query(ParamPlace::query("tags").style(style), &sample());
    assert_eq!(tags(Brackets), "tags[0]=x%2Cy&tags[1]=z");
    assert_eq!(tags(Repeated), "tags=x%2Cy&tags=z");
    assert_eq!(tags(Comma), "tags=x%2Cy,z");
    assert_eq!(tags(Space), "tags=x%2Cy%20z");
    assert_eq!(tags(Pipe), "tags=x%2Cy|z");
    let filter = |style| query(ParamPlace::query("filter").style(style), &sample());
    assert_eq!(filter(Brackets), "filter[k%201]=v%26&filter[2]=w");
    assert_eq!(filter(Comma), "filter=k%201,v%26,2,w");
    assert_eq!(filter(Pipe), "filter=k%201|v%26|2|w");
    assert_eq!(filter(Properties), "k%201=v%26&2=w");
    assert_eq!(filter(Repeated), "k%201=v%26&2=w");
    for style in [Brackets, Repeated, Comma, Space, Pipe, Properties] {
        let count = ParamPlace::query("count").style(style);
        assert_eq!(query(count, &sample()), "count=3", "{style:?}");
        assert_eq!(query(count, &Params::default()), "", "{style:?}");
        let none = Params {
            tags: Some(Vec::new()),
            ..Params::default()
        };
        let tags = ParamPlace::query("tags").style(style);
        assert_eq!(query(tags, &none), "", "{style:?}");
    }
}

#[test]
fn parameter_in_the_query_may_be_a_json_text() {
    let json = |name| ParamPlace::query(name).style(QueryStyle::Json);
    let text = r#"{"k 1":"v&","2":"w"}"#;
    let escaped = "filter=%7B%22k%201%22%3A%22v%26%22%2C%222%22%3A%22w%22%7D";
    assert_eq!(query(json("filter"), &sample()), escaped);
    let encoded = encode(
        spec(&[const { ParamPlace::query("filter").style(QueryStyle::Json) }]),
        &sample(),
    );
    assert_eq!(encoded.query_value("filter").as_deref(), Some(text));
    assert_eq!(
        query(json("tags"), &sample()),
        "tags=%5B%22x%2Cy%22%2C%22z%22%5D"
    );
    assert_eq!(query(json("name"), &sample()), "name=%22a%20b%22");
    assert_eq!(query(json("count"), &sample()), "count=3");
    assert_eq!(query(json("count"), &Params::default()), "");
    let deep = Params {
        deep: Some(Map::from([("a", vec![1_i64])])),
        ..Params::default()
    };
    assert_eq!(query(json("deep"), &deep), "deep=%7B%22a%22%3A%5B1%5D%7D");
}

#[test]
fn parameters_are_split_between_body_query_headers_and_cookies() {
    const PLACES: &[ParamPlace] = &[
        ParamPlace::query("tags").style(QueryStyle::Comma),
        ParamPlace::header("count"),
        ParamPlace::cookie("name"),
    ];
    let params = encode(json_spec(PLACES), &sample());
    assert_eq!(body(&params), r#"{"filter":{"k 1":"v&","2":"w"}}"#);
    assert_eq!(params.query(), "tags=x%2Cy,z");
    let headers: Vec<_> = params.headers().collect();
    assert_eq!(headers, [("count", "3"), ("cookie", "name=a%20b")]);

    let params = encode(spec(PLACES), &sample());
    assert!(!params.has_body());
    assert_eq!(
        params.query(),
        "filter[k%201]=v%26&filter[2]=w&tags=x%2Cy,z"
    );
}

#[test]
fn header_has_commas_between_items_and_visible_ascii_alone() {
    let text = |name, params: &Params| ParamPlace::header(name).header_text(params);
    assert_eq!(text("tags", &sample()).unwrap().as_deref(), Some("x,y,z"));
    assert_eq!(text("tags", &Params::default()).unwrap(), None);
    for wrong in ["a\r\nX-Evil: 1", "é", "a\tb", "\u{7f}"] {
        let params = Params {
            name: Some(wrong.to_owned()),
            ..Params::default()
        };
        let error = text("name", &params).unwrap_err();
        assert!(error.contains("name") && !error.contains(wrong), "{error}");
    }
}

#[test]
fn values_within_values_are_refused_where_there_is_no_notation() {
    let params = Params {
        deep: Some(Map::from([("a", vec![1_i64])])),
        ..Params::default()
    };
    for style in [
        QueryStyle::Repeated,
        QueryStyle::Comma,
        QueryStyle::Properties,
    ] {
        let place = ParamPlace::query("deep").style(style);
        assert!(place.query_pairs(&params).unwrap_err().contains("deep"));
    }
    assert!(ParamPlace::header("deep").header_text(&params).is_err());
    assert_eq!(query(ParamPlace::query("deep"), &params), "deep[a][0]=1");
}

#[test]
fn parameter_is_the_whole_body_whatever_its_type() {
    const PLACES: &[ParamPlace] =
        &[ParamPlace::body("data").content_type("application/merge-patch+json")];
    for json in [r#"{"a":[1]}"#, "[1,2]", "\"text\"", "null", "7"] {
        let mut params = sample();
        params.data = Some(json.parse().unwrap());
        params.tags = None;
        let params = encode(json_spec(PLACES), &params);
        assert_eq!(body(&params), json);
        let media_type = params.content_type().unwrap();
        assert_eq!(media_type, "application/merge-patch+json", "{json}");
        assert_eq!(
            params.query(),
            "name=a%20b&filter[k%201]=v%26&filter[2]=w&count=3"
        );
    }
    let params = encode(spec(PLACES), &sample());
    assert!(!params.has_body() && params.content_type().is_none());
}

#[test]
fn text_is_the_body_as_it_is() {
    const PLACES: &[ParamPlace] = &[ParamPlace::text("name")];
    const YAML: &[ParamPlace] = &[ParamPlace::text("name").content_type("application/yaml")];
    let params = encode(spec(PLACES), &sample());
    assert_eq!(body(&params), "a b");
    assert_eq!(params.content_type().unwrap(), "text/plain; charset=utf-8");
    let params = encode(spec(YAML), &sample());
    assert_eq!(params.content_type().unwrap(), "application/yaml");
}

#[test]
fn file_is_the_body_with_its_own_media_type_if_it_has_one() {
    const PLACES: &[ParamPlace] = &[ParamPlace::bytes("file").content_type("image/*")];
    let upload = |file: FileUpload| {
        let params = Params {
            file: Some(file),
            ..Params::default()
        };
        encode(spec(PLACES), &params)
    };
    let plain = upload(FileUpload::new("a.png", &b"\x89PNG"[..]));
    assert_eq!(plain.content_type().unwrap(), "image/*");
    assert_eq!(plain.clone().take_body().as_ref(), b"\x89PNG");
    let mut typed = upload(FileUpload::new("a.png", &b"\x89PNG"[..]).content_type("image/png"));
    assert_eq!(typed.content_type().unwrap(), "image/png");
    assert!(typed.take_upload().is_none());
    let mut streamed = upload(FileUpload::from_reader("zeros", 9, std::io::repeat(0)));
    assert!(streamed.has_body());
    let stream = streamed.take_upload().unwrap();
    assert_eq!(stream.length(), 9);
    assert_eq!(stream.read_to_bytes().unwrap().as_ref(), [0; 9]);
}

#[test]
fn media_type_of_the_operation_replaces_that_of_the_format() {
    let spec: &'static OperationSpec = Box::leak(Box::new(
        OperationSpec::of("test", Method::Post, "/test")
            .json()
            .content_type("application/vnd.api+json"),
    ));
    let params = encode(spec, &sample());
    assert_eq!(params.content_type().unwrap(), "application/vnd.api+json");
}

#[test]
fn parameter_stays_in_its_place_when_it_is_set_again() {
    const PLACES: &[ParamPlace] = &[
        ParamPlace::query("tags").style(QueryStyle::Repeated),
        ParamPlace::query("filter"),
        ParamPlace::header("count"),
    ];
    let mut params = encode(json_spec(PLACES), &sample());
    params.set("tags", &vec!["q"]).unwrap();
    params.set("filter[2]", &"n").unwrap();
    params.set("more", &true).unwrap();
    assert_eq!(params.query(), "tags=q&filter[k%201]=v%26&filter[2]=n");
    assert_eq!(body(&params), r#"{"name":"a b","more":true}"#);
    assert!(params.set("tags[0]", &1_i64).is_err());
    assert!(params.set("count", &1_i64).is_err());
    assert!(params.append("tags", "x").is_err());
    const WHOLE: &[ParamPlace] = &[ParamPlace::text("name")];
    let mut params = encode(spec(WHOLE), &sample());
    assert!(params.set("other", &1_i64).is_err());
    assert!(params.append("expand", "x").is_err());
}

#[test]
fn number_without_a_notation_is_refused_in_any_place() {
    struct Ratio;
    impl Encode for Ratio {
        fn encode(&self, out: &mut dyn Writer) {
            write_record(out, &[("ratio", &f64::NAN)]);
        }
    }
    const PLACES: &[ParamPlace] = &[ParamPlace::query("ratio").style(QueryStyle::Comma)];
    let error = spec(PLACES).encode_params(&Ratio, || 7).unwrap_err();
    assert!(error.contains("ratio"), "{error}");
}

#[test]
fn parameters_are_split_when_they_are_json_text() {
    const PLACES: &[ParamPlace] = &[ParamPlace::query("a").style(QueryStyle::Comma)];
    let json: RawJson = r#"{"a":[1,"x"],"b":{"c":null}}"#.parse().unwrap();
    let params = json_spec(PLACES).encode_params(&json, || 7).unwrap();
    assert_eq!(params.query(), "a=1,x");
    assert_eq!(body(&params), r#"{"b":{"c":null}}"#);
}

#[test]
fn parameter_of_a_form_has_its_style_in_the_body() {
    const PLACES: &[ParamPlace] = &[
        ParamPlace::form("tags").style(QueryStyle::Repeated),
        ParamPlace::form("filter").style(QueryStyle::Properties),
        ParamPlace::query("count"),
    ];
    let form: &'static OperationSpec = Box::leak(Box::new(spec(PLACES).clone().form()));
    let encoded = encode(form, &sample());
    let text = body(&encoded);
    assert!(text.starts_with("name=a%20b&tags=x%2Cy&tags=z&"), "{text}");
    assert!(text.contains("2=w"), "{text}");
    assert!(!text.contains("count"), "{text}");
    assert_eq!(encoded.query(), "count=3");
}
