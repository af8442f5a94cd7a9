//! Lists in pages, in each of the styles that the dialect describes.

use petshop::Client;
use petshop::catalog::ListKeepersParams;
use petshop::page::PageCursor;
use petshop::params::CheckupParams;
use petshop::pets::{ListArrivalsParams, ListPetsParams, UpdatePetParams};
use petshop::shared::{CheckupKind, Pet};
use petshop::visits::{AddVisitParams, ListAllVisitsParams, ListPetVisitsParams};
use petshop_server::PetShopServer;

use crate::support::{literal, open_shop, take_in};

/// The paths and queries of the requests since the last call.
fn targets(shop: &PetShopServer) -> Vec<String> {
    let requests = shop.take_requests().into_iter();
    requests.map(|request| request.target).collect()
}

/// Takes in seven cats.
async fn fill_shop(shop: &PetShopServer, client: &Client) -> Vec<Pet> {
    let mut pets = Vec::new();
    for number in 1..=7 {
        pets.push(take_in(shop, client, &format!("Cat {number}")).await);
    }
    pets
}

/// Enters a visit to a pet on each of the first days of May.
async fn enter_visits(shop: &PetShopServer, client: &Client, pet: i64, days: u32) {
    for day in 1..=days {
        let checkup = CheckupParams::new(CheckupKind::Checkup, true);
        let params = AddVisitParams::new(format!("2024-05-{day:02}"), checkup);
        let visits = client.visits();
        visits.add_visit(pet, params).await.expect("a visit");
    }
    drop(shop.take_requests());
}

fn names(pets: &[Pet]) -> Vec<&str> {
    pets.iter().map(|pet| pet.name.as_str()).collect()
}

#[tokio::test]
async fn links_lead_through_the_list_with_its_headers() {
    let (shop, client) = open_shop();
    for pet in fill_shop(&shop, &client).await {
        let ann = UpdatePetParams::new().keeper_name("Ann");
        client.pets().update_pet(pet.id, ann).await.expect("a pet");
    }
    drop(shop.take_requests());
    let params = ListPetsParams::new()
        .species(["cat", "guinea pig"])
        .per_page(3)
        .x_keeper("Ann");
    let pets = client.pets().list_pets(params).items();
    let pets = pets.collect_up_to(usize::MAX).await.expect("all pets");
    let expected: Vec<String> = (1..=7).map(|number| format!("Cat {number}")).collect();
    assert_eq!(names(&pets), expected);
    let headers = "accept: application/json\nx-api-key: shop-key-4711-secret\nx-keeper: Ann\n";
    let query = "species=cat|guinea%20pig";
    let sent: Vec<String> = shop.take_requests().iter().map(literal).collect();
    let expected = [
        format!("GET /api/pets?per_page=3&{query}\n{headers}"),
        format!("GET /api/pets?{query}&page=2&per_page=3\n{headers}"),
        format!("GET /api/pets?{query}&page=3&per_page=3\n{headers}"),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn cursor_leads_through_the_visits_of_a_pet() {
    let (shop, client) = open_shop();
    let tom = take_in(&shop, &client, "Tom").await;
    let rex = take_in(&shop, &client, "Rex").await;
    enter_visits(&shop, &client, tom.id, 5).await;
    enter_visits(&shop, &client, rex.id, 1).await;
    let params = ListPetVisitsParams::new().limit(2);
    let visits = client.visits().list_pet_visits(tom.id, params);
    let all = visits.items().collect_up_to(100).await.expect("all visits");
    let days: Vec<&str> = all.iter().map(|visit| visit.day.as_str()).collect();
    let expected = [
        "2024-05-01",
        "2024-05-02",
        "2024-05-03",
        "2024-05-04",
        "2024-05-05",
    ];
    assert_eq!(days, expected);
    let cursors = [all[2].id, all[4].id].map(|id| format!("&cursor={id}"));
    let path = format!("/api/pets/{}/visits?limit=2", tom.id);
    let expected = [
        path.clone(),
        format!("{path}{}", cursors[0]),
        format!("{path}{}", cursors[1]),
    ];
    assert_eq!(targets(&shop), expected);
    // A pet without visits has one page.
    let bun = take_in(&shop, &client, "Bun").await;
    let params = ListPetVisitsParams::new();
    let none = client.visits().list_pet_visits(bun.id, params).items();
    assert!(none.collect_up_to(1).await.expect("no visit").is_empty());
    assert_eq!(targets(&shop).len(), 1);
}

#[tokio::test]
async fn offset_leads_to_the_total_and_is_resumed() {
    let (shop, client) = open_shop();
    let tom = take_in(&shop, &client, "Tom").await;
    enter_visits(&shop, &client, tom.id, 6).await;
    let list = |limit| {
        let params = ListAllVisitsParams::new().limit(limit);
        client.visits().list_all_visits(params)
    };
    let mut pages = list(3).pages();
    let mut counts = Vec::new();
    while let Some(page) = pages.try_next().await.expect("a page") {
        counts.push((page.visits.len(), page.total));
    }
    assert_eq!(counts, [(3, 6), (3, 6)]);
    // The total ends the list.
    let expected = ["/api/visits?limit=3", "/api/visits?limit=3&offset=3"];
    assert_eq!(targets(&shop), expected);
    let mut items = list(3).items();
    for _ in 0..4 {
        assert!(items.try_next().await.expect("a visit").is_some());
    }
    let stored = items.cursor().to_string();
    drop(shop.take_requests());
    let cursor: PageCursor = stored.parse().expect("a cursor");
    let rest = list(50).items().resume_from(&cursor);
    let rest = rest.collect_up_to(100).await.expect("the others");
    let days: Vec<&str> = rest.iter().map(|visit| visit.day.as_str()).collect();
    assert_eq!(days, ["2024-05-05", "2024-05-06"]);
    assert_eq!(targets(&shop), ["/api/visits?limit=50&offset=4"]);
}

#[tokio::test]
async fn numbers_lead_to_the_last_page() {
    let (shop, client) = open_shop();
    for (pet, keeper) in fill_shop(&shop, &client)
        .await
        .iter()
        .zip(["Ann", "Bob", "Cem"])
    {
        let params = UpdatePetParams::new().keeper_name(keeper);
        client
            .pets()
            .update_pet(pet.id, params)
            .await
            .expect("a pet");
    }
    drop(shop.take_requests());
    let params = ListKeepersParams::new().size(2);
    let keepers = client.catalog().list_keepers(params).items();
    let keepers = keepers.collect_up_to(100).await.expect("all keepers");
    let names: Vec<&str> = keepers.iter().map(|keeper| keeper.name.as_str()).collect();
    assert_eq!(names, ["Ann", "Bob", "Cem"]);
    let expected = ["/api/keepers?size=2", "/api/keepers?size=2&page=2"];
    assert_eq!(targets(&shop), expected);
}

#[tokio::test]
async fn urls_lead_to_the_oldest_pet_and_no_page_is_read_that_is_not_needed() {
    let (shop, client) = open_shop();
    drop(fill_shop(&shop, &client).await);
    let list = || {
        client
            .pets()
            .list_arrivals(ListArrivalsParams::new().size(3))
    };
    let newest = list().items().collect_up_to(3).await.expect("three pets");
    assert_eq!(names(&newest), ["Cat 7", "Cat 6", "Cat 5"]);
    assert_eq!(targets(&shop), ["/api/arrivals?size=3"]);
    let all = list().items().collect_up_to(100).await.expect("all pets");
    assert_eq!(all.len(), 7);
    let expected = [
        "/api/arrivals?size=3",
        "/api/arrivals?size=3&skipped=3",
        "/api/arrivals?size=3&skipped=6",
    ];
    assert_eq!(targets(&shop), expected);
}

#[tokio::test]
async fn a_page_is_requested_again_when_the_shop_is_busy() {
    let (shop, client) = open_shop();
    drop(fill_shop(&shop, &client).await);
    let list = client
        .pets()
        .list_arrivals(ListArrivalsParams::new().size(6));
    let mut pages = list.pages();
    assert!(pages.try_next().await.expect("a page").is_some());
    shop.fail_next(1);
    assert!(pages.try_next().await.expect("a page").is_some());
    assert!(pages.try_next().await.expect("the end").is_none());
    let again = "/api/arrivals?size=6&skipped=6";
    assert_eq!(targets(&shop), ["/api/arrivals?size=6", again, again]);
}
