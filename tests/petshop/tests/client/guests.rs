//! The shapes of requests and answers that no other operation has: parts, JSON in a query, lists in
//! paths, one name in several places, answers that may be missing.

use petshop::guests::{
    FilterParams, FindGuestsMealParams, FindGuestsParams, GreetGuestsParams, GuestParams,
    MoveGuestParams, ReceiveGuestMealParams, ReceiveGuestParams, SetWishesParams, WalkParams,
};
use petshop::value::FileUpload;

use crate::support::{builder, literal, only_request, open_shop};

const KEY: &str = "x-api-key: shop-key-4711-secret";

#[tokio::test]
async fn guest_is_sent_in_parts() {
    let (shop, client) = open_shop();
    let params = ReceiveGuestParams::new(GuestParams::new("Rex").clear_until())
        .words(["sit", "stay, Rex"])
        .meals([
            ReceiveGuestMealParams::new("fish").times(2),
            ReceiveGuestMealParams::new("rice"),
        ])
        .photos([
            FileUpload::new("1.png", &b"one"[..]).content_type("image/png"),
            FileUpload::new("2.png", &b"two"[..]),
        ])
        .weights("day,kg\n1,7\n")
        .passport(FileUpload::new("rex.pdf", &b"%PDF"[..]));
    let guest = client
        .guests()
        .receive_guest(params)
        .await
        .expect("a guest");
    assert_eq!(guest.name, "Rex");
    let request = only_request(&shop);
    let media_type = request.header("content-type").expect("a media type");
    let boundary = media_type.split_once("boundary=").expect("a boundary").1;
    let text = request.text();
    let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
    let head = "\r\nContent-Disposition: form-data; name=";
    let expected = [
        "\"guest\"\r\nContent-Type: application/json\r\n\r\n{\"name\":\"Rex\",\"until\":null}\r\n",
        "\"words\"\r\n\r\nsit\r\n",
        "\"words\"\r\n\r\nstay, Rex\r\n",
        "\"meals\"\r\nContent-Type: application/json\r\n\r\n{\"food\":\"fish\",\"times\":2}\r\n",
        "\"meals\"\r\nContent-Type: application/json\r\n\r\n{\"food\":\"rice\"}\r\n",
        "\"photos\"; filename=\"1.png\"\r\nContent-Type: image/png\r\n\r\none\r\n",
        "\"photos\"; filename=\"2.png\"\r\nContent-Type: application/octet-stream\r\n\r\ntwo\r\n",
        "\"weights\"\r\nContent-Type: text/csv\r\n\r\nday,kg\n1,7\n\r\n",
        "\"passport\"; filename=\"rex.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n",
    ];
    let expected = expected.iter().map(|part| format!("{head}{part}"));
    let mut all = vec![String::new()];
    all.extend(expected);
    all.push("--\r\n".to_owned());
    assert_eq!(parts, all);
}

#[tokio::test]
async fn filter_is_json_in_the_query_and_in_a_header() {
    let (shop, client) = open_shop();
    let meal = FindGuestsMealParams::new().food("Käse & Brot").times(2);
    let filter = FilterParams::new().species(["cat", "dog"]).meal(meal);
    let params = FindGuestsParams::new()
        .filter(filter)
        .x_sections([("names", "10"), ("größe", "1")]);
    let guests = client.guests().find_guests(params).await.expect("guests");
    assert_eq!(guests.len(), 1);
    assert_eq!(
        literal(&only_request(&shop)),
        format!(
            "GET /api/guests?filter=%7B%22species%22%3A%5B%22cat%22%2C%22dog%22%5D%2C%22meal%22\
             %3A%7B%22food%22%3A%22K%C3%A4se%20%26%20Brot%22%2C%22times%22%3A2%7D%7D\n\
             accept: application/json\n{KEY}\n\
             x-sections: {{\"names\":\"10\",\"gr\\u00f6\\u00dfe\":\"1\"}}\n"
        )
    );
}

#[tokio::test]
async fn guest_and_no_guest_are_two_answers_of_one_operation() {
    let (shop, client) = open_shop();
    let next = client.guests().next_guest().await.expect("an answer");
    assert_eq!(next.map(|guest| guest.name), None);
    let params = ReceiveGuestParams::new(GuestParams::new("Rex"));
    client
        .guests()
        .receive_guest(params)
        .await
        .expect("a guest");
    let next = client.guests().next_guest().await.expect("an answer");
    assert_eq!(next.map(|guest| guest.name).as_deref(), Some("Rex"));
    assert_eq!(shop.take_requests().len(), 3);
}

#[tokio::test]
async fn form_has_the_styles_of_its_encoding() {
    let (shop, client) = open_shop();
    let params = SetWishesParams::new("Rex & Tom")
        .toys(["ball", "a,b"])
        .places(["sofa", "a|b"])
        .walk(WalkParams::new().from(7).to(9))
        .meal(ReceiveGuestMealParams::new("fish").times(2));
    client.guests().set_wishes(params).await.expect("written");
    let request = only_request(&shop);
    let media_type = request.header("content-type");
    assert_eq!(media_type, Some("application/x-www-form-urlencoded"));
    assert_eq!(
        request.text(),
        "name=Rex%20%26%20Tom&toys=ball,a%2Cb&places=sofa|a%7Cb&from=7&to=9\
         &meal=%7B%22food%22%3A%22fish%22%2C%22times%22%3A2%7D"
    );
}

#[tokio::test]
async fn lists_are_parts_of_the_path() {
    let (shop, client) = open_shop();
    let meals = client.guests().list_meals(["Rex", "a/b,c"], [0, 2]);
    let meals = meals.await.expect("meals");
    assert_eq!(meals.len(), 3, "the server decodes before it splits");
    let target = only_request(&shop).target;
    assert_eq!(target, "/api/guests/Rex,a%2Fb%2Cc/meals;days=0;days=2");
    // An empty list would be another path.
    let none: [&str; 0] = [];
    let error = client.guests().list_meals(none, [0]).await;
    assert!(error.expect_err("no names").is_build());
    assert!(shop.take_requests().is_empty());
}

#[tokio::test]
async fn one_name_is_sent_in_three_places() {
    let (shop, client) = open_shop();
    let params = MoveGuestParams::new("sofa")
        .place_query("cage")
        .place_header("keeper");
    client
        .guests()
        .move_guest("Rex", params)
        .await
        .expect("moved");
    assert_eq!(
        literal(&only_request(&shop)),
        format!(
            "POST /api/guests/Rex/move?place=cage\naccept: */*\n\
             content-type: application/json\nplace: keeper\n{KEY}\n\n{{\"place\":\"sofa\"}}"
        )
    );
}

#[tokio::test]
async fn declared_headers_are_sent_once_and_not_shown() {
    let (shop, _) = open_shop();
    // The operation needs no key.
    let client = builder(&shop).without_api_key().build().expect("a client");
    let params = GreetGuestsParams::new()
        .user_agent("club/1")
        .authorization("Card 4711-PLANTED");
    assert!(!format!("{params:?}").contains("PLANTED"));
    let greeting = client.guests().greet_guests(params).await.expect("a text");
    assert_eq!(greeting.0, "Wuff, Grüße");
    let request = only_request(&shop);
    let values = |wanted: &str| {
        let headers = request.headers.iter();
        let found = headers.filter(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(values("user-agent"), ["club/1"]);
    assert_eq!(values("authorization"), ["Card 4711-PLANTED"]);
}
