//! What operations do beyond what their paths and schemas say.

mod accounts;
mod attachments;
mod catalogue;
mod charges;
pub(crate) mod checkout;
mod files;
mod invoice_items;
mod invoices;
mod meters;
mod payment_intents;
mod payment_methods;
mod refunds;
pub(crate) mod subscriptions;
mod test_clocks;
mod tokens;

use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::operation_call::{OperationCall, OperationResult};

type Replacement =
    fn(&mut RequestContext<'_>, &OperationCall<'_>) -> Result<OperationResult, ApiProblem>;
type Completion =
    fn(&mut RequestContext<'_>, &OperationCall<'_>, &str, &str) -> Result<(), ApiProblem>;

/// What happens in the place of the generic operation, or after it, to the object that it returns.
#[derive(Clone, Copy)]
pub(crate) enum Behaviour {
    Instead(Replacement),
    After(Completion),
}

use Behaviour::{After, Instead};

/// The behaviours, by method and path.
const BEHAVIOURS: &[(&str, &str, Behaviour)] = &[
    ("POST", "/v1/files", After(files::complete_upload)),
    (
        "POST",
        "/v1/reporting/report_runs",
        After(files::complete_report_run),
    ),
    (
        "GET",
        "/v1/reporting/report_types/{report_type}",
        Instead(files::retrieve_report_type),
    ),
    (
        "GET",
        "/v1/account",
        Instead(accounts::retrieve_own_account),
    ),
    ("POST", "/v1/accounts", After(accounts::complete_account)),
    (
        "POST",
        "/v1/accounts/{account}/external_accounts",
        After(tokens::complete_source),
    ),
    (
        "POST",
        "/v2/core/accounts",
        After(accounts::apply_configurations),
    ),
    ("GET", "/v1/balance", Instead(charges::sum_balance)),
    (
        "GET",
        "/v1/billing/meters/{id}/event_summaries",
        Instead(meters::sum_events),
    ),
    (
        "POST",
        "/v1/billing/meter_events",
        Instead(meters::create_meter_event),
    ),
    (
        "POST",
        "/v2/billing/meter_events",
        Instead(meters::create_meter_event),
    ),
    (
        "POST",
        "/v2/billing/meter_event_stream",
        Instead(meters::count_stream),
    ),
    ("POST", "/v1/billing/meters", After(meters::complete_meter)),
    (
        "POST",
        "/v1/billing/meters/{id}",
        After(catalogue::set_updated_time),
    ),
    (
        "POST",
        "/v1/charges",
        Instead(charges::complete_legacy_charge),
    ),
    (
        "POST",
        "/v1/charges/{charge}/capture",
        Instead(charges::capture_charge),
    ),
    (
        "POST",
        "/v1/charges/{charge}/refunds",
        After(refunds::complete_refund),
    ),
    (
        "POST",
        "/v1/checkout/sessions",
        After(checkout::complete_creation),
    ),
    (
        "POST",
        "/v1/checkout/sessions/{session}/expire",
        Instead(checkout::expire_session),
    ),
    ("POST", "/v1/coupons", After(catalogue::complete_coupon)),
    ("POST", "/v1/customers", After(accounts::complete_customer)),
    (
        "POST",
        "/v1/customers/{customer}",
        After(accounts::settle_customer),
    ),
    (
        "POST",
        "/v1/customers/{customer}/sources",
        After(tokens::complete_source),
    ),
    (
        "POST",
        "/v1/customers/{customer}/tax_ids",
        After(accounts::complete_tax_id),
    ),
    (
        "POST",
        "/v1/ephemeral_keys",
        After(accounts::complete_ephemeral_key),
    ),
    (
        "POST",
        "/v1/invoiceitems",
        After(invoice_items::complete_item),
    ),
    (
        "POST",
        "/v1/invoiceitems/{invoiceitem}",
        Instead(invoice_items::update_item),
    ),
    (
        "DELETE",
        "/v1/invoiceitems/{invoiceitem}",
        Instead(invoice_items::delete_item),
    ),
    ("POST", "/v1/invoices", Instead(invoices::create_invoice)),
    (
        "DELETE",
        "/v1/invoices/{invoice}",
        Instead(invoices::delete_draft),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/add_lines",
        After(invoice_items::edit_lines),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/finalize",
        Instead(invoices::finalize_invoice),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/lines/{line_item_id}",
        Instead(invoice_items::update_line),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/mark_uncollectible",
        Instead(invoices::close_invoice),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/pay",
        Instead(invoices::pay_invoice),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/remove_lines",
        After(invoice_items::edit_lines),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/send",
        Instead(invoices::finalize_invoice),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/update_lines",
        After(invoice_items::edit_lines),
    ),
    (
        "POST",
        "/v1/invoices/{invoice}/void",
        Instead(invoices::close_invoice),
    ),
    (
        "POST",
        "/v1/payment_intents",
        After(payment_intents::complete_creation),
    ),
    (
        "POST",
        "/v1/payment_intents/{intent}",
        After(payment_intents::complete_update),
    ),
    (
        "POST",
        "/v1/payment_intents/{intent}/cancel",
        Instead(payment_intents::cancel_intent),
    ),
    (
        "POST",
        "/v1/payment_intents/{intent}/capture",
        After(payment_intents::capture_intent),
    ),
    (
        "POST",
        "/v1/payment_intents/{intent}/confirm",
        After(payment_intents::complete_confirmation),
    ),
    (
        "POST",
        "/v1/payment_intents/{intent}/increment_authorization",
        After(payment_intents::increment_authorization),
    ),
    (
        "POST",
        "/v1/payment_methods",
        After(payment_methods::complete_creation),
    ),
    (
        "POST",
        "/v1/payment_methods/{payment_method}/attach",
        Instead(attachments::attach_method),
    ),
    (
        "POST",
        "/v1/payment_methods/{payment_method}/detach",
        After(attachments::detach_method),
    ),
    ("POST", "/v1/payouts", After(charges::complete_payout)),
    ("POST", "/v1/plans", After(catalogue::complete_plan)),
    ("POST", "/v1/prices", After(catalogue::complete_price)),
    ("POST", "/v1/products", After(catalogue::complete_product)),
    (
        "POST",
        "/v1/products/{id}",
        After(catalogue::set_updated_time),
    ),
    (
        "POST",
        "/v1/promotion_codes",
        After(catalogue::complete_promotion_code),
    ),
    ("POST", "/v1/refunds", After(refunds::complete_refund)),
    (
        "POST",
        "/v1/setup_intents",
        After(payment_methods::complete_setup_creation),
    ),
    (
        "POST",
        "/v1/setup_intents/{intent}",
        After(payment_methods::complete_setup_update),
    ),
    (
        "POST",
        "/v1/setup_intents/{intent}/cancel",
        Instead(payment_methods::cancel_setup),
    ),
    (
        "POST",
        "/v1/setup_intents/{intent}/confirm",
        After(payment_methods::complete_setup_confirmation),
    ),
    (
        "POST",
        "/v1/subscription_items",
        Instead(subscriptions::create_single_item),
    ),
    (
        "POST",
        "/v1/subscription_items/{item}",
        Instead(subscriptions::update_single_item),
    ),
    (
        "POST",
        "/v1/subscriptions",
        Instead(subscriptions::start_subscription),
    ),
    (
        "POST",
        "/v1/customers/{customer}/subscriptions",
        Instead(subscriptions::start_subscription),
    ),
    (
        "DELETE",
        "/v1/subscriptions/{subscription_exposed_id}",
        Instead(subscriptions::cancel_subscription),
    ),
    (
        "POST",
        "/v1/subscriptions/{subscription_exposed_id}",
        After(subscriptions::complete_update),
    ),
    (
        "POST",
        "/v1/subscriptions/{subscription}/resume",
        After(subscriptions::resume_subscription),
    ),
    ("POST", "/v1/tax_ids", After(accounts::complete_tax_id)),
    (
        "POST",
        "/v1/test_helpers/test_clocks",
        After(test_clocks::complete_creation),
    ),
    (
        "POST",
        "/v1/test_helpers/test_clocks/{test_clock}/advance",
        Instead(test_clocks::advance_test_clock),
    ),
    ("POST", "/v1/tokens", After(tokens::complete_token)),
    (
        "POST",
        "/v1/webhook_endpoints",
        After(accounts::complete_endpoint),
    ),
    (
        "POST",
        "/v1/webhook_endpoints/{webhook_endpoint}",
        After(accounts::update_endpoint),
    ),
    (
        "POST",
        "/v2/core/event_destinations",
        After(accounts::complete_destination),
    ),
];

/// The behaviour of an operation, by method and path template.
pub(crate) fn find_behaviour(method: &str, path: &str) -> Option<Behaviour> {
    let found = BEHAVIOURS
        .iter()
        .find(|(of_method, of_path, _)| *of_method == method && *of_path == path);
    found.map(|(_, _, behaviour)| *behaviour)
}

#[cfg(test)]
mod behaviours_tests {
    use super::BEHAVIOURS;
    use crate::document::ApiDocument;

    #[test]
    fn document_has_the_operation_of_every_behaviour() {
        let document = ApiDocument::embedded().unwrap();
        for (method, path, _) in BEHAVIOURS {
            let mut operations = document.operations.iter();
            let has_it = operations.any(|o| o.method == *method && o.path == *path);
            assert!(has_it, "{method} {path}");
        }
    }
}
