//! Retrieves a customer with this repository's client.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stripe::Error> {
    let client = stripe::Client::from_env()?;
    let customer = client.customers().retrieve("cus_qHabxZyElR3d6I").await?;
    println!("{:?}", customer.live().and_then(|c| c.email.as_deref()));
    Ok(())
}
