//! A service that is killed between inserting terms and the commit.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use super::{dictionary, history::History, new_terms::event_of};
use crate::{
    logs::{LOGS, Log},
    oracle::random_numbers,
    support::{Client, Database, Program, both_databases},
};

/// The number of times that the service is killed.
const KILLS: usize = 6;
/// The number of writers per log.
const WRITERS: usize = 3;

both_databases! {
    async fn a_service_that_is_killed_while_it_writes_new_terms_leaves_a_correct_dictionary(database: Database) {
        let mut random = random_numbers();
        let writing = LOGS.map(Writing::new);
        let lost = Cell::new(0);
        for round in 0..=KILLS {
            let program = Program::serve(&database);
            let writer = program.client("acme", &["LOGS_PRODUCER"]);
            for log in &writing {
                let reader = program.client("acme", &[log.history.log.role]);
                log.history.check_accepted(&reader).await;
                lost.set(lost.get() + log.send_again(&writer).await);
                log.history.check(&reader).await;
            }
            match round {
                0 => LOGS.into_iter().for_each(|log| slow_down_inserts(&database, log)),
                _ => dictionary::check(&database),
            }
            if round == KILLS {
                break;
            }
            let instant = Duration::from_millis(random.u64(50..500));
            let writers = writing.iter().flat_map(|log| (0..WRITERS).map(|_| log.write_until_killed(&writer)));
            let kill = async {
                tokio::time::sleep(instant).await;
                program.kill();
            };
            join(join_all(writers), kill).await;
        }
        assert!(lost.get() > 0, "kills interrupt transactions");
    }
}

/// The writers of one log.
struct Writing {
    history: History,
    /// The number of batches that were sent.
    sent: Cell<usize>,
    /// Batches without a response, which may or may not be stored.
    unanswered: RefCell<Vec<Vec<Value>>>,
}

impl Writing {
    fn new(log: Log) -> Self {
        Self { history: History::new(log), sent: Cell::new(0), unanswered: RefCell::default() }
    }

    /// Each event has new terms.
    async fn write_until_killed(&self, writer: &Client) {
        loop {
            let number = self.sent.replace(self.sent.get() + 1);
            let texts = (0..3).map(|index| format!("t-{number}-{index}"));
            let batch: Vec<Value> = texts.map(|text| event_of(self.history.log, &format!("e-{text}"), &text)).collect();
            match writer.try_post(self.history.log.path, &json!({"events": batch})).await {
                Ok(response) => self.history.record(&batch, &response),
                Err(_) => return self.unanswered.borrow_mut().push(batch),
            }
        }
    }

    /// Retries the batches without a response. Returns the number of those that had not been stored.
    async fn send_again(&self, writer: &Client) -> usize {
        let mut lost = 0;
        for batch in self.unanswered.take() {
            let response = writer.post(self.history.log.path, &json!({"events": batch})).await;
            lost += usize::from(response.status == 201);
            self.history.record(&batch, &response);
        }
        lost
    }
}

/// Makes the database take some milliseconds for each inserted event. So the time between inserting terms and the commit is long,
/// and most kills happen in it.
fn slow_down_inserts(database: &Database, log: Log) {
    let table = log.table;
    let statements = if database.is_postgres() {
        vec![
            format!(
                "CREATE FUNCTION slow_down_{table}() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$"
            ),
            format!("CREATE TRIGGER slow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION slow_down_{table}()"),
        ]
    } else {
        vec![format!(
            "CREATE TRIGGER slow_{table} BEFORE INSERT ON {table} BEGIN SELECT COUNT(*) FROM (WITH RECURSIVE numbers(n) AS \
             (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000) SELECT n FROM numbers); END"
        )]
    };
    for statement in statements {
        database.execute(&statement).unwrap();
    }
}
