//! End to end: the generated crate against localstripe, an independent stateful fake of Stripe.
//!
//! Every test starts its own server, so tests do not share objects. The tests are ignored by
//! default because the server has to be installed first:
//!
//! ```text
//! tests/localstripe/install.sh
//! cargo test -p tests --test client -- --ignored localstripe::
//! ```
//!
//! Where localstripe differs from the API, a comment at the assertion says so; the assertion then
//! states the behaviour of localstripe, so that a change of it is detected.

use stripe::payment_methods::{CreateCardParams, CreatePaymentMethod};

mod billing;
mod catalogue;
mod customers;
mod errors;
mod incomplete;
mod pages;
mod payments;
mod quickstart;
mod setup;
mod unset;
#[cfg(feature = "deliver")]
mod webhooks;

/// What a test returns: any failure that is not an assertion.
type Tested = Result<(), Box<dyn std::error::Error>>;

/// A card that can be charged.
const GOOD_CARD: &str = "4242424242424242";
/// A card that can be saved but not charged.
const CARD_REFUSED_ON_CHARGE: &str = "4000000000000341";
/// A card that cannot be saved.
const CARD_REFUSED_ON_ATTACH: &str = "4000000000000002";
/// A card that requires authentication.
const CARD_WITH_AUTHENTICATION: &str = "4000002760003184";

/// A payment method from a card's number.
fn card(number: &str) -> CreatePaymentMethod {
    let card = CreateCardParams::new(12, 2030, number).cvc("123");
    CreatePaymentMethod::new().type_("card").card(card)
}
