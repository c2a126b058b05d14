//! The formats of an export.

use std::str::FromStr;

use utoipa::{PartialSchema, ToSchema, openapi};

use crate::domain::fault::Fault;

/// What the file of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table, RFC 4180.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

impl Format {
    /// Their names in the contract, which are also what file names end with.
    pub const NAMES: [&str; 2] = ["csv", "ndjson"];

    /// What its file's name ends with.
    pub fn extension(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Its media type with what a reader must know.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> mime::Mime {
        self.content_type().parse().unwrap_or(mime::STAR_STAR)
    }
}

impl FromStr for Format {
    type Err = Fault;

    fn from_str(name: &str) -> Result<Self, Fault> {
        let found = [Self::Csv, Self::Ndjson].into_iter().find(|format| format.extension() == name);
        found.ok_or_else(|| Fault::not_one_of("a format", name, Self::NAMES))
    }
}

impl PartialSchema for Format {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::ObjectBuilder::new().schema_type(openapi::schema::Type::String).enum_values(Some(Self::NAMES)).into()
    }
}

impl ToSchema for Format {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_name_and_a_media_type() {
        for (name, essence) in [("csv", "text/csv"), ("ndjson", "application/x-ndjson")] {
            let format: Format = name.parse().unwrap();
            assert_eq!((format.extension(), format.media_type().essence_str()), (name, essence));
        }
    }
}
