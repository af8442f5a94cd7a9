use super::{expand_template, join_items, split_url};

#[test]
fn path_is_filled_in_order_when_arguments_fit() {
    let path = expand_template(
        "/v1/accounts/{account}/persons/{person}",
        &[],
        &["acct_1", "person_2"],
    );
    assert_eq!(path.unwrap(), "/v1/accounts/acct_1/persons/person_2");
    assert_eq!(
        expand_template("/v1/balance", &[], &[]).unwrap(),
        "/v1/balance"
    );
}

#[test]
fn path_argument_is_escaped_when_it_holds_other_characters() {
    let path = expand_template("/v1/coupons/{coupon}", &[], &["a/b?c#d é%2F+~"]).unwrap();
    assert_eq!(path, "/v1/coupons/a%2Fb%3Fc%23d%20%C3%A9%252F%2B~");
}

#[test]
fn path_is_refused_when_argument_leads_elsewhere() {
    for bad in ["", ".", ".."] {
        let error = expand_template("/v1/customers/{customer}", &[], &[bad]).unwrap_err();
        assert!(error.contains("customer"), "{error}");
    }
    assert!(expand_template("/v1/x/{a}/{b}", &[], &["1"]).is_err());
    assert!(expand_template("/v1/x/{a}", &[], &["1", "2"]).is_err());
    assert!(expand_template("/v1/x/{a}", &[], &["..."]).is_ok());
}

#[test]
fn address_is_split_when_origin_is_ours() {
    let base = "https://api.example.com";
    assert_eq!(split_url("/v2/x?page=1", base), Some(("/v2/x", "page=1")));
    assert_eq!(split_url("/v2/x", base), Some(("/v2/x", "")));
    assert_eq!(
        split_url("https://api.example.com/v2/x?a=b", base),
        Some(("/v2/x", "a=b"))
    );
}

#[test]
fn address_is_refused_when_origin_differs() {
    let base = "https://api.example.com";
    for bad in [
        "https://evil.example/v2/x",
        "https://api.example.com.evil.example/v2/x",
        "https://api.example.com@evil.example/x",
        "https://api.example.com:444/v2/x",
        "http://api.example.com/v2/x",
        "//evil.example/x",
        "v2/x",
        "",
        "/v2/../../x",
        "/v2/x\r\ny",
        "/\\evil.example",
    ] {
        assert_eq!(split_url(bad, base), None, "{bad}");
    }
}

#[test]
fn list_in_a_path_has_its_style() {
    use super::PathStyle::{Label, LabelExploded, Matrix, MatrixExploded, Simple};
    let join = |style| join_items(style, "a id", ["x y", "1,2", "é;"]);
    assert_eq!(join(Simple), "x%20y,1%2C2,%C3%A9%3B");
    assert_eq!(join(Label), ".x%20y,1%2C2,%C3%A9%3B");
    assert_eq!(join(LabelExploded), ".x%20y.1%2C2.%C3%A9%3B");
    assert_eq!(join(Matrix), ";a%20id=x%20y,1%2C2,%C3%A9%3B");
    assert_eq!(
        join(MatrixExploded),
        ";a%20id=x%20y;a%20id=1%2C2;a%20id=%C3%A9%3B"
    );
    for style in [Simple, Label, LabelExploded, Matrix, MatrixExploded] {
        assert_eq!(join_items(style, "id", [""; 0]), "", "{style:?}");
        let path = expand_template("/cars/{a id}/x", &["a id"], &[&join(style)]).unwrap();
        assert_eq!(path, format!("/cars/{}/x", join(style)), "{style:?}");
    }
}

#[test]
fn styled_argument_is_refused_if_it_would_change_the_path() {
    let expand = |text: &str| expand_template("/cars/{ids}", &["ids"], &[text]);
    assert_eq!(expand("a,b").unwrap(), "/cars/a,b");
    for bad in ["", ".", "..", "a/b", "a?b", "a#b", "a b", "é"] {
        let error = expand(bad).unwrap_err();
        assert!(error.contains("ids"), "{bad}: {error}");
    }
    let plain = expand_template("/cars/{ids}", &[], &["a,b"]).unwrap();
    assert_eq!(plain, "/cars/a%2Cb");
}
