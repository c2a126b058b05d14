//! The lists: each filter alone with common, rare and absent values, pairs that never occur together, long lists of values, dates.

use super::{
    DEEP_PAGE, EVENT_PAGE, EVENT_PAGE_UNCACHED, FIRST_PAGE, FIRST_PAGE_CACHED, FIRST_PAGE_UNCACHED, ListQuery, TOTAL, depth,
};
use crate::world::{
    ACCOUNTS,
    ActorType::{ApiUser, System, User},
    BEGIN, DAY, Log, NOWHERE, RARE, World,
    filter::{Asked, Filter, Order},
    kinds::{self, Kind},
    texts, values,
};

fn asked(log: Log, filters: Vec<Filter>) -> Asked {
    Asked { account: 0, log, filters, order: Order::NewestFirst, limit: 50 }
}

/// A list of the big account's audit log for each of these filters.
fn audit(name: &'static str, filters: impl IntoIterator<Item = Vec<Filter>>) -> ListQuery {
    let asked = filters.into_iter().map(|filters| asked(Log::Audit, filters)).collect();
    ListQuery { name, asked, more: "", varied: true }
}

fn conversation(name: &'static str, filters: impl IntoIterator<Item = Vec<Filter>>) -> ListQuery {
    let asked = filters.into_iter().map(|filters| asked(Log::Conversation, filters)).collect();
    ListQuery { name, asked, more: "", varied: true }
}

fn event(kind: &'static Kind) -> Vec<Filter> {
    vec![Filter::Event(vec![kind])]
}

fn users(numbers: impl IntoIterator<Item = u32>) -> Filter {
    Filter::DoneById(numbers.into_iter().map(|number| (User, number)).collect())
}

fn queues(numbers: impl IntoIterator<Item = u32>) -> Filter {
    Filter::ItemId(numbers.into_iter().map(|number| ("QUEUE", number)).collect())
}

pub(super) fn all(world: &World) -> Vec<ListQuery> {
    let of_audit = kinds::of(Log::Audit);
    let (rare, absent) = (&of_audit[of_audit.len() - 2], &of_audit[of_audit.len() - 1]);
    let [first, second] = [&of_audit[0], &of_audit[1]];
    let mut all = pages(world);
    all.extend([
        audit(EVENT_PAGE, of_audit[..4].iter().map(event)),
        audit("event: rare", [event(rare)]),
        audit("event: absent", [event(absent)]),
        audit("doneById: busy", (0..4).map(|number| vec![users([number])])),
        audit("doneById: quiet", (200..216).map(|number| vec![users([number])])),
        audit("doneById: rare", [vec![users([RARE])]]),
        audit("doneById: absent", [vec![users([NOWHERE])]]),
        audit("doneByType: API_USER", [vec![Filter::DoneByType(vec![ApiUser])]]),
        audit("doneByType: USER", [vec![Filter::DoneByType(vec![User])]]),
        audit("doneByType: SYSTEM", [vec![Filter::DoneByType(vec![System])]]),
        audit("fromValue: common", (0..4).map(|number| vec![Filter::FromValue(vec![number])])),
        audit("fromValue: rare", [vec![Filter::FromValue(vec![RARE])]]),
        audit("fromValue: absent", [vec![Filter::FromValue(vec![NOWHERE])]]),
        audit("toValue: common", (0..4).map(|number| vec![Filter::ToValue(vec![number])])),
        audit("toValue: rare", [vec![Filter::ToValue(vec![RARE])]]),
        audit("toValue: long text", (0..3).map(|number| vec![Filter::ToValue(vec![values::FIRST_LONG + 6 * number])])),
        audit("toValue: absent", [vec![Filter::ToValue(vec![NOWHERE])]]),
        audit("operationId: a few events", (10..90).map(|number| vec![Filter::OperationId(vec![number])])),
        audit("operationId: absent", [vec![Filter::OperationId(vec![NOWHERE])]]),
        audit("itemType: common", ["QUEUE", "TAG", "ROUTE"].map(|of| vec![Filter::ItemType(of)])),
        audit("itemId: hot", (0..4).map(|number| vec![queues([number])])),
        audit("itemId: rare", [vec![Filter::ItemId(vec![("QUEUE", RARE)])]]),
        audit("itemId: absent", [vec![queues([NOWHERE])]]),
        // Common values that never occur together.
        audit("doneById × event that never occur together", [vec![users([0]), Filter::Event(vec![second])]]),
        audit(
            "doneByType × event that never occur together",
            [vec![Filter::DoneByType(vec![ApiUser]), Filter::Event(vec![second])]],
        ),
        audit("itemId × event that never occur together", [vec![queues([0]), Filter::Event(vec![first])]]),
        audit("fromValue × event that never occur together", [vec![Filter::FromValue(vec![0]), Filter::Event(vec![second])]]),
        audit("fromValue × toValue that never occur together", [vec![Filter::FromValue(vec![0]), Filter::ToValue(vec![0])]]),
        audit("doneById × itemId that never occur together", [vec![users([1]), queues([0])]]),
        audit(
            "event × doneByType × toValue",
            [vec![Filter::Event(vec![first]), Filter::DoneByType(vec![User]), Filter::ToValue(vec![0])]],
        ),
        audit("5 hottest items × event that they never have", [vec![queues([0]), Filter::Event(vec![first, absent])]]),
        // Long lists.
        audit("5 events", [vec![Filter::Event(of_audit[..5].iter().collect())]]),
        audit("5 items", (0..4).map(|begin| vec![queues(begin..begin + 5)])),
        audit("20 items", (0..4).map(|begin| vec![queues(begin..begin + 20)])),
        audit("50 items", (0..4).map(|begin| vec![queues(begin..begin + 50)])),
        audit("20 actors", (0..4).map(|begin| vec![users(begin..begin + 20)])),
        audit("50 actors", (0..4).map(|begin| vec![users(begin..begin + 50)])),
        audit("50 values", (0..4).map(|begin| vec![Filter::ToValue((begin..begin + 50).collect())])),
        // Dates.
        audit("a day", (1..200).map(|day| vec![Filter::DateFrom(BEGIN + day * DAY), Filter::DateTo(BEGIN + (day + 1) * DAY)])),
        audit(
            "a week × event",
            (1..40).map(|week| {
                vec![
                    Filter::DateFrom(BEGIN + week * 7 * DAY),
                    Filter::DateTo(BEGIN + (week + 1) * 7 * DAY),
                    Filter::Event(vec![first]),
                ]
            }),
        ),
        conversation("conversations: first page", [vec![]]),
        conversation(
            "conversationId: usual",
            (1_000..1_200).map(|number| vec![Filter::ConversationId(vec![number % (world.events(0, Log::Conversation) / 12)])]),
        ),
        conversation("conversationId: hot", [vec![Filter::ConversationId(vec![0])]]),
        conversation("conversationId: absent", [vec![Filter::ConversationId(vec![NOWHERE])]]),
        conversation("conversations: event common", kinds::of(Log::Conversation)[..4].iter().map(event)),
        conversation(
            "conversations: text of one note",
            notes(world).into_iter().map(|number| vec![Filter::ToValue(vec![number])]),
        ),
    ]);
    all
}

/// The values of some notes.
fn notes(world: &World) -> Vec<u32> {
    let is_note = |number: &u32| world.event(0, Log::Conversation, *number).kind.code == kinds::NOTE;
    (0..world.events(0, Log::Conversation)).filter(is_note).take(20).map(|number| texts::NOTE | number).collect()
}

/// Half of the requests are for the big account, half for each of the others in turn.
fn of_all_accounts(name: &'static str, filters: impl Fn(u32) -> Vec<Filter>) -> ListQuery {
    let account = |number: u32| if number.is_multiple_of(2) { 0 } else { 1 + number / 2 * 77 % (ACCOUNTS - 1) };
    let asked = (0..2 * ACCOUNTS).map(|number| Asked { account: account(number), ..asked(Log::Audit, filters(number / 2)) });
    ListQuery { asked: asked.collect(), ..audit(name, []) }
}

/// Pages of the whole log.
fn pages(world: &World) -> Vec<ListQuery> {
    let events = world.events(0, Log::Audit);
    let deep = |step: u32| {
        let number = (events - depth(world)).saturating_sub(step * 3);
        vec![Filter::DateTo(world.event(0, Log::Audit, number).time)]
    };
    let of = |order, limit| vec![Asked { order, limit, ..asked(Log::Audit, vec![]) }];
    let types = &kinds::of(Log::Audit)[..4];
    vec![
        audit(FIRST_PAGE, [vec![]]),
        ListQuery { varied: false, ..audit(FIRST_PAGE_CACHED, [vec![]]) },
        of_all_accounts(FIRST_PAGE_UNCACHED, |_| vec![]),
        of_all_accounts(EVENT_PAGE_UNCACHED, |number| event(&types[number as usize % types.len()])),
        ListQuery { asked: of(Order::NewestFirst, 1_000), ..audit("first page of 1,000", []) },
        ListQuery { asked: of(Order::OldestFirst, 50), more: "&orderBy=occurredAt:asc", ..audit("oldest page", []) },
        audit(DEEP_PAGE, (0..50).map(deep)),
        ListQuery { more: "&includeTotal=true", ..audit(TOTAL, [vec![]]) },
        ListQuery { more: "&includeTotal=true", ..audit("event with total", [event(&kinds::of(Log::Audit)[0])]) },
    ]
}
