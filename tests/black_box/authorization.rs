//! Authorization: every operation of the OpenAPI document, with every set of roles, from every account.

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::{
    problem::Problem,
    support::{Client, Response, Service, audit_event, both_databases, conversation_event, sign},
};

/// What an operation requires of its caller.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Access {
    /// No token is required.
    Public,
    ReadConversationLogs,
    ReadAuditLogs,
    ReadAccessLogs,
    WriteEvents,
}
use Access::{Public, ReadAccessLogs, ReadAuditLogs, ReadConversationLogs, WriteEvents};

/// Every operation of the service. These tests fail for a new operation until it has its row here.
const OPERATIONS: [(&str, Access); 27] = [
    ("listConversationLogs", ReadConversationLogs),
    ("getConversationEvent", ReadConversationLogs),
    ("listRelatedConversationEvents", ReadConversationLogs),
    ("listConversationEventTypes", ReadConversationLogs),
    ("exportConversationLogs", ReadConversationLogs),
    ("streamConversationEvents", ReadConversationLogs),
    ("listConversationActors", ReadConversationLogs),
    ("listPreviousValues", ReadConversationLogs),
    ("listNewValues", ReadConversationLogs),
    ("listPreviousValuesByEvent", ReadConversationLogs),
    ("listNewValuesByEvent", ReadConversationLogs),
    ("recordConversationEvents", WriteEvents),
    ("listAuditLogs", ReadAuditLogs),
    ("getAuditEvent", ReadAuditLogs),
    ("listRelatedAuditEvents", ReadAuditLogs),
    ("listAuditEventTypes", ReadAuditLogs),
    ("exportAuditLogs", ReadAuditLogs),
    ("streamAuditEvents", ReadAuditLogs),
    ("listAuditActors", ReadAuditLogs),
    ("listAuditItems", ReadAuditLogs),
    ("recordAuditEvents", WriteEvents),
    ("listAccessLogs", ReadAccessLogs),
    ("getOpenApi", Public),
    ("getOpenApi30", Public),
    ("getProblemType", Public),
    ("getLiveness", Public),
    ("getReadiness", Public),
];

const ROLES: [&str; 5] =
    ["CONVERSATIONS_AGENT", "CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR", "LOGS_AUDITOR", "LOGS_PRODUCER"];

const OWN: &str = "own-account";
const FOREIGN: &str = "foreign-account";
/// An event in both logs of the account [`OWN`] and of no other account.
const EVENT: &str = "the-event-of-own";
/// An id of the same length that no account has.
const UNKNOWN: &str = "no-event-anywhere";

impl Access {
    /// The only role that has this access. `None` if no role is required.
    fn role(self) -> Option<&'static str> {
        match self {
            Public => None,
            ReadConversationLogs => Some("CONVERSATIONS_SUPERVISOR"),
            ReadAuditLogs => Some("CONVERSATIONS_SETUP"),
            ReadAccessLogs => Some("LOGS_AUDITOR"),
            WriteEvents => Some("LOGS_PRODUCER"),
        }
    }
}

/// An operation of the document, with its access from the table.
struct Operation {
    id: String,
    method: String,
    path: String,
    /// Whether the document requires a token for it.
    secured: bool,
    access: Access,
}

impl Operation {
    /// Whether its path contains the id of an event.
    fn names_an_event(&self) -> bool {
        self.path.contains("{id}")
    }

    /// Calls it, with this event id if its path contains one, and with a valid body if it requires one.
    async fn call(&self, client: &Client, event: &str) -> Response {
        let path = self.path.replace("{id}", event).replace("{name}", "invalid-parameters");
        assert!(!path.contains('{'), "{}: a path parameter that this test cannot fill: {path}", self.id);
        // A required parameter.
        let query = if self.path.ends_with("/export") { "?format=ndjson" } else { "" };
        let path = path + query;
        let request_id = ("x-request-id", "the-same-for-all");
        if self.method != "post" {
            return client.send(&self.method.to_uppercase(), &path, &[request_id], "").await;
        }
        let event = if path.starts_with("/conversation-logs") { conversation_event("posted") } else { audit_event("posted") };
        let headers = [request_id, ("content-type", "application/json")];
        client.send("POST", &path, &headers, json!({"events": [event]}).to_string()).await
    }
}

/// Reads the document of the running service; fails for an operation without a row and for a row without an operation.
async fn operations(service: &Service) -> Vec<Operation> {
    let document = service.anonymous().get("/openapi.json").await.expect(200).json();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
            let row = OPERATIONS.iter().find(|row| row.0 == id);
            let access =
                row.unwrap_or_else(|| panic!("{method} {path} ({id}) is missing in the table of the authorization test")).1;
            let security = operation.get("security").or_else(|| document.get("security"));
            // An empty security requirement means that the token is optional.
            let demands = |scheme: &Value| scheme.as_object().is_some_and(|scheme| !scheme.is_empty());
            let secured =
                security.and_then(Value::as_array).is_some_and(|schemes| !schemes.is_empty() && schemes.iter().all(demands));
            operations.push(Operation { id: id.to_owned(), method: method.clone(), path: path.clone(), secured, access });
        }
    }
    let documented: BTreeSet<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
    let rows: BTreeSet<&str> = OPERATIONS.iter().map(|row| row.0).collect();
    assert_eq!(documented, rows, "the document and the table have different operations");
    assert_eq!(documented.len(), operations.len(), "an operationId is used twice");
    operations
}

async fn record_the_event(service: &Service) {
    let producer = service.client(OWN, &["LOGS_PRODUCER"]);
    producer.post("/conversation-logs", &json!({"events": [conversation_event(EVENT)]})).await.expect(201);
    producer.post("/audit-logs", &json!({"events": [audit_event(EVENT)]})).await.expect(201);
}

fn every_set_of_roles() -> impl Iterator<Item = Vec<&'static str>> {
    (0..1 << ROLES.len()).map(|set| (0..ROLES.len()).filter(|bit| set & (1 << bit) != 0).map(|bit| ROLES[bit]).collect())
}

/// A valid token, except that it has no account.
fn token_without_account(roles: &[&str]) -> String {
    sign(&json!({"sub": "tester", "roles": roles, "exp": 32_503_680_000_u64}))
}

/// Everything that a caller can observe of a response, except the date.
fn visible(response: &Response) -> (u16, HeaderMap, String) {
    let mut headers = response.headers.clone();
    headers.remove("date");
    (response.status, headers, response.text())
}

#[track_caller]
fn assert_unauthorized(what: &str, response: &Response) {
    if let Err(fault) = Problem::read(response, 401) {
        panic!("{what}: {fault}");
    }
    let challenge = response.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with("Bearer"), "{what}: WWW-Authenticate: {challenge}");
}

both_databases! {
    async fn every_operation_allows_exactly_the_roles_of_the_table_in_every_account(database: Database) {
        let service = Service::start(&database).await;
        record_the_event(&service).await;
        for operation in operations(&service).await {
            let name = format!("{} ({} {})", operation.id, operation.method, operation.path);
            let Some(needed) = operation.access.role() else {
                assert!(!operation.secured, "{name} is public, but the document requires a token");
                let response = operation.call(&service.anonymous(), EVENT).await;
                assert!(response.status < 400, "{name}: {} {}", response.status, response.text());
                continue;
            };
            assert!(operation.secured, "{name} is not public, but the document requires no token");
            assert_unauthorized(&name, &operation.call(&service.anonymous(), EVENT).await);

            for roles in every_set_of_roles() {
                let allowed = roles.contains(&needed);
                let bearer = format!("Bearer {}", token_without_account(&roles));
                let response = operation.call(&service.with_authorization(&bearer), EVENT).await;
                assert_unauthorized(&format!("{name} without an account as {roles:?}"), &response);

                for account in [OWN, FOREIGN] {
                    let what = format!("{name} from {account} as {roles:?}");
                    let response = operation.call(&service.client(account, &roles), EVENT).await;
                    if !allowed {
                        let problem = Problem::read(&response, 403).unwrap_or_else(|fault| panic!("{what}: {fault}"));
                        assert!(problem.detail.contains(needed), "{what}: {}", problem.detail);
                    } else if account == FOREIGN && operation.names_an_event() {
                        Problem::read(&response, 404).unwrap_or_else(|fault| panic!("{what}: {fault}"));
                    } else {
                        assert!(response.status < 300, "{what}: {} {}", response.status, response.text());
                    }
                }
            }
        }
    }

    async fn an_event_of_another_account_and_an_unknown_one_give_the_same_bytes(database: Database) {
        let service = Service::start(&database).await;
        let foreign = service.client(FOREIGN, &ROLES);
        let operations: Vec<_> = operations(&service).await.into_iter().filter(Operation::names_an_event).collect();
        assert!(operations.len() >= 4, "both logs have single events and related ones");

        let mut before = Vec::new();
        for operation in &operations {
            before.push(visible(&operation.call(&foreign, EVENT).await));
        }
        record_the_event(&service).await;
        for (operation, before) in operations.iter().zip(before) {
            let own = operation.call(&service.client(OWN, &ROLES), EVENT).await;
            assert_eq!(own.status, 200, "{}: {}", operation.id, own.text());
            let after = visible(&operation.call(&foreign, EVENT).await);
            assert_eq!(after.0, 404, "{}: {}", operation.id, after.2);
            assert_eq!(after, before, "{}: the event of another account can be distinguished from an unknown one", operation.id);

            // If the response repeats the id, only the id may differ.
            let (status, headers, body) = visible(&operation.call(&foreign, UNKNOWN).await);
            assert_eq!((status, headers, body.replace(UNKNOWN, EVENT)), after, "{}", operation.id);
        }
    }
}

#[actix_web::test]
async fn an_unknown_role_allows_nothing() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    for roles in [&["ADMIN", "*", ""][..], &["conversations_supervisor", "CONVERSATIONS_SUPERVISOR "]] {
        let response = service.client(OWN, roles).get("/conversation-logs").await;
        assert!(Problem::of(&response, 403).detail.contains("CONVERSATIONS_SUPERVISOR"), "{}", response.text());
    }
}
