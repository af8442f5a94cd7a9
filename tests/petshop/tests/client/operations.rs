//! Every operation: what is sent, literally, and what is read.

use petshop::notes::SetNotesParams;
use petshop::params::VaccinationParams;
use petshop::pets::{CreatePetParams, ReplacePetParams, Status, UpdatePetParams};
use petshop::photos::SetPhotoParams;
use petshop::shared::{Category, PetStatus, Treatment, VaccinationKind};
use petshop::value::FileUpload;
use petshop::visits::AddVisitParams;

use crate::support::{literal, only_request, open_shop, take_in};

const KEY: &str = "x-api-key: shop-key-4711-secret";

/// A request without a body, for an answer in JSON.
fn read(line: &str) -> String {
    format!("{line}\naccept: application/json\n{KEY}\n")
}

/// A request without a body, for bytes, text or nothing.
fn any(line: &str) -> String {
    format!("{line}\naccept: */*\n{KEY}\n")
}

#[tokio::test]
async fn create_sends_json_and_a_key_of_its_own() {
    let (shop, client) = open_shop();
    let params = CreatePetParams::new("Tom", "cat")
        .born("2024-02-29")
        .tags(["grey", "house cat"])
        .clear_price()
        .labels([("cage", "4")])
        .status(Status::Reserved);
    let pet = client.pets().create_pet(params).await.expect("a pet");

    let request = only_request(&shop);
    let key = request.header("idempotency-key").expect("a key");
    let expected = format!(
        "POST /api/pets\naccept: application/json\ncontent-type: application/json\n\
         idempotency-key: {key}\n{KEY}\n\n\
         {{\"name\":\"Tom\",\"species\":\"cat\",\"born\":\"2024-02-29\",\
         \"tags\":[\"grey\",\"house cat\"],\"price\":null,\"labels\":{{\"cage\":\"4\"}},\
         \"status\":\"reserved\"}}"
    );
    assert_eq!(literal(&request), expected);
    assert_eq!((pet.id, pet.name.as_str()), (1, "Tom"));
    assert_eq!(pet.born.as_deref(), Some("2024-02-29"));
    assert_eq!(pet.price, None);
    assert_eq!(pet.status, PetStatus::Reserved);
    assert_eq!(pet.arrived_at.as_str(), "2024-05-01T09:30:00Z");
    let labels = pet.labels.expect("labels");
    assert_eq!(labels.get("cage").map(String::as_str), Some("4"));
}

#[tokio::test]
async fn pet_is_read_and_checked() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let pet = client.pets().get_pet(1).await.expect("a pet");
    assert_eq!(pet.name, "Tom");
    assert!(pet.keeper.is_none() && pet.extra.is_complete());
    assert_eq!(literal(&only_request(&shop)), read("GET /api/pets/1"));

    client.pets().check_pet(1).await.expect("it is there");
    assert_eq!(literal(&only_request(&shop)), any("HEAD /api/pets/1"));
}

#[tokio::test]
async fn put_replaces_and_patch_merges() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let params = ReplacePetParams::new("Thomas", "cat").price(12.5);
    let pet = client.pets().replace_pet(1, params).await.expect("a pet");
    assert_eq!((pet.name.as_str(), pet.price), ("Thomas", Some(12.5)));
    let expected = format!(
        "PUT /api/pets/1\naccept: application/json\ncontent-type: application/json\n{KEY}\n\n\
         {{\"name\":\"Thomas\",\"species\":\"cat\",\"price\":12.5}}"
    );
    assert_eq!(literal(&only_request(&shop)), expected);

    let params = UpdatePetParams::new()
        .clear_price()
        .status(Status::Sold)
        .keeper_name("Ann");
    let pet = client.pets().update_pet(1, params).await.expect("a pet");
    let expected = format!(
        "PATCH /api/pets/1\naccept: application/json\n\
         content-type: application/merge-patch+json\n{KEY}\n\n\
         {{\"price\":null,\"status\":\"sold\",\"keeper_name\":\"Ann\"}}"
    );
    assert_eq!(literal(&only_request(&shop)), expected);
    assert_eq!((pet.name.as_str(), pet.price), ("Thomas", None));
    let keeper = pet.keeper.expect("a keeper");
    assert_eq!((keeper.name.as_str(), keeper.phone), ("Ann", None));
}

#[tokio::test]
async fn delete_has_no_answer() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    client.pets().delete_pet(1).await.expect("it is gone");
    assert_eq!(literal(&only_request(&shop)), any("DELETE /api/pets/1"));
    assert_eq!(shop.count_pets(), 0);
}

#[tokio::test]
async fn photo_is_sent_and_read_as_bytes() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let bytes = bytes::Bytes::from_static(b"\x89PNG\r\n\x1a\n\x00\xff");
    let photo = SetPhotoParams::new(FileUpload::new("tom.png", bytes.clone()));
    client.photos().set_photo(1, photo).await.expect("stored");
    let request = only_request(&shop);
    assert_eq!(request.target, "/api/pets/1/photo");
    assert_eq!(request.method, "PUT");
    assert_eq!(request.header("content-type"), Some("image/png"));
    assert_eq!(request.body, bytes);

    let photo = client.photos().get_photo(1).await.expect("a photo");
    assert_eq!(photo.bytes, bytes);
    assert_eq!(photo.content_type.as_deref(), Some("image/png"));
    assert_eq!(literal(&only_request(&shop)), any("GET /api/pets/1/photo"));
}

#[tokio::test]
async fn notes_are_sent_and_read_as_text() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let notes = SetNotesParams::new("likes fish\nand naïve mice");
    client.notes().set_notes(1, notes).await.expect("stored");
    let request = only_request(&shop);
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("PUT", "/api/pets/1/notes")
    );
    let media_type = request.header("content-type");
    assert_eq!(media_type, Some("text/plain; charset=utf-8"));
    assert_eq!(request.text(), "likes fish\nand naïve mice");

    let notes = client.notes().get_notes(1).await.expect("notes");
    assert_eq!(notes.0, "likes fish\nand naïve mice");
    assert_eq!(only_request(&shop).target, "/api/pets/1/notes");
}

#[tokio::test]
async fn visit_has_one_of_several_treatments() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let treatment = VaccinationParams::new(VaccinationKind::Vaccination, "rabies");
    let visit = AddVisitParams::new("2024-05-06", treatment);
    let visit = client.visits().add_visit(1, visit).await.expect("a visit");
    let expected = format!(
        "POST /api/pets/1/visits\naccept: application/json\ncontent-type: application/json\n{KEY}\n\n\
         {{\"day\":\"2024-05-06\",\"treatment\":{{\"kind\":\"vaccination\",\"vaccine\":\"rabies\"}}}}"
    );
    assert_eq!(literal(&only_request(&shop)), expected);
    assert_eq!((visit.pet_id, visit.day.as_str()), (1, "2024-05-06"));
    let Treatment::Vaccination(vaccination) = &visit.treatment else {
        unreachable!("{visit:?}");
    };
    assert_eq!(vaccination.vaccine, "rabies");

    let visits = client
        .visits()
        .list_visits("2024-05-06")
        .await
        .expect("a list");
    assert_eq!(visits, std::slice::from_ref(&visit));
    assert_eq!(
        literal(&only_request(&shop)),
        read("GET /api/visits/2024-05-06")
    );
    let others = client
        .visits()
        .list_visits("2024-05-07")
        .await
        .expect("a list");
    assert!(others.is_empty());

    let pet = client.pets().get_pet(1).await.expect("a pet");
    assert_eq!(pet.last_treatment, Some(visit.treatment));
}

#[tokio::test]
async fn categories_are_a_tree_and_the_stock_is_a_map() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    take_in(&shop, &client, "Felix").await;
    let root = client.catalog().get_categories().await.expect("a tree");
    let names = |category: &Category| -> Vec<String> {
        let children = category.children.iter();
        children.map(|child| child.name.clone()).collect()
    };
    assert_eq!(names(&root), ["mammals", "birds"]);
    assert_eq!(names(&root.children[0]), ["cats", "dogs"]);
    assert_eq!(literal(&only_request(&shop)), read("GET /api/categories"));

    let stock = client.catalog().get_stock().await.expect("a map");
    let stock: Vec<(&str, i64)> = stock.iter().map(|(name, count)| (name, *count)).collect();
    assert_eq!(stock, [("cat", 2)]);
    assert_eq!(literal(&only_request(&shop)), read("GET /api/stock"));
}

#[test]
fn every_operation_of_the_document_is_generated() {
    let all = petshop::catalogue::OPERATIONS;
    let ids: Vec<&str> = all.iter().map(|operation| operation.id).collect();
    let expected = [
        "listPets",
        "createPet",
        "getPet",
        "checkPet",
        "replacePet",
        "updatePet",
        "deletePet",
        "getPhoto",
        "setPhoto",
        "getNotes",
        "setNotes",
        "listArrivals",
        "listKeepers",
        "listAllVisits",
        "listPetVisits",
        "addVisit",
        "listVisits",
        "findGuests",
        "receiveGuest",
        "nextGuest",
        "setWishes",
        "listMeals",
        "moveGuest",
        "greetGuests",
        "getCategories",
        "getStock",
        "listShifts",
        "addShift",
        "cancelShift",
        "closeShop",
        "checkHealth",
    ];
    assert_eq!(ids, expected);
}
