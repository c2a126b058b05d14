//! How the files of the Logs page are served. The page itself is tested in a browser (`tests/black_box/browser.rs`).

use crate::{
    problem::Problem,
    support::{Client, Database, Service},
};

/// The page, and every file that it refers to.
async fn paths(client: &Client) -> Vec<String> {
    let html = client.get("/").await.expect(200).text();
    let quoted = html.split('"').filter(|text| text.starts_with("/assets/")).map(str::to_owned);
    let mut paths: Vec<String> = ["/".to_owned()].into_iter().chain(quoted).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 4, "the page, its script, its style and its icon: {paths:?}");
    paths
}

#[actix_web::test]
async fn every_file_has_a_strict_policy_and_is_sent_again_only_after_a_change() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = service.anonymous();
    for path in paths(&client).await {
        let response = client.get(&path).await.expect(200);
        let policy = response.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
        let cache_control = if path == "/" { "no-cache" } else { "public, max-age=31536000, immutable" };
        assert_eq!(response.header("cache-control"), Some(cache_control), "{path}");
        let tag = response.header("etag").unwrap();
        assert!(
            path == "/" || path.contains(tag.trim_start_matches("W/").trim_matches('"')),
            "{path} has the hash of its content, {tag}"
        );

        let again = client.send("GET", &path, &[("if-none-match", tag)], "").await.expect(304);
        assert!(again.body.is_empty() && again.header("etag") == Some(tag), "{path}");
        let other = client.send("GET", &path, &[("if-none-match", "\"another\"")], "").await.expect(200);
        assert_eq!(other.body, response.body, "{path}");

        let head = client.send("HEAD", &path, &[], "").await.expect(200);
        assert!(head.body.is_empty(), "{path}");
        let refused = client.send("POST", &path, &[], "{}").await;
        Problem::read(&refused, 405).unwrap_or_else(|fault| panic!("{path}: {fault}"));
        assert_eq!(refused.header("allow"), Some("GET, HEAD"), "{path}");
    }
}

#[actix_web::test]
async fn every_file_is_sent_in_a_coding_that_the_client_accepts() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = service.anonymous();
    for path in paths(&client).await {
        let plain = client.get(&path).await.expect(200);
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        for coding in ["gzip", "br", "zstd", "deflate"] {
            for _ in 0..2 {
                let response = client.send("GET", &path, &[("accept-encoding", coding)], "").await.expect(200);
                assert_eq!(response.header("content-encoding"), Some(coding), "{path}");
                assert_eq!(response.header("vary"), Some("accept-encoding"), "{path}");
                assert!(response.body.len() < plain.body.len(), "{path} in {coding}: {} bytes", response.body.len());
            }
        }
    }
}

#[actix_web::test]
async fn no_other_file_is_served_and_only_a_demo_issues_tokens() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    for path in [
        "/index.html",
        "/assets",
        "/assets/",
        "/assets/page.js",
        "/assets/main.js",
        "/assets/types.d.ts",
        "/assets/../Cargo.toml",
        "/demo/tokens",
    ] {
        let response = service.anonymous().get(path).await;
        Problem::read(&response, 404).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    }
}
