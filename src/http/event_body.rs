//! The bodies of events: the members that all logs have, declared once.

/// Declares the body of an event with the members of its own log, and a function that creates it from a stored event.
macro_rules! event_body {
    (
        $(#[$about:meta])*
        pub struct $name:ident<$lifetime:lifetime> of $event_type:ty {
            $($(#[$about_own:meta])* $own:ident: $own_type:ty,)+
        }
    ) => {
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        $(#[$about])*
        pub struct $name<$lifetime> {
            /// The event's identifier, unique in the account's log.
            #[schema(value_type = crate::domain::text::EventId)]
            id: &$lifetime str,
            /// Its number in the account's log: 1, 2, 3 … in the order in which events were stored, without gaps.
            #[schema(example = 42, minimum = 1)]
            sequence: i64,
            /// When it happened, by the producer's clock.
            occurred_at: crate::domain::timestamp::Timestamp,
            /// When it was stored, by the clock of the service.
            recorded_at: crate::domain::timestamp::Timestamp,
            /// What happened.
            event: $event_type,
            /// What happened, for display.
            #[schema(example = json!(<$event_type>::example().map(<$event_type>::label)))]
            label: &'static str,
            /// Who or what caused it.
            #[schema(value_type = crate::domain::event::Actor)]
            done_by: &$lifetime serde_json::value::RawValue,
            /// The previous value, if there was one.
            #[schema(required = true, value_type = Option<crate::domain::event::LabelledValue>)]
            from: Option<&$lifetime serde_json::value::RawValue>,
            /// The new value, if there is one.
            #[schema(required = true, value_type = Option<crate::domain::event::LabelledValue>)]
            to: Option<&$lifetime serde_json::value::RawValue>,
            /// The operation (one click or API call) that the event is part of.
            #[schema(required = true, value_type = Option<crate::domain::text::Identifier>)]
            operation_id: Option<&$lifetime str>,
            $($(#[$about_own])* $own: $own_type,)+
        }

        impl<$lifetime> $name<$lifetime> {
            fn of(stored: &$lifetime crate::store::StoredEvent, event: $event_type, $($own: $own_type),+) -> Self {
                Self {
                    id: &stored.id,
                    sequence: stored.sequence,
                    occurred_at: stored.occurred_at,
                    recorded_at: stored.recorded_at,
                    event,
                    label: event.label(),
                    done_by: stored.done_by.as_json(),
                    from: stored.from.as_ref().map(crate::store::NamedTerm::as_json),
                    to: stored.to.as_ref().map(crate::store::NamedTerm::as_json),
                    operation_id: stored.operation_id.as_deref(),
                    $($own,)+
                }
            }
        }
    };
}

pub(super) use event_body;
