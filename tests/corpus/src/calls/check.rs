//! Checks a request against its operation.

use super::body::{check_body, is_match, member_presence};
use super::credentials::check_credentials;
use super::document::{Document, decode_percent};
use super::operation::{Credential, Operation, Parameter, Place};
use super::route::match_path;
use super::schema::{Direction, Problem, SchemaCheck};
use super::values::{Notation, Pairs, ValueReader, read_pairs, take_named};

/// Headers that every request may have.
const COMMON_HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "user-agent",
];
/// Parameters of these names describe headers that other parts of a document describe.
const IGNORED_HEADERS: &[&str] = &["accept", "authorization", "content-type"];

/// The prefix of headers for the server itself.
pub const OWN_HEADERS: &str = "x-corpus-";

/// A request as the server received it.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The method, in upper case.
    pub method: String,
    /// Scheme and host of the URL that the client meant.
    pub origin: String,
    /// The path, with its percent-encoding.
    pub path: String,
    /// The query, with its percent-encoding.
    pub query: String,
    /// Names in lower case with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of the first header with a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The operation whose method, server and path a request has: of several the one whose path has
/// the most characters outside of parameters.
pub fn find_operation(operations: &[Operation], request: &Received) -> Option<usize> {
    let of = operations.iter().enumerate().filter(|(_, operation)| {
        operation.method == request.method
            && operation.server.origin == request.origin
            && path_values(operation, request).is_some()
    });
    of.max_by_key(|(_, operation)| literal_length(&operation.path))
        .map(|(index, _)| index)
}

/// The number of characters outside of parameters.
fn literal_length(template: &str) -> usize {
    let mut is_literal = true;
    let literal = template.chars().filter(|letter| {
        match letter {
            '{' => is_literal = false,
            '}' => is_literal = true,
            _ => return is_literal,
        }
        false
    });
    literal.count()
}

fn path_values(operation: &Operation, request: &Received) -> Option<Vec<(String, String)>> {
    let path = request.path.strip_prefix(&operation.server.path)?;
    match_path(&operation.path, path)
}

/// What is wrong with a request of an operation. `key` is the credential of the client.
pub fn check_request(
    document: &Document,
    operation: &Operation,
    request: &Received,
    key: &str,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(check_credentials(&operation.security, request, key));
    let check = ParameterCheck {
        document,
        operation,
        request,
    };
    problems.extend(check.path_problems());
    problems.extend(check.query_problems());
    problems.extend(check.header_problems());
    problems.extend(check.cookie_problems());
    problems.extend(check_body(document, operation.body.as_ref(), request));
    problems.extend(accept_problem(operation, request));
    problems
}

/// The parameters and the members of the body that a request of an operation can have and this one
/// lacks. Credentials are not counted, and neither are members of a body of another media type.
pub fn absent_parameters(
    document: &Document,
    operation: &Operation,
    request: &Received,
) -> Presence {
    let check = ParameterCheck {
        document,
        operation,
        request,
    };
    let mut presence = Presence::default();
    let pairs = read_pairs(&request.query);
    for parameter in &operation.parameters {
        let name = &parameter.name;
        let is_there = match parameter.place {
            Place::Path => true,
            Place::Query => {
                let notation = Notation {
                    style: &parameter.style,
                    explode: parameter.explode,
                };
                let mut pairs = pairs.clone();
                let value =
                    check
                        .values()
                        .take_value(&mut pairs, name, &parameter.schema, notation);
                value.is_some()
            }
            Place::Header if IGNORED_HEADERS.contains(&name.to_lowercase().as_str()) => continue,
            Place::Header => request.header(&name.to_lowercase()).is_some(),
            Place::Cookie => {
                let cookies = request.header("cookie").unwrap_or_default();
                cookies
                    .split(';')
                    .any(|cookie| cookie.trim().starts_with(&format!("{name}=")))
            }
        };
        presence.count(
            format!("{:?} {name}", parameter.place).to_lowercase(),
            is_there,
        );
    }
    for (name, is_there) in member_presence(document, operation.body.as_ref(), request) {
        presence.count(format!("body/{name}"), is_there);
    }
    presence
}

/// What a request can have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// How many parameters and members there can be.
    pub all: usize,
    /// Those that the request lacks.
    pub absent: Vec<String>,
}

impl Presence {
    fn count(&mut self, name: String, is_there: bool) {
        self.all += 1;
        if !is_there {
            self.absent.push(name);
        }
    }
}

fn accept_problem(operation: &Operation, request: &Received) -> Option<Problem> {
    let accept = request.header("accept").unwrap_or("*/*");
    let contents = &operation.success.contents;
    let is_served = |range: &str| {
        let mut contents = contents.iter();
        contents.any(|content| {
            is_match(&content.media_type, range) || is_match(range, &content.media_type)
        })
    };
    let is_any = contents.is_empty() || accept.split(',').any(is_served);
    let reason = || format!("{accept} is not a media type of the response");
    (!is_any).then(|| Problem::new("header Accept", reason()))
}

struct ParameterCheck<'a> {
    document: &'a Document,
    operation: &'a Operation,
    request: &'a Received,
}

impl ParameterCheck<'_> {
    fn parameters(&self, place: Place) -> impl Iterator<Item = &Parameter> {
        let all = self.operation.parameters.iter();
        all.filter(move |parameter| parameter.place == place)
    }

    fn values(&self) -> ValueReader<'_> {
        ValueReader {
            document: self.document,
        }
    }

    /// The credentials that are sent like a parameter.
    fn credentials(&self) -> impl Iterator<Item = &Credential> {
        self.operation.security.iter().flatten()
    }

    /// What is wrong with the value of a parameter, or with its absence.
    fn value_problems(
        &self,
        parameter: &Parameter,
        value: Option<serde_json::Value>,
        kind: &str,
    ) -> Vec<Problem> {
        let place = format!("{kind} {}", parameter.name);
        let check = SchemaCheck {
            document: self.document,
            direction: Direction::Request,
        };
        match value {
            Some(value) => check.check_value(&parameter.schema, &value, &place),
            None if parameter.required => vec![Problem::new(place, "is missing")],
            None => Vec::new(),
        }
    }

    fn path_problems(&self) -> Vec<Problem> {
        let found = path_values(self.operation, self.request).unwrap_or_default();
        let parameters = self.parameters(Place::Path);
        let problems = parameters.flat_map(|parameter| {
            let mut found = found.iter().filter(|(name, _)| *name == parameter.name);
            let value = found.next().map(|(_, text)| {
                let text = decode_percent(text);
                self.values()
                    .read_simple(&parameter.schema, &text, parameter.explode)
            });
            // One that the template does not have has no place.
            match value {
                Some(_) => self.value_problems(parameter, value, "path"),
                None => Vec::new(),
            }
        });
        problems.collect()
    }

    fn query_problems(&self) -> Vec<Problem> {
        let mut pairs: Pairs = read_pairs(&self.request.query);
        let mut problems = Vec::new();
        for parameter in self.parameters(Place::Query) {
            let value = match parameter.is_json {
                true => take_named(&mut pairs, &parameter.name).first().map(|text| {
                    serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into())
                }),
                false => {
                    let notation = Notation {
                        style: &parameter.style,
                        explode: parameter.explode,
                    };
                    let (name, schema) = (&parameter.name, &parameter.schema);
                    self.values().take_value(&mut pairs, name, schema, notation)
                }
            };
            problems.extend(self.value_problems(parameter, value, "query"));
        }
        for credential in self.credentials() {
            if let Credential::Query(name) = credential {
                take_named(&mut pairs, name);
            }
        }
        let undeclared = pairs.into_iter();
        problems.extend(undeclared.map(|(name, _)| {
            Problem::new(format!("query {name}"), "the operation does not declare it")
        }));
        problems
    }

    fn header_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut known: Vec<String> = COMMON_HEADERS.iter().map(|&name| name.to_owned()).collect();
        for parameter in self.parameters(Place::Header) {
            let name = parameter.name.to_lowercase();
            if !IGNORED_HEADERS.contains(&name.as_str()) {
                let text = self.request.header(&name);
                let value = text.map(|text| {
                    self.values()
                        .read_simple(&parameter.schema, text, parameter.explode)
                });
                problems.extend(self.value_problems(parameter, value, "header"));
            }
            known.push(name);
        }
        for credential in self.credentials() {
            if let Credential::Header(name) = credential {
                known.push(name.clone());
            }
        }
        let names = self.request.headers.iter().map(|(name, _)| name);
        let undeclared =
            names.filter(|name| !known.contains(*name) && !name.starts_with(OWN_HEADERS));
        problems.extend(undeclared.map(|name| {
            Problem::new(
                format!("header {name}"),
                "the operation does not declare it",
            )
        }));
        problems
    }

    fn cookie_problems(&self) -> Vec<Problem> {
        let header = self.request.header("cookie").unwrap_or_default();
        let cookies = header
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='));
        let mut cookies: Pairs = cookies
            .map(|(name, value)| (name.to_owned(), decode_percent(value)))
            .collect();
        let mut problems = Vec::new();
        for parameter in self.parameters(Place::Cookie) {
            let text = take_named(&mut cookies, &parameter.name).into_iter().next();
            let value = text.map(|text| {
                self.values()
                    .read_simple(&parameter.schema, &text, parameter.explode)
            });
            problems.extend(self.value_problems(parameter, value, "cookie"));
        }
        for credential in self.credentials() {
            if let Credential::Cookie(name) = credential {
                take_named(&mut cookies, name);
            }
        }
        let undeclared = cookies.into_iter();
        problems.extend(undeclared.map(|(name, _)| {
            Problem::new(
                format!("cookie {name}"),
                "the operation does not declare it",
            )
        }));
        problems
    }
}
