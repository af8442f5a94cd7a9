//! Arrays in the query, and the header parameter.

use petshop::pets::{CreatePetParams, ListPetsParams, Status, UpdatePetParams};

use crate::support::{literal, only_request, open_shop};

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
