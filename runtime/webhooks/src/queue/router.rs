//! Handlers by type of event.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use runtime::clock::BoxFuture;

use super::delivery::{Delivery, HandlerError};
use crate::event::EventKind;

/// A handler with its types erased.
type BoxedHandler =
    Box<dyn Fn(Delivery) -> BoxFuture<'static, Result<(), HandlerError>> + Send + Sync + 'static>;

/// The handlers of a [`Worker`](crate::Worker), by type of event.
///
/// Generated crates have a constant for each type of event, which determines the type of the
/// handler's argument:
///
/// ```
/// # use runtime::value::RawJson as Invoice;
/// # use webhooks::EventKind;
/// # const INVOICE_PAID: EventKind<Invoice> = EventKind::new("invoice.paid");
/// use webhooks::Router;
///
/// let router = Router::new()
///     .on(INVOICE_PAID, |delivery| async move {
///         let invoice = delivery.object()?;
///         println!("{} is paid", invoice.as_str());
///         Ok(())
///     })
///     .fallback(|delivery| async move {
///         println!("no handler for {}", delivery.type_());
///         Ok(())
///     });
/// # let _ = router;
/// ```
#[derive(Default)]
pub struct Router {
    handlers: BTreeMap<&'static str, BoxedHandler>,
    fallback: Option<BoxedHandler>,
    duplicate: Option<&'static str>,
}

impl Router {
    /// Creates a router without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the handler for events or notifications of this kind. A kind has one handler.
    ///
    /// The handler's future is dropped at its timeout, and when the worker stops; it must be
    /// cancellation safe.
    pub fn on<T, F, R>(mut self, kind: EventKind<T>, handler: F) -> Self
    where
        T: 'static,
        F: Fn(Delivery<T>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let boxed: BoxedHandler = Box::new(move |delivery| Box::pin(handler(delivery.cast())));
        if self.handlers.insert(kind.name(), boxed).is_some() {
            self.duplicate.get_or_insert(kind.name());
        }
        self
    }

    /// Sets the handler for all other messages. Without a fallback, they are completed without a
    /// handler.
    pub fn fallback<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Delivery) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        self.fallback = Some(Box::new(move |delivery| Box::pin(handler(delivery))));
        self
    }

    /// The types that have a handler of their own, sorted: those that the endpoint should be
    /// subscribed to.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    /// A type with two handlers.
    pub(crate) fn duplicate(&self) -> Option<&'static str> {
        self.duplicate
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.handlers.is_empty() && self.fallback.is_none()
    }

    /// Calls the handler of a message; `None` if there is none.
    pub(crate) fn call_handler(
        &self,
        delivery: Delivery,
    ) -> Option<BoxFuture<'static, Result<(), HandlerError>>> {
        let handler = self.handlers.get(delivery.type_());
        let handler = handler.or(self.fallback.as_ref())?;
        Some(handler(delivery))
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Router")
            .field("types", &self.handlers.keys())
            .field("fallback", &self.fallback.is_some())
            .finish()
    }
}
