//! A key in a file, in a whole client.

use runtime::auth::{self, ApiKey, Credential, FileKey};
use runtime::secret::Secret;

use crate::api::{Moved, builder, call};
use crate::server::Server;

#[tokio::test]
async fn next_call_has_the_new_key_when_the_file_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "sk_1\n").unwrap();
    let server = Server::always("{}").await;
    let client = builder(&server, &Moved::new()).credentials(FileKey::new(&path));
    let client = client.build().unwrap();
    call(&client).await.unwrap();
    std::fs::write(folder.path().join("new"), "sk_2\n").unwrap();
    std::fs::rename(folder.path().join("new"), &path).unwrap();
    call(&client).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    call(&client).await.unwrap();
    let seen = server.seen();
    let keys: Vec<_> = seen
        .iter()
        .map(|seen| seen.header("authorization"))
        .collect();
    assert_eq!(
        keys,
        ["Bearer sk_1", "Bearer sk_2", "Bearer sk_2"].map(Some)
    );
}

#[tokio::test]
async fn closure_is_a_provider() {
    let server = Server::always("{}").await;
    let provider = auth::from_fn(|| async {
        tokio::task::yield_now().await;
        Ok(Credential::new(ApiKey::new(&Secret::from("sk_1"))?))
    });
    let client = builder(&server, &Moved::new()).credentials(provider);
    call(&client.build().unwrap()).await.unwrap();
    assert_eq!(server.only().header("authorization"), Some("Bearer sk_1"));
}
