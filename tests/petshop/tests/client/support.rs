//! A shop and a client of it.

use std::time::Duration;

use petshop::pets::CreatePetParams;
use petshop::retry::RetryPolicy;
use petshop::shared::Pet;
use petshop::{Client, ClientBuilder};
use petshop_server::{API_KEY, PetShopServer, RecordedRequest};

/// Headers of the transport, which say nothing about the call.
const OF_TRANSPORT: [&str; 3] = ["content-length", "host", "user-agent"];

/// An empty shop, and a client with the key of an application.
pub(crate) fn open_shop() -> (PetShopServer, Client) {
    let shop = PetShopServer::start().expect("a port of this machine");
    let client = builder(&shop).api_key(API_KEY).build();
    (shop, client.expect("a client"))
}

/// A client of a shop without credentials, which repeats at once.
pub(crate) fn builder(shop: &PetShopServer) -> ClientBuilder<Client> {
    let short = Duration::from_millis(1);
    let policy = RetryPolicy::new().initial_backoff(short).max_backoff(short);
    Client::builder().base_url(shop.url()).retry_policy(policy)
}

/// Takes in a cat, and forgets the request.
pub(crate) async fn take_in(shop: &PetShopServer, client: &Client, name: &str) -> Pet {
    let params = CreatePetParams::new(name, "cat");
    let pet = client.pets().create_pet(params).await.expect("a new pet");
    drop(shop.take_requests());
    pet
}

/// The one request since the last call.
pub(crate) fn only_request(shop: &PetShopServer) -> RecordedRequest {
    let mut requests = shop.take_requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    requests.pop().expect("one request")
}

/// A request as text: the first line, all headers but those of the transport, and the body.
pub(crate) fn literal(request: &RecordedRequest) -> String {
    let mut text = format!("{} {}\n", request.method, request.target);
    let headers = request.headers.iter();
    for (name, value) in headers.filter(|(name, _)| !OF_TRANSPORT.contains(&name.as_str())) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if !request.body.is_empty() {
        text.push('\n');
        text.push_str(&request.text());
    }
    text
}
