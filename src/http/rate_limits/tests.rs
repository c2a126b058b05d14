//! The counts of requests, and the headers of responses.

use super::*;

fn limits(texts: &[&str]) -> RateLimits {
    RateLimits::new(&texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
}

#[test]
fn a_limit_has_a_role_a_number_and_a_period() {
    for good in
        ["LOGS_PRODUCER=200/1s", "LOGS_PRODUCER=1000000/1s", "LOGS_PRODUCER=4294967295/1h 11m 35s", "LOGS_AUDITOR=1/36500days"]
    {
        let limit: RateLimit = good.parse().unwrap_or_else(|error| panic!("{good}: {error}"));
        assert_eq!(limit.to_string().parse::<RateLimit>().unwrap().policy(), limit.policy());
    }
    assert_eq!("LOGS_PRODUCER=200/1s".parse::<RateLimit>().unwrap().to_string(), "LOGS_PRODUCER=200/1s");
    for (bad, part) in [
        ("200/1s", "ROLE=COUNT/PERIOD"),
        ("LOGS_PRODUCER=200", "ROLE=COUNT/PERIOD"),
        ("LOGS_PRODUCERS=1/1s", "did you mean LOGS_PRODUCER?"),
        ("LOGS_PRODUCER=0/1s", "\"0\""),
        ("LOGS_PRODUCER=4294967296/1h", "from 1 to 4294967295"),
        ("LOGS_PRODUCER=1/s", "\"s\""),
        ("LOGS_PRODUCER=1/100ms", "whole number of seconds"),
        ("LOGS_PRODUCER=1/36501days", "the maximum, 36500 days"),
        ("LOGS_PRODUCER=1000001/1s", "LOGS_PRODUCER=1000001/1s is more than the maximum, 1000000 requests per second"),
        ("LOGS_PRODUCER=4000000000/1m", "the maximum, 1000000 requests per second"),
    ] {
        let error = bad.parse::<RateLimit>().unwrap_err();
        assert!(error.contains(part), "{bad}: {error}");
    }
}

#[test]
fn each_account_and_role_has_a_bucket_of_its_own() {
    let limits = limits(&["LOGS_PRODUCER=2/1h", "CONVERSATIONS_SETUP=1/1h"]);
    let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
    let roles = ["CONVERSATIONS_SETUP", "LOGS_PRODUCER", "CONVERSATIONS_SUPERVISOR"];
    let passes = |account, permission| limits.count(account, roles.into_iter(), permission).is_ok();
    for expected in [true, true, false] {
        assert_eq!(passes(&acme, Permission::WriteEvents), expected);
    }
    assert!(passes(&acme, Permission::ReadAuditLogs));
    assert!(!passes(&acme, Permission::ReadAuditLogs));
    assert!(passes(&other, Permission::WriteEvents));
    // The role that permits this has no limit.
    assert!((0..10).all(|_| passes(&acme, Permission::ReadConversationLogs)));
}

#[test]
fn a_bucket_fills_evenly_until_it_is_full() {
    let limits = limits(&["LOGS_PRODUCER=6/1m"]);
    let (limiter, account, start) = (&limits.0[0], "acme".parse().unwrap(), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let left = |seconds| limiter.left(&account, at(seconds));

    assert_eq!(left(0), "\"LOGS_PRODUCER\";r=6;t=0");
    for (number, expected) in [(5, 10), (4, 20), (3, 30), (2, 40), (1, 50), (0, 10)] {
        limiter.count(&account, start).unwrap();
        assert_eq!(left(0), format!("\"LOGS_PRODUCER\";r={number};t={expected}"));
    }
    assert_eq!(limiter.count(&account, start), Err(Duration::from_secs(10)));
    assert_eq!(limiter.count(&account, at(9)), Err(Duration::from_secs(1)));
    assert_eq!(left(9), "\"LOGS_PRODUCER\";r=0;t=1");
    limiter.count(&account, at(10)).unwrap();
    assert_eq!(limiter.count(&account, at(10)), Err(Duration::from_secs(10)));
    assert_eq!(left(69), "\"LOGS_PRODUCER\";r=5;t=1");
    assert_eq!(left(1000), "\"LOGS_PRODUCER\";r=6;t=0");
    for _ in 0..6 {
        limiter.count(&account, at(1000)).unwrap();
    }
    limiter.count(&account, at(1000)).unwrap_err();
}

#[test]
fn the_buckets_of_accounts_that_send_no_requests_are_removed() {
    let limits = limits(&["LOGS_PRODUCER=10/1s"]);
    let (limiter, start) = (&limits.0[0], Instant::now());
    for number in 0..Limiter::CLEAN_EVERY * 3 {
        let account = format!("account-{number}").parse().unwrap();
        limiter.count(&account, start + Duration::from_secs(number as u64)).unwrap();
    }
    assert!(limiter.buckets.lock().full_at.len() <= Limiter::CLEAN_EVERY);
}
