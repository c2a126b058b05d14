//! The tables, as the migrations create them.

/// Identifies one log of one account. It never changes.
pub(super) type LogKey = i32;

/// The tables that requests and their recording need.
pub(super) const TABLES: [&str; 10] = [
    "log_heads",
    "service_keys",
    "terms",
    "conversation_events",
    "audit_events",
    "event_details",
    "facet_entries",
    "access_heads",
    "accesses",
    "access_subjects",
];

// The events of either log. The two tables have the same columns; `Source` binds this name to one of them.
diesel::table! {
    events (log_key, sequence) {
        log_key -> Integer,
        sequence -> BigInt,
        id -> Text,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        event_type -> SmallInt,
        actor_type -> SmallInt,
        actor -> Integer,
        actor_text -> Nullable<Integer>,
        subject -> Integer,
        subject_text -> Nullable<Integer>,
        from_value -> Nullable<Integer>,
        from_text -> Nullable<Integer>,
        to_value -> Nullable<Integer>,
        to_text -> Nullable<Integer>,
        operation -> Nullable<BigInt>,
        operation_id -> Nullable<Text>,
        has_details -> Bool,
    }
}

diesel::table! {
    event_details (log_key, sequence) {
        log_key -> Integer,
        sequence -> BigInt,
        details -> Text,
    }
}

diesel::table! {
    log_heads (log_key) {
        log_key -> Integer,
        account_id -> Text,
        log -> Text,
        last_sequence -> BigInt,
        first_sequence -> BigInt,
        last_term -> Integer,
    }
}

diesel::table! {
    terms (log_key, term) {
        log_key -> Integer,
        term -> Integer,
        kind -> SmallInt,
        qualifier -> Integer,
        digest -> Binary,
        text -> Text,
    }
}

diesel::table! {
    facet_entries (log_key, facet, term, kind) {
        log_key -> Integer,
        facet -> SmallInt,
        term -> Integer,
        kind -> SmallInt,
        name -> Nullable<Text>,
        deleted -> Bool,
        sort_key -> Text,
        search_text -> Text,
    }
}

diesel::table! {
    event_types (log, number) {
        log -> Text,
        number -> SmallInt,
        code -> Text,
        label -> Text,
        item_type -> Nullable<Text>,
    }
}

diesel::table! {
    #[sql_name = "__diesel_schema_migrations"]
    applied_migrations (version) {
        version -> Text,
    }
}

diesel::table! {
    service_keys (name) {
        name -> Text,
        secret -> Binary,
    }
}

diesel::table! {
    accesses (account_id, sequence) {
        account_id -> Text,
        sequence -> BigInt,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        log -> Text,
        call -> Text,
        path -> Text,
        filter -> Text,
        done_by_id -> Text,
        done_by_name -> Nullable<Text>,
        outcome -> Text,
        status -> SmallInt,
        row_count -> BigInt,
        highest_sequence -> Nullable<BigInt>,
        request_id -> Text,
        lost -> BigInt,
        call_count -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(events, event_details, log_heads, terms, facet_entries);
