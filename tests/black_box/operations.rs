//! Random operations with restarts of the service, each compared with a model: brute force over the accepted events.

use serde_json::Value;

use crate::{
    facets::{
        events::event,
        query::{FacetQuery, facets, walk},
    },
    logs::{LOGS, Log},
    oracle::{compare, query::Query, random_numbers},
    support::{Client, Database, Program, both_databases, times},
    terms::history::History,
};

/// The number of events of an account after which another one is used, so that a comparison stays cheap.
const EVENTS: usize = 600;

both_databases! {
    async fn random_operations_with_restarts_equal_a_model(database: Database) {
        compare_with_model(&database).await;
    }
}

/// A log of the current account.
struct Subject {
    history: History,
    sent: Vec<Value>,
}

struct Callers {
    program: Program,
    producer: Client,
    readers: [Client; 2],
}

impl Callers {
    fn start(database: &Database, account: &str) -> Self {
        Self::of(Program::serve(database), account)
    }

    fn of(program: Program, account: &str) -> Self {
        let producer = program.client(account, &["LOGS_PRODUCER"]);
        let readers = LOGS.map(|log: Log| program.client(account, &[log.role]));
        Self { program, producer, readers }
    }
}

async fn compare_with_model(database: &Database) {
    let mut random = random_numbers();
    let subjects = || LOGS.map(|log| Subject { history: History::new(log), sent: Vec::new() });
    let (mut account, mut logs) = (0, subjects());
    let mut callers = Callers::start(database, "account-0");
    let mut restarts = 0;
    for number in 0..times(400, 50_000) {
        let which = random.usize(..2);
        let (Subject { history, sent }, reader) = (&mut logs[which], &callers.readers[which]);
        match random.u8(..100) {
            0..40 => {
                let first = sent.len();
                sent.extend((first..first + random.usize(1..12)).map(|number| event(history.log, number, &mut random)));
                history.post(&callers.producer, &sent[first..]).await;
            }
            40..50 if !sent.is_empty() => {
                let batch: Vec<Value> = (0..5).map(|_| sent[random.usize(..sent.len())].clone()).collect();
                history.post(&callers.producer, &batch).await;
            }
            50..75 if !sent.is_empty() => {
                let stored = history.stored();
                compare(history.log, reader, number, &Query::random(history.log, &stored, &mut random), &stored).await;
            }
            75..95 => {
                let facets = facets(history.log);
                let query = FacetQuery::random(history.log, facets[random.usize(..facets.len())], &mut random);
                walk(reader, history.log, &query, &query.expected(&history.events())).await;
            }
            95..98 => {
                history.check(reader).await;
                if sent.len() > EVENTS {
                    account += 1;
                    logs = subjects();
                    callers = Callers::of(callers.program, &format!("account-{account}"));
                }
            }
            98.. => {
                restarts += 1;
                if random.bool() {
                    callers.program.terminate();
                    callers.program.ended().await;
                }
                callers.program.kill();
                callers = Callers::start(database, &format!("account-{account}"));
            }
            _ => {}
        }
    }
    assert!(restarts > 0);
    for (Subject { history, .. }, reader) in logs.iter().zip(&callers.readers) {
        history.check(reader).await;
    }
}
