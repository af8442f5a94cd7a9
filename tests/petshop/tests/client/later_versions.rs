//! Answers of a later version of the server.

use petshop::runtime::codec::decode;
use petshop::shared::{Pet, PetStatus, Treatment};
use petshop_server::API_KEY;

use crate::support::{open_shop, take_in};

#[tokio::test]
async fn unknown_values_and_fields_are_kept() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    shop.set_pet_field(1, "status", "adopted".into());
    shop.set_pet_field(1, "mood", "sleepy".into());
    shop.set_pet_field(
        1,
        "last_treatment",
        serde_json::json!({ "kind": "massage" }),
    );
    let pet = client.pets().get_pet(1).await.expect("a pet");
    assert_eq!(pet.status, PetStatus::Unknown("adopted".to_owned()));
    let mood = pet.extra.get("mood").expect("it is kept");
    assert_eq!(mood.decode::<String>().ok().as_deref(), Some("sleepy"));
    let Some(Treatment::Other(treatment)) = &pet.last_treatment else {
        unreachable!("{pet:?}");
    };
    assert_eq!(treatment.as_str(), r#"{"kind":"massage"}"#);
    assert!(pet.extra.is_complete());
}

#[tokio::test]
async fn missing_field_is_filled_and_recorded() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    shop.set_pet_field(1, "species", serde_json::Value::Null);
    let response = client.pets().get_pet(1).with_response().await;
    let response = response.expect("a pet");
    let corrections: Vec<&str> = response
        .corrections()
        .iter()
        .map(|one| one.path())
        .collect();
    assert_eq!(corrections, ["species"]);
    assert_eq!(response.value().species, "");
    assert!(response.value().extra.is_corrected("species"));
}

#[test]
fn optional_fields_are_none_whether_they_are_null_or_left_out() {
    // The document lets `born` be both, `keeper` only be null, and `tags` only be left out.
    let required = r#""name": "Tom", "species": "cat", "id": 1, "status": "available",
        "arrived_at": "2026-01-05T09:00:00Z""#;
    let nulls = format!(r#"{{{required}, "born": null, "keeper": null, "tags": null}}"#);
    for text in [format!("{{{required}}}"), nulls] {
        let pet: Pet = decode(text.as_bytes()).expect("a pet");
        assert_eq!((pet.born, pet.keeper, pet.tags), (None, None, None));
        assert!(pet.extra.is_complete(), "{text}");
    }
}

#[tokio::test]
async fn branch_is_a_variable_of_the_server() {
    let client = petshop::Client::new(API_KEY).expect("a client");
    assert_eq!(
        client.host_url("api"),
        Some("https://north.petshop.test/api")
    );
    let south = petshop::Client::builder()
        .server_variable("branch", "south")
        .api_key(API_KEY)
        .build();
    let south = south.expect("a client");
    assert_eq!(
        south.host_url("api"),
        Some("https://south.petshop.test/api")
    );
}
