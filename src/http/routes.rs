//! Every route, on one screen.

use actix_web::web::{self, Data};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    audit_logs, contract, conversation_logs,
    demo::{self, DemoTokens},
    docs, health, page, problem_pages,
};

/// The routes of the contract. Of two that fit a path, the first one takes it.
pub fn documented(config: &mut ServiceConfig<'_>) {
    config
        .service(conversation_logs::list_conversation_logs)
        .service(conversation_logs::record_conversation_events)
        .service(conversation_logs::list_conversation_event_types)
        .service(conversation_logs::export::export_conversation_logs)
        .service(conversation_logs::stream::stream_conversation_events)
        .service(conversation_logs::facets::list_conversation_actors)
        .service(conversation_logs::facets::list_previous_values)
        .service(conversation_logs::facets::list_new_values)
        .service(conversation_logs::facets::list_previous_values_by_event)
        .service(conversation_logs::facets::list_new_values_by_event)
        .service(conversation_logs::get_conversation_event)
        .service(conversation_logs::list_related_conversation_events)
        .service(audit_logs::list_audit_logs)
        .service(audit_logs::record_audit_events)
        .service(audit_logs::list_audit_event_types)
        .service(audit_logs::export::export_audit_logs)
        .service(audit_logs::stream::stream_audit_events)
        .service(audit_logs::facets::list_audit_actors)
        .service(audit_logs::facets::list_audit_items)
        .service(audit_logs::get_audit_event)
        .service(audit_logs::list_related_audit_events)
        .service(health::live)
        .service(health::ready)
        .service(contract::get_openapi)
        .service(contract::get_openapi_3_0)
        .service(problem_pages::get_problem_type);
}

/// The pages for people, the tokens of a demo, and what no other route takes.
pub fn others(config: &mut web::ServiceConfig, demo_tokens: Option<Data<DemoTokens>>) {
    config.configure(page::configure).configure(docs::configure).default_service(web::to(contract::fallback));
    if let Some(tokens) = demo_tokens {
        config.app_data(tokens).service(demo::get_demo_tokens);
    }
}
