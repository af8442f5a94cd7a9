//! Fetches the event and the object of a notification.
//!
//! In: a notification and a client. Out: calls for the event and for its object, in the context of
//! the notification. They send nothing before they are awaited.

use runtime::call::Call;
use runtime::client::Client;
use runtime::operation::{Method, Output};

use super::EventNotification;

/// Methods that need a client.
impl EventNotification {
    /// Fetches the event, which has more data than the notification. The API keeps it for 30 days
    /// (<https://docs.stripe.com/api/v2/core/events>).
    ///
    /// The call fails if the client's API has no notifications.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// # use runtime::value::RawJson as Event;
    /// # use webhooks::EventNotification;
    /// # async fn example(client: Client, notification: EventNotification) -> Result<(), Error> {
    /// let event: Event = notification.fetch_event(&client).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch_event<T: Output>(&self, client: impl AsRef<Client>) -> Call<T> {
        let client = client.as_ref();
        let operation = client
            .api()
            .events
            .and_then(|events| events.retrieve_notification);
        let call = match operation {
            Some(spec) => client.request_spec(spec, &[self.id()], &()),
            None => client.invalid_call("this API has no notifications"),
        };
        self.set_context(client, call)
    }

    /// Fetches the object as it is now, not as it was when the event happened; `None` if the event
    /// is about no object.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// # use runtime::value::RawJson as Account;
    /// # use webhooks::EventNotification;
    /// # async fn example(client: Client, notification: EventNotification) -> Result<(), Error> {
    /// if let Some(call) = notification.fetch_related_object::<Account>(&client) {
    ///     let account = call.await?;
    /// # let _ = account;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch_related_object<T: Output>(&self, client: impl AsRef<Client>) -> Option<Call<T>> {
        let object = self.related_object()?;
        // The path is appended to the API's own host, so the API key is not sent elsewhere.
        let client = client.as_ref();
        let call = client.raw(Method::Get, &object.url);
        Some(self.set_context(client, call.decode_as()))
    }

    /// Sets the context of the notification, and the header that names the event.
    fn set_context<T>(&self, client: &Client, call: Call<T>) -> Call<T> {
        let call = match self.context() {
            Some(context) => call.context(context),
            None => call,
        };
        let header = client.api().trigger_header;
        match header {
            Some(name) => call.header(name, &format!("event={}", self.id())),
            None => call,
        }
    }
}
