//! The files of the Logs page: how they are served. What the page does is tested in a browser (`tests/browser.rs`).

use crate::{
    problem::Problem,
    support::{Database, Service},
};

/// Every file of `web/` that is served, at its path.
fn paths() -> Vec<String> {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/web")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let paths = names.filter(|name| !name.ends_with(".d.ts")).map(|name| match name.as_str() {
        "index.html" => "/".to_owned(),
        name => format!("/assets/{name}"),
    });
    paths.collect()
}

#[actix_web::test]
async fn every_file_is_served_under_a_strict_policy_and_sent_again_only_when_it_changed() {
    let service = Service::start(&Database::sqlite()).await;
    let client = service.anonymous();
    for path in paths() {
        let answer = client.get(&path).await.expect(200);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        let tag = answer.header("etag").unwrap();

        let again = client.send("GET", &path, &[("if-none-match", tag)], "").await.expect(304);
        assert!(again.body.is_empty() && again.header("etag") == Some(tag), "{path}");
        let other = client.send("GET", &path, &[("if-none-match", "\"another\"")], "").await.expect(200);
        assert_eq!(other.body, answer.body, "{path}");

        let head = client.send("HEAD", &path, &[], "").await.expect(200);
        assert!(head.body.is_empty(), "{path}");
        let refused = client.send("POST", &path, &[], "{}").await;
        Problem::read(&refused, 405).unwrap_or_else(|fault| panic!("{path}: {fault}"));
        assert_eq!(refused.header("allow"), Some("GET, HEAD"), "{path}");
    }
}

#[actix_web::test]
async fn nothing_else_is_served_and_no_service_but_a_demo_gives_tokens_away() {
    let service = Service::start(&Database::sqlite()).await;
    for path in [
        "/index.html",
        "/assets",
        "/assets/",
        "/assets/nothing.js",
        "/assets/types.d.ts",
        "/assets/../Cargo.toml",
        "/demo/tokens",
    ] {
        let answer = service.anonymous().get(path).await;
        Problem::read(&answer, 404).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    }
}
