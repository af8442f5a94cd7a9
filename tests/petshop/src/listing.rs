//! The list of pets: filters, pages, and the links between pages.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use crate::answers::{FieldMistake, invalid, json_answer};
use crate::pet_body::is_day;
use crate::shop::{JsonObject, SharedShop};

const DEFAULT_SIZE: usize = 20;
const MAX_SIZE: usize = 50;

/// What is searched for.
#[derive(Debug)]
struct ListQuery {
    page: usize,
    size: usize,
    tags: Vec<String>,
    statuses: Vec<String>,
    species: Vec<String>,
    born_since: Option<String>,
    keeper: Option<String>,
    /// The pairs that are not about pages, as they were sent.
    filters: Vec<String>,
}

/// `GET /pets`.
pub(crate) async fn list_pets(
    State(shop): State<SharedShop>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let mut query = match ListQuery::parse(&query.unwrap_or_default()) {
        Ok(query) => query,
        Err(mistake) => return invalid(&[mistake]),
    };
    let keeper = headers.get("x-keeper");
    query.keeper = keeper
        .and_then(|name| name.to_str().ok())
        .map(str::to_owned);
    let state = shop.lock();
    let found: Vec<&JsonObject> = state
        .pets
        .values()
        .filter(|pet| query.matches(pet))
        .collect();
    let start = (query.page - 1).saturating_mul(query.size);
    let page = found.iter().skip(start).take(query.size);
    let page = Value::Array(page.map(|pet| Value::Object((*pet).clone())).collect());
    let mut response = json_answer(StatusCode::OK, &page);
    let headers = response.headers_mut();
    headers.insert("x-total-count", HeaderValue::from(found.len()));
    let last = found.len().div_ceil(query.size);
    if let Some(links) = query.links(last) {
        headers.insert(header::LINK, links);
    }
    response
}

impl ListQuery {
    fn parse(text: &str) -> Result<Self, FieldMistake> {
        let mut query = Self {
            page: 1,
            size: DEFAULT_SIZE,
            tags: Vec::new(),
            statuses: Vec::new(),
            species: Vec::new(),
            born_since: None,
            keeper: None,
            filters: Vec::new(),
        };
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let split = |by: char| value.split(by).map(unescape).collect();
            match name {
                "page" => query.page = parse_number(value, usize::MAX).ok_or(("page", "from 1"))?,
                "per_page" => {
                    let size = parse_number(value, MAX_SIZE);
                    query.size = size.ok_or(("per_page", "1 to 50"))?;
                }
                "tag" => query.tags.push(unescape(value)),
                "status" => query.statuses = split(','),
                "species" => query.species = split('|'),
                "born_since" if is_day(value) => query.born_since = Some(value.to_owned()),
                "born_since" => return Err(("born_since", "a date")),
                _ => return Err(("query", "a parameter that is not known")),
            }
            if !matches!(name, "page" | "per_page") {
                query.filters.push(pair.to_owned());
            }
        }
        Ok(query)
    }

    fn matches(&self, pet: &JsonObject) -> bool {
        let text = |field: &str| pet.get(field).and_then(Value::as_str);
        let is_in = |field: &str, wanted: &[String]| {
            wanted.is_empty() || text(field).is_some_and(|own| wanted.iter().any(|it| it == own))
        };
        let tags = pet.get("tags").and_then(Value::as_array);
        let has_tag = |tag: &String| tags.is_some_and(|tags| tags.iter().any(|own| own == tag));
        let born = self.born_since.as_deref();
        let keeper = pet.get("keeper").and_then(|keeper| keeper.get("name"));
        let keeper = keeper.and_then(Value::as_str);
        is_in("status", &self.statuses)
            && is_in("species", &self.species)
            && (self.tags.is_empty() || self.tags.iter().any(has_tag))
            && born.is_none_or(|since| text("born").is_some_and(|born| born >= since))
            && (self.keeper.is_none() || self.keeper.as_deref() == keeper)
    }

    /// The header `Link`, with the first, the previous, the next and the last page.
    fn links(&self, last: usize) -> Option<HeaderValue> {
        let mut targets = vec![("first", 1), ("last", last.max(1))];
        if self.page > 1 {
            targets.push(("prev", self.page - 1));
        }
        if self.page < last {
            targets.push(("next", self.page + 1));
        }
        let links: Vec<String> = targets
            .into_iter()
            .map(|(relation, page)| {
                let mut pairs = self.filters.clone();
                pairs.push(format!("page={page}"));
                pairs.push(format!("per_page={}", self.size));
                format!("</api/pets?{}>; rel=\"{relation}\"", pairs.join("&"))
            })
            .collect();
        HeaderValue::from_str(&links.join(", ")).ok()
    }
}

fn parse_number(text: &str, most: usize) -> Option<usize> {
    let number: usize = text.parse().ok()?;
    (1..=most).contains(&number).then_some(number)
}

/// Decodes `%` escapes of ASCII and UTF-8.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
