//! What parameters of the generated crate send.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own values are wrong"
)]

use runtime::codec::{Encode, encode_form, encode_json};
use stripe::coupons::CreateCoupon;
use stripe::customers::{CreateCustomer, UpdateCustomer};
use stripe::invoices::CreateInvoice;
use stripe::payment_intents::CreatePaymentIntent;
use stripe::resources::Customer;
use stripe::resources::customer::DeletedCustomer;
use stripe::subscriptions::CreateSubscription;
use stripe::testing::{ManualClock, Mock};
use stripe::value::{Decimal, Expandable, Id, MaybeDeleted, Metadata, MinorUnitsError};
use stripe::{Client, Currency, params};

/// The form with readable names.
fn form(params: &dyn Encode) -> String {
    let encoded = encode_form(params);
    let decoded = percent_encoding::percent_decode_str(&encoded);
    decoded.decode_utf8_lossy().into_owned()
}

/// A client that never reaches a server.
fn offline_client() -> Client {
    let client = Client::builder()
        .api_key("sk_test_123")
        .transport(Mock::new())
        .clock(ManualClock::new().auto_advance());
    client.build().expect("a client")
}

#[test]
fn empty_collection_sends_nothing_where_it_cannot_clear() {
    let none = Vec::<String>::new;
    assert_eq!(form(&CreateCustomer::new().preferred_locales(none())), "");
    assert_eq!(form(&CreateSubscription::new().items([])), "");
    assert_eq!(form(&CreateCustomer::new().metadata(Metadata::new())), "");
    let nested = params::CreateSubscriptionItemParams::new()
        .tax_rates(none())
        .metadata(Metadata::new());
    let subscription = CreateSubscription::new().items([nested.price("price_1")]);
    assert_eq!(form(&subscription), "items[0][price]=price_1");
}

#[test]
fn empty_collection_clears_where_that_is_asked_for() {
    let invoice = CreateInvoice::new();
    assert_eq!(
        form(&invoice.clone().discounts([]).metadata(Metadata::new())),
        ""
    );
    assert_eq!(
        form(&invoice.clear_discounts().clear_metadata()),
        "discounts=&metadata="
    );
    let customer = UpdateCustomer::new().metadata([("kept", "1"), ("gone", "")]);
    assert_eq!(form(&customer), "metadata[kept]=1&metadata[gone]=");
}

#[test]
fn empty_collection_is_written_in_json() {
    use stripe::v2::core::accounts::{DefaultsParams, UpdateAccount};
    let defaults = DefaultsParams::new().locales(Vec::<String>::new());
    let account = UpdateAccount::new().defaults(defaults);
    assert_eq!(encode_json(&account), r#"{"defaults":{"locales":[]}}"#);
}

#[tokio::test]
async fn number_that_is_not_finite_is_a_build_error() {
    let client = offline_client();
    for value in [f64::NAN, f64::INFINITY] {
        let params = CreateCoupon::new().percent_off(value);
        let error = client.coupons().create(params).await.expect_err("an error");
        assert!(error.is_build(), "{error}");
        assert!(error.to_string().contains("`percent_off`"), "{error}");
        assert_eq!(error.attempts(), 0);
    }
    let fine = CreateCoupon::new().percent_off(1e-6);
    assert_eq!(form(&fine), "percent_off=0.000001");
}

#[test]
fn parameter_is_set_from_an_option_in_the_chain() {
    let sign_up = |email: Option<String>, name: Option<&str>, balance: Option<i64>| {
        CreateCustomer::new()
            .maybe(email, CreateCustomer::email)
            .maybe(name, |params, name| params.name(name).description("named"))
            .maybe(balance, CreateCustomer::balance)
            .maybe(Some([("paid", true)]), CreateCustomer::metadata)
    };
    assert_eq!(form(&sign_up(None, None, None)), "metadata[paid]=true");
    let everything = sign_up(Some("a@b.c".to_owned()), Some("Jenny"), Some(3));
    assert_eq!(
        form(&everything),
        "balance=3&description=named&email=a@b.c&metadata[paid]=true&name=Jenny"
    );
}

#[test]
fn id_is_accepted_in_every_form() {
    type Reference = Expandable<MaybeDeleted<Customer, DeletedCustomer>>;
    let id = Id::<Customer>::from("cus_1");
    let reference: Reference = runtime::codec::decode(br#""cus_1""#).expect("an id");
    let text = "cus_1".to_owned();
    let all = [
        CreatePaymentIntent::new(1, "eur").customer("cus_1"),
        CreatePaymentIntent::new(1, "eur").customer("cus_1".to_owned()),
        CreatePaymentIntent::new(1, "eur").customer(&text),
        CreatePaymentIntent::new(1, "eur").customer(&id),
        CreatePaymentIntent::new(1, "eur").customer(id.clone()),
        CreatePaymentIntent::new(1, "eur").customer(&reference),
        CreatePaymentIntent::new(1, "eur").customer(reference.id()),
        CreatePaymentIntent::new(1, "eur").maybe(Some(&id), CreatePaymentIntent::customer),
    ];
    for params in all {
        assert_eq!(form(&params), "amount=1&currency=eur&customer=cus_1");
    }
    let client = offline_client();
    let customers = client.customers();
    for name in ["cus_1", "cus_2"].iter() {
        drop(customers.retrieve(name));
    }
    drop((customers.retrieve(&id), customers.retrieve(&reference)));
    drop(customers.retrieve(reference.clone()));
    assert!(*reference.id() == id && id == "cus_1");
}

#[test]
fn id_of_an_object_is_known_whether_it_is_deleted_or_not() {
    let gone = br#"{"id": "cus_1", "object": "customer", "deleted": true}"#;
    let gone: MaybeDeleted<Customer, DeletedCustomer> =
        runtime::codec::decode(gone).expect("a deleted customer");
    assert!(gone.is_deleted());
    assert_eq!(gone.id(), "cus_1");
}

#[test]
fn currencies_have_the_decimals_of_the_api() {
    let amount = |text: &str| text.parse::<Decimal>().expect("a number");
    let units = |code: &str, text| Currency::from(code).to_minor_units(&amount(text));
    assert_eq!(units("EUR", "12.5"), Ok(1250));
    assert_eq!(units("jpy", "500"), Ok(500));
    assert_eq!(units("kwd", "5.12"), Ok(5120));
    assert_eq!(units("isk", "5"), Ok(500));
    let too_many = MinorUnitsError::TooManyDecimals { allowed: 0 };
    assert_eq!(units("jpy", "0.5"), Err(too_many));
    let yen = Currency::from("JPY");
    assert_eq!(yen.from_minor_units(500).as_str(), "500");
    let params = CreatePaymentIntent::new(500, yen);
    assert_eq!(form(&params), "amount=500&currency=jpy");
}
