//! Decodes twelve resources and looks into each.

use stripe::resources::{
    Account, BalanceTransaction, Charge, Customer, Dispute, Invoice, PaymentIntent, Payout, Price,
    Product, Refund, Subscription,
};
use stripe::runtime::codec::{DecodeError, decode};

fn main() -> Result<(), DecodeError> {
    let text = std::env::args().nth(1).unwrap_or_default();
    let text = text.as_bytes();
    println!("{}", decode::<Account>(text)?.id);
    println!("{}", decode::<BalanceTransaction>(text)?.amount);
    println!("{}", decode::<Charge>(text)?.amount);
    println!("{}", decode::<Customer>(text)?.id);
    println!("{}", decode::<Dispute>(text)?.amount);
    println!("{}", decode::<Invoice>(text)?.total);
    println!("{:?}", decode::<PaymentIntent>(text)?.amount);
    println!("{}", decode::<Payout>(text)?.amount);
    println!("{}", decode::<Price>(text)?.id);
    println!("{}", decode::<Product>(text)?.name);
    println!("{}", decode::<Refund>(text)?.amount);
    println!("{}", decode::<Subscription>(text)?.id);
    Ok(())
}
