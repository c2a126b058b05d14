//! Tests that histories are plausible and consistent, for several ends and seeds.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
};

use chrono::TimeDelta;

use super::{History, history};
use crate::domain::{
    audit_event::{AuditEvent, AuditEventType, ItemType},
    catalogue::EventType,
    conversation_event::{ConversationEvent, ConversationEventType},
    event::{Actor, ActorType, Event, LabelledValue},
    numbered::Numbered,
    text::Identifier,
    timestamp::Timestamp,
};

/// A Wednesday at noon, a Sunday night, a Monday at opening, a leap day, the turn of the year.
const ENDS: [(&str, u64); 5] = [
    ("2026-06-17T12:00:00Z", 1),
    ("2026-03-29T03:12:45.000001Z", 2),
    ("2025-11-03T08:00:00Z", 42),
    ("2028-02-29T17:59:59.999999Z", u64::MAX),
    ("2027-01-01T00:00:00Z", 0),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn each(check: impl Fn(Timestamp, &History)) {
    for (end, seed) in ENDS {
        check(at(end), &history(at(end), seed));
    }
}

/// An event of either log.
enum Either<'a> {
    Conversation(&'a ConversationEvent),
    Audit(&'a AuditEvent),
}

fn merged(history: &History) -> Vec<Either<'_>> {
    let conversations = history.conversation_events.iter().map(|event| (event.occurred_at, Either::Conversation(event)));
    let audits = history.audit_events.iter().map(|event| (event.occurred_at, Either::Audit(event)));
    let mut events: Vec<(Timestamp, Either)> = conversations.chain(audits).collect();
    events.sort_by_key(|(occurred_at, _)| *occurred_at);
    events.into_iter().map(|(_, event)| event).collect()
}

#[test]
fn the_same_end_and_seed_give_the_same_history() {
    let (end, seed) = (at(ENDS[0].0), ENDS[0].1);
    let first = history(end, seed);
    assert_eq!(first, history(end, seed));
    assert_ne!(first, history(end, seed + 1));
}

#[test]
fn the_logs_are_sorted_and_end_now_and_have_the_expected_size() {
    fn check<E: Clone + Into<Event>>(now: Timestamp, events: &[E], sizes: RangeInclusive<usize>) {
        let events: Vec<Event> = events.iter().cloned().map(Into::into).collect();
        assert!(sizes.contains(&events.len()), "{}", events.len());
        assert!(events.is_sorted_by_key(|event| event.occurred_at));
        let (first, last) = (events.first().unwrap().occurred_at, events.last().unwrap().occurred_at);
        assert!(last <= now && last >= now.plus(-TimeDelta::minutes(15)), "{last}");
        assert!(first >= now.plus(-TimeDelta::days(123)) && first <= now.plus(-TimeDelta::days(117)), "{first}");
        let ids: HashSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), events.len());
    }
    each(|now, history| {
        check(now, &history.conversation_events, 26_000..=34_000);
        check(now, &history.audit_events, 3_000..=5_000);
        let conversations: HashSet<&str> = history.conversation_events.iter().map(|event| event.conversation.as_str()).collect();
        assert!((2_500..=4_500).contains(&conversations.len()), "{}", conversations.len());
    });
}

#[test]
fn every_event_type_of_both_catalogues_happens() {
    each(|_, history| {
        for entry in ConversationEventType::all() {
            assert!(history.conversation_events.iter().any(|event| event.event_type == entry), "{}", entry.code());
        }
        for entry in AuditEventType::all() {
            assert!(history.audit_events.iter().any(|event| event.event_type == entry), "{}", entry.code());
        }
    });
}

#[test]
fn only_the_system_has_no_identifier_and_both_logs_have_actors_of_every_type() {
    fn check<'a>(actors: impl Iterator<Item = &'a Actor>) {
        let mut types = HashSet::new();
        for actor in actors {
            assert!(actor.id.is_some() || actor.actor_type == ActorType::System);
            types.insert((actor.actor_type.code(), actor.id.is_some()));
        }
        assert!(types.contains(&("USER", true)) && types.contains(&("API_USER", true)) && types.contains(&("SYSTEM", false)));
    }
    each(|_, history| {
        check(history.conversation_events.iter().map(|event| &event.done_by));
        check(history.audit_events.iter().map(|event| &event.done_by));
    });
}

#[test]
fn an_audit_event_changes_an_existing_item_of_its_type_and_contains_the_previous_value() {
    each(|_, history| {
        // The items that exist. Configurations are created and deleted for each channel.
        let mut exists: HashMap<String, bool> = HashMap::new();
        let mut values: HashMap<String, LabelledValue> = HashMap::new();
        for event in &history.audit_events {
            let (code, id) = (event.event_type.code(), event.item.id.as_str());
            assert_eq!(event.event_type.item_type(), event.item.item_type, "{code}");
            let subject = code.rsplit_once('_').map(|(subject, _)| subject).unwrap();
            let key = match event.item.item_type {
                ItemType::AgentConfiguration | ItemType::AccountConfiguration => format!("{id} {subject}"),
                _ => id.to_owned(),
            };
            let existed = exists.insert(key.clone(), !code.ends_with("_DELETED")).unwrap_or_default();
            assert_eq!(existed, !code.ends_with("_CREATED"), "{code} {key} at {}", event.occurred_at);

            let name = event.item.name.as_ref().unwrap();
            match code {
                "TAG_RENAMED" | "QUEUE_RENAMED" | "ROUTE_RENAMED" => {
                    assert_eq!(&event.to.as_ref().unwrap().value, name);
                    assert_ne!(event.from, event.to);
                }
                _ if code.contains("_TO_QUEUE") => assert!(event.from.is_none() && event.to.is_some(), "{code}"),
                _ if code.contains("_FROM_QUEUE") => assert!(event.from.is_some() && event.to.is_none(), "{code}"),
                // The initial destination and priority of a route have no event, so the first change has a previous value.
                _ if subject.starts_with("ROUTE_") => assert_ne!(event.from, event.to, "{code}"),
                _ => {
                    let before = match &event.to {
                        Some(to) => values.insert(format!("{key} {subject}"), to.clone()),
                        None => values.remove(&format!("{key} {subject}")),
                    };
                    assert!(code.starts_with("TAG_") || code == "QUEUE_DELETED" || before == event.from, "{code} {key}");
                }
            }
        }
    });
}

#[test]
fn events_of_both_logs_contain_the_current_name_of_an_item() {
    each(|_, history| {
        let mut names: HashMap<String, Option<String>> = HashMap::new();
        let mut compared = 0;
        for event in merged(history) {
            match event {
                Either::Audit(event) => {
                    let (code, id) = (event.event_type.code(), event.item.id.as_str().to_owned());
                    let name = event.item.name.as_ref().unwrap().as_str();
                    let expected = match code {
                        "QUEUE_CREATED" | "TAG_CREATED" | "ROUTE_CREATED" | "QUEUE_RENAMED" | "TAG_RENAMED" | "ROUTE_RENAMED" => {
                            let before = names.insert(id, Some(name.to_owned())).flatten();
                            assert_eq!(before.as_deref(), event.from.as_ref().map(|from| from.value.as_str()), "{code}");
                            continue;
                        }
                        "QUEUE_DELETED" | "TAG_DELETED" => names.insert(id, None).flatten(),
                        _ => names.get(&id).cloned().flatten(),
                    };
                    let configuration =
                        matches!(event.item.item_type, ItemType::AgentConfiguration | ItemType::AccountConfiguration);
                    assert!(configuration || expected.as_deref() == Some(name), "{code} of {name}");
                }
                Either::Conversation(event) => {
                    if matches!(event.event_type.code(), "QUEUE_CHANGED" | "TAG_ADDED" | "TAG_REMOVED") {
                        for value in [&event.from, &event.to].into_iter().flatten() {
                            let name = names.get(value.value.as_str()).cloned().flatten();
                            assert_eq!(
                                name.as_deref(),
                                value.label.as_ref().map(|label| label.as_str()),
                                "at {}",
                                event.occurred_at
                            );
                            compared += 1;
                        }
                    }
                }
            }
        }
        assert!(compared > 5_000);
    });
}

#[test]
fn a_conversation_is_created_once_changes_from_its_current_values_and_ends_with_its_deletion() {
    each(|_, history| {
        let mut deleted: HashMap<&str, bool> = HashMap::new();
        let mut values: HashMap<(&str, &str), &str> = HashMap::new();
        for event in &history.conversation_events {
            let (code, id) = (event.event_type.code(), event.conversation.as_str());
            let before = deleted.insert(id, code == "CONVERSATION_DELETED");
            assert_eq!(before, (code != "CONVERSATION_CREATED").then_some(false), "{code} of {id}");
            if code.ends_with("_CHANGED") {
                let [from, to] = [&event.from, &event.to].map(|value| value.as_ref().map(|value| value.value.as_str()));
                assert_ne!(from, to, "{code} of {id}");
                let field = (id, code);
                let before = match to {
                    Some(to) => values.insert(field, to),
                    None => values.remove(&field),
                };
                let initial = matches!(from, Some("OPEN" | "NORMAL"));
                assert!(before == from || before.is_none() && initial, "{code} of {id}: {before:?}, {from:?}");
            }
        }
    });
}

#[test]
fn conversations_are_assigned_to_agents_of_the_queue() {
    each(|_, history| {
        let mut agents: HashSet<(&str, &str)> = HashSet::new();
        let mut queues: HashMap<&str, &str> = HashMap::new();
        for event in merged(history) {
            match event {
                Either::Audit(event) => match (event.event_type.code(), &event.from, &event.to) {
                    ("AGENT_ADDED_TO_QUEUE", _, Some(agent)) => {
                        assert!(agents.insert((event.item.id.as_str(), agent.value.as_str())));
                    }
                    ("AGENT_REMOVED_FROM_QUEUE", Some(agent), _) => {
                        assert!(agents.remove(&(event.item.id.as_str(), agent.value.as_str())));
                    }
                    _ => (),
                },
                Either::Conversation(event) => match (event.event_type.code(), &event.to) {
                    ("QUEUE_CHANGED", Some(queue)) => {
                        queues.insert(event.conversation.as_str(), queue.value.as_str());
                    }
                    // An agent who opens a conversation is assigned to it before it has a queue.
                    ("ASSIGNMENT_CHANGED", Some(agent)) => {
                        let queue = queues.get(event.conversation.as_str());
                        assert!(queue.is_none_or(|queue| agents.contains(&(queue, agent.value.as_str()))));
                    }
                    _ => (),
                },
            }
        }
    });
}

#[test]
fn the_deletion_of_a_queue_a_tag_or_an_agent_is_one_operation_in_both_logs() {
    each(|_, history| {
        let operations = |code: &str| -> HashSet<&Identifier> {
            let of_type = history.audit_events.iter().filter(|event| event.event_type.code() == code);
            of_type.filter_map(|event| event.operation_id.as_ref()).collect()
        };
        for (audit, conversation) in [
            ("QUEUE_DELETED", "QUEUE_CHANGED"),
            ("TAG_DELETED", "TAG_REMOVED"),
            ("AGENT_CAPACITY_LIVE_MESSAGING_DELETED", "ASSIGNMENT_CHANGED"),
        ] {
            let operations = operations(audit);
            let shared = history.conversation_events.iter().filter(|event| {
                event.event_type.code() == conversation && event.operation_id.as_ref().is_some_and(|id| operations.contains(id))
            });
            assert!(shared.count() > 0, "{audit} and {conversation}");
        }
        assert!(history.audit_events.iter().filter(|event| event.details.is_some()).count() > 500);
    });
}

#[test]
fn working_hours_are_busier_than_nights_and_weekends() {
    each(|_, history| {
        let arrivals = history.conversation_events.iter().filter(|event| event.event_type.code() == "CONVERSATION_CREATED");
        let (open, closed): (Vec<_>, Vec<_>) = arrivals.partition(|event| super::calendar::is_open(event.occurred_at));
        // The contact centre is open for a third of the week.
        assert!(open.len() > 2 * closed.len(), "{} and {}", open.len(), closed.len());
        assert!(closed.len() > 100);
    });
}
