//! Retrieves a customer with async-stripe.

use stripe_core::customer::{RetrieveCustomer, RetrieveCustomerReturned};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = stripe::Client::new(std::env::var("STRIPE_SECRET_KEY")?);
    match RetrieveCustomer::new("cus_qHabxZyElR3d6I")
        .send(&client)
        .await?
    {
        RetrieveCustomerReturned::Customer(customer) => println!("{:?}", customer.email),
        RetrieveCustomerReturned::DeletedCustomer(_) => println!("deleted"),
    }
    Ok(())
}
