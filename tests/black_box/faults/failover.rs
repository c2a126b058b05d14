//! A database that lost its latest commits, as after a failover to an asynchronous standby, or after a restore: what the service
//! cached from it is not used any more.

use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use serde_json::{Value, json};

use super::unreachable::{answered, client, ready_again};
use crate::{
    logs::{LOGS, Log},
    support::{Client, Database, Program, Response},
};

/// An administrator of the server, who can disconnect the service from its database.
struct Administrator {
    connection: PgConnection,
    name: String,
}

impl Administrator {
    fn of(database: &Database) -> Self {
        let (server, name) = database.server_and_name();
        let connection = PgConnection::establish(&format!("{server}/postgres")).unwrap();
        Self { connection, name: name.to_owned() }
    }

    /// Runs statements while no session uses the database. `THIS` is replaced by its name.
    fn alone(&mut self, statements: &[&str]) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'THIS'";
        let connections = ["ALTER DATABASE THIS ALLOW_CONNECTIONS false", end];
        for statement in connections.iter().chain(statements).chain(&["ALTER DATABASE THIS ALLOW_CONNECTIONS true"]) {
            self.run(statement);
        }
    }

    fn run(&mut self, statement: &str) {
        let statement = statement.replace("THIS", &self.name);
        let deadline = Instant::now() + Duration::from_secs(60);
        // Ended sessions take a moment to disappear.
        while let Err(error) = self.connection.batch_execute(&statement) {
            assert!(Instant::now() < deadline, "{statement}: {error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

async fn write(log: Log, client: &Client, id: &str, values: [&str; 2]) -> Response {
    let mut event = (log.event)(id);
    (event["from"], event["to"]) = (json!({"value": values[0]}), json!({"value": values[1]}));
    let body = json!({"events": [event]});
    answered(async || client.post(log.path, &body).await).await.expect(201)
}

async fn values(log: Log, client: &Client, id: &str) -> [Value; 2] {
    let event = client.get(&format!("{}/{id}", log.path)).await.expect(200).json();
    ["from", "to"].map(|member| event[member]["value"].clone())
}

#[actix_web::test]
async fn after_a_restore_no_event_gets_the_texts_of_a_lost_one() {
    let Some(database) = Database::postgres() else { return };
    let program = Program::serve(&database);
    let client = &client(&program);
    let mut administrator = Administrator::of(&database);
    for log in LOGS {
        write(log, client, "a", ["Sales", "Support"]).await;
    }
    administrator.alone(&["CREATE DATABASE THIS_copy TEMPLATE THIS"]);
    ready_again(&program).await;
    let mut pages = Vec::new();
    for log in LOGS {
        write(log, client, "b", ["Sales", "Billing"]).await;
        assert_eq!(values(log, client, "b").await, ["Sales", "Billing"]);
        // Cached, and known to the client.
        pages.push(client.get(log.path).await.expect(200));
    }
    administrator.alone(&["DROP DATABASE THIS", "ALTER DATABASE THIS_copy RENAME TO THIS"]);
    ready_again(&program).await;
    for (log, seen) in LOGS.into_iter().zip(pages) {
        write(log, client, "c", ["Support", "Invoices"]).await;
        let page = client.send("GET", log.path, &[("if-none-match", seen.header("etag").unwrap())], "").await.expect(200);
        let ids: Vec<Value> = page.json()["events"].as_array().unwrap().iter().map(|event| event["id"].clone()).collect();
        assert_eq!(ids, ["c", "a"]);
        write(log, client, "d", ["Billing", "Support"]).await;
        for (id, expected) in [("a", ["Sales", "Support"]), ("c", ["Support", "Invoices"]), ("d", ["Billing", "Support"])] {
            assert_eq!(values(log, client, id).await, expected, "{id}");
        }
    }
}
