//! Which handler gets which message.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use super::delivery::{Delivery, Failure};
use runtime::clock::BoxFuture;
use crate::EventKind;

/// A handler without its types.
type Handler =
    Box<dyn Fn(Delivery) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync + 'static>;

/// Handlers by type of event.
///
/// Generated crates have a constant for each type of event, which gives the handler's argument its
/// type:
///
/// ```
/// # use runtime::value::RawJson as Invoice;
/// # use webhooks::EventKind;
/// # const INVOICE_PAID: EventKind<Invoice> = EventKind::new("invoice.paid");
/// use webhooks::inbox::Router;
///
/// let router = Router::new()
///     .on(INVOICE_PAID, |delivery| async move {
///         let invoice = delivery.object()?;
///         println!("{} is paid", invoice.as_str());
///         Ok(())
///     })
///     .fallback(|delivery| async move {
///         println!("nobody handles {}", delivery.type_());
///         Ok(())
///     });
/// # let _ = router;
/// ```
#[derive(Default)]
pub struct Router {
    handlers: BTreeMap<&'static str, Handler>,
    fallback: Option<Handler>,
    repeated: Option<&'static str>,
}

impl Router {
    /// No handlers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles events, or notifications, of this kind. A kind has one handler.
    ///
    /// The handler's future is dropped if it takes too long or the worker stops; what it does
    /// must bear that.
    pub fn on<T, F, R>(mut self, kind: EventKind<T>, handler: F) -> Self
    where
        T: 'static,
        F: Fn(Delivery<T>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let boxed: Handler = Box::new(move |delivery| Box::pin(handler(delivery.cast())));
        if self.handlers.insert(kind.name(), boxed).is_some() {
            self.repeated.get_or_insert(kind.name());
        }
        self
    }

    /// Handles what no other handler is for. Without a fallback, such messages are done at once.
    pub fn fallback<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Delivery) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.fallback = Some(Box::new(move |delivery| Box::pin(handler(delivery))));
        self
    }

    /// The types that have a handler of their own, sorted: what an endpoint should be created
    /// for.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    /// The type that was given two handlers.
    pub(super) fn repeated(&self) -> Option<&'static str> {
        self.repeated
    }

    pub(super) fn is_empty(&self) -> bool {
        self.handlers.is_empty() && self.fallback.is_none()
    }

    /// The handler's future; `None` if there is no handler.
    pub(super) fn handle(
        &self,
        delivery: Delivery,
    ) -> Option<BoxFuture<'static, Result<(), Failure>>> {
        let found = self.handlers.get(delivery.type_());
        let handler = found.or(self.fallback.as_ref())?;
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
