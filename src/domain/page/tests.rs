//! Pages of small lists, read in every way.

use super::*;

impl Positioned for i64 {
    type Position = Position;

    fn position(&self) -> Position {
        Position { sequence: *self, ..Position::ORIGIN }
    }
}

/// The page that the store would read of a log with the sequences 1, 2, 3 …
fn page(length: i64, limit: u16, start: Option<Start>, order: Order) -> Page<i64> {
    let request = PageRequest { order, limit: Limit::clamped(limit), start, include_total: false, newest: None, above: 0 };
    let mut list: Vec<i64> = (1..=length).collect();
    let descending = request.reads_descending();
    if descending {
        list.reverse();
    }
    let is_read = |entry: &i64| match start {
        None => true,
        Some(Start { position, inclusive: true, .. }) if *entry == position.sequence => true,
        Some(Start { position, .. }) => {
            if descending {
                *entry < position.sequence
            } else {
                *entry > position.sequence
            }
        }
    };
    let rows = list.into_iter().filter(is_read).take(usize::try_from(request.rows()).unwrap()).collect();
    Page::of_rows(rows, &request, None)
}

#[test]
fn walking_forward_and_back_returns_each_entry_once_and_the_same_pages() {
    for (order, _) in Order::ALL.into_iter().filter(|(order, _)| *order != Order::FOLLOW) {
        for (length, limit) in (0..=7).flat_map(|length| (1..=4).map(move |limit| (length, limit))) {
            let mut pages = vec![page(length, limit, None, order)];
            while let Some(next) = pages.last().and_then(|page| page.next) {
                pages.push(page(length, limit, Some(next), order));
            }
            let mut walked: Vec<i64> = pages.iter().flat_map(|page| page.entries.clone()).collect();
            if order.descending {
                walked.reverse();
            }
            assert_eq!(walked, (1..=length).collect::<Vec<_>>(), "{order:?}, {limit} of {length}");
            assert!(pages[0].previous.is_none(), "the first page has no previous one");
            for pair in pages.windows(2) {
                let back = page(length, limit, pair[1].previous, order);
                assert_eq!(back.entries, pair[0].entries, "{order:?}, {limit} of {length}");
            }
        }
    }
}

#[test]
fn a_page_before_the_first_entry_is_empty_and_leads_back_to_it() {
    let order = Order::default();
    let first = page(3, 2, None, order);
    let start = Start { position: first.entries[0].position(), backward: true, inclusive: false };
    let before = page(3, 2, Some(start), order);
    assert_eq!((before.entries.len(), before.previous), (0, None));
    assert_eq!(page(3, 2, before.next, order).entries, first.entries);
}

#[test]
fn a_followed_list_always_has_a_next_page() {
    let empty = page(0, 2, None, Order::FOLLOW);
    assert_eq!(empty.next, Some(Start { position: Position::ORIGIN, backward: false, inclusive: false }));
    let end = page(2, 2, None, Order::FOLLOW);
    assert_eq!(page(5, 2, end.next, Order::FOLLOW).entries, [3, 4]);
    let same = page(2, 2, end.next, Order::FOLLOW);
    assert_eq!((same.entries.len(), same.next), (0, end.next), "it continues where it ended");
    assert_eq!(page(3, 2, empty.next, Order::FOLLOW).previous, None, "nothing is before the origin");
}

#[test]
fn a_total_is_exact_up_to_its_limit() {
    for (count, total, relation) in [
        (0, 0, TotalRelation::Exact),
        (Total::LIMIT, Total::LIMIT, TotalRelation::Exact),
        (Total::LIMIT + 1, Total::LIMIT, TotalRelation::AtLeast),
    ] {
        assert_eq!(Total::from_count(count), Total { count: total, relation });
    }
}
