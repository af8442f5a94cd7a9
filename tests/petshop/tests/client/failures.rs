//! Each documented failure is read as its type.

use petshop::params::CheckupParams;
use petshop::pets::{
    CreatePetError, CreatePetParams, DeletePetError, GetPetError, ListPetsError, ListPetsParams,
    ReplacePetError, ReplacePetParams, Status, UpdatePetParams,
};
use petshop::photos::{GetPhotoError, SetPhotoError, SetPhotoParams};
use petshop::shared::{ConflictReason, Failure};
use petshop::value::FileUpload;
use petshop::visits::{AddVisitError, AddVisitParams};

use crate::support::{builder, open_shop, take_in};

#[tokio::test]
async fn missing_pet_is_a_problem() {
    let (_shop, client) = open_shop();
    let error = client.pets().get_pet(7).await.expect_err("no pet");
    assert!(
        error.is_not_found() && error.outcome().is_rejected(),
        "{error:?}"
    );
    assert_eq!(error.message(), Some("no pet 7"));
    let Some(GetPetError::Status404(problem)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!((problem.title.as_str(), problem.status), ("not found", 404));
    assert_eq!(problem.detail.as_deref(), Some("no pet 7"));
    assert_eq!(
        problem.type_.as_deref(),
        Some("https://petshop.test/problems")
    );

    // The bodies of other operations do not fit less: the type is that of the caller.
    let error = client.pets().check_pet(7).await.expect_err("no pet");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert!(error.raw_body().is_none_or(|body| body.is_empty()));
    assert_eq!(error.typed::<GetPetError>(), None);
}

#[tokio::test]
async fn missing_photo_is_a_problem() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let error = client.photos().get_photo(1).await.expect_err("no photo");
    let Some(GetPhotoError::Status404(problem)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(problem.detail.as_deref(), Some("no photo"));

    // A file with a media type of its own is sent with that.
    let file = FileUpload::new("tom.gif", &b"GIF89a"[..]).content_type("image/gif");
    let call = client.photos().set_photo(1, SetPhotoParams::new(file));
    let error = call.await.expect_err("no PNG");
    let Some(SetPhotoError::Default(failure)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(failure.message, "a PNG is expected");
}

#[tokio::test]
async fn taken_name_is_a_conflict() {
    let (shop, client) = open_shop();
    let first = take_in(&shop, &client, "Tom").await;
    let call = client.pets().create_pet(CreatePetParams::new("Tom", "dog"));
    let error = call.retries(0).await.expect_err("the name is taken");
    assert!(error.is_conflict(), "{error:?}");
    let Some(CreatePetError::Status409(conflict)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(conflict.reason, ConflictReason::NameTaken);
    assert_eq!(conflict.pet_id, Some(first.id));
}

#[tokio::test]
async fn sold_pet_is_not_deleted() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let sold = UpdatePetParams::new().status(Status::Sold);
    client.pets().update_pet(1, sold).await.expect("sold");
    let call = client.pets().delete_pet(1).retries(0);
    let error = call.await.expect_err("it is sold");
    let Some(DeletePetError::Status409(conflict)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(conflict.reason, ConflictReason::Sold);
}

#[tokio::test]
async fn wrong_fields_are_listed() {
    let (shop, client) = open_shop();
    take_in(&shop, &client, "Tom").await;
    let params = ReplacePetParams::new("", "cat")
        .born("yesterday")
        .price(-1.0);
    let error = client
        .pets()
        .replace_pet(1, params)
        .await
        .expect_err("wrong");
    assert!(
        error.is_invalid_request() && error.outcome().is_rejected(),
        "{error:?}"
    );
    let Some(ReplacePetError::Status422(invalid)) = error.typed() else {
        unreachable!("{error:?}");
    };
    let fields: Vec<(&str, &str)> = invalid
        .errors
        .iter()
        .map(|wrong| (wrong.field.as_str(), wrong.message.as_str()))
        .collect();
    let expected = [
        ("name", "1 to 40 characters"),
        ("born", "a date or null"),
        ("price", "a positive number or null"),
    ];
    assert_eq!(fields, expected);

    let params = ListPetsParams::new().per_page(51);
    let error = client.pets().list_pets(params).await.expect_err("wrong");
    let Some(ListPetsError::Status422(invalid)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(invalid.errors[0].field, "per_page");

    let treatment = CheckupParams::new("massage", true);
    let params = AddVisitParams::new("2024-05-06", treatment);
    let error = client
        .visits()
        .add_visit(1, params)
        .await
        .expect_err("wrong");
    let Some(AddVisitError::Status422(invalid)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(invalid.errors[0].field, "treatment.kind");
}

#[tokio::test]
async fn other_failures_have_the_default_body() {
    let (shop, client) = open_shop();
    shop.fail_next(1);
    let error = client.pets().get_pet(1).retries(0).await.expect_err("503");
    assert!(error.is_server(), "{error:?}");
    assert_eq!(error.message(), Some("the shop is being cleaned"));
    let Some(GetPetError::Default(failure)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(failure.message, "the shop is being cleaned");
    assert_eq!(failure.retry_after, Some(1));

    // An operation with this body alone has it as its error.
    shop.fail_next(1);
    let error = client
        .system()
        .check_health()
        .retries(0)
        .await
        .expect_err("503");
    let failure: Failure = error.typed().expect("a body");
    assert_eq!(failure.message, "the shop is being cleaned");
}

#[tokio::test]
async fn body_that_lacks_what_its_type_requires_is_not_of_that_type() {
    let (shop, _) = open_shop();
    // Nothing of the document is below this path.
    let url = shop.url().replace("/api", "/elsewhere");
    let client = builder(&shop).base_url(url).api_key("k");
    let client = client.build().expect("a client");
    let error = client.pets().get_pet(1).await.expect_err("no path");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert_eq!(error.typed::<GetPetError>(), None);
    assert_eq!(error.message(), Some("there is no such operation"));
}
