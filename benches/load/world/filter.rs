//! Filters of the API, which know themselves what they let through.

use std::cmp::Reverse;

use super::{
    ActorType, Event, Log, World,
    json::{actor, instant, object, operation, value},
    kinds::Kind,
};

/// One filter with its values: any of them.
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

    /// As a part of a query, with a `&` in front of each parameter.
    pub fn query(&self) -> String {
        let values: Vec<String> = match self {
            Self::Event(kinds) => kinds.iter().map(|kind| kind.code.to_owned()).collect(),
            Self::DoneById(actors) => actors.iter().map(|(of, number)| actor(*of, *number)).collect(),
            Self::DoneByType(types) => types.iter().map(|of| of.code().to_owned()).collect(),
            Self::FromValue(numbers) | Self::ToValue(numbers) => numbers.iter().copied().map(value).collect(),
            Self::OperationId(numbers) => numbers.iter().copied().map(operation).collect(),
            Self::ItemType(of) => vec![(*of).to_owned()],
            Self::ItemId(items) => items.iter().map(|(of, number)| object(Log::Audit, of, *number)).collect(),
            Self::ConversationId(numbers) => numbers.iter().map(|number| object(Log::Conversation, "", *number)).collect(),
            Self::DateFrom(time) | Self::DateTo(time) => vec![instant(*time)],
        };
        values.into_iter().map(|value| format!("&{}={value}", self.name())).collect()
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

/// A list of events that is asked for: its account, log, filters, order and limit.
#[derive(Debug, Clone)]
pub struct Asked {
    pub account: u32,
    pub log: Log,
    pub filters: Vec<Filter>,
    pub order: Order,
    pub limit: usize,
}

/// What a list must hold: the numbers of its events.
pub type Found = Vec<u32>;

/// What each of the lists must hold.
pub fn find(world: &World, asked: &[Asked]) -> Vec<Found> {
    let mut found: Vec<Vec<(i64, u32)>> = vec![Vec::new(); asked.len()];
    let mut places: Vec<(u32, Log)> = Vec::new();
    for list in asked {
        if !places.contains(&(list.account, list.log)) {
            places.push((list.account, list.log));
        }
    }
    for (account, log) in places {
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
        found.into_iter().map(|(_, number)| number).collect()
    };
    found.into_iter().zip(asked).map(numbers).collect()
}

/// Adds an event and now and then drops those that are beyond the limit.
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
