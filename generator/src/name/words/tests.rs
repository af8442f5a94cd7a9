use super::Words;

#[test]
fn pascal_follows_rust_for_acronyms_and_digits() {
    for (wire, expected) in [
        ("collection_method", "CollectionMethod"),
        ("sepa_debit", "SepaDebit"),
        ("USD", "Usd"),
        ("en-GB", "EnGb"),
        ("2.1.0", "V2_1_0"),
        ("3ds", "V3ds"),
        ("01", "V01"),
        ("[redacted]", "Redacted"),
        ("billing_portal.session", "BillingPortalSession"),
        ("camelCase", "CamelCase"),
        ("eps_a_1", "EpsA1"),
    ] {
        assert_eq!(Words::from_wire(wire).to_pascal_case(), expected, "{wire}");
    }
}

#[test]
fn snake_never_starts_with_a_digit() {
    assert_eq!(
        Words::from_wire("3ds_status").to_snake_case(),
        "v3ds_status"
    );
    assert_eq!(
        Words::from_wire("billing_portal.session").to_snake_case(),
        "billing_portal_session"
    );
}

#[test]
fn last_word_changes_number() {
    for (plural, singular) in [
        ("customers", "customer"),
        ("line_items", "line_item"),
        ("tax_ids", "tax_id"),
        ("payment_method_domains", "payment_method_domain"),
        ("disputes", "dispute"),
        ("addresses", "address"),
        ("taxes", "tax"),
        ("countries", "country"),
        ("branches", "branch"),
    ] {
        assert_eq!(
            Words::from_wire(plural).into_singular().to_snake_case(),
            singular
        );
        assert_eq!(
            Words::from_wire(singular).into_plural().to_snake_case(),
            plural
        );
    }
}

#[test]
fn words_that_only_look_like_plurals_stay() {
    for word in ["address", "status", "business", "analysis", "vat"] {
        assert_eq!(Words::from_wire(word).into_singular().to_snake_case(), word);
    }
}
