//! The contract as OpenAPI 3.1 and 3.0.3, made from the handlers.

mod adjust;
mod document;
mod version_3_0;

use super::{problem::ProblemBody, problem_type::ProblemType, resource::Relation, routes};
use crate::domain::page::Order;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// What the document states besides the endpoints.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Logbook",
        description = "Who changed what, and when: the conversation logs and the audit logs behind the Logs page.\n\n\
            The account comes from the token; a call can access this account only. Instants are RFC 3339 in UTC with microseconds. \
            Every error is a problem document (RFC 9457) that names each fault with its location. \
            Every response has the header `X-Request-Id`, with the value from the request if that is valid (1 to 128 characters \
            of A-Z a-z 0-9 . _ : -), otherwise a new UUIDv7. If the operator has set rate limits, every response to a \
            request whose token is valid and has a role with a limit has the headers `RateLimit` and `RateLimit-Policy` \
            (draft-ietf-httpapi-ratelimit-headers).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "The Logbook team", url = "https://example.com/logbook")
    ),
    servers((url = "/", description = "This service")),
    components(schemas(Order, ProblemBody, ProblemType, Relation)),
    security(("bearer" = [])),
    modifiers(&BearerToken)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "A JWT with a subject, an account, roles and an expiry: by default the claims `sub`, `accountId`, `roles` and `exp`.",
            ))
            .build();
        document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// What the endpoints declare.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    routes::documented().describe(&mut document);
    document
}

/// The version of OpenAPI that a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V3_1,
    V3_0,
}

/// The document as it is served and committed.
pub fn json(document: &utoipa::openapi::OpenApi, version: Version) -> serde_json::Result<String> {
    let mut document = serde_json::to_value(document)?;
    adjust::adjust(&mut document);
    if version == Version::V3_0 {
        version_3_0::convert(&mut document);
    }
    serde_json::to_string_pretty(&document).map(|json| json + "\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::http::ingest::RESERVED_IDS;

    #[test]
    fn reserved_ids_are_the_words_that_follow_a_log_in_a_path() {
        let document = super::document();
        let words: BTreeSet<&str> = document
            .paths
            .paths
            .keys()
            .filter_map(|path| path.split_once("-logs/"))
            .filter_map(|(_, rest)| rest.split('/').next())
            .filter(|word| !word.starts_with('{'))
            .collect();
        assert_eq!(words.into_iter().chain([".", ".."]).collect::<BTreeSet<_>>(), BTreeSet::from(RESERVED_IDS));
    }
}
