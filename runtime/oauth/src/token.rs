//! The responses of the OAuth endpoints.

use wire::codec::{DecodeError, Place, Reader, Record, RecordShape};
use wire::secret::Secret;

/// The response to a code or a refresh token.
///
/// Stripe recommends to store only [`account`](OAuthTokens::account) and to act for it with the
/// platform's own key: `client.….account(tokens.account)`. The tokens are for platforms that use
/// the account's own credentials; see [`ConnectedAccount`](super::ConnectedAccount).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OAuthTokens {
    /// The account that was connected.
    pub account: String,
    /// Whether the tokens are for live mode.
    pub livemode: bool,
    /// The permissions of the platform: `read_only` or `read_write`.
    pub scope: Option<String>,
    /// The kind of the access token: `bearer`.
    pub token_type: Option<String>,
    /// The token to send as an API key.
    pub access_token: Option<Secret>,
    /// The token with which new tokens are requested.
    pub refresh_token: Option<Secret>,
    /// The account's publishable key.
    pub publishable_key: Option<String>,
    /// The number of seconds until the access token expires. Absent for Connect, whose tokens do
    /// not expire; those of apps do.
    pub expires_in: Option<i64>,
}

impl Record for OAuthTokens {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new(
            "OAuthTokens",
            &[
                "stripe_user_id",
                "livemode",
                "scope",
                "token_type",
                "access_token",
                "refresh_token",
                "stripe_publishable_key",
                "expires_in",
            ],
            &[0b1],
        );
        &SHAPE
    }

    fn at(&mut self, index: usize) -> &mut dyn Place {
        match index {
            0 => &mut self.account,
            1 => &mut self.livemode,
            2 => &mut self.scope,
            3 => &mut self.token_type,
            4 => &mut self.access_token,
            5 => &mut self.refresh_token,
            6 => &mut self.publishable_key,
            _ => &mut self.expires_in,
        }
    }
}

impl Place for OAuthTokens {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

/// The response to a disconnection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeauthorizedAccount {
    /// The account that was disconnected.
    pub account: String,
}

impl Record for DeauthorizedAccount {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape =
            RecordShape::new("DeauthorizedAccount", &["stripe_user_id"], &[0b1]);
        &SHAPE
    }

    fn at(&mut self, _: usize) -> &mut dyn Place {
        &mut self.account
    }
}

impl Place for DeauthorizedAccount {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}
