#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| logbook::http::fuzzing::last_event_id(input));
