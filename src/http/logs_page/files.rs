//! The files of `web/`, bundled into one script and one style sheet.
//!
//! A browser would request many small modules in several rounds, because each module names the next ones. So they are
//! concatenated, each in its own function, so that their names do not collide.

use std::fmt::Write;

pub(super) const HTML: &str = include_str!("../../../web/index.html");
pub(super) const ICON: &str = include_str!("../../../web/icon.svg");

const STYLES: [&str; 3] =
    [include_str!("../../../web/style.css"), include_str!("../../../web/controls.css"), include_str!("../../../web/table.css")];

macro_rules! modules {
    ($($name:literal)+) => {
        [$(($name, include_str!(concat!("../../../web/", $name)))),+]
    };
}

/// The modules, each after those that it imports.
const MODULES: [(&str, &str); 30] = modules![
    "time.js" "dom.js" "labels.js" "server-sent-events.js" "api.js" "address.js" "cells.js" "logs.js" "session.js" "sign-in.js"
    "notices.js" "menu.js" "download.js" "export.js" "copy-as.js" "chips.js" "options.js" "picker.js" "sources.js" "period.js"
    "dates.js" "item-search.js" "empty.js" "filters.js" "details.js" "details-dialog.js" "live.js" "table.js" "log-page.js" "main.js"
];

/// All style sheets as one.
pub(super) fn style() -> String {
    STYLES.join("\n")
}

/// All modules as one script. An import reads from the object of the module's exports.
pub(super) fn script() -> String {
    let mut script = "const modules = {};\n".to_owned();
    for (name, text) in MODULES {
        let (mut body, mut exports) = (String::new(), Vec::new());
        for line in text.lines() {
            if let Some((names, module)) = import(line) {
                let names = names.strip_prefix("* as ").unwrap_or(names).replace(" as ", ": ");
                let _ = writeln!(body, "const {names} = modules[\"{module}\"];");
            } else if let Some(exported) = line.strip_prefix("export ") {
                exports.extend(name_of(exported));
                let _ = writeln!(body, "{exported}");
            } else {
                let _ = writeln!(body, "{line}");
            }
        }
        let _ = write!(script, "\nmodules[\"{name}\"] = (() => {{\n{body}return {{ {} }};\n}})();\n", exports.join(", "));
    }
    script
}

/// The names and the module of `import … from "./module.js";`.
fn import(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("import ")?.strip_suffix("\";")?.split_once(" from \"./")
}

/// The declared name.
fn name_of(declaration: &str) -> Option<&str> {
    let after = declaration.strip_prefix("async ").unwrap_or(declaration);
    let after = after
        .strip_prefix("function* ")
        .or_else(|| after.strip_prefix("function "))
        .or_else(|| after.strip_prefix("const ").or_else(|| after.strip_prefix("class ")))?;
    after.split(|character: char| !character.is_alphanumeric() && character != '_').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_follows_its_imports_and_has_the_imported_exports() {
        for (place, (name, text)) in MODULES.iter().enumerate() {
            for line in text.lines().filter(|line| line.starts_with("import ") || line.starts_with("import{")) {
                let (names, module) = import(line).unwrap_or_else(|| panic!("{name}: not an import on one line: {line}"));
                let before = MODULES[..place].iter().find(|(before, _)| *before == module);
                let (_, exporting) = before.unwrap_or_else(|| panic!("{name} imports {module}, which must come before it"));
                if names.starts_with("* as ") {
                    continue;
                }
                let exported: Vec<&str> =
                    exporting.lines().filter_map(|line| line.strip_prefix("export ")).filter_map(name_of).collect();
                for taken in names.trim_matches(['{', '}', ' ']).split(", ") {
                    let taken = taken.split(" as ").next().unwrap_or(taken);
                    assert!(exported.contains(&taken), "{name} imports {taken}, which {module} does not export");
                }
            }
            for line in text.lines().filter_map(|line| line.strip_prefix("export ")) {
                assert!(name_of(line).is_some(), "{name}: not an export that can be joined: {line}");
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_served() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/web")).unwrap();
        let served = |name: &str| MODULES.iter().any(|(module, _)| *module == name);
        for name in files.map(|file| file.unwrap().file_name().into_string().unwrap()) {
            let other =
                ["index.html", "icon.svg", "style.css", "controls.css", "table.css", "types.d.ts"].contains(&name.as_str());
            assert!(other || served(&name), "{name} is missing in MODULES");
        }
    }
}
