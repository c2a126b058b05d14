//! The formats of an export.

use strum::{EnumString, IntoStaticStr, VariantNames};
use utoipa::ToSchema;

use crate::domain::fault::Fault;

/// The format of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, ToSchema, VariantNames)]
#[schema(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = Fault, parse_err_fn = unknown_format)]
pub enum Format {
    /// A table (RFC 4180).
    Csv,
    /// One JSON object per line.
    Ndjson,
}

fn unknown_format(name: &str) -> Fault {
    Fault::not_one_of("a format", name, Format::VARIANTS.iter().copied())
}

impl Format {
    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        self.into()
    }

    /// Its media type, with parameters.
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
