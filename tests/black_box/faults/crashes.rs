//! Crashes of the service or the database: acknowledged events stay stored, and all others can be sent again.

use std::time::Duration;

use fastrand::Rng;

use super::{
    load::{Callers, Load},
    unreachable::ready_again,
};
use crate::support::{Database, Program, both_databases, times};

/// The number of crashes after which another account is used, so that a check, which reads both logs, stays cheap.
const CRASHES_PER_ACCOUNT: usize = 20;

both_databases! {
    async fn after_a_kill_acknowledged_events_are_stored_and_no_batch_is_partial(database: Database) {
        let mut load = Load::new(0);
        let mut unanswered = 0;
        let mut random = Rng::with_seed(2);
        for number in 1..=times(6, 500) {
            let program = Program::serve(&database);
            let mut callers = Callers::of(&program, &load);
            load.check(&callers).await;
            if number % CRASHES_PER_ACCOUNT == 0 {
                unanswered += load.unanswered();
                load = Load::new(number as u64);
                callers = Callers::of(&program, &load);
            }
            let instant = Duration::from_millis(random.u64(20..700));
            load.run(&callers, async {
                tokio::time::sleep(instant).await;
                program.kill();
            })
            .await;
        }
        load.check(&Callers::of(&Program::serve(&database), &load)).await;
        assert!(unanswered + load.unanswered() > 0, "the kill interrupts requests");
    }

    async fn after_sigterm_every_stored_batch_is_acknowledged(database: Database) {
        let load = Load::new(5);
        let mut random = Rng::with_seed(6);
        for _ in 0..3 {
            let mut program = Program::serve(&database);
            let callers = Callers::of(&program, &load);
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
            // Queued batches are stored and acknowledged before the program ends, and refused ones are not stored.
            let again = Program::serve(&database);
            assert_eq!(load.stored_without_acknowledgement(&Callers::of(&again, &load)).await, 0);
        }
        assert!(load.unanswered() > 0, "SIGTERM interrupts requests");
    }
}

#[actix_web::test]
async fn after_a_database_crash_acknowledged_events_are_stored_and_the_service_recovers() {
    let Some(database) = Database::on_private_server() else { return };
    let program = Program::serve(&database);
    let mut load = Load::new(0);
    let mut unavailable = 0;
    let mut random = Rng::with_seed(4);
    // Shorter and longer than the time that a request waits for a connection.
    let pauses = [0, 2_500, 300, 1_000, 100].into_iter().cycle();
    for (number, milliseconds_away) in (1..=times(5, 200)).zip(pauses) {
        let callers = Callers::of(&program, &load);
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
        assert_eq!(load.unanswered(), 0, "every request gets a response");
        unavailable += load.unavailable();
        if number % CRASHES_PER_ACCOUNT == 0 {
            load = Load::new(number as u64);
        }
    }
    assert!(unavailable > 0, "the crash interrupts requests");
}
