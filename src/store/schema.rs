//! The tables as diesel sees them; `migrations/` makes them. What both databases have, in the types that both have.

diesel::table! {
    conversation_events (account_id, sequence) {
        account_id -> Text,
        sequence -> BigInt,
        id -> Text,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        event_type -> SmallInt,
        done_by_type -> SmallInt,
        done_by_id -> Nullable<Text>,
        done_by_name -> Nullable<Text>,
        from_value -> Nullable<Text>,
        from_label -> Nullable<Text>,
        to_value -> Nullable<Text>,
        to_label -> Nullable<Text>,
        conversation_id -> Text,
        operation_id -> Nullable<Text>,
    }
}

diesel::table! {
    audit_events (account_id, sequence) {
        account_id -> Text,
        sequence -> BigInt,
        id -> Text,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        event_type -> SmallInt,
        done_by_type -> SmallInt,
        done_by_id -> Nullable<Text>,
        done_by_name -> Nullable<Text>,
        from_value -> Nullable<Text>,
        from_label -> Nullable<Text>,
        to_value -> Nullable<Text>,
        to_label -> Nullable<Text>,
        item_id -> Text,
        item_name -> Nullable<Text>,
        operation_id -> Nullable<Text>,
        details -> Nullable<Text>,
    }
}

diesel::table! {
    log_heads (account_id, log) {
        account_id -> Text,
        log -> Text,
        last_sequence -> BigInt,
        first_sequence -> BigInt,
    }
}

diesel::table! {
    service_keys (name) {
        name -> Text,
        secret -> Binary,
    }
}

diesel::table! {
    facet_entries (account_id, log, facet, digest, kind) {
        account_id -> Text,
        log -> Text,
        facet -> SmallInt,
        digest -> Binary,
        kind -> SmallInt,
        id -> Text,
        name -> Nullable<Text>,
        named_at -> Nullable<BigInt>,
        named_sequence -> Nullable<BigInt>,
        deleted -> Bool,
        lived_at -> Nullable<BigInt>,
        lived_sequence -> Nullable<BigInt>,
        sort_key -> Text,
        search_text -> Text,
    }
}
