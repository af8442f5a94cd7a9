//! A platform: creates accounts for its sellers, sends them to the onboarding, and charges
//! customers on their behalf.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example connect -- onboard seller@example.com
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example connect -- onboard-v1 seller@example.com
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example connect -- sell acct_123
//! ```
//!
//! `onboard` uses accounts of v2, `onboard-v1` those of v1. `sell` makes the three kinds of charges
//! for an account that has completed its onboarding. If `STRIPE_API_BASE` is set, the program uses
//! that server instead of Stripe.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;

use stripe::account_links::CreateAccountLink;
use stripe::accounts::{CapabilitiesParams, CapabilityParams, CreateAccount};
use stripe::params::TransferDataParams;
use stripe::payment_intents::CreatePaymentIntent;
use stripe::resources::Account;
use stripe::transfers::CreateTransfer;
use stripe::v2::core::account_links as v2_links;
use stripe::v2::core::accounts as v2_accounts;
use stripe::value::Id;
use stripe::{Client, Error};

/// Where the browser returns to.
const RETURN: &str = "https://platform.example/sellers/return";
/// Where a new link is made if one has expired or was used.
const REFRESH: &str = "https://platform.example/sellers/refresh";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = client()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["onboard", email] => onboard(&client, email).await?,
        ["onboard-v1", email] => onboard_v1(&client, email).await?,
        ["sell", seller] => sell(&client, &Id::from(*seller)).await?,
        _ => return Err("usage: connect onboard EMAIL | onboard-v1 EMAIL | sell ACCOUNT".into()),
    }
    Ok(())
}

/// v2: one account, which is a merchant (it can be charged for) and a recipient (it can receive
/// transfers).
async fn onboard(client: &Client, email: &str) -> Result<(), Error> {
    let requested = || v2_accounts::CapabilityParams::new(true);
    let merchant = v2_accounts::CreateMerchantParams::new().capabilities(
        v2_accounts::CreateMerchantCapabilitiesParams::new().card_payments(requested()),
    );
    let recipient = v2_accounts::CreateRecipientParams::new().capabilities(
        v2_accounts::CreateRecipientCapabilitiesParams::new().stripe_balance(
            v2_accounts::CreateStripeBalanceParams::new().stripe_transfers(requested()),
        ),
    );
    let params = v2_accounts::CreateAccount::new()
        .contact_email(email)
        .display_name("Rosen's flowers")
        .dashboard("express")
        .identity(v2_accounts::CreateIdentityParams::new().country("ie"))
        .defaults(v2_accounts::DefaultsParams::new().responsibilities(
            v2_accounts::ResponsibilitiesParams::new("application", "application"),
        ))
        .configuration(
            v2_accounts::CreateConfigurationParams::new()
                .merchant(merchant)
                .recipient(recipient),
        )
        // The response has these parts only if they are asked for.
        .include(["configuration.merchant", "requirements"]);
    let account = client.v2().core().accounts().create(params).await?;

    let onboarding = v2_links::AccountOnboardingParams::new(["merchant", "recipient"], REFRESH)
        .return_url(RETURN);
    let use_case =
        v2_links::UseCaseParams::new("account_onboarding").account_onboarding(onboarding);
    let params = v2_links::CreateAccountLink::new(&account.id, use_case);
    let link = client.v2().core().account_links().create(params).await?;
    println!("{}: continue at {}", account.id, link.url);
    Ok(())
}

/// v1: an account with capabilities.
async fn onboard_v1(client: &Client, email: &str) -> Result<(), Error> {
    let requested = || CapabilityParams::new().requested(true);
    let capabilities = CapabilitiesParams::new()
        .card_payments(requested())
        .transfers(requested());
    let params = CreateAccount::new()
        .type_("express")
        .country("IE")
        .email(email)
        .capabilities(capabilities);
    let account = client.accounts().create(params).await?;

    let params = CreateAccountLink::new(&account.id, "account_onboarding")
        .refresh_url(REFRESH)
        .return_url(RETURN);
    let link = client.account_links().create(params).await?;
    println!("{}: continue at {}", account.id, link.url);
    Ok(())
}

/// The three kinds of charges of a platform.
async fn sell(client: &Client, seller: &Id<Account>) -> Result<(), Error> {
    // In production, a browser or app collects the payment method.
    let payment = || {
        CreatePaymentIntent::new(2_000, "eur")
            .payment_method_types(["card"])
            .payment_method("pm_card_visa")
            .confirm(true)
    };

    // A destination charge: the platform charges, and all but its fee goes to the seller at once.
    let destination = payment()
        .application_fee_amount(200)
        .transfer_data(TransferDataParams::new(seller));
    let intent = client
        .payment_intents()
        .create(destination)
        .idempotency_key(format!("order-1-of-{seller}"))
        .await?;
    println!("destination charge {}: {}", intent.id, intent.status);

    // A separate charge and transfer: to several sellers, or later.
    let separate = payment().transfer_group("order-2");
    let intent = client
        .payment_intents()
        .create(separate)
        .idempotency_key(format!("order-2-of-{seller}"))
        .await?;
    if let Some(charge) = &intent.latest_charge {
        let params = CreateTransfer::new("eur", seller)
            .amount(1_800)
            // The transfer waits until the charge is available.
            .source_transaction(charge)
            .transfer_group("order-2");
        let transfer = client
            .transfers()
            .create(params)
            .idempotency_key(format!("order-2-transfer-to-{seller}"))
            .await?;
        println!("transfer {}: {}", transfer.id, transfer.amount);
    }

    // A direct charge: the call acts for the seller's account.
    let intent = client
        .payment_intents()
        .create(payment().application_fee_amount(200))
        .account(seller.as_str())
        .idempotency_key("order-3")
        .await?;
    println!("direct charge {}: {}", intent.id, intent.status);
    Ok(())
}

/// A client of Stripe, or of the server that `STRIPE_API_BASE` names.
fn client() -> Result<Client, Error> {
    let builder = Client::builder().from_env();
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}
