//! What the client reads of a page of a list without knowing the type of its items.

mod link;
mod outline;
#[cfg(test)]
mod tests;

pub use link::next_link;
pub use outline::PageOutline;
