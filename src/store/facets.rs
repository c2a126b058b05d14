//! Reads facets, page by page.

use std::collections::HashSet;

use diesel::{
    EscapeExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryResult, RunQueryDsl,
    TextExpressionMethods, sql_types::Integer,
};

use super::{
    connection::{Backend, Dialect},
    fragment::{Fragment, comparison, is_one_of},
    reader::Reader,
    row_security::names_log,
    schema::{LogKey, facet_entries, terms},
    sort_key::sort_key_range,
    source::Source,
};
use crate::domain::{
    facet::{Choice, Facet, FacetPosition, FacetRequest, KindChoices},
    page::Start,
    search_text::folded,
};

impl Reader<'_> {
    /// The choices of a page in reading order, plus one if there is a next page.
    pub(super) fn facet(&mut self, request: &FacetRequest) -> QueryResult<Vec<Choice>> {
        if request.facet.joins_kinds() || request.kinds.len() < 2 {
            return self.facet_in_order(request);
        }
        // One read per kind, because a kind that is not requested can have very many entries.
        let mut choices = Vec::new();
        for kind in &request.kinds {
            choices.extend(self.facet_in_order(&FacetRequest { kinds: vec![*kind], ..request.clone() })?);
        }
        choices.sort_unstable_by(|one, two| one.position.cmp(&two.position));
        if request.start.as_ref().is_some_and(|start| start.backward) {
            choices.reverse();
        }
        choices.truncate(usize::from(request.limit.get()) + 1);
        Ok(choices)
    }

    /// The same, read in the order of one index.
    fn facet_in_order(&mut self, request: &FacetRequest) -> QueryResult<Vec<Choice>> {
        // No `..`: a new field does not compile until it is handled here.
        let FacetRequest { facet, kinds, search, prefix, limit, start } = request;
        let key = self.key;
        let descending = start.as_ref().is_some_and(|start| start.backward);
        let numbers: Vec<i64> = kinds.iter().map(|kind| i64::from(*kind)).collect();
        // A single kind is read by its own index. For several kinds that are joined, `+` excludes that index, and the index of all
        // kinds is used.
        let column = if kinds.len() == 1 { "facet_entries.kind" } else { "+facet_entries.kind" };
        // Not a join, because PostgreSQL may read all terms of the log for it.
        let text = terms::table
            .filter(terms::log_key.eq(facet_entries::log_key))
            .filter(terms::term.eq(facet_entries::term))
            .select(terms::text)
            .single_value();
        let mut query = facet_entries::table
            .filter(facet_entries::log_key.eq(key))
            .filter(facet_entries::facet.eq(facet.number()))
            .filter(is_one_of(column, &numbers, Dialect::of(self.db)))
            .select((
                facet_entries::kind,
                text.assume_not_null(),
                facet_entries::name,
                facet_entries::deleted,
                facet_entries::sort_key,
                facet_entries::term,
            ))
            .order(Fragment::<Integer>::new(if descending {
                "facet_entries.sort_key DESC, facet_entries.kind DESC, facet_entries.term DESC"
            } else {
                "facet_entries.sort_key ASC, facet_entries.kind ASC, facet_entries.term ASC"
            }))
            .limit(i64::from(limit.get()) + 1)
            .into_boxed::<Backend>();
        if let Some(Start { position: FacetPosition { sort_key, kind, term }, backward, inclusive }) = start {
            let comparison = comparison(*backward, *inclusive);
            let columns = "facet_entries.sort_key, facet_entries.kind, facet_entries.term";
            let beyond = Fragment::new(format!("({columns}) {comparison} ("));
            let beyond = beyond.text(sort_key).sql(", ").number((*kind).into()).sql(", ").number((*term).into());
            query = query.filter::<Fragment>(beyond.sql(")"));
        }
        let joins = facet.joins_kinds() && kinds.len() > 1;
        if joins {
            query = query.filter(shown_among(*facet, kinds));
        }
        if let Some(prefix) = prefix {
            let [first, end] = sort_key_range(prefix.as_str());
            query = query.filter(facet_entries::sort_key.ge(first)).filter(facet_entries::sort_key.lt(end));
        }
        if let Some(search) = search {
            query = if joins {
                query.filter(has_matching_label(&containing(search.as_str()), *facet, key, kinds))
            } else {
                query.filter(facet_entries::search_text.like(containing(search.as_str())).escape('\\'))
            };
        }
        let dialect = Dialect::of(self.db);
        if let Some(condition) = names_log(dialect, key) {
            query = query.filter(condition);
        }
        let rows: Vec<(i16, String, Option<String>, bool, String, i32)> =
            Source::table(self.log, dialect, key).read(query).load(self.db)?;
        let choice = |(kind, id, name, deleted, sort_key, term)| Choice {
            kind,
            id,
            name,
            deleted,
            position: FacetPosition { sort_key, kind, term },
        };
        Ok(rows.into_iter().map(choice).collect())
    }

    /// The first choices of each kind that has any. Each kind is read separately, so a kind with many choices does not crowd out
    /// the others.
    pub(super) fn facet_by_kind(&mut self, request: &FacetRequest) -> QueryResult<Vec<KindChoices>> {
        let limit = usize::from(request.limit.get());
        let mut groups = Vec::new();
        for kind in &request.kinds {
            let of_kind = FacetRequest { kinds: vec![*kind], start: None, ..request.clone() };
            let mut choices = match &of_kind.search {
                Some(search) => {
                    let prefix = Some(search.clone());
                    self.facet(&FacetRequest { search: None, prefix, ..of_kind.clone() })?
                }
                None => Vec::new(),
            };
            if choices.len() <= limit {
                let first: HashSet<i32> = choices.iter().map(|choice| choice.position.term).collect();
                let others = self.facet(&FacetRequest { limit: of_kind.limit.plus(first.len()), ..of_kind })?;
                choices.extend(others.into_iter().filter(|choice| !first.contains(&choice.position.term)));
            }
            if !choices.is_empty() {
                let has_more = choices.len() > limit;
                choices.truncate(limit);
                groups.push(KindChoices { kind: *kind, choices, has_more });
            }
        }
        Ok(groups)
    }
}

/// Selects one entry for a value that has entries in several kinds: the kind of the newest event that labels the value, or the
/// first kind if no event does. The events are read only if several kinds have a label, so a change needs no write.
fn shown_among(facet: Facet, kinds: &[i16]) -> Fragment {
    let (value, label) = if facet == Facet::FromValue { ("from_value", "from_text") } else { ("to_value", "to_text") };
    let kinds = list(kinds);
    let number = facet.number();
    let siblings = format!(
        "FROM facet_entries AS other WHERE other.log_key = facet_entries.log_key AND other.facet = {number} \
         AND other.term = facet_entries.term AND other.kind IN ({kinds})"
    );
    // A kind whose events never label the value has an entry without a name.
    let labelled = format!("{siblings} AND other.name IS NOT NULL");
    Fragment::new(format!(
        "facet_entries.kind = CASE WHEN EXISTS (SELECT 1 {siblings} AND other.kind <> facet_entries.kind) \
         THEN COALESCE(CASE (SELECT COUNT(*) {labelled}) WHEN 0 THEN NULL WHEN 1 THEN (SELECT MIN(other.kind) {labelled}) \
         ELSE (SELECT events.event_type FROM events WHERE events.log_key = facet_entries.log_key \
         AND events.{value} = facet_entries.term AND events.{label} IS NOT NULL AND (events.event_type IN ({kinds})) IS TRUE \
         ORDER BY events.occurred_at DESC, events.sequence DESC LIMIT 1) END, (SELECT MIN(other.kind) {siblings})) \
         ELSE facet_entries.kind END"
    ))
}

/// Whether a value has a matching label in any of the kinds.
///
/// The first condition decides for most entries. It also prevents a join, for which PostgreSQL would read all matching entries once
/// per entry. The key is bound, not compared with the entry's, so that PostgreSQL runs the sub-select once.
fn has_matching_label(pattern: &str, facet: Facet, key: LogKey, kinds: &[i16]) -> Fragment {
    let of_log = " ESCAPE '\\' OR facet_entries.term IN (SELECT found.term FROM facet_entries AS found WHERE found.log_key = ";
    let in_any_kind =
        format!(" AND found.facet = {} AND found.kind IN ({}) AND found.search_text LIKE ", facet.number(), list(kinds));
    let condition = Fragment::new("(facet_entries.search_text LIKE ").text(pattern).sql(of_log).number(key.into());
    condition.sql(in_any_kind).text(pattern).sql(" ESCAPE '\\'))")
}

fn list(numbers: &[i16]) -> String {
    numbers.iter().map(i16::to_string).collect::<Vec<_>>().join(", ")
}

/// A `LIKE` pattern for texts that contain `text`, ignoring case. `%` and `_` are escaped.
fn containing(text: &str) -> String {
    let escaped: String = folded(text)
        .chars()
        .flat_map(|character| matches!(character, '%' | '_' | '\\').then_some('\\').into_iter().chain([character]))
        .collect();
    format!("%{escaped}%")
}
