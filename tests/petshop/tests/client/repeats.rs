//! Which requests are repeated after a failure, and under which key.

use petshop::notes::SetNotesParams;
use petshop::params::SurgeryParams;
use petshop::pets::{CreatePetParams, ReplacePetParams, UpdatePetParams};
use petshop::shared::SurgeryKind;
use petshop::visits::AddVisitParams;
use petshop_server::{PetShopServer, RecordedRequest};

use crate::support::{open_shop, take_in};

fn keys(requests: &[RecordedRequest]) -> Vec<Option<&str>> {
    let requests = requests.iter();
    requests
        .map(|request| request.header("idempotency-key"))
        .collect()
}

/// How often the request since the last call was sent; all of them are equal.
fn count_equal(shop: &PetShopServer) -> usize {
    let requests = shop.take_requests();
    assert!(
        requests.windows(2).all(|two| two[0] == two[1]),
        "{requests:#?}"
    );
    requests.len()
}

#[tokio::test]
async fn post_with_a_declared_key_is_repeated_with_the_same_key() {
    let (shop, client) = open_shop();
    shop.fail_next(2);
    let params = CreatePetParams::new("Tom", "cat");
    let pet = client.pets().create_pet(params).await.expect("a pet");
    let requests = shop.take_requests();
    let keys = keys(&requests);
    assert_eq!(keys.len(), 3);
    assert!(
        keys[0].is_some() && keys.iter().all(|key| *key == keys[0]),
        "{keys:?}"
    );
    assert_eq!((pet.id, shop.count_pets()), (1, 1));
}

#[tokio::test]
async fn post_whose_answer_is_lost_is_executed_once() {
    let (shop, client) = open_shop();
    shop.lose_next_answers(1);
    let params = CreatePetParams::new("Tom", "cat");
    let call = client.pets().create_pet(params).idempotency_key("order-42");
    let pet = call.await.expect("a pet");
    assert_eq!(
        keys(&shop.take_requests()),
        [Some("order-42"), Some("order-42")]
    );
    assert_eq!((pet.id, shop.count_pets()), (1, 1));
}

#[tokio::test]
async fn each_call_has_a_key_of_its_own() {
    let (shop, client) = open_shop();
    for name in ["Tom", "Felix"] {
        let params = CreatePetParams::new(name, "cat");
        client.pets().create_pet(params).await.expect("a pet");
    }
    let requests = shop.take_requests();
    let keys = keys(&requests);
    assert!(
        keys[0].is_some() && keys[1].is_some() && keys[0] != keys[1],
        "{keys:?}"
    );
}

#[tokio::test]
async fn post_without_a_declared_key_is_sent_once() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    shop.lose_next_answers(1);
    let treatment = SurgeryParams::new(SurgeryKind::Surgery, 20);
    let call = client
        .visits()
        .add_visit(1, AddVisitParams::new("2024-05-06", treatment));
    let error = call.await.expect_err("503");
    // A second request would have entered a second visit.
    assert!(
        error.is_server() && error.outcome().is_unknown(),
        "{error:?}"
    );
    assert_eq!(error.attempts(), 1);
    assert_eq!(keys(&shop.take_requests()), [None]);
    assert_eq!(shop.count_visits(), 1);
}

#[tokio::test]
async fn patch_is_sent_once() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    shop.fail_next(1);
    let params = UpdatePetParams::new().name("Thomas");
    let error = client.pets().update_pet(1, params).await.expect_err("503");
    assert!(error.outcome().is_unknown(), "{error:?}");
    assert_eq!(keys(&shop.take_requests()), [None]);
}

#[tokio::test]
async fn reads_puts_and_deletes_are_repeated_without_a_key() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    shop.fail_next(2);
    client.pets().get_pet(1).await.expect("a pet");
    assert_eq!(count_equal(&shop), 3);

    shop.fail_next(1);
    client.pets().check_pet(1).await.expect("it is there");
    assert_eq!(count_equal(&shop), 2);

    shop.lose_next_answers(2);
    let params = ReplacePetParams::new("Thomas", "cat");
    client.pets().replace_pet(1, params).await.expect("a pet");
    assert_eq!(count_equal(&shop), 3);

    shop.lose_next_answers(1);
    let notes = SetNotesParams::new("likes fish");
    client.notes().set_notes(1, notes).await.expect("stored");
    assert_eq!(count_equal(&shop), 2);

    shop.fail_next(1);
    client.pets().delete_pet(1).await.expect("it is gone");
    let requests = shop.take_requests();
    assert_eq!(keys(&requests), [None, None]);
    assert_eq!(shop.count_pets(), 0);
}

#[tokio::test]
async fn delete_whose_answer_is_lost_says_that_it_may_have_deleted() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    shop.lose_next_answers(1);
    let error = client.pets().delete_pet(1).await.expect_err("it is gone");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert!(error.outcome().is_unknown(), "{error:?}");
    assert_eq!((count_equal(&shop), shop.count_pets()), (2, 0));
}
