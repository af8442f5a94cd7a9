//! What every program with this client links, without one typed call: the runtime and its
//! transport. What the others need beyond this is the generated crate's part.

use stripe::operation::Method;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stripe::Error> {
    let client = stripe::Client::from_env()?;
    let raw = client.runtime().raw(Method::Get, "/v1/customers").await?;
    println!("{}", raw.as_str().len());
    Ok(())
}
