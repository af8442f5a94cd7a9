//! Lists in each of the styles of pages.

use runtime::operation::{AuthSpec, OperationSpec, PageSpec, PageStyle};
use runtime::page::Paging;

const BY_CURSOR: PageStyle = PageStyle::Cursor {
    parameter: "after",
    field: &["meta", "next"],
};
const BY_OFFSET: PageStyle = PageStyle::Offset {
    parameter: "offset",
    limit: Some("limit"),
};
const BY_NUMBER: PageStyle = PageStyle::Number {
    parameter: "page",
    first: 1,
};
const BY_URL: PageStyle = PageStyle::Url {
    field: &["meta", "next"],
};

/// A list: its operation, and how its pages follow each other.
pub(super) trait Listing: Paging<()> {
    const SPEC: OperationSpec;
}

macro_rules! listing {
    ($name:ident, $spec:expr, $pages:expr) => {
        pub(super) struct $name;

        impl<P> Paging<P> for $name {
            const PAGES: &'static PageSpec = &$pages;
        }

        impl Listing for $name {
            const SPEC: OperationSpec = $spec;
        }
    };
}

listing!(
    Cursor,
    OperationSpec::get("byCursor", "/pets"),
    PageSpec::new(BY_CURSOR, &["data"])
);
listing!(
    Offset,
    OperationSpec::get("byOffset", "/pets"),
    PageSpec::new(BY_OFFSET, &[])
);
listing!(
    OffsetTotal,
    OperationSpec::get("byOffsetTotal", "/pets"),
    PageSpec::new(BY_OFFSET, &["data"]).total(&["meta", "total"])
);
listing!(
    Number,
    OperationSpec::get("byNumber", "/pets"),
    PageSpec::new(BY_NUMBER, &["data"]).total(&["meta", "total"])
);
listing!(
    Link,
    OperationSpec::get("byLink", "/pets").auth(&[AuthSpec::Query("key")]),
    PageSpec::new(PageStyle::Link, &[])
);
listing!(
    Url,
    OperationSpec::get("byUrl", "/pets"),
    PageSpec::new(BY_URL, &["data"])
);
