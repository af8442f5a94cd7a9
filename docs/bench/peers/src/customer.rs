//! A customer for serde's derived code, with the members that programs usually read.

use std::collections::HashMap;

use serde::Deserialize;

/// The customer.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct Customer {
    pub id: String,
    pub object: String,
    pub address: Option<Address>,
    pub balance: Option<i64>,
    pub created: i64,
    pub currency: Option<String>,
    pub default_source: Option<String>,
    pub delinquent: Option<bool>,
    pub description: Option<String>,
    pub email: Option<String>,
    pub invoice_prefix: Option<String>,
    pub invoice_settings: Option<InvoiceSettings>,
    pub livemode: bool,
    pub metadata: Option<HashMap<String, String>>,
    pub name: Option<String>,
    pub next_invoice_sequence: Option<i64>,
    pub phone: Option<String>,
    pub preferred_locales: Option<Vec<String>>,
    pub shipping: Option<Shipping>,
    pub tax_exempt: Option<String>,
    pub test_clock: Option<String>,
}

/// A postal address.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct Address {
    pub city: Option<String>,
    pub country: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub postal_code: Option<String>,
    pub state: Option<String>,
}

/// What the customer's invoices have in common.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct InvoiceSettings {
    pub custom_fields: Option<Vec<CustomField>>,
    pub default_payment_method: Option<String>,
    pub footer: Option<String>,
    pub rendering_options: Option<RenderingOptions>,
}

/// A line that is printed on invoices.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct CustomField {
    pub name: String,
    pub value: String,
}

/// How invoices are rendered.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct RenderingOptions {
    pub amount_tax_display: Option<String>,
    pub template: Option<String>,
}

/// Where goods are sent.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct Shipping {
    pub address: Option<Address>,
    pub name: Option<String>,
    pub phone: Option<String>,
}
