//! The cards of tests, by number and by name.

use serde_json::{Value, json};

/// What happens with a test card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardOutcome {
    Succeeds,
    /// Declined whenever it is used, with a code and a decline code.
    Declined(&'static str, Option<&'static str>),
    /// Can be saved, and is declined when it is charged.
    DeclinedOnCharge,
    RequiresAuthentication,
    /// Succeeds, and the charge is disputed.
    Disputed,
}

/// A card that the API has for tests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestCard {
    name: &'static str,
    number: &'static str,
    brand: &'static str,
    pub(crate) outcome: CardOutcome,
}

const fn card(
    name: &'static str,
    number: &'static str,
    brand: &'static str,
    outcome: CardOutcome,
) -> TestCard {
    TestCard {
        name,
        number,
        brand,
        outcome,
    }
}

const fn declined(name: &'static str, number: &'static str, reason: &'static str) -> TestCard {
    let outcome = CardOutcome::Declined("card_declined", Some(reason));
    card(name, number, "visa", outcome)
}

/// <https://docs.stripe.com/testing>
const TEST_CARDS: &[TestCard] = &[
    card("visa", "4242424242424242", "visa", CardOutcome::Succeeds),
    card(
        "visa_debit",
        "4000056655665556",
        "visa",
        CardOutcome::Succeeds,
    ),
    card(
        "mastercard",
        "5555555555554444",
        "mastercard",
        CardOutcome::Succeeds,
    ),
    card(
        "mastercard_debit",
        "5200828282828210",
        "mastercard",
        CardOutcome::Succeeds,
    ),
    card(
        "mastercard_prepaid",
        "5105105105105100",
        "mastercard",
        CardOutcome::Succeeds,
    ),
    card("us", "4242424242424242", "visa", CardOutcome::Succeeds),
    card("avsFail", "4000000000000010", "visa", CardOutcome::Succeeds),
    card(
        "cvcCheckFail",
        "4000000000000101",
        "visa",
        CardOutcome::Succeeds,
    ),
    card(
        "bypassPending",
        "4000000000000077",
        "visa",
        CardOutcome::Succeeds,
    ),
    card("amex", "378282246310005", "amex", CardOutcome::Succeeds),
    card(
        "discover",
        "6011111111111117",
        "discover",
        CardOutcome::Succeeds,
    ),
    card(
        "diners",
        "3056930009020004",
        "diners",
        CardOutcome::Succeeds,
    ),
    card("jcb", "3566002020360505", "jcb", CardOutcome::Succeeds),
    card(
        "unionpay",
        "6200000000000005",
        "unionpay",
        CardOutcome::Succeeds,
    ),
    declined("chargeDeclined", "4000000000000002", "generic_decline"),
    declined("visa_chargeDeclined", "4000000000000002", "generic_decline"),
    declined(
        "chargeDeclinedInsufficientFunds",
        "4000000000009995",
        "insufficient_funds",
    ),
    declined(
        "visa_chargeDeclinedInsufficientFunds",
        "4000000000009995",
        "insufficient_funds",
    ),
    declined(
        "visa_chargeDeclinedLostCard",
        "4000000000009987",
        "lost_card",
    ),
    declined(
        "visa_chargeDeclinedStolenCard",
        "4000000000009979",
        "stolen_card",
    ),
    declined("chargeDeclinedFraudulent", "4100000000000019", "fraudulent"),
    card(
        "chargeDeclinedExpiredCard",
        "4000000000000069",
        "visa",
        CardOutcome::Declined("expired_card", None),
    ),
    card(
        "chargeDeclinedIncorrectCvc",
        "4000000000000127",
        "visa",
        CardOutcome::Declined("incorrect_cvc", None),
    ),
    card(
        "chargeDeclinedProcessingError",
        "4000000000000119",
        "visa",
        CardOutcome::Declined("processing_error", None),
    ),
    card(
        "chargeCustomerFail",
        "4000000000000341",
        "visa",
        CardOutcome::DeclinedOnCharge,
    ),
    card(
        "authenticationRequired",
        "4000002500003155",
        "visa",
        CardOutcome::RequiresAuthentication,
    ),
    card(
        "authenticationRequiredOnSetup",
        "4000002760003184",
        "visa",
        CardOutcome::RequiresAuthentication,
    ),
    card(
        "threeDSecure2Required",
        "4000000000003220",
        "visa",
        CardOutcome::RequiresAuthentication,
    ),
    card(
        "createDispute",
        "4000000000000259",
        "visa",
        CardOutcome::Disputed,
    ),
];

impl TestCard {
    /// `card` of a payment method.
    pub(crate) fn details(self) -> Value {
        card_details(self.number, self.brand, 12, 2034)
    }
}

/// `card` of a payment method with this number.
pub(crate) fn card_details(number: &str, brand: &str, month: i64, year: i64) -> Value {
    let last4: String = number
        .chars()
        .skip(number.chars().count().saturating_sub(4))
        .collect();
    json!({
        "brand": brand,
        "checks": null,
        "country": "US",
        "display_brand": brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": format!("fingerprint{last4}"),
        "funding": "credit",
        "generated_from": null,
        "last4": last4,
        "networks": null,
        "regulated_status": "unregulated",
        "three_d_secure_usage": { "supported": true },
        "wallet": null,
    })
}

/// Whether an id is the name of a test card, `pm_card_visa` or `tok_visa`.
pub(crate) fn is_test_card(id: &str) -> bool {
    find_test_card(id).is_some()
}

/// The card of a name, `pm_card_visa` or `tok_visa`.
pub(crate) fn find_test_card(name: &str) -> Option<TestCard> {
    let name = name
        .strip_prefix("pm_card_")
        .or_else(|| name.strip_prefix("tok_"))?;
    TEST_CARDS.iter().find(|card| card.name == name).copied()
}

/// The card of a number.
pub(crate) fn find_card_number(number: &str) -> Option<TestCard> {
    TEST_CARDS
        .iter()
        .find(|card| card.number == number)
        .copied()
}

/// The network of a card number, by its first digit.
pub(crate) fn brand_of_number(number: &str) -> &'static str {
    match number.as_bytes().first() {
        Some(b'5') => "mastercard",
        Some(b'3') => "amex",
        Some(b'6') => "discover",
        _ => "visa",
    }
}

/// What happens with a payment method that has these details.
pub(crate) fn outcome_of_method(method: &Value) -> CardOutcome {
    let last4 = method["card"]["last4"].as_str().unwrap_or_default();
    let known = TEST_CARDS.iter().find(|card| card.number.ends_with(last4));
    match known {
        Some(card) if !last4.is_empty() => card.outcome,
        _ => CardOutcome::Succeeds,
    }
}
