//! Answers that were lost with the service or with the database: what was acknowledged stays, the rest can be sent again.

use std::time::Duration;

use fastrand::Rng;

use super::{
    away::ready_again,
    load::{Callers, Load},
};
use crate::support::{Database, Program, both_databases};

both_databases! {
    async fn a_service_that_is_killed_keeps_all_that_it_acknowledged_and_no_half_batch(database: Database) {
        let load = Load::new(1);
        let mut random = Rng::with_seed(2);
        for _ in 0..6 {
            let program = Program::serve(&database);
            let callers = Callers::of(&program);
            load.check(&callers).await;
            let instant = Duration::from_millis(random.u64(20..700));
            load.run(&callers, async {
                tokio::time::sleep(instant).await;
                program.kill();
            })
            .await;
        }
        load.check(&Callers::of(&Program::serve(&database))).await;
        assert!(load.broken_off() > 0, "who is killed is killed at work");
    }

    async fn a_service_that_is_told_to_stop_answers_what_it_stores(database: Database) {
        let load = Load::new(5);
        let mut random = Rng::with_seed(6);
        for _ in 0..3 {
            let mut program = Program::serve(&database);
            let callers = Callers::of(&program);
            load.check(&callers).await;
            let instant = Duration::from_millis(random.u64(20..700));
            load.run(&callers, async {
                tokio::time::sleep(instant).await;
                program.terminate();
                while program.anonymous().try_get("/health/live").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
            .await;
            // What was queued is stored and answered before the program ends, and what it no longer took is not stored.
            let again = Program::serve(&database);
            assert_eq!(load.stored_in_silence(&Callers::of(&again)).await, 0);
        }
        assert!(load.broken_off() > 0, "who is told to stop is told so at work");
    }
}

#[actix_web::test]
async fn a_database_that_crashes_keeps_all_that_was_acknowledged_and_the_service_recovers_by_itself() {
    let Some(database) = Database::on_private_server() else { return };
    let program = Program::serve(&database);
    let callers = Callers::of(&program);
    let load = Load::new(3);
    let mut random = Rng::with_seed(4);
    // Shorter and longer than a request waits for a connection.
    for milliseconds_away in [0, 2_500, 300, 1_000, 100] {
        let instant = Duration::from_millis(random.u64(20..700));
        load.run(&callers, async {
            tokio::time::sleep(instant).await;
            database.server().crash();
            tokio::time::sleep(Duration::from_millis(milliseconds_away)).await;
            database.server().start();
            ready_again(&program).await;
        })
        .await;
        load.check(&callers).await;
    }
    assert!(load.unavailable() > 0, "the database crashes at work");
    assert_eq!(load.broken_off(), 0, "every request is answered");
}
