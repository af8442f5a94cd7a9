//! State in an SQLite file.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use stripe_dev::FakeStripe;

use crate::requests::{TestClient, text};

#[tokio::test]
async fn objects_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("objects.db");
    let mut ids = Vec::new();
    {
        let fake = FakeStripe::builder().database(&file).start().await.unwrap();
        let client = TestClient::new(fake.url());
        for name in ["a", "b", "c"] {
            let created = client
                .post("/v1/customers", &[("name", name)])
                .await
                .value();
            ids.push(text(&created, "/id").to_owned());
        }
        let path = format!("/v1/customers/{}", ids[0]);
        client.post(&path, &[("name", "changed")]).await.value();
        client
            .delete(&format!("/v1/customers/{}", ids[1]))
            .await
            .value();
    }
    let fake = FakeStripe::builder().database(&file).start().await.unwrap();
    let client = TestClient::new(fake.url());
    let listed = client.get("/v1/customers").await.value();
    let found: Vec<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|customer| text(customer, "/id"))
        .collect();
    assert_eq!(found, [ids[2].as_str(), ids[0].as_str()]);
    assert_eq!(listed["data"][1]["name"], "changed");
    let path = format!("/v1/customers/{}", ids[1]);
    assert_eq!(client.get(&path).await.value()["deleted"], true);
    assert_eq!(fake.events().await.len(), 5);
}

#[tokio::test]
async fn command_stores_objects_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("objects.db");
    let mut server = Command::new(env!("CARGO_BIN_EXE_stripe-dev"))
        .args(["serve", "--port", "0", "--database"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let client = TestClient::new(line.split_whitespace().last().unwrap());
    client.post("/v1/customers", &[("name", "a")]).await.value();
    let url = format!("sqlite://{}", file.display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM objects");
    // The customer and the event about it.
    assert_eq!(count.fetch_one(&pool).await.unwrap(), 2);
    server.kill().unwrap();
    server.wait().unwrap();
}

#[tokio::test]
async fn change_that_cannot_be_stored_is_a_server_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("objects.db");
    let fake = FakeStripe::builder().database(&file).start().await.unwrap();
    let client = TestClient::new(fake.url());
    let url = format!("sqlite://{}", file.display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("DROP TABLE objects")
        .execute(&pool)
        .await
        .unwrap();

    let response = client.post("/v1/customers", &[("name", "a")]).await;
    assert_eq!(response.status, 500);
    assert_eq!(response.body["error"]["type"], "api_error");
}
