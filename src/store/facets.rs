//! The table of facets as it is read: by page. What keeps it up is in [`super::facet_upkeep`].

use diesel::{
    EscapeExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    TextExpressionMethods,
    dsl::sql,
    sql_types::{Binary, Bool, Integer, SmallInt, Text},
};

use super::{
    connection::{Backend, Db},
    log::Log,
    schema::facet_entries,
};
use crate::domain::{
    account::AccountId,
    facet::{Choice, FacetRequest, Place},
    page::Start,
    search_text::folded,
};

/// The rows of a page, one more than it has if there are so many, in the order of reading.
pub(super) fn select<L: Log>(db: &mut Db, account: &AccountId, request: &FacetRequest) -> QueryResult<Vec<Choice>> {
    // Every part is named, so that a new one does not compile until it is handled.
    let FacetRequest { facet, kinds, search, limit, start } = request;
    let descending = start.as_ref().is_some_and(|start| start.backward);
    let mut query = facet_entries::table
        .filter(facet_entries::account_id.eq(account.as_str()))
        .filter(facet_entries::log.eq(L::NAME))
        .filter(facet_entries::facet.eq(facet.number()))
        .filter(facet_entries::kind.eq_any(kinds))
        .select(ChoiceRow::as_select())
        .order(sql::<Integer>(if descending {
            "sort_key DESC, kind DESC, digest DESC"
        } else {
            "sort_key ASC, kind ASC, digest ASC"
        }))
        .limit(i64::from(limit.get()) + 1)
        .into_boxed::<Backend>();
    if let Some(Start { position: Place { sort_key, kind, digest }, backward, inclusive }) = start {
        let comparison = match (backward, inclusive) {
            (true, false) => "<",
            (true, true) => "<=",
            (false, false) => ">",
            (false, true) => ">=",
        };
        let beyond = sql::<Bool>(&format!("(sort_key, kind, digest) {comparison} ("));
        let beyond = beyond.bind::<Text, _>(sort_key).sql(", ").bind::<SmallInt, _>(kind).sql(", ");
        query = query.filter(beyond.bind::<Binary, _>(digest).sql(")"));
    }
    let pattern = search.as_ref().map(|search| containing(search.as_str()));
    if !facet.joins_kinds() || kinds.len() == 1 {
        if let Some(pattern) = pattern {
            query = query.filter(facet_entries::search_text.like(pattern).escape('\\'));
        }
        return Ok(query.load::<ChoiceRow>(db)?.into_iter().map(Choice::from).collect());
    }

    let kinds = kinds.iter().map(i16::to_string).collect::<Vec<_>>().join(", ");
    // Of the entries of one value it is the one that was named last; where none has a name, any but always the same.
    // -9e18 is before any time.
    query = query.filter(sql::<Bool>(&format!(
        "NOT EXISTS (SELECT 1 FROM facet_entries AS other \
         WHERE other.account_id = facet_entries.account_id AND other.log = facet_entries.log \
         AND other.facet = facet_entries.facet AND other.digest = facet_entries.digest AND other.kind IN ({kinds}) \
         AND (COALESCE(other.named_at, -9000000000000000000), COALESCE(other.named_sequence, 0), other.kind) > \
         (COALESCE(facet_entries.named_at, -9000000000000000000), COALESCE(facet_entries.named_sequence, 0), facet_entries.kind))"
    )));
    if let Some(pattern) = pattern {
        // A value is found by what it is called in any of the kinds.
        let found =
            sql::<Bool>("facet_entries.digest IN (SELECT found.digest FROM facet_entries AS found WHERE found.account_id = ");
        let found = found.bind::<Text, _>(account.as_str()).sql(" AND found.log = ").bind::<Text, _>(L::NAME);
        let found = found.sql(&format!(" AND found.facet = {} AND found.kind IN ({kinds})", facet.number()));
        query = query.filter(found.sql(" AND found.search_text LIKE ").bind::<Text, _>(pattern).sql(" ESCAPE '\\')"));
    }
    Ok(query.load::<ChoiceRow>(db)?.into_iter().map(Choice::from).collect())
}

/// A pattern of `LIKE` for texts that contain this one, without regard to case; `%` and `_` stand for themselves.
fn containing(text: &str) -> String {
    let escaped: String = folded(text)
        .chars()
        .flat_map(|character| matches!(character, '%' | '_' | '\\').then_some('\\').into_iter().chain([character]))
        .collect();
    format!("%{escaped}%")
}

/// What a page needs of a row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = facet_entries)]
struct ChoiceRow {
    kind: i16,
    id: String,
    name: Option<String>,
    deleted: bool,
    sort_key: String,
    digest: Vec<u8>,
}

impl From<ChoiceRow> for Choice {
    fn from(row: ChoiceRow) -> Self {
        let place = Place { sort_key: row.sort_key, kind: row.kind, digest: row.digest };
        Self { kind: row.kind, id: row.id, name: row.name, deleted: row.deleted, place }
    }
}
