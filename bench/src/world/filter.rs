//! Filters of the API, and which events match them.

use std::cmp::Reverse;

use form_urlencoded::byte_serialize;
use uuid::Uuid;

use super::{ActorType, Event, Log, World, identity, instant, kinds::Kind, values};

/// A filter. An event matches if it has any of the values.
#[derive(Debug, Clone)]
pub enum Filter {
    Event(Vec<&'static Kind>),
    DoneById(Vec<(ActorType, u32)>),
    DoneByType(Vec<ActorType>),
    FromValue(Vec<u32>),
    ToValue(Vec<u32>),
    OperationId(Vec<u32>),
    ItemType(&'static str),
    /// Items with their types.
    ItemId(Vec<(&'static str, u32)>),
    ConversationId(Vec<u32>),
    DateFrom(i64),
    DateTo(i64),
}

impl Filter {
    /// The parameter's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event(_) => "event",
            Self::DoneById(_) => "doneById",
            Self::DoneByType(_) => "doneByType",
            Self::FromValue(_) => "fromValue",
            Self::ToValue(_) => "toValue",
            Self::OperationId(_) => "operationId",
            Self::ItemType(_) => "itemType",
            Self::ItemId(_) => "itemId",
            Self::ConversationId(_) => "conversationId",
            Self::DateFrom(_) => "dateFrom",
            Self::DateTo(_) => "dateTo",
        }
    }

    /// Formats the filter as part of a URL query for that account, with a `&` before each parameter.
    pub fn query(&self, account: u32) -> String {
        let parameter = |value: &String| {
            let value: String = byte_serialize(value.as_bytes()).collect();
            format!("&{}={value}", self.name())
        };
        self.values(account).iter().map(parameter).collect()
    }

    fn values(&self, account: u32) -> Vec<String> {
        let value = |number: &u32| values::text(account, *number);
        match self {
            Self::Event(kinds) => kinds.iter().map(|kind| kind.code.to_owned()).collect(),
            Self::DoneById(actors) => {
                actors.iter().map(|(of, number)| identity::actor(account, *of, *number).to_string()).collect()
            }
            Self::DoneByType(types) => types.iter().map(|of| of.code().to_owned()).collect(),
            Self::FromValue(numbers) | Self::ToValue(numbers) => numbers.iter().map(value).collect(),
            Self::OperationId(numbers) => {
                numbers.iter().map(|number| identity::operation(account, Log::Audit, *number).to_string()).collect()
            }
            Self::ItemType(of) => vec![(*of).to_owned()],
            Self::ItemId(items) => items.iter().map(|(of, number)| identity::item(account, of, *number).to_string()).collect(),
            Self::ConversationId(numbers) => {
                numbers.iter().map(|number| identity::conversation(account, *number).to_string()).collect()
            }
            Self::DateFrom(time) | Self::DateTo(time) => vec![instant(*time)],
        }
    }

    /// A short description for the report, such as `toValue=value 0 and 19 more`.
    pub fn title(&self) -> String {
        let number = |number: u32| match number {
            super::NOWHERE => "absent".to_owned(),
            super::RARE => "rare".to_owned(),
            number => number.to_string(),
        };
        let (first, count) = match self {
            Self::Event(kinds) => (kinds[0].code.to_owned(), kinds.len()),
            Self::DoneById(actors) => (format!("{} {}", actors[0].0.code(), number(actors[0].1)), actors.len()),
            Self::DoneByType(types) => (types[0].code().to_owned(), types.len()),
            Self::FromValue(numbers) | Self::ToValue(numbers) => (format!("value {}", number(numbers[0])), numbers.len()),
            Self::OperationId(numbers) => (format!("operation {}", number(numbers[0])), numbers.len()),
            Self::ItemType(of) => ((*of).to_owned(), 1),
            Self::ItemId(items) => (format!("{} {}", items[0].0, number(items[0].1)), items.len()),
            Self::ConversationId(numbers) => (format!("conversation {}", number(numbers[0])), numbers.len()),
            Self::DateFrom(time) | Self::DateTo(time) => (instant(*time), 1),
        };
        match count {
            1 => format!("{}={first}", self.name()),
            count => format!("{}={first} and {} more", self.name(), count - 1),
        }
    }

    fn matches(&self, event: &Event) -> bool {
        match self {
            Self::Event(kinds) => kinds.contains(&event.kind),
            Self::DoneById(actors) => event.actor_type != ActorType::System && actors.contains(&(event.actor_type, event.actor)),
            Self::DoneByType(types) => types.contains(&event.actor_type),
            Self::FromValue(numbers) => event.from.is_some_and(|number| numbers.contains(&number)),
            Self::ToValue(numbers) => event.to.is_some_and(|number| numbers.contains(&number)),
            Self::OperationId(numbers) => event.operation.is_some_and(|number| numbers.contains(&number)),
            Self::ItemType(of) => event.kind.item_type == *of,
            Self::ItemId(items) => items.contains(&(event.kind.item_type, event.object)),
            Self::ConversationId(numbers) => numbers.contains(&event.object),
            Self::DateFrom(time) => event.time >= *time,
            Self::DateTo(time) => event.time < *time,
        }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    NewestFirst,
    OldestFirst,
}

/// A request for a list of events.
#[derive(Debug, Clone)]
pub struct Asked {
    pub account: u32,
    pub log: Log,
    pub filters: Vec<Filter>,
    pub order: Order,
    pub limit: usize,
}

/// The ids of a list's events, in order.
pub type Found = Vec<Uuid>;

/// The expected result of each list.
pub fn find(world: &World, asked: &[Asked]) -> Vec<Found> {
    let mut found: Vec<Vec<(i64, u32)>> = vec![Vec::new(); asked.len()];
    let mut logs: Vec<(u32, Log)> = Vec::new();
    for list in asked {
        if !logs.contains(&(list.account, list.log)) {
            logs.push((list.account, list.log));
        }
    }
    for (account, log) in logs {
        let lists: Vec<usize> =
            (0..asked.len()).filter(|list| (asked[*list].account, asked[*list].log) == (account, log)).collect();
        for number in 0..world.events(account, log) {
            let event = world.event(account, log, number);
            for list in &lists {
                if asked[*list].filters.iter().all(|filter| filter.matches(&event)) {
                    keep(&mut found[*list], (event.time, number), &asked[*list]);
                }
            }
        }
    }
    let numbers = |(mut found, list): (Vec<(i64, u32)>, &Asked)| {
        shorten(&mut found, list);
        found.into_iter().map(|(_, number)| world.event(list.account, list.log, number).id()).collect()
    };
    found.into_iter().zip(asked).map(numbers).collect()
}

/// Adds an event. Removes events beyond the limit when there are many.
fn keep(found: &mut Vec<(i64, u32)>, event: (i64, u32), list: &Asked) {
    found.push(event);
    if found.len() > 2 * list.limit + 64 {
        shorten(found, list);
    }
}

fn shorten(found: &mut Vec<(i64, u32)>, list: &Asked) {
    match list.order {
        Order::NewestFirst => found.sort_unstable_by_key(|event| Reverse(*event)),
        Order::OldestFirst => found.sort_unstable(),
    }
    found.truncate(list.limit);
}
