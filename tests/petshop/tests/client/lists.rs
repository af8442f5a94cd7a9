//! Arrays in the query, the header parameter, and pages by number with links.

use petshop::http::Response;
use petshop::pets::{CreatePetParams, ListPetsParams, Status, UpdatePetParams};
use petshop::shared::Pet;

use crate::support::{literal, only_request, open_shop, take_in};

#[tokio::test]
async fn arrays_are_sent_in_their_styles() {
    let (shop, client) = open_shop();
    let params = ListPetsParams::new()
        .page(1)
        .per_page(10)
        .tag(["house cat", "a,b", "c&d"])
        .status([Status::Available, Status::Reserved])
        .species(["cat", "guinea pig"])
        .born_since("2024-01-01")
        .x_keeper("Ann");
    let pets = client.pets().list_pets(params).await.expect("a list");
    assert!(pets.is_empty());
    let expected = "GET /api/pets?page=1&per_page=10&born_since=2024-01-01\
                    &tag=house%20cat&tag=a%2Cb&tag=c%26d\
                    &status=available,reserved&species=cat|guinea%20pig\n\
                    accept: application/json\n\
                    x-api-key: shop-key-4711-secret\nx-keeper: Ann\n";
    assert_eq!(literal(&only_request(&shop)), expected);
}

#[tokio::test]
async fn filters_find_pets() {
    let (shop, client) = open_shop();
    for (name, species, tag) in [
        ("Tom", "cat", "house cat"),
        ("Rex", "dog", "a,b"),
        ("Bun", "guinea pig", "small"),
    ] {
        let params = CreatePetParams::new(name, species)
            .tags([tag])
            .born("2024-03-01");
        client.pets().create_pet(params).await.expect("a pet");
    }
    let ann = UpdatePetParams::new().keeper_name("Ann");
    client.pets().update_pet(2, ann).await.expect("a pet");
    let names = async |params: ListPetsParams| -> Vec<String> {
        let pets = client.pets().list_pets(params).await.expect("a list");
        pets.into_iter().map(|pet| pet.name).collect()
    };
    let all = ListPetsParams::new;
    assert_eq!(names(all()).await, ["Tom", "Rex", "Bun"]);
    assert_eq!(names(all().tag(["house cat", "a,b"])).await, ["Tom", "Rex"]);
    assert_eq!(
        names(all().species(["guinea pig", "dog"])).await,
        ["Rex", "Bun"]
    );
    assert_eq!(names(all().x_keeper("Ann")).await, ["Rex"]);
    assert!(names(all().status([Status::Sold])).await.is_empty());
    assert!(names(all().born_since("2024-03-02")).await.is_empty());
    drop(shop);
}

/// Whether the header `Link` has a next page.
fn has_next(response: &Response<Vec<Pet>>) -> bool {
    let links = response.headers().get("link");
    let links = links.and_then(|links| links.to_str().ok());
    links.is_some_and(|links| links.contains("rel=\"next\""))
}

#[tokio::test]
async fn all_pages_are_read_by_number() {
    let (shop, client) = open_shop();
    for number in 1..=7 {
        take_in(&shop, &client, &format!("Cat {number}")).await;
    }
    let mut names = Vec::new();
    for page in 1.. {
        let params = ListPetsParams::new()
            .species(["cat", "dog"])
            .page(page)
            .per_page(3);
        let call = client.pets().list_pets(params);
        let response = call.with_response().await.expect("a page");
        let total = response.headers().get("x-total-count");
        assert_eq!(total.map(|total| total.as_bytes()), Some(&b"7"[..]));
        let is_last = !has_next(&response);
        names.extend(response.into_value().into_iter().map(|pet| pet.name));
        if is_last {
            break;
        }
    }
    let expected: Vec<String> = (1..=7).map(|number| format!("Cat {number}")).collect();
    assert_eq!(names, expected);
    let sent: Vec<String> = shop
        .take_requests()
        .into_iter()
        .map(|it| it.target)
        .collect();
    let expected =
        [1, 2, 3].map(|page| format!("/api/pets?page={page}&per_page=3&species=cat|dog"));
    assert_eq!(sent, expected);
}
