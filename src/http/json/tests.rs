//! The faults of small bodies.

use super::*;
use crate::domain::text::EventId;

/// The locations and messages of all faults of a body with `id`, optional `note`, and `list` of one or two strings.
fn faults(body: &str) -> Vec<(String, String)> {
    let mut violations = Violations::default();
    let json = Json::parse(body.as_bytes()).unwrap();
    Object::read(json, Path::Body, &mut violations, |object| {
        let id = object.text::<EventId>("id");
        let note = object.optional_object("note", |note| note.text::<EventId>("id"));
        let list = object.array("list", 1..=2, |json, path, violations| {
            Object::read(json, path, violations, |element| element.optional_text::<EventId>("id"))
        });
        Some((id?, note?, list?))
    });
    assert_eq!(violations.count, violations.listed.len());
    violations.listed.into_iter().map(|violation| (violation.location, violation.message)).collect()
}

#[test]
fn a_valid_body_has_no_fault_and_null_means_absent() {
    for body in [
        r#"{"id": "e-1", "list": [{}]}"#,
        r#"{"id": "e-1", "note": null, "list": [{"id": null}, {"id": "e-2"}]}"#,
        r#"{"list": [{}], "note": {"id": "e-3"}, "id": "e-1"}"#,
    ] {
        assert_eq!(faults(body), [], "{body}");
    }
}

#[test]
fn every_fault_has_its_location_and_all_are_reported() {
    let cases = [
        ("[]", vec![("body", "must be an object, not an array")]),
        ("{}", vec![("id", "is required"), ("list", "is required")]),
        (r#"{"id": null, "list": {}}"#, vec![("id", "is required"), ("list", "must be an array, not an object")]),
        (
            r#"{"id": 7, "list": []}"#,
            vec![("id", "must be a string, not a number"), ("list", "has 0 elements; 1 to 2 are allowed")],
        ),
        (r#"{"id": "e", "id": "e", "list": [{}]}"#, vec![("id", "is given more than once")]),
        (
            r#"{"id": "e", "note": {}, "list": [1, {"id": true}]}"#,
            vec![
                ("note.id", "is required"),
                ("list[0]", "must be an object, not a number"),
                ("list[1].id", "must be a string, not a boolean"),
            ],
        ),
        (r#"{"id": "e", "list": [{}], "lst": 1}"#, vec![("lst", "\"lst\" is not a member of this object; did you mean list?")]),
    ];
    for (body, expected) in cases {
        let found = faults(body);
        let found: Vec<(&str, &str)> = found.iter().map(|(location, message)| (location.as_str(), message.as_str())).collect();
        assert_eq!(found, expected, "{body}");
    }
}

#[test]
fn names_of_members_are_not_counted_as_values() {
    for name in ["a", "details"] {
        let object = |count: usize| format!("{{{}}}", vec![format!("\"{name}\":0"); count].join(","));
        assert!(Json::parse(object(MAXIMUM_VALUES - 1).as_bytes()).is_ok());
        assert!(matches!(Json::parse(object(MAXIMUM_VALUES).as_bytes()), Err(ParseError::TooManyValues)));
    }
}

#[test]
fn locations_and_the_list_of_faults_have_a_limited_size() {
    let long = "x".repeat(1_000);
    let [(location, _), ..] = &faults(&format!(r#"{{"id": "e", "list": [{{}}], "{long}": 1}}"#))[..] else { panic!("no fault") };
    assert_eq!(location.chars().count(), LONGEST_NAME + 1);

    let mut violations = Violations::default();
    (0..1_500).for_each(|index| violations.add(Path::Element(&Path::Body, index), || Fault::new("is wrong")));
    assert_eq!((violations.count, violations.listed.len()), (1_500, 1_000));
}
