//! Rolling restarts: two instances behind a load balancer are replaced one after the other, and no request fails.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use fastrand::Rng;
use futures_util::future::{join, join_all};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    logs::LOGS,
    support::{Client, Database, Program, times},
};

/// The number of concurrent callers.
const CALLERS: usize = 6;

/// How long an instance continues to serve after SIGTERM; several times the interval of the balancer.
const STOP_DELAY: &str = "--stop-delay=500ms";

// Several instances need PostgreSQL.
#[actix_web::test]
async fn rolling_restarts_fail_no_request() {
    let Some(database) = Database::postgres() else { return };
    let url = database.url().to_owned();
    let mut instances = [start(url.clone()).await, start(url.clone()).await];
    let balancer = Balancer {
        rotation: RefCell::new(instances.iter().map(|instance| Some(Clients::of(instance))).collect()),
        calls: Cell::new(0),
        ended: Cell::new(false),
    };
    let restarts = async {
        for number in 0..times(3, 50) {
            let place = number % instances.len();
            let calls = balancer.calls.get();
            instances[place].terminate();
            let health = instances[place].anonymous();
            while health.get("/health/ready").await.status == 200 {
                sleep(Duration::from_millis(20)).await;
            }
            balancer.rotation.borrow_mut()[place] = None;
            instances[place].ended().await;
            instances[place] = start(url.clone()).await;
            balancer.rotation.borrow_mut()[place] = Some(Clients::of(&instances[place]));
            while balancer.calls.get() < calls + 50 {
                sleep(Duration::from_millis(20)).await;
            }
        }
        balancer.ended.set(true);
    };
    join(restarts, join_all((0..CALLERS).map(|caller| balancer.call(caller)))).await;
}

/// Starts an instance without blocking the callers, and waits until it is ready.
async fn start(url: String) -> Program {
    let program = tokio::task::spawn_blocking(move || Program::serve_url(&url, &[STOP_DELAY])).await.unwrap();
    while program.anonymous().get("/health/ready").await.status != 200 {
        sleep(Duration::from_millis(20)).await;
    }
    program
}

#[derive(Clone)]
struct Clients {
    producer: Client,
    readers: [Client; 2],
}

impl Clients {
    fn of(program: &Program) -> Self {
        Self {
            producer: program.client("acme", &["LOGS_PRODUCER"]),
            readers: LOGS.map(|log| program.client("acme", &[log.role])),
        }
    }
}

/// Sends requests to the instances that are ready.
struct Balancer {
    rotation: RefCell<Vec<Option<Clients>>>,
    calls: Cell<usize>,
    ended: Cell<bool>,
}

impl Balancer {
    async fn call(&self, caller: usize) {
        let mut random = Rng::with_seed(caller as u64);
        let mut written = 0;
        while !self.ended.get() {
            let ready: Vec<Clients> = self.rotation.borrow().iter().flatten().cloned().collect();
            let clients = random.choice(ready).expect("an instance is ready");
            let which = random.usize(..2);
            let log = LOGS[which];
            if random.bool() {
                let event = (log.event)(&format!("caller-{caller}-{written}"));
                written += 1;
                clients.producer.post(log.path, &json!({"events": [event]})).await.expect(201);
            } else {
                clients.readers[which].get(&format!("{}?limit=5", log.path)).await.expect(200);
            }
            self.calls.set(self.calls.get() + 1);
        }
    }
}
