//! Generated keys that all instances share.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    connection::{Db, on_each_backend},
    schema::service_keys,
};

/// Returns the key of this name, after storing `candidate` as the key if there is none. If several instances do so at the same
/// time, one candidate is stored and all of them return it.
pub(super) fn get_or_insert(db: &mut Db, name: &str, candidate: &[u8]) -> QueryResult<Vec<u8>> {
    let row = (service_keys::name.eq(name), service_keys::secret.eq(candidate));
    on_each_backend!(&mut *db, connection => diesel::insert_into(service_keys::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(connection))?;
    service_keys::table.find(name).select(service_keys::secret).first(db)
}

/// Writes as much as a large group of events needs, to check whether the database accepts writes again.
pub(super) fn probe_write(db: &mut Db) -> QueryResult<()> {
    /// The name of the key that is overwritten.
    const NAME: &str = "space-probe";
    const BYTES: usize = 4 << 20;

    // Random, because PostgreSQL compresses other bytes.
    let mut filler = vec![0; BYTES];
    fastrand::fill(&mut filler);
    for secret in [filler.as_slice(), &[]] {
        let row = (service_keys::name.eq(NAME), service_keys::secret.eq(secret));
        on_each_backend!(&mut *db, connection => diesel::insert_into(service_keys::table)
            .values(row)
            .on_conflict(service_keys::name)
            .do_update()
            .set(service_keys::secret.eq(secret))
            .execute(connection))?;
    }
    Ok(())
}
