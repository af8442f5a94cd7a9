//! Invoice items: on drafts, and refused on invoices that are finalized.

use serde_json::{Value, json};

use crate::requests::{TestClient, start_server, text};

/// A draft of a customer, with one item of 300: the ids of customer, invoice and item.
async fn create_draft(client: &TestClient) -> (String, String, String) {
    let customer = client.post("/v1/customers", &[]).await.value();
    let customer = text(&customer, "/id").to_owned();
    let form = [("customer", customer.as_str())];
    let invoice = client.post("/v1/invoices", &form).await.value();
    let invoice = text(&invoice, "/id").to_owned();
    let item = add_item(client, &customer, &invoice, "300").await;
    (customer, invoice, text(&item, "/id").to_owned())
}

async fn add_item(client: &TestClient, customer: &str, invoice: &str, amount: &str) -> Value {
    let form = [
        ("customer", customer),
        ("invoice", invoice),
        ("amount", amount),
        ("currency", "usd"),
    ];
    client.post("/v1/invoiceitems", &form).await.value()
}

/// The total of an invoice and the amounts of its lines.
async fn amounts(client: &TestClient, invoice: &str) -> (Value, Vec<Value>) {
    let found = client.get(&format!("/v1/invoices/{invoice}")).await.value();
    let lines = found["lines"]["data"].as_array().unwrap();
    let lines = lines.iter().map(|line| line["amount"].clone()).collect();
    (found["total"].clone(), lines)
}

#[tokio::test]
async fn items_of_a_draft_are_changed_and_deleted() {
    let (_fake, client) = start_server().await;
    let (customer, invoice, item) = create_draft(&client).await;
    let further = add_item(&client, &customer, &invoice, "500").await;
    let path = format!("/v1/invoiceitems/{item}");
    client.post(&path, &[("amount", "350")]).await.value();
    let expected = (json!(850), vec![json!(350), json!(500)]);
    assert_eq!(amounts(&client, &invoice).await, expected);
    let path = format!("/v1/invoiceitems/{}", text(&further, "/id"));
    let changed = client.post(&path, &[("quantity", "3")]).await.value();
    assert_eq!(changed["amount"], 1_500);
    client.delete(&path).await.value();
    let expected = (json!(350), vec![json!(350)]);
    assert_eq!(amounts(&client, &invoice).await, expected);
    let lines = format!("/v1/invoices/{invoice}/lines");
    let listed = client.get(&lines).await.value();
    let line = format!("{lines}/{}", text(&listed, "/data/0/id"));
    client.post(&line, &[("amount", "70")]).await.value();
    let expected = (json!(70), vec![json!(70)]);
    assert_eq!(amounts(&client, &invoice).await, expected);
}

#[tokio::test]
async fn finalized_invoice_takes_no_changes_of_items() {
    let (fake, client) = start_server().await;
    let (customer, invoice, item) = create_draft(&client).await;
    let path = format!("/v1/invoices/{invoice}");
    let open = client.post(&format!("{path}/finalize"), &[]).await.value();
    assert_eq!(open["status"], "open");
    let count = fake.events().await.len();
    let lines = client.get(&format!("{path}/lines")).await.value();
    let line = format!("{path}/lines/{}", text(&lines, "/data/0/id"));
    let item_path = format!("/v1/invoiceitems/{item}");
    let form = [
        ("customer", customer.as_str()),
        ("invoice", &invoice),
        ("amount", "5"),
    ];
    for refused in [
        client.post("/v1/invoiceitems", &form).await,
        client.post(&item_path, &[("amount", "5")]).await,
        client.delete(&item_path).await,
        client.post(&line, &[("amount", "5")]).await,
    ] {
        assert_eq!(refused.problem().1, "invoice_not_editable");
        assert_eq!(refused.status, 400);
    }
    // Nor by the way of another invoice, which is a draft.
    let expected = (json!(300), vec![json!(300)]);
    assert_eq!(amounts(&client, &invoice).await, expected);
    assert_eq!(fake.events().await.len(), count);
    let form = [("customer", customer.as_str())];
    let draft = client.post("/v1/invoices", &form).await.value();
    let form = [("lines[0][id]", text(&lines, "/data/0/id"))];
    for verb in ["update_lines", "remove_lines"] {
        let mut form = form.to_vec();
        form.push(match verb {
            "update_lines" => ("lines[0][amount]", "5"),
            _ => ("lines[0][behavior]", "delete"),
        });
        let path = format!("/v1/invoices/{}/{verb}", text(&draft, "/id"));
        let refused = client.post(&path, &form).await;
        let missing = (400, "resource_missing", "lines[0][id]");
        assert_eq!(refused.problem(), missing, "{verb}");
    }
    assert_eq!(amounts(&client, &invoice).await, expected);
    let listed = client.get("/v1/invoiceitems").await.value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}
