//! The house rules that a compiler does not hold: which layer may name which, and how a file must look.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics fails")]

use std::{fs, path::Path};

/// A layer and what its files must not name. `main.rs`, `app.rs` and the commands put all of it together and may name everything.
const LAYERS: [(&str, &[&str]); 3] = [
    ("domain", &["store", "http", "app", "config", "command", "diesel", "actix_web"]),
    ("store", &["http", "app", "command", "actix_web"]),
    ("http", &["app", "command", "diesel"]),
];

/// Drawers for everything.
const DRAWERS: [&str; 3] = ["utils", "helpers", "common"];

const LONGEST_FILE: usize = 350;

struct Source {
    /// Below `src`, with `/` between the parts.
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).unwrap().components();
                let path_parts: Vec<_> = below.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
                found.push(Source { path: path_parts.join("/"), text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(found.len() > 10, "the sources were not found");
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

/// The lines that are compiled into the service: no comments, nothing under `#[cfg(test)]`.
fn code(text: &str) -> Vec<&str> {
    let mut code = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let item = lines.find(|line| !line.trim_start().starts_with("#["));
            if item.is_some_and(|item| !item.ends_with(';')) {
                // The formatter gives the item's last brace the indentation of its attribute.
                let end = line.replace("#[cfg(test)]", "}");
                lines.find(|line| *line == end);
            }
        } else if !line.trim_start().starts_with("//") {
            code.push(line);
        }
    }
    code
}

/// The first parts of all paths: `diesel` of `diesel::sql_query`; of `crate::store::Pool` and `crate::{store, …}`, `store`.
fn names(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("::") {
        let head = code[..start].rsplit(|character: char| !is_word(character)).next().unwrap_or_default();
        found.push(head);
        if head == "crate" || head == "super" {
            let rest = &code[start + 2..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(first_names(group)),
                None => found.extend(rest.split(|character: char| !is_word(character)).next()),
            }
        }
    }
    found
}

/// The first part of each member of a group whose brace was opened just before.
fn first_names(group: &str) -> Vec<&str> {
    let mut depth = 1;
    let mut member = 0;
    let mut found = Vec::new();
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && character == ',' {
            found.extend(group[member..index].trim().split(|character: char| !is_word(character)).next());
            member = index + 1;
        }
        if depth == 0 {
            break;
        }
    }
    found
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn layer_faults(path: &str, text: &str) -> Vec<String> {
    let layer = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some((_, forbidden)) = LAYERS.iter().find(|(name, _)| *name == layer) else { return Vec::new() };
    let code = code(text).join("\n");
    let named = names(&code);
    forbidden
        .iter()
        .filter(|name| named.contains(name))
        .map(|name| format!("{path}: the layer `{layer}` must not name `{name}`"))
        .collect()
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn imports_run_from_http_to_store_to_domain() {
    assert_none(sources().iter().flat_map(|source| layer_faults(&source.path, &source.text)).collect());
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let silent = sources().into_iter().filter(|source| !source.text.starts_with("//! "));
    assert_none(silent.map(|source| format!("{}: does not open with `//!`", source.path)).collect());
}

#[test]
fn no_file_is_long() {
    let long = sources().into_iter().filter(|source| source.text.lines().count() > LONGEST_FILE);
    assert_none(long.map(|source| format!("{}: {} lines", source.path, source.text.lines().count())).collect());
}

#[test]
fn no_file_is_a_drawer_for_everything() {
    let is_drawer = |path: &str| path.trim_end_matches(".rs").split('/').any(|part| DRAWERS.contains(&part));
    assert_none(sources().into_iter().map(|source| source.path).filter(|path| is_drawer(path)).collect());
}

mod the_checks_see {
    use super::*;

    #[test]
    fn every_spelling_of_an_import() {
        for text in [
            "use crate::store::Pool;",
            "use crate::{domain::role, store};",
            "use crate::{\n    domain::{role, text},\n    store::{Pool, Row},\n};",
            "fn read(pool: &crate::store::Pool) {}",
            "use super::store;",
            "use super::super::store::Pool;",
        ] {
            assert_eq!(
                layer_faults("domain/page.rs", text),
                ["domain/page.rs: the layer `domain` must not name `store`"],
                "{text}"
            );
        }
        assert_eq!(layer_faults("http/lists.rs", "#[derive(diesel::Queryable)]\nstruct Row;").len(), 1);
        assert_eq!(layer_faults("store.rs", "use actix_web::web;").len(), 1);
    }

    #[test]
    fn nothing_in_what_is_allowed() {
        assert_eq!(layer_faults("http/lists.rs", "use crate::{domain::{store_name, text}, store::Pool};"), Vec::<String>::new());
        assert_eq!(layer_faults("domain/page.rs", "// unlike crate::store, this is pure"), Vec::<String>::new());
        assert_eq!(layer_faults("app.rs", "use crate::{http, store}; use diesel::Connection;"), Vec::<String>::new());
    }
}

#[test]
fn every_dependency_is_permissively_licensed_and_none_is_barred() {
    const PERMISSIVE: [&str; 14] = [
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        // For data: the root certificates of Mozilla.
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "PostgreSQL",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];
    // Two are under the GPL, the third has an open advisory.
    const BARRED: [&str; 3] = ["actix-governor", "jwks-cache", "rsa"];
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "the dependencies are listed");
    for package in packages {
        let (name, licence) = (package["name"].as_str().unwrap(), package["license"].as_str().unwrap_or_default());
        assert!(!BARRED.contains(&name), "{name} is barred");
        // Each part that must be kept to offers one that is permissive. Some write a slash for OR.
        for part in licence.replace('/', " OR ").split(" AND ") {
            let mut offers = part.split(" OR ").map(|offer| offer.trim_matches(['(', ')', ' ']));
            assert!(offers.any(|offer| PERMISSIVE.contains(&offer)), "{name}: {licence}");
        }
    }
}
