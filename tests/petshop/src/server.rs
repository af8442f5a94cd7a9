//! The server on a port of this machine, and what tests do with it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post, put};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::answers::failure;
use crate::credentials::{require_administrator, require_both, require_key, require_staff};
use crate::recorder::{FailureMode, RecordedRequest, record_request};
use crate::shop::{SharedShop, Shop};
use crate::{catalog, files, guests, listing, paging, pets, shifts, tokens, visits};

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the server: {0}")]
pub struct StartError(#[from] std::io::Error);

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct PetShopServer {
    address: SocketAddr,
    shop: SharedShop,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl PetShopServer {
    /// Starts an empty shop on a free port of this machine.
    ///
    /// # Errors
    /// If there is no free port, or no thread can be started.
    pub fn start() -> Result<Self, StartError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let shop = SharedShop::default();
        let app = router(&shop);
        let thread = std::thread::Builder::new()
            .name("pet-shop".into())
            .spawn(move || {
                runtime.block_on(async move {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    tokio::select! {
                        _ = axum::serve(listener, app) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            shop,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The URL that stands for the server of the document.
    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The URL that stands for the token URL of the document.
    pub fn token_url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// Makes all tokens invalid that were issued until now.
    pub fn revoke_tokens(&self) {
        self.shop.lock().tokens.revoke_all();
    }

    /// The requests since the last call of this method.
    pub fn take_requests(&self) -> Vec<RecordedRequest> {
        self.shop.recorder.take_requests()
    }

    /// Answers the next requests with 503 and does nothing.
    pub fn fail_next(&self, count: u32) {
        let recorder = &self.shop.recorder;
        recorder.plan_failures(FailureMode::Refused, count);
    }

    /// Executes the next requests, and answers 503 all the same, as a gateway does that has lost
    /// the answer.
    pub fn lose_next_answers(&self, count: u32) {
        let recorder = &self.shop.recorder;
        recorder.plan_failures(FailureMode::AnswerLost, count);
    }

    /// Sets a field of a pet without any check, as a later version of the server would have it.
    pub fn set_pet_field(&self, id: i64, name: &str, value: Value) {
        if let Some(pet) = self.shop.lock().pets.get_mut(&id) {
            pet.insert(name.to_owned(), value);
        }
    }

    /// How many pets the shop has.
    pub fn count_pets(&self) -> usize {
        self.shop.lock().pets.len()
    }

    /// How many visits are entered.
    pub fn count_visits(&self) -> usize {
        self.shop.lock().visits.len()
    }

    /// What the sign at the door says, if the shop is closed.
    pub fn closing_reason(&self) -> Option<String> {
        self.shop.lock().closed.clone()
    }
}

impl Drop for PetShopServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn router(shop: &SharedShop) -> Router {
    let pet = get(pets::get_pet)
        .head(pets::check_pet)
        .put(pets::replace_pet)
        .patch(pets::update_pet)
        .delete(pets::delete_pet);
    let for_applications = Router::new()
        .route("/pets", get(listing::list_pets).post(pets::create_pet))
        .route("/pets/{pet}", pet)
        .route(
            "/pets/{pet}/photo",
            get(files::get_photo).put(files::set_photo),
        )
        .route(
            "/pets/{pet}/notes",
            get(files::get_notes).put(files::set_notes),
        )
        .route(
            "/pets/{pet}/visits",
            get(paging::list_pet_visits).post(visits::add_visit),
        )
        .route("/visits", get(paging::list_all_visits))
        .route("/visits/{day}", get(visits::list_visits))
        .route("/arrivals", get(paging::list_arrivals))
        .route("/keepers", get(paging::list_keepers))
        .route(
            "/guests",
            get(guests::find_guests).post(guests::receive_guest),
        )
        .route("/guests/next", get(guests::next_guest))
        .route("/guests/wishes", put(guests::set_wishes))
        .route("/guests/{name}/move", post(guests::move_guest))
        .route("/guests/{names}/{meals}", get(guests::list_meals))
        .route("/categories", get(catalog::get_categories))
        .route("/stock", get(catalog::get_stock))
        .route_layer(from_fn(require_key));
    let for_administrators = Router::new()
        .route("/admin/closing", post(catalog::close_shop))
        .route_layer(from_fn(require_administrator));
    let for_staff = Router::new()
        .route("/shifts", get(shifts::list_shifts).post(shifts::add_shift))
        .route_layer(from_fn_with_state(Arc::clone(shop), require_staff));
    let for_both = Router::new()
        .route("/shifts/{shift}", delete(shifts::cancel_shift))
        .route_layer(from_fn(require_both));
    let api = for_applications
        .merge(for_administrators)
        .merge(for_staff)
        .merge(for_both)
        .route("/health", get(catalog::check_health))
        .route("/guests/greeting", get(guests::greet_guests));
    Router::new()
        .nest("/api", api)
        .route("/token", post(tokens::issue_token))
        .fallback(async || failure(StatusCode::NOT_FOUND, "there is no such operation"))
        .layer(from_fn_with_state(Arc::clone(shop), record_request))
        .with_state(Arc::<Shop>::clone(shop))
}
