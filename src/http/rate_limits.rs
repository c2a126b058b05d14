//! Limits of requests per account and role, and the headers that report them (draft-ietf-httpapi-ratelimit-headers-10).

use std::{
    fmt,
    num::NonZeroU32,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use super::problem::Problem;
use crate::domain::{
    account::AccountId,
    fault::Fault,
    role::{self, Permission, ROLES, Role},
};

/// The header that states how much is left.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The header that states the limit.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A limit: each account may send a number of requests per period with a role. An account that sent none for a period may send all of
/// them at once (a token bucket).
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    role: &'static Role,
    count: NonZeroU32,
    period: Duration,
}

impl RateLimit {
    /// The name of the role.
    pub fn role(&self) -> &'static str {
        self.role.name
    }
}

impl FromStr for RateLimit {
    type Err = String;

    /// Parses `ROLE=COUNT/PERIOD`, such as `LOGS_PRODUCER=200/1s`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("{text:?} is not of the form ROLE=COUNT/PERIOD, such as LOGS_PRODUCER=200/1s");
        let (name, rate) = text.split_once('=').ok_or_else(form)?;
        let (count, period) = rate.split_once('/').ok_or_else(form)?;
        let role =
            role::named(name).ok_or_else(|| Fault::not_one_of("a role", name, ROLES.iter().map(|role| role.name)).message)?;
        let count = count.parse().map_err(|_| format!("{count:?} is not a number of requests from 1 to {}", u32::MAX))?;
        let period = humantime::parse_duration(period).map_err(|error| format!("{period:?} is not a duration: {error}"))?;
        // The headers have whole seconds.
        if period < Duration::from_secs(1) || period.subsec_nanos() != 0 {
            return Err(format!("{} is not a whole number of seconds", humantime::format_duration(period)));
        }
        Ok(Self { role, count, period })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}/{}", self.role.name, self.count, humantime::format_duration(self.period))
    }
}

/// The limits of all roles that have one.
#[derive(Debug)]
pub struct RateLimits(Vec<Limiter>);

#[derive(Debug)]
struct Limiter {
    limit: RateLimit,
    policy: HeaderValue,
    buckets: RateLimiter<AccountId, DefaultKeyedStateStore<AccountId>, DefaultClock, StateInformationMiddleware>,
    checks: AtomicU32,
}

/// What the headers of a response state about the limit.
#[derive(Debug, Clone)]
pub struct Standing {
    policy: HeaderValue,
    remaining: HeaderValue,
}

impl Standing {
    /// Adds the headers.
    pub fn insert_into(self, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy);
        headers.insert(RATE_LIMIT, self.remaining);
    }
}

impl RateLimits {
    /// No limit for roles that are not named. Each role is named once at most.
    pub fn new(limits: &[RateLimit]) -> Self {
        Self(limits.iter().filter_map(|limit| Limiter::new(*limit)).collect())
    }

    /// Counts a request of a caller with these roles, by the role that permits it; by the one with the highest limit if several do.
    ///
    /// `None` if the role has no limit. The problem is that the limit is reached.
    pub fn count<'a>(
        &self,
        account: &AccountId,
        roles: impl Iterator<Item = &'a str> + Clone,
        permission: Permission,
    ) -> Option<(Standing, Result<(), Problem>)> {
        if self.0.is_empty() {
            return None;
        }
        let limiter = |name: &str| self.0.iter().find(|limiter| limiter.limit.role.name == name);
        let permitting = role::names_allowing(permission).filter(|name| roles.clone().any(|role| role == *name));
        // `None` if one of them has no limit.
        let limiters: Vec<&Limiter> = permitting.map(limiter).collect::<Option<_>>()?;
        Some(limiters.into_iter().max_by_key(|limiter| limiter.limit.count)?.count(account))
    }
}

impl Limiter {
    /// The number of checks after which buckets that are full again are removed.
    const CLEAN_EVERY: u32 = 4096;

    fn new(limit: RateLimit) -> Option<Self> {
        let RateLimit { role, count, period } = limit;
        let quota = Quota::with_period(period / count.get())?.allow_burst(count);
        let policy = format!("\"{}\";q={count};w={}", role.name, period.as_secs());
        let buckets = RateLimiter::keyed(quota).with_middleware();
        Some(Self { limit, policy: HeaderValue::from_str(&policy).ok()?, buckets, checks: AtomicU32::new(0) })
    }

    fn count(&self, account: &AccountId) -> (Standing, Result<(), Problem>) {
        if self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(Self::CLEAN_EVERY) {
            self.buckets.retain_recent();
        }
        let RateLimit { role, count, period } = self.limit;
        match self.buckets.check_key(account) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let refill = period.mul_f64(f64::from(count.get() - remaining.min(count.get())) / f64::from(count.get()));
                (self.standing(remaining, refill), Ok(()))
            }
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                let seconds = u32::try_from(wait.as_secs_f64().ceil() as u64).unwrap_or(u32::MAX).max(1);
                let detail = format!(
                    "An account may send {count} {} in {} with the role {}; try again in {}",
                    if count.get() == 1 { "request" } else { "requests" },
                    humantime::format_duration(period),
                    role.name,
                    humantime::format_duration(Duration::from_secs(seconds.into()))
                );
                (self.standing(0, wait), Err(Problem::too_many_requests(detail, seconds)))
            }
        }
    }

    /// `reset`: the time until the bucket is full, or after the last token until there is one.
    fn standing(&self, remaining: u32, reset: Duration) -> Standing {
        let text = format!("\"{}\";r={remaining};t={}", self.limit.role.name, reset.as_secs_f64().ceil());
        let remaining = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        Standing { policy: self.policy.clone(), remaining }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(texts: &[&str]) -> RateLimits {
        RateLimits::new(&texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn a_limit_has_a_role_a_number_and_a_period() {
        assert_eq!("LOGS_PRODUCER=200/1s".parse::<RateLimit>().unwrap().to_string(), "LOGS_PRODUCER=200/1s");
        for (bad, part) in [
            ("200/1s", "ROLE=COUNT/PERIOD"),
            ("LOGS_PRODUCER=200", "ROLE=COUNT/PERIOD"),
            ("LOGS_PRODUCERS=1/1s", "did you mean LOGS_PRODUCER?"),
            ("LOGS_PRODUCER=0/1s", "\"0\""),
            ("LOGS_PRODUCER=1/s", "\"s\""),
            ("LOGS_PRODUCER=1/100ms", "whole number of seconds"),
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
        let passes =
            |account, permission| limits.count(account, roles.into_iter(), permission).map(|(_, outcome)| outcome.is_ok());
        for expected in [true, true, false] {
            assert_eq!(passes(&acme, Permission::WriteEvents), Some(expected));
        }
        assert_eq!(passes(&acme, Permission::ReadAuditLogs), Some(true));
        assert_eq!(passes(&acme, Permission::ReadAuditLogs), Some(false));
        assert_eq!(passes(&other, Permission::WriteEvents), Some(true));
        // The role that permits this has no limit.
        assert_eq!(passes(&acme, Permission::ReadConversationLogs), None);
    }
}
