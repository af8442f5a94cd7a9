use super::{
    Encode, Writer, check_numbers, encode_checked_form, encode_checked_json, encode_form,
    encode_json, write_json_text, write_record, write_record_with_text,
};
use crate::file_upload::FileUpload;
use crate::value::{Clearable, Map, Metadata};

/// A record of the given fields.
struct Fields<'a>(&'a [(&'a str, &'a dyn Encode)]);

impl Encode for Fields<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(out, self.0);
    }
}

/// A value that is written as the given JSON text.
struct Open(String);

impl Encode for Open {
    fn encode(&self, out: &mut dyn Writer) {
        out.raw(&self.0);
    }
}

fn form(fields: &[(&str, &dyn Encode)]) -> String {
    encode_form(&Fields(fields))
}

fn json(fields: &[(&str, &dyn Encode)]) -> String {
    encode_json(&Fields(fields))
}

/// The pairs of a form as a server decodes them.
fn pairs(form: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap();
        (decode(key), decode(value))
    };
    form.split('&').map(pair).collect()
}

#[test]
fn scalars_are_written_plainly() {
    let fields: [(&str, &dyn Encode); 7] = [
        ("s", &"text"),
        ("empty", &""),
        ("i", &-42i64),
        ("big", &i64::MIN),
        ("f", &0.1f64),
        ("t", &true),
        ("u", &false),
    ];
    assert_eq!(
        form(&fields),
        "s=text&empty=&i=-42&big=-9223372036854775808&f=0.1&t=true&u=false"
    );
    assert_eq!(
        json(&fields),
        r#"{"s":"text","empty":"","i":-42,"big":-9223372036854775808,"f":0.1,"t":true,"u":false}"#
    );
}

#[test]
fn floats_are_written_as_javascript_writes_them() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-12.5, "-12.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (1e20, "100000000000000000000"),
        (123_456_789_012_345_680.0, "123456789012345680"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (1e-6, "0.000001"),
        (1.5e-6, "0.0000015"),
        (9.5e-7, "9.5e-7"),
        (-1e-7, "-1e-7"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
    ] {
        assert_eq!(encode_json(&value), text);
        assert_eq!(text.parse(), Ok(value));
        let encoded = text.replace('+', "%2B");
        assert_eq!(form(&[("f", &value)]), format!("f={encoded}"));
    }
}

#[test]
fn numbers_without_a_notation_are_texts_outside_of_requests() {
    for (value, text) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        assert_eq!(form(&[("f", &value)]), format!("f={text}"));
        assert_eq!(encode_json(&value), format!("\"{text}\""));
    }
}

#[test]
fn number_that_is_not_finite_is_found_by_its_path() {
    let rates: Map<f64> = Map::from([("a", 1.0), ("é b", f64::NEG_INFINITY)]);
    let items = vec![Fields(&[]), Fields(&[("rate", &f64::NAN)])];
    let found = |name: &str, value: &dyn Encode| {
        let fields: [(&str, &dyn Encode); 2] = [("first", &0.5), (name, value)];
        let fields = Fields(&fields);
        let error = check_numbers(&fields).unwrap_err();
        assert_eq!(encode_checked_form(&fields).unwrap_err(), error);
        assert_eq!(encode_checked_json(&fields).unwrap_err(), error);
        error.to_string()
    };
    assert!(found("rates", &rates).starts_with("the parameter `rates[é b]` is infinite, and"));
    assert!(found("items", &items).starts_with("the parameter `items[1][rate]` is NaN, and"));
    let list = vec![f64::INFINITY, f64::NAN];
    assert!(found("list", &list).starts_with("the parameter `list[0]` is infinite, and"));
    let fine = Fields(&[("rate", &f64::MAX), ("text", &"NaN")]);
    assert_eq!(check_numbers(&fine), Ok(()));
    assert!(encode_checked_form(&fine).is_ok() && encode_checked_json(&fine).is_ok());
}

#[test]
fn absent_fields_are_left_out_and_cleared_ones_are_empty() {
    let fields: [(&str, &dyn Encode); 6] = [
        ("none", &None::<String>),
        ("some", &Some("x")),
        ("unset", &Clearable::<String>::Unset),
        ("clear", &Clearable::<String>::Clear),
        ("set", &Clearable::Set(1i64)),
        ("boxed", &Box::new(None::<i64>)),
    ];
    assert_eq!(form(&fields), "some=x&clear=&set=1");
    assert_eq!(json(&fields), r#"{"some":"x","clear":null,"set":1}"#);
}

#[test]
fn special_characters_of_values_are_percent_encoded() {
    let cases = [
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("&=[]", "%26%3D%5B%5D"),
        ("100%", "100%25"),
        ("%20", "%2520"),
        ("#?/:@!$'()*,;", "%23%3F%2F%3A%40%21%24%27%28%29%2A%2C%3B"),
        ("-._~", "-._~"),
        ("\r\n\t\0", "%0D%0A%09%00"),
        ("\"<>\\^`{|}", "%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("é", "%C3%A9"),
        ("日本", "%E6%97%A5%E6%9C%AC"),
        ("😀", "%F0%9F%98%80"),
        ("\u{7f}", "%7F"),
    ];
    for (value, encoded) in cases {
        assert_eq!(form(&[("k", &value)]), format!("k={encoded}"));
        assert_eq!(
            pairs(&form(&[("k", &value)])),
            [("k".into(), value.to_owned())]
        );
    }
}

#[test]
fn special_characters_of_map_keys_cannot_break_the_nesting() {
    let map = Metadata::from([
        ("a][b", "1"),
        ("c=d&e", "2"),
        ("f g+%", "3"),
        ("é", "4"),
        ("", "5"),
    ]);
    assert_eq!(
        form(&[("metadata", &map)]),
        "metadata[a%5D%5Bb]=1&metadata[c%3Dd%26e]=2&metadata[f%20g%2B%25]=3\
         &metadata[%C3%A9]=4&metadata[]=5"
    );
}

#[test]
fn lists_are_indexed_and_empty_ones_are_nothing_in_a_form() {
    let none: Vec<String> = vec![];
    let nested = vec![vec!["a", "b"], vec![], vec!["c"]];
    assert_eq!(
        form(&[
            ("l", &vec!["x", "y"]),
            ("n", &none),
            ("d", &nested),
            ("z", &1i64)
        ]),
        "l[0]=x&l[1]=y&d[0][0]=a&d[0][1]=b&d[2][0]=c&z=1"
    );
    let gaps = vec![Some(1i64), None, Some(3)];
    assert_eq!(form(&[("g", &gaps)]), "g[0]=1&g[1]=&g[2]=3");
    assert_eq!(
        json(&[("g", &gaps), ("n", &none)]),
        r#"{"g":[1,null,3],"n":[]}"#
    );
    let long: Vec<i64> = (0..11).collect();
    assert!(form(&[("l", &long)]).ends_with("&l[9]=9&l[10]=10"));
}

#[test]
fn records_nest_in_lists_and_maps() {
    let item = |price: &'static str| Map::<String>::from([("price", price), ("kind", "k")]);
    let items = vec![item("p1"), item("p2")];
    let map = Map::<Vec<i64>>::from([("a", vec![1, 2]), ("b", vec![])]);
    assert_eq!(
        form(&[("items", &items), ("map", &map)]),
        "items[0][price]=p1&items[0][kind]=k&items[1][price]=p2&items[1][kind]=k\
         &map[a][0]=1&map[a][1]=2"
    );
    assert_eq!(
        json(&[("items", &items), ("map", &map)]),
        r#"{"items":[{"price":"p1","kind":"k"},{"price":"p2","kind":"k"}],"map":{"a":[1,2],"b":[]}}"#
    );
}

#[test]
fn empty_maps_and_records_are_nothing_in_a_form() {
    let empty = Metadata::new();
    let listed = vec![Metadata::new(), Metadata::from([("a", "1")])];
    let fields: [(&str, &dyn Encode); 4] = [
        ("m", &empty),
        ("r", &Fields(&[])),
        ("l", &listed),
        ("u", &()),
    ];
    assert_eq!(form(&fields), "l[1][a]=1");
    assert_eq!(
        json(&fields),
        r#"{"m":{},"r":{},"l":[{},{"a":"1"}],"u":{}}"#
    );
    assert_eq!(form(&[]), "");
    assert_eq!(
        (encode_form(&()), encode_json(&())),
        (String::new(), "{}".to_owned())
    );
}

#[test]
fn only_clear_clears_and_lists_and_maps_agree() {
    let list = || Vec::<String>::new();
    let fields: [(&str, &dyn Encode); 10] = [
        ("list", &list()),
        ("map", &Metadata::new()),
        ("some_list", &Some(list())),
        ("some_map", &Some(Metadata::new())),
        ("set_list", &Clearable::Set(list())),
        ("set_map", &Clearable::Set(Metadata::new())),
        ("clear_list", &Clearable::<Vec<String>>::Clear),
        ("clear_map", &Clearable::<Metadata>::Clear),
        ("unset", &Clearable::<Vec<String>>::Unset),
        ("none", &None::<Metadata>),
    ];
    assert_eq!(form(&fields), "clear_list=&clear_map=");
    assert_eq!(
        json(&fields),
        r#"{"list":[],"map":{},"some_list":[],"some_map":{},"set_list":[],"set_map":{},"clear_list":null,"clear_map":null}"#
    );
    // Within records, in lists of maps and in lists of lists.
    let inner = || Fields(&fields);
    assert_eq!(
        form(&[("in", &inner()), ("of", &vec![inner()])]),
        "in[clear_list]=&in[clear_map]=&of[0][clear_list]=&of[0][clear_map]="
    );
    let maps = vec![Metadata::new(), Metadata::from([("a", "")])];
    assert_eq!(form(&[("l", &maps), ("e", &vec![list()])]), "l[1][a]=");
    let values: Map<Clearable<Vec<String>>> =
        Map::from([("a", Clearable::Clear), ("b", Clearable::Set(list()))]);
    assert_eq!(form(&[("m", &values)]), "m[a]=");
}

#[test]
fn deep_nesting_keeps_every_part_of_the_name() {
    let depth = 100;
    let text = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let expected = format!("a{}=1", "[a]".repeat(depth - 1));
    assert_eq!(encode_form(&Open(text)), expected);
    let text = format!("{{\"l\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(
        encode_form(&Open(text)),
        format!("l{}=1", "[0]".repeat(depth))
    );
}

#[test]
fn names_after_nested_values_start_afresh() {
    let inner = Fields(&[("x", &vec![1i64]), ("y", &2i64)]);
    let outer = Fields(&[("in", &inner), ("z", &3i64)]);
    assert_eq!(
        form(&[
            ("a", &1i64),
            ("out", &outer),
            ("b", &vec![4i64]),
            ("c", &5i64)
        ]),
        "a=1&out[in][x][0]=1&out[in][y]=2&out[z]=3&b[0]=4&c=5"
    );
}

#[test]
fn raw_json_is_taken_apart_by_a_form_and_kept_by_json() {
    let open = Open(r#"{"a b":[1.50,true,null,"x y",{"c":[]},{}],"d":{"e":"é"}}"#.to_owned());
    assert_eq!(
        form(&[("o", &open)]),
        "o[a%20b][0]=1.50&o[a%20b][1]=true&o[a%20b][2]=&o[a%20b][3]=x%20y\
         &o[d][e]=%C3%A9"
    );
    assert_eq!(
        json(&[("o", &open), ("p", &1i64)]),
        format!(r#"{{"o":{},"p":1}}"#, open.0)
    );
}

#[test]
fn json_strings_escape_what_they_must() {
    for (text, quoted) in [
        ("", r#""""#),
        ("a\"b\\c/d", r#""a\"b\\c/d""#),
        (
            "\n\r\t\u{8}\u{c}\0\u{1f}",
            r#""\n\r\t\u0008\u000c\u0000\u001f""#,
        ),
        ("\u{7f}é\u{2028}😀", "\"\u{7f}é\u{2028}😀\""),
    ] {
        assert_eq!(encode_json(&text), quoted);
        assert_eq!(serde_json::from_str::<String>(quoted).unwrap(), text);
    }
    assert_eq!(
        encode_json(&Metadata::from([("a\"b", "c")])),
        r#"{"a\"b":"c"}"#
    );
}

#[test]
fn values_without_a_name_are_left_out_of_a_form() {
    assert_eq!(encode_form(&"x"), "");
    assert_eq!(encode_form(&vec!["x", "y"]), "0=x&1=y");
    assert_eq!(encode_form(&None::<i64>), "");
    // With their members, which would otherwise be written as members of the root.
    let open = |json: &str| encode_form(&Open(json.to_owned()));
    assert_eq!(open(r#"{"":1,"a":2}"#), "a=2");
    assert_eq!(open(r#"{"":{"a":1,"b":[2,{}]},"c":{"":3}}"#), "c[]=3");
    assert_eq!(open(r#"[{"":{"a":1}}]"#), "0[][a]=1");
}

#[test]
fn files_outside_multipart_are_their_names() {
    let file = FileUpload::new("a b.png", &b"secret"[..]);
    assert_eq!(form(&[("file", &file)]), "file=a%20b.png");
    assert_eq!(json(&[("file", &file)]), r#"{"file":"a b.png"}"#);
}

#[test]
fn replayed_text_is_written_value_by_value() {
    struct Again(&'static str);
    impl Encode for Again {
        fn encode(&self, out: &mut dyn Writer) {
            write_json_text(self.0, out).unwrap();
        }
    }
    let spaced = Again(r#" { "a" : [ 1.0 , -2e5 , { } , null , "é\u00e9\n" ] , "b" : false } "#);
    assert_eq!(
        encode_json(&spaced),
        r#"{"a":[1.0,-2e5,{},null,"éé\n"],"b":false}"#
    );
}

#[test]
fn integers_of_marked_fields_are_text_at_every_depth() {
    struct Import;
    impl Encode for Import {
        fn encode(&self, out: &mut dyn Writer) {
            let limits: Map<Clearable<i64>> =
                Map::from([("a", Clearable::Set(3)), ("b", Clearable::Clear)]);
            let fields: [(&str, &dyn Encode); 5] = [
                ("plain", &1i64),
                ("size", &i64::MIN),
                ("rows", &vec![1i64, 2]),
                ("limits", &limits),
                ("absent", &None::<i64>),
            ];
            write_record_with_text(out, &[("object", &"import")], &[0b1_1110], &fields);
        }
    }
    let json = r#"{"object":"import","plain":1,"size":"-9223372036854775808","rows":["1","2"],"limits":{"a":"3","b":null}}"#;
    assert_eq!(encode_json(&Import), json);
    // All values of a form are text.
    let form = "object=import&plain=1&size=-9223372036854775808&rows[0]=1&rows[1]=2&limits[a]=3&limits[b]=";
    assert_eq!(encode_form(&Import), form);
}
