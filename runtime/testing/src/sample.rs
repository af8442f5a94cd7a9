//! Samples: valid objects of the API for tests, without writing JSON.

use std::fmt;
use std::marker::PhantomData;

use http::{HeaderMap, StatusCode};
use runtime::http::RawResponse;
use runtime::operation::{OperationSpec, Output};
use runtime::value::{Binary, PlainText};
use wire::codec::{DecodePolicy, Encode, encode_json};
use wire::value::{List, MaybeDeleted, RawJson, SearchList, UrlList};

use crate::TestDoubleError;

mod template;
#[cfg(test)]
mod tests;
mod value;

pub use value::SampleRows;

use template::Template;
use value::{SampleMaker, SampleValue};

/// The URL of a page that no operation returned.
const LIST_URL: &str = "/v1/samples";

/// Returns a valid object: required members only, with the tags that its type implies, the first
/// value of enums, and ids and times that look like real ones.
///
/// [`Sample`] makes one with other values.
///
/// # Errors
/// Returns an error if the sample does not decode to its type.
pub fn sample<T: Sampled + Output>() -> Result<T, TestDoubleError> {
    Sample::new().build()
}

/// A valid object whose members can be changed; see [`sample`].
///
/// A path has the form that errors of decoding have: `items.data[0].price`. Objects on the way that
/// the sample does not have are created with their required members; a list takes as the next item
/// the index after its last. A member that the API's document does not have is an error.
///
/// ```
/// use testing::{Sample, sample};
/// # use runtime::codec::{DecodeError, Place, Reader};
/// # #[derive(Default)] pub struct Address { pub city: Option<String>, pub line1: String, pub extra: runtime::value::Extra }
/// # wire::record!(Address [0x2] {} 0 city = "city"; line1 = "line1");
/// # #[derive(Default)] pub struct Customer { pub id: String, pub address: Option<Address>, pub extra: runtime::value::Extra }
/// # wire::record!(Customer [0x1] { "object" = "customer" } 0 id = "id"; address = "address");
/// # const ROWS: testing::SampleRows = &[
/// #     ("Address", "{city?,line1:'sample'}"),
/// #     ("Customer", "{id:'cus_sample',object:'customer',address?:@Address}"),
/// # ];
/// # testing::sampled!(ROWS, Customer);
///
/// let customer: Customer = sample()?;
/// assert_eq!(customer.id, "cus_sample");
///
/// let customer = Sample::<Customer>::new().set("address.city", "Bonn").build()?;
/// let address = customer.address.ok_or("no address")?;
/// assert_eq!((address.city.as_deref(), address.line1.as_str()), (Some("Bonn"), "sample"));
///
/// let error = Sample::<Customer>::new().set("adress.city", "Bonn").build().err();
/// assert!(error.is_some_and(|error| error.to_string().contains("there is no adress")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sample<T> {
    body: SampleBody,
    output: PhantomData<fn() -> T>,
}

impl<T: Sampled + Output> Sample<T> {
    /// A sample with required members only.
    pub fn new() -> Self {
        Self {
            body: SampleBody::new(T::schema()),
            output: PhantomData,
        }
    }

    /// Sets the value at a path. The first mistake is the error of [`build`](Sample::build).
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Encode) -> Self {
        self.body.set(path, RawJson::encoding(&value));
        self
    }

    /// Decodes the sample.
    ///
    /// # Errors
    /// If a path does not exist, or if a value does not fit its member.
    pub fn build(&self) -> Result<T, TestDoubleError> {
        let json = self.to_json()?;
        let response = RawResponse::new(StatusCode::OK, HeaderMap::new(), json);
        let decoded = T::from_response(&response, DecodePolicy::Refuse, None);
        decoded.map(|(value, _)| value).map_err(|error| {
            TestDoubleError::new(format!("the sample does not decode to its type: {error}"))
        })
    }

    /// The sample as JSON, for example as the body of a webhook.
    ///
    /// # Errors
    /// If a path does not exist.
    pub fn to_json(&self) -> Result<String, TestDoubleError> {
        match self.body.invalid_reason() {
            Some(error) => Err(error.clone()),
            None => Ok(self.body.to_json()),
        }
    }
}

impl<T: Sampled + Output> Default for Sample<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Sample<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Sample")
            .field(&self.body.to_json())
            .finish()
    }
}

/// A type of responses of which samples can be made: generated types, and pages of them.
pub trait Sampled {
    /// How values of the type are made.
    #[doc(hidden)]
    fn schema() -> SampleSchema;
}

/// How values of a type are made: a template, and the named templates that it refers to.
#[doc(hidden)]
#[derive(Clone)]
pub struct SampleSchema {
    rows: SampleRows,
    template: String,
}

impl SampleSchema {
    /// The type of this name in the table.
    pub fn named(rows: SampleRows, name: &str) -> Self {
        Self::with_template(rows, format!("@{name}"))
    }

    fn with_template(rows: SampleRows, template: String) -> Self {
        Self { rows, template }
    }

    fn enclosed(self, before: &str, after: &str) -> Self {
        let template = format!("{before}{}{after}", self.template);
        Self::with_template(self.rows, template)
    }
}

/// Implements [`Sampled`] for a type of generated code, which is in the table by its path.
#[doc(hidden)]
#[macro_export]
macro_rules! sampled {
    ($rows:path, $ty:path) => {
        impl $crate::Sampled for $ty {
            fn schema() -> $crate::SampleSchema {
                $crate::SampleSchema::named($rows, ::core::stringify!($ty))
            }
        }
    };
}

impl<T: Sampled> Sampled for List<T> {
    fn schema() -> SampleSchema {
        let after = format!("],has_more:false,object:'list',url:'{LIST_URL}',total_count?}}");
        T::schema().enclosed("{data:[", &after)
    }
}

impl<T: Sampled> Sampled for SearchList<T> {
    fn schema() -> SampleSchema {
        let after = format!(
            "],has_more:false,object:'search_result',url:'{LIST_URL}',next_page?,\
             total_count?}}"
        );
        T::schema().enclosed("{data:[", &after)
    }
}

impl<T: Sampled> Sampled for UrlList<T> {
    fn schema() -> SampleSchema {
        let after = "],next_page_url:null,previous_page_url:null}";
        T::schema().enclosed("{data:[", after)
    }
}

impl<T: Sampled, D: Sampled> Sampled for MaybeDeleted<T, D> {
    fn schema() -> SampleSchema {
        let deleted = D::schema();
        T::schema().enclosed("", &format!("|{}", deleted.template))
    }
}

impl Sampled for RawJson {
    fn schema() -> SampleSchema {
        SampleSchema::with_template(&[], "*".to_owned())
    }
}

/// The response of an operation that returns nothing.
impl Sampled for () {
    fn schema() -> SampleSchema {
        SampleSchema::with_template(&[], "{}".to_owned())
    }
}

/// A file, whose content is not JSON. The text of the sample is its content.
impl Sampled for Binary {
    fn schema() -> SampleSchema {
        SampleSchema::with_template(&[], "'sample'".to_owned())
    }
}

/// The sample of the text of a response.
impl Sampled for PlainText {
    fn schema() -> SampleSchema {
        Binary::schema()
    }
}

/// The sample is not `None`.
impl<T: Sampled> Sampled for Option<T> {
    fn schema() -> SampleSchema {
        T::schema()
    }
}

/// A sample without its type, for responses.
#[derive(Clone)]
pub(crate) struct SampleBody {
    schema: SampleSchema,
    value: SampleValue,
    /// The first mistake in a path.
    invalid: Option<TestDoubleError>,
    has_own_id: bool,
}

impl SampleBody {
    pub(crate) fn new(schema: SampleSchema) -> Self {
        let maker = SampleMaker(schema.rows);
        let (value, invalid) = match template::parse_template(&schema.template) {
            Some(template) => (maker.create(&template), None),
            None => {
                let text = format!("the template {} is not well-formed", schema.template);
                let value = SampleValue::Leaf(RawJson::default());
                (value, Some(TestDoubleError::new(text)))
            }
        };
        Self {
            schema,
            value,
            invalid,
            has_own_id: false,
        }
    }

    /// Sets the URL of a page: the path of the operation that returns it, unless the API has
    /// another one.
    pub(crate) fn set_list_path(&mut self, operation: &OperationSpec) {
        if self.schema.template.contains(LIST_URL) {
            let stated = SampleMaker(self.schema.rows).row_text(operation.id);
            let path = stated.unwrap_or(operation.path);
            let parts = path.split('/');
            let parts = parts.map(|part| {
                if part.starts_with('{') {
                    "sample"
                } else {
                    part
                }
            });
            let path: Vec<&str> = parts.collect();
            self.value.replace_member("url", &path.join("/"));
        }
    }

    /// Sets the id of the object to that of the request's path, unless the test has set it.
    pub(crate) fn set_requested_id(&mut self, id: &str) {
        if !self.has_own_id {
            self.value.replace_member("id", id);
        }
    }

    pub(crate) fn set(&mut self, path: &str, new: RawJson) {
        self.has_own_id |= path == "id";
        if let Err(reason) = self.try_set(path, new) {
            let text = format!("a sample cannot be set at {path:?}: {reason}");
            self.invalid.get_or_insert(TestDoubleError::new(text));
        }
    }

    fn try_set(&mut self, path: &str, new: RawJson) -> Result<(), String> {
        let steps = value::parse_path(path).map_err(|part| format!("{part:?} is no step"))?;
        let template = template::parse_template(&self.schema.template).unwrap_or(Template::Any);
        let maker = SampleMaker(self.schema.rows);
        maker.set(
            &mut self.value,
            &template,
            &steps,
            SampleValue::from_raw(new),
        )
    }

    pub(crate) fn invalid_reason(&self) -> Option<&TestDoubleError> {
        self.invalid.as_ref()
    }

    pub(crate) fn to_json(&self) -> String {
        encode_json(&self.value)
    }
}
