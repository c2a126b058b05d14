//! What each error of the store becomes for a client.

use std::sync::Arc;

use super::*;
use crate::{domain::batch::Conflict, store::StoreError};

const SECRET: &str = "password=hunter2 host=db-17";

fn json(problem: &Problem) -> serde_json::Value {
    serde_json::to_value(problem.body("r-1".to_owned())).unwrap()
}

#[test]
fn an_error_of_the_store_has_its_status_and_reveals_nothing() {
    let failed = Arc::new(diesel::result::Error::QueryBuilderError(SECRET.into()));
    let errors = [
        (StoreError::Busy, 503),
        (StoreError::Unavailable(SECRET.to_owned()), 503),
        (StoreError::ReadOnly(SECRET.to_owned()), 503),
        (StoreError::Moved, 503),
        (StoreError::Full(SECRET.to_owned()), 507),
        (StoreError::Unsuitable(SECRET.to_owned()), 500),
        (StoreError::Migration(SECRET.to_owned()), 500),
        (StoreError::Incomplete(Arc::clone(&failed)), 500),
        (StoreError::Failed(failed), 500),
    ];
    for (error, status) in errors {
        let shown = error.to_string();
        let problem = Problem::from(error);
        assert_eq!(problem.status_code().as_u16(), status, "{shown}");
        assert!(!json(&problem).to_string().contains("hunter2"), "{shown}");
        let repeats = problem.headers().any(|name| name == header::RETRY_AFTER);
        assert_eq!(repeats, status != 500, "Retry-After says that a retry can succeed: {shown}");
    }
}

#[test]
fn a_conflict_names_each_event_with_its_location() {
    let events = vec![(0, "e-1".parse().unwrap()), (7, "e-8".parse().unwrap())];
    let problem = json(&RecordError::Conflict(Conflict { events }).into());
    assert_eq!(problem["status"], 409);
    let locations: Vec<_> = problem["violations"].as_array().unwrap().iter().map(|violation| &violation["location"]).collect();
    assert_eq!(locations, ["events[0].id", "events[7].id"]);
}

#[test]
fn a_list_of_faults_that_is_not_complete_says_so() {
    let fault = || Violation::new("events[0].id", Fault::new("is required"));
    for (listed, count, detail) in [
        (1, 1, "Nothing was stored, because of 1 fault in the body"),
        (2, 2, "Nothing was stored, because of 2 faults in the body"),
        (2, 5, "Nothing was stored, because of 5 faults in the body; 2 are listed"),
    ] {
        let violations = std::iter::repeat_with(fault).take(listed).collect();
        assert_eq!(json(&Problem::invalid_events(violations, count))["detail"], detail);
    }
}

#[test]
fn members_without_content_are_absent() {
    let problem = json(&Problem::unknown_event());
    let members: Vec<_> = problem.as_object().unwrap().keys().collect();
    assert_eq!(members, ["detail", "requestId", "status", "title", "type"]);
    assert_eq!(problem["type"], "/docs/problems/not-found");
}
