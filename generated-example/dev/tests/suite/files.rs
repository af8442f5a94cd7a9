//! Uploads, downloads and reports.

use crate::requests::{start_server, text};

const BODY: &str = "--b\r\n\
    Content-Disposition: form-data; name=\"purpose\"\r\n\r\n\
    dispute_evidence\r\n\
    --b\r\n\
    Content-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\r\n\
    Content-Type: text/plain\r\n\r\n\
    twelve bytes\r\n\
    --b--\r\n";

#[tokio::test]
async fn content_of_an_upload_is_downloaded() {
    let (_fake, client) = start_server().await;
    let headers = [
        ("authorization", "Bearer sk_test_1"),
        ("content-type", "multipart/form-data; boundary=b"),
    ];
    let file = client.send("POST", "/v1/files", &headers, BODY.to_owned());
    let file = file.await.value();
    assert_eq!(
        (&file["filename"], &file["size"]),
        (&"note.txt".into(), &12.into())
    );
    let path = format!("/v1/files/{}/contents", text(&file, "/id"));
    assert_eq!(client.get(&path).await.value(), "twelve bytes");
    let missing = client.get("/v1/files/file_gone/contents").await;
    assert_eq!(missing.problem(), (404, "resource_missing", "file"));
}

#[tokio::test]
async fn report_has_the_transactions_of_its_interval() {
    let (_fake, client) = start_server().await;
    let charge = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    client.post("/v1/payment_intents", &charge).await.value();
    let run = |end: &'static str| {
        let client = &client;
        async move {
            let form = [
                ("report_type", "balance_change_from_activity.itemized.1"),
                ("parameters[interval_start]", "0"),
                ("parameters[interval_end]", end),
                ("parameters[columns][]", "gross"),
                ("parameters[columns][]", "currency"),
            ];
            let run = client
                .post("/v1/reporting/report_runs", &form)
                .await
                .value();
            assert_eq!(run["status"], "succeeded");
            let path = format!("/v1/files/{}/contents", text(&run, "/result/id"));
            client.get(&path).await.value()
        }
    };
    assert_eq!(
        run("5000000000").await,
        "\"gross\",\"currency\"\n2000,\"usd\"\n"
    );
    assert_eq!(run("1").await, "\"gross\",\"currency\"\n");
}
