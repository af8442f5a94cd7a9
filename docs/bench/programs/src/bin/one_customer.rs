//! Creates a customer and retrieves it.

use stripe::customers::CreateCustomer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stripe::Error> {
    let client = stripe::Client::from_env()?;
    let created = client
        .customers()
        .create(CreateCustomer::new().email("jenny@example.com").metadata([("order", "42")]))
        .await?;
    let customer = client.customers().retrieve(&created.id).await?;
    println!("{:?}", customer.live().and_then(|c| c.email.as_deref()));
    Ok(())
}
