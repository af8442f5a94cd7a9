//! The token endpoint of OAuth's client credentials flow (RFC 6749, section 4.4).

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::answers::json_answer;
use crate::shop::SharedShop;

/// The id of the client that the endpoint accepts.
pub const CLIENT_ID: &str = "rota/planner";

/// The secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "night & day+";

/// `Authorization` of the client: id and secret, percent-encoded and in Base64.
const CLIENT_HEADER: &str = "Basic cm90YSUyRnBsYW5uZXI6bmlnaHQlMjAlMjYlMjBkYXklMkI=";

/// Id and secret as parameters of the body.
const CLIENT_PARAMS: [&str; 2] = [
    "client_id=rota%2Fplanner",
    "client_secret=night%20%26%20day%2B",
];

/// How many seconds a token is valid.
const LIFETIME: u32 = 3600;

/// The tokens that are valid, each with its scopes.
#[derive(Debug, Default)]
pub(crate) struct IssuedTokens {
    valid: HashMap<String, Vec<String>>,
    count: u32,
}

impl IssuedTokens {
    pub(crate) fn allows(&self, token: &str, scope: &str) -> bool {
        let scopes = self.valid.get(token);
        scopes.is_some_and(|scopes| scopes.iter().any(|known| known == scope))
    }

    pub(crate) fn revoke_all(&mut self) {
        self.valid.clear();
    }

    fn issue(&mut self, scopes: Vec<String>) -> String {
        self.count += 1;
        let token = format!("staff-token-{}", self.count);
        self.valid.insert(token.clone(), scopes);
        token
    }
}

/// `POST /token`.
pub(crate) async fn issue_token(
    State(shop): State<SharedShop>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8_lossy(&body).replace('+', "%20");
    let pairs: Vec<&str> = body.split('&').collect();
    let header = headers.get(header::AUTHORIZATION);
    let has_header = header.is_some_and(|value| value == CLIENT_HEADER);
    if !has_header && !CLIENT_PARAMS.iter().all(|pair| pairs.contains(pair)) {
        let sent = header
            .and_then(|value| value.to_str().ok())
            .unwrap_or(&body);
        let detail = format!("this client is not known: {sent}");
        return json_answer(
            StatusCode::UNAUTHORIZED,
            &json!({ "error": "invalid_client", "error_description": detail }),
        );
    }
    if !pairs.contains(&"grant_type=client_credentials") {
        let body = json!({ "error": "unsupported_grant_type" });
        return json_answer(StatusCode::BAD_REQUEST, &body);
    }
    let scope = pairs.iter().find_map(|pair| pair.strip_prefix("scope="));
    let scope = scope.unwrap_or_default().replace("%3A", ":");
    let scopes: Vec<String> = scope.split("%20").map(str::to_owned).collect();
    if scopes.iter().any(|scope| !scope.starts_with("shifts:")) {
        return json_answer(
            StatusCode::BAD_REQUEST,
            &json!({ "error": "invalid_scope" }),
        );
    }
    let token = shop.lock().tokens.issue(scopes);
    let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME });
    json_answer(StatusCode::OK, &answer)
}
