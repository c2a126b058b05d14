//! Rules that the compiler does not check: allowed imports between modules, and the form of files.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics fails")]

use std::{collections::BTreeSet, fs, iter::Peekable, path::Path, vec::IntoIter};

/// A layer and the paths that its files must not use. `main.rs`, `app.rs` and the commands combine the layers and may use
/// everything.
const LAYERS: [(&str, &[&str]); 3] = [
    ("domain", &["store", "http", "app", "config", "command", "diesel", "actix_web"]),
    ("store", &["http", "app", "command", "actix_web"]),
    ("http", &["app", "command", "diesel"]),
];

/// Names of modules without a subject.
const DRAWERS: [&str; 3] = ["utils", "helpers", "common"];

const LONGEST_FILE: usize = 350;

struct Source {
    /// Below the directory, with `/` between the parts.
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    sources_of("src")
}

fn sources_of(directory: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
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

/// All paths of at least two words. `use crate::{store, domain::text};` has `crate::store` and `crate::domain::text`.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let mut tokens = tokens(code).into_iter().peekable();
    let mut found = Vec::new();
    while let Some(token) = tokens.next() {
        if is_word(token) {
            path(vec![token], &mut tokens, &mut found);
        }
    }
    found
}

/// Parses the rest of a path after its first words.
fn path<'a>(mut words: Vec<&'a str>, tokens: &mut Peekable<IntoIter<&'a str>>, found: &mut Vec<Vec<&'a str>>) {
    while tokens.next_if_eq(&"::").is_some() {
        if tokens.next_if_eq(&"{").is_some() {
            while let Some(token) = tokens.next().filter(|token| *token != "}") {
                if is_word(token) {
                    path([words.as_slice(), &[token]].concat(), tokens, found);
                }
            }
            return;
        }
        let Some(word) = tokens.next_if(|token| is_word(token)) else { break };
        words.push(word);
    }
    if words.len() > 1 {
        found.push(words);
    }
}

/// Words, `::`, and single characters.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
        let length = if word > 0 {
            word
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn is_word(token: &str) -> bool {
    token.starts_with(|character: char| character.is_alphanumeric() || character == '_')
}

fn layer_faults(path: &str, text: &str) -> Vec<String> {
    let layer = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some((_, forbidden)) = LAYERS.iter().find(|(name, _)| *name == layer) else { return Vec::new() };
    if path.ends_with("/tests.rs") {
        return Vec::new(); // Not compiled into the service.
    }
    let code = code(text).join("\n");
    let paths = paths(&code);
    let named: Vec<&str> =
        paths.iter().filter_map(|path| path.iter().copied().find(|word| !["crate", "self", "super"].contains(word))).collect();
    forbidden
        .iter()
        .filter(|name| named.contains(name))
        .map(|name| format!("{path}: the layer `{layer}` must not name `{name}`"))
        .collect()
}

/// The module of a file: `http::page` of `http/page.rs` and of `http/page/mod.rs`.
fn module(path: &str) -> Vec<&str> {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { Vec::new() } else { path.split('/').collect() }
}

/// The module that a path in `module` refers to; `None` if it is not one of `modules`.
fn target<'a>(module: &[&'a str], path: &[&'a str], modules: &BTreeSet<Vec<&'a str>>) -> Option<Vec<&'a str>> {
    let supers = path.iter().take_while(|word| **word == "super").count();
    let (mut target, rest) = match path[0] {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (module.to_vec(), &path[1..]),
        "super" => (module[..module.len().checked_sub(supers)?].to_vec(), &path[supers..]),
        word => ([module, &[word]].concat(), &path[1..]),
    };
    let is_module = |target: &Vec<&str>| modules.contains(target);
    for word in rest {
        let deeper = [target.as_slice(), &[*word]].concat();
        if !is_module(&deeper) {
            break;
        }
        target = deeper;
    }
    Some(target).filter(is_module)
}

/// The imports that are on a cycle, or between two cycles.
///
/// All files below a `mod.rs` share its declarations, so their imports of it do not count; its imports of them do.
fn cyclic_imports(sources: &[(&str, &str)]) -> Vec<String> {
    let code: Vec<String> = sources.iter().map(|(_, text)| code(text).join("\n")).collect();
    let modules: BTreeSet<Vec<&str>> = sources.iter().map(|(path, _)| module(path)).collect();
    let mut imports = BTreeSet::new();
    for ((path, _), code) in sources.iter().zip(&code) {
        let from = module(path);
        let targets = paths(code).into_iter().filter_map(|path| target(&from, &path, &modules));
        imports.extend(targets.filter(|to| !from.starts_with(to)).map(|to| (from.clone(), to)));
    }
    // An import is not on a cycle if no module imports the importing module, or if the imported module imports nothing.
    loop {
        let before = imports.len();
        let importing: BTreeSet<_> = imports.iter().map(|(from, _)| from.clone()).collect();
        let imported: BTreeSet<_> = imports.iter().map(|(_, to)| to.clone()).collect();
        imports.retain(|(from, to)| imported.contains(from) && importing.contains(to));
        if imports.len() == before {
            return imports.iter().map(|(from, to)| format!("{} imports {}", from.join("::"), to.join("::"))).collect();
        }
    }
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn imports_run_from_http_to_store_to_domain() {
    assert_none(sources().iter().flat_map(|source| layer_faults(&source.path, &source.text)).collect());
}

#[test]
fn no_imports_are_cyclic() {
    for directory in ["src", "bench/src"] {
        let sources = sources_of(directory);
        // `main.rs` is a crate of its own, or the root of the bench, which imports everything.
        let modules = sources.iter().filter(|source| source.path != "main.rs");
        assert_none(cyclic_imports(&modules.map(|source| (source.path.as_str(), source.text.as_str())).collect::<Vec<_>>()));
    }
}

#[test]
fn every_file_begins_with_its_documentation() {
    let silent = sources().into_iter().filter(|source| !source.text.starts_with("//! "));
    assert_none(silent.map(|source| format!("{}: does not begin with `//!`", source.path)).collect());
}

#[test]
fn no_file_is_long() {
    let long = sources().into_iter().filter(|source| source.text.lines().count() > LONGEST_FILE);
    assert_none(long.map(|source| format!("{}: {} lines", source.path, source.text.lines().count())).collect());
}

#[test]
fn every_file_has_a_subject() {
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
    fn every_cycle() {
        let other = ("b.rs", "use crate::a::A;");
        for import in
            ["use super::b;", "use crate::{b::B, c};", "fn of(b: crate::b::B) {}", "use crate::{\n    b::{self, B},\n};"]
        {
            let cycle = ["a imports b", "b imports a"];
            assert_eq!(
                cyclic_imports(&[("lib.rs", "mod a; mod b;"), ("a.rs", import), other, ("c.rs", ""), ("d.rs", "use super::b;")]),
                cycle,
                "{import}"
            );
        }
        let between = [("a/mod.rs", "mod one;\nuse self::one::One;"), ("a/one.rs", "use crate::b;"), ("b.rs", "use super::a;")];
        assert_eq!(cyclic_imports(&between), ["a imports a::one", "a::one imports b", "b imports a"]);
        let siblings = [("a/mod.rs", ""), ("a/one.rs", "use super::two;"), ("a/two.rs", "use crate::a::one::{One};")];
        assert_eq!(cyclic_imports(&siblings), ["a::one imports a::two", "a::two imports a::one"]);
    }

    #[test]
    fn allowed_imports_are_not_cycles() {
        let child = [
            ("a/mod.rs", "mod one;\nuse one::One;"),
            ("a/one.rs", "use super::A;\n// use super::two;"),
            ("a/two.rs", "use super::one;"),
        ];
        assert_eq!(cyclic_imports(&child), Vec::<String>::new());
        let test = [("a.rs", "use super::b;"), ("b.rs", "#[cfg(test)]\nmod tests {\n    use crate::a;\n}")];
        assert_eq!(cyclic_imports(&test), Vec::<String>::new());
    }

    #[test]
    fn allowed_imports_have_no_faults() {
        assert_eq!(layer_faults("http/lists.rs", "use crate::{domain::{store_name, text}, store::Pool};"), Vec::<String>::new());
        assert_eq!(layer_faults("domain/page.rs", "// unlike crate::store, this is pure"), Vec::<String>::new());
        assert_eq!(layer_faults("app.rs", "use crate::{http, store}; use diesel::Connection;"), Vec::<String>::new());
    }
}
