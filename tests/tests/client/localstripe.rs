//! End to end: the generated crate against servers with state: localstripe, an independent fake of
//! Stripe, and the local server of this repository.
//!
//! Every test starts its own server, so tests do not share objects. The tests against localstripe are
//! ignored by default because it has to be installed first:
//!
//! ```text
//! tests/localstripe/install.sh
//! cargo test -p tests --test client -- --ignored localstripe::
//! ```
//!
//! Where localstripe differs from the API, a comment at the assertion says so; the assertion then
//! states the behaviour of localstripe, so that a change of it is detected.

use stripe::payment_methods::{CreateCardParams, CreatePaymentMethod};
use stripe_dev::FakeStripe;
use tests::localstripe::LocalStripe;

/// Makes two tests of each scenario: against localstripe, started by the method that the scenario
/// names, and against the local server. Attributes are those of the latter.
macro_rules! scenarios {
    ($($(#[$attribute:meta])* $scenario:ident: $start:ident,)*) => {
        mod against_localstripe {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs localstripe: tests/localstripe/install.sh"]
                async fn $scenario() -> super::Tested {
                    let server = super::super::LocalStripe::$start()?;
                    super::$scenario(super::ScenarioServer::LocalStripe(server)).await
                }
            )*
        }

        mod against_the_local_server {
            $(
                #[tokio::test(flavor = "multi_thread")]
                $(#[$attribute])*
                async fn $scenario() -> super::Tested {
                    super::$scenario(super::ScenarioServer::start().await?).await
                }
            )*
        }
    };
}

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

/// The secret of the webhooks of a scenario.
const WEBHOOK_SECRET: &str = "whsec_localstripe";

/// The server of a scenario.
enum ScenarioServer {
    LocalStripe(LocalStripe),
    Local(FakeStripe),
}

impl ScenarioServer {
    async fn start() -> Result<Self, stripe_dev::StartError> {
        let builder = FakeStripe::builder().webhook_secret(WEBHOOK_SECRET);
        Ok(Self::Local(builder.start().await?))
    }

    fn is_localstripe(&self) -> bool {
        matches!(self, Self::LocalStripe(_))
    }

    fn base_url(&self) -> &str {
        match self {
            Self::LocalStripe(server) => server.base_url(),
            Self::Local(server) => server.url(),
        }
    }

    fn api_key(&self) -> &str {
        match self {
            Self::LocalStripe(_) => tests::localstripe::API_KEY,
            Self::Local(server) => server.api_key(),
        }
    }

    fn client(&self) -> Result<stripe::Client, stripe::Error> {
        stripe::Client::builder()
            .rate_limiter(stripe::rate_limit::Unlimited)
            .api_key(self.api_key())
            .base_url(self.base_url())
            .build()
    }

    /// Sends webhooks of all events to this URL, signed with [`WEBHOOK_SECRET`].
    #[cfg_attr(
        not(feature = "deliver"),
        expect(dead_code, reason = "webhooks need it")
    )]
    async fn send_webhooks_to(&self, url: &str) -> Tested {
        match self {
            Self::LocalStripe(server) => server.send_webhooks_to(url, WEBHOOK_SECRET).await?,
            Self::Local(server) => server.forward_to(url).await?,
        }
        Ok(())
    }
}

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
