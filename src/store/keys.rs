//! Keys that all instances share and nobody configures.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    connection::{Db, on_each_backend},
    schema::service_keys,
};

/// The key of that name; `candidate` becomes it if there is none yet. Of several instances that try, one wins for all.
pub(super) fn get_or_insert(db: &mut Db, name: &str, candidate: &[u8]) -> QueryResult<Vec<u8>> {
    let row = (service_keys::name.eq(name), service_keys::secret.eq(candidate));
    on_each_backend!(&mut *db, connection => diesel::insert_into(service_keys::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(connection))?;
    service_keys::table.find(name).select(service_keys::secret).first(db)
}
