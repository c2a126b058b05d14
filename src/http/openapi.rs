//! The contract as OpenAPI 3.1, made from the handlers.

use actix_web::App;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        RefOr, Schema,
        schema::AdditionalProperties,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;

use super::{problem::ProblemBody, resource::Relation, routes};
use crate::domain::page::Order;

/// What the document says besides the handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Logbook",
        description = "Who changed what, and when: the conversation logs and the audit logs behind the Logs page.\n\n\
            The account is the token's; every call sees that account only. Instants are RFC 3339 in UTC with microseconds. \
            Every error is a problem document (RFC 9457) that names each fault with its place. \
            Every answer has the header `X-Request-Id`, taken over from the request if it had one.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "The Logbook team", url = "https://example.com/logbook")
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "Conversation logs", description = "What happened to conversations. Read by the role CONVERSATIONS_SUPERVISOR."),
        (name = "Audit logs", description = "Who changed the configuration. Read by the role CONVERSATIONS_SETUP."),
        (name = "Health", description = "For whoever starts, stops and balances instances."),
        (name = "About", description = "This document.")
    ),
    components(schemas(Order, ProblemBody, Relation)),
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
            .description(Some("A JWT with the claims `sub`, `accountId`, `roles` and `exp`."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document =
        App::new().into_utoipa_app().openapi(Document::openapi()).configure(routes::documented).split_for_parts().1;
    refuse_unknown_members(&mut document);
    describe_what_may_be_null(&mut document);
    document
}

/// What producers send is taken to the letter, so its schemas are closed; answers may grow.
fn refuse_unknown_members(document: &mut utoipa::openapi::OpenApi) {
    const SENT: [&str; 3] = ["NewConversationEvent", "ConversationReference", "NewAuditEvent"];
    for name in SENT {
        if let Some(RefOr::T(Schema::Object(object))) = document.components.get_or_insert_default().schemas.get_mut(name) {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// A description beside the reference within `oneOf` is lost on the generators of clients.
fn describe_what_may_be_null(document: &mut utoipa::openapi::OpenApi) {
    for schema in document.components.get_or_insert_default().schemas.values_mut() {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        for property in object.properties.values_mut() {
            let RefOr::T(Schema::OneOf(alternatives)) = property else { continue };
            if let Some(RefOr::Ref(reference)) = alternatives.items.first_mut() {
                alternatives.description = Some(std::mem::take(&mut reference.description)).filter(|text| !text.is_empty());
            }
        }
    }
}

/// The document as it is served and committed.
pub fn json() -> serde_json::Result<String> {
    document().to_pretty_json().map(|json| json + "\n")
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
