//! Conditional requests, the page cache and compression: a page is never stale.

use std::{collections::BTreeSet, io::Read};

use flate2::read::GzDecoder;
use serde_json::json;

use crate::{
    logs::{LOGS, full_event, producer},
    problem::Problem,
    support::{Client, Database, Response, Service, both_databases},
};

async fn again(client: &Client, path: &str, seen: &str) -> Response {
    client.send("GET", path, &[("if-none-match", seen)], "").await
}

fn tag(response: &Response) -> String {
    response.header("etag").expect("a page has an ETag").to_owned()
}

both_databases! {
    async fn an_unchanged_page_is_not_sent_again(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let (writer, reader) = (producer(&service, "acme"), log.reader(&service, "acme"));
            log.post(&writer, &[full_event(log, "first"), full_event(log, "second")]).await;
            for path in [log.path.to_owned(), format!("{}?includeTotal=true&limit=1", log.path), format!("{}/first/related", log.path), format!("{}?doneById=nobody", log.path)] {
                let page = reader.get(&path).await.expect(200);
                let seen = tag(&page);
                assert!(seen.starts_with('"'), "a strong ETag: {seen}");
                for seen in [seen.clone(), format!("\"another\", {seen}"), format!("W/{seen}"), "*".to_owned()] {
                    let unchanged = again(&reader, &path, &seen).await.expect(304);
                    assert_eq!((unchanged.body.len(), tag(&unchanged)), (0, tag(&page)), "{path} {seen}");
                    assert_eq!(unchanged.header("cache-control"), page.header("cache-control"));
                    assert_eq!(unchanged.header("vary"), page.header("vary"));
                }
                for other in ["\"another\"", "no tag at all", "\"\""] {
                    let whole = again(&reader, &path, other).await.expect(200);
                    assert_eq!((whole.body, whole.headers.get("link").cloned()), (page.body.clone(), page.headers.get("link").cloned()));
                }
                // Events of another account and duplicates do not change the page.
                log.post(&producer(&service, "rival"), &[full_event(log, &format!("of-rival-{}", seen.len()))]).await;
                log.post(&writer, &[full_event(log, "first")]).await;
                again(&reader, &path, &seen).await.expect(304);
                log.post(&writer, &[full_event(log, &format!("new-since-{path}").replace(|sign: char| !sign.is_ascii_alphanumeric(), "-"))]).await;
                let changed = again(&reader, &path, &seen).await.expect(200);
                assert_ne!(tag(&changed), seen, "{path}");
            }
        }
    }

    async fn every_page_has_its_own_etag(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let mut tags = BTreeSet::new();
            let mut count = 0;
            for account in ["acme", "rival"] {
                log.post(&producer(&service, account), &[full_event(log, "first"), full_event(log, "second")]).await;
                for query in ["", "?limit=1", "?limit=2", "?orderBy=sequence:asc", "?doneByType=USER", "?includeTotal=true"] {
                    for coding in ["identity", "gzip", "deflate", "br", "zstd"] {
                        let path = format!("{}{query}", log.path);
                        let page = log.reader(&service, account).send("GET", &path, &[("accept-encoding", coding)], "").await.expect(200);
                        tags.insert(tag(&page));
                        count += 1;
                    }
                }
            }
            assert_eq!(tags.len(), count);
        }
    }

    async fn another_database_has_other_etags(database: Database) {
        let other = Database::sqlite();
        let services = [Service::start(&database).await, Service::start(&other).await];
        for log in LOGS {
            let mut tags = BTreeSet::new();
            for (number, service) in services.iter().enumerate() {
                log.post(&producer(service, "acme"), &[full_event(log, &format!("e-{number}"))]).await;
                tags.insert(tag(&log.reader(service, "acme").get(log.path).await.expect(200)));
            }
            assert_eq!(tags.len(), 2);
        }
    }

    async fn a_refused_request_never_gets_304(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            log.post(&producer(&service, "acme"), &[full_event(log, "first")]).await;
            let seen = tag(&log.reader(&service, "acme").get(log.path).await.expect(200));
            for seen in [seen.as_str(), "*"] {
                again(&service.anonymous(), log.path, seen).await.expect(401);
                again(&service.client("acme", &["CONVERSATIONS_AGENT"]), log.path, seen).await.expect(403);
                again(&log.reader(&service, "acme"), &format!("{}?limit=0", log.path), seen).await.expect(400);
            }
            again(&log.reader(&service, "rival"), log.path, &seen).await.expect(200);
            // `*` matches every page that exists. The pages of an unknown event do not.
            let related = |id: &str| format!("{}/{id}/related", log.path);
            again(&log.reader(&service, "acme"), &related("first"), "*").await.expect(304);
            for (account, id) in [("acme", "unknown"), ("rival", "first")] {
                again(&log.reader(&service, account), &related(id), "*").await.expect(404);
            }
        }
    }

    async fn a_cached_page_is_never_stale(database: Database) {
        // Each instance has cached its own page when the other one writes.
        let instances = [Service::start(&database).await, Service::start(&database).await];
        for log in LOGS {
            let paths = [log.path.to_owned(), format!("{}?doneByType=USER&includeTotal=true", log.path), format!("{}?orderBy=sequence:asc", log.path)];
            for round in 0..20 {
                log.post(&producer(&instances[round % 2], "acme"), &[full_event(log, &format!("event-{round}"))]).await;
                for path in &paths {
                    let mut bodies = Vec::new();
                    for instance in &instances {
                        for _ in 0..2 {
                            let page = log.reader(instance, "acme").get(path).await.expect(200);
                            assert_eq!(page.json()["events"].as_array().unwrap().len(), round + 1, "{path}");
                            bodies.push((page.body.clone(), tag(&page), page.headers.get("link").cloned()));
                        }
                    }
                    bodies.dedup();
                    assert_eq!(bodies.len(), 1, "one tag, one page: {path}");
                }
            }
        }
    }

    async fn responses_are_compressed_if_the_client_accepts_it(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let events: Vec<_> = (0..100).map(|number| full_event(log, &format!("event-{number}"))).collect();
            log.post(&producer(&service, "acme"), &events).await;
            let reader = log.reader(&service, "acme");
            for path in ["?limit=100", "/event-types", "/export?format=csv", "/export?format=ndjson", "/event-7", "/event-7/related?limit=100", "/facets/doneBy"] {
                let path = format!("{}{path}", log.path);
                let plain = reader.get(&path).await.expect(200);
                assert_eq!(plain.header("content-encoding"), None);
                // The second time the response may come from the cache.
                for _ in 0..2 {
                    let gzip = reader.send("GET", &path, &[("accept-encoding", "gzip")], "").await.expect(200);
                    assert_eq!((gzip.header("content-encoding"), gzip.header("vary")), (Some("gzip"), Some("accept-encoding")), "{path}");
                    let mut text = Vec::new();
                    GzDecoder::new(gzip.body.as_slice()).read_to_end(&mut text).unwrap();
                    assert_eq!(text, plain.body, "{path}");
                    assert!(gzip.body.len() < plain.body.len() || plain.body.len() < 1_000, "{path}");
                    for coding in ["br", "zstd"] {
                        let coded = reader.send("GET", &path, &[("accept-encoding", coding)], "").await.expect(200);
                        assert_eq!(coded.header("content-encoding"), Some(coding), "{path}");
                        assert_ne!(coded.body, plain.body);
                    }
                }
                let refused = reader.send("GET", &path, &[("accept-encoding", "snappy, identity;q=0")], "").await;
                let problem = Problem::of(&refused, 406);
                assert!(problem.detail.contains("Accept-Encoding"), "{path}: {}", problem.detail);
            }
        }
    }

    async fn cached_pages_are_separate_for_each_account_and_log(database: Database) {
        // Only some of the events fit into the cache.
        let service = Service::start_with(&database, &["--page-cache", "1"]).await;
        for log in LOGS {
            for account in ["acme", "rival"] {
                let events: Vec<_> = (0..500).map(|number| full_event(log, &format!("{account}-{number}"))).collect();
                log.post(&producer(&service, account), &events).await;
            }
        }
        let fresh = Service::start_with(&database, &["--page-cache", "0"]).await;
        for query in ["?limit=20", "?limit=500", "?limit=7&orderBy=occurredAt:asc", "?limit=500&orderBy=sequence:asc", "?limit=300&doneByType=USER"] {
            for (log, account) in LOGS.iter().flat_map(|log| ["acme", "rival"].map(|account| (log, account))) {
                let path = format!("{}{query}", log.path);
                let page = log.reader(&service, account).get(&path).await.expect(200);
                let read = log.reader(&fresh, account).get(&path).await.expect(200);
                assert_eq!(page.json(), read.json(), "{account} {path}");
                let ids = page.json()["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
                assert!(ids.len() >= 7 && ids.iter().all(|id| id.starts_with(account)), "{account} {path}: {ids:?}");
            }
        }
    }

    async fn the_page_cache_can_be_disabled(database: Database) {
        let service = Service::start_with(&database, &["--page-cache", "0"]).await;
        for log in LOGS {
            log.post(&producer(&service, "acme"), &[full_event(log, "first")]).await;
            let reader = log.reader(&service, "acme");
            let pages = [reader.get(log.path).await.expect(200), reader.get(log.path).await.expect(200)];
            assert_eq!(pages[0].body, pages[1].body);
            again(&reader, log.path, &tag(&pages[0])).await.expect(304);
            assert_eq!(reader.get(log.path).await.json()["events"][0]["id"], json!("first"));
        }
    }
}
