//! Limits of requests per account and role, and the headers that report them (draft-ietf-httpapi-ratelimit-headers-10).

use std::{
    cmp::Reverse,
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    str::FromStr,
    time::{Duration, Instant},
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::Mutex;

use super::problem::Problem;
use crate::domain::{
    account::AccountId,
    fault::Fault,
    role::{self, Permission, ROLES, Role},
};

/// The header with the remaining number of requests.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The header with the limit.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A limit: each account may send a number of requests per period with a role. An account that has sent no request for a whole
/// period may send the full number at once (a token bucket).
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

    /// The time after which one more request is allowed.
    fn interval(&self) -> Duration {
        self.period / self.count.get()
    }
}

impl FromStr for RateLimit {
    type Err = String;

    /// Parses `ROLE=COUNT/PERIOD`, such as `LOGS_PRODUCER=200/1s`.
    fn from_str(text: &str) -> Result<Self, String> {
        /// One a microsecond: buckets count in nanoseconds, so a higher limit would be inexact.
        const SHORTEST_INTERVAL: Duration = Duration::from_micros(1);
        /// 100 years. Times of buckets are sums of an instant and a period.
        const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
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
        if period > LONGEST {
            return Err(format!("{} is longer than the maximum, 36500 days", humantime::format_duration(period)));
        }
        let limit = Self { role, count, period };
        if limit.interval() < SHORTEST_INTERVAL {
            return Err(format!("{limit} is more than the maximum, 1000000 requests per second"));
        }
        Ok(limit)
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
    buckets: Mutex<Buckets>,
}

/// The buckets of a limit.
#[derive(Debug, Default)]
struct Buckets {
    /// The instant at which the bucket of an account is full again. Those of all other accounts are full.
    full_at: HashMap<AccountId, Instant>,
    /// The number of requests since full buckets were removed.
    requests: usize,
}

impl RateLimits {
    /// No limit for roles that are not named. Each role is named once at most.
    pub fn new(limits: &[RateLimit]) -> Self {
        Self(limits.iter().map(|limit| Limiter { limit: *limit, buckets: Mutex::default() }).collect())
    }

    /// Whether no role has a limit.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts a request of a caller with these roles, by the role that permits it; by the one with the highest limit if several do.
    ///
    /// An error (429) if the limit is reached. There is no limit if one of the permitting roles has none.
    pub fn count<'a>(
        &self,
        account: &AccountId,
        roles: impl Iterator<Item = &'a str> + Clone,
        permission: Permission,
    ) -> Result<(), Problem> {
        let permitting = role::names_allowing(permission).filter(|name| roles.clone().any(|role| role == *name));
        let limiters: Option<Vec<&Limiter>> = permitting.map(|name| self.of(name)).collect();
        let highest = limiters.and_then(|limiters| {
            limiters.into_iter().min_by_key(|limiter| (limiter.limit.interval(), Reverse(limiter.limit.count)))
        });
        highest.map_or(Ok(()), |limiter| limiter.count(account, Instant::now()).map_err(|wait| limiter.limit.reached(wait)))
    }

    /// Adds the limits of these roles, and what is left of them, to the headers of a response.
    pub fn report<'a>(&self, account: &AccountId, roles: impl Iterator<Item = &'a str>, headers: &mut HeaderMap) {
        let now = Instant::now();
        // In the order of the settings, and once even if the token repeats a role.
        let roles: Vec<&str> = roles.collect();
        let limiters = self.0.iter().filter(|limiter| roles.contains(&limiter.limit.role()));
        let (policies, left): (Vec<_>, Vec<_>) =
            limiters.map(|limiter| (limiter.limit.policy(), limiter.left(account, now))).unzip();
        for (name, items) in [(RATE_LIMIT_POLICY, policies), (RATE_LIMIT, left)] {
            if let (false, Ok(value)) = (items.is_empty(), HeaderValue::from_str(&items.join(", "))) {
                headers.insert(name, value);
            }
        }
    }

    fn of(&self, role: &str) -> Option<&Limiter> {
        self.0.iter().find(|limiter| limiter.limit.role.name == role)
    }
}

impl RateLimit {
    /// The item of `RateLimit-Policy`.
    fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.role.name, self.count, self.period.as_secs())
    }

    /// `wait`: the time until there is a request again.
    fn reached(&self, wait: Duration) -> Problem {
        let seconds = u32::try_from(whole_seconds(wait)).unwrap_or(u32::MAX).max(1);
        let detail = format!(
            "An account may send {} {} in {} with the role {}; try again in {}",
            self.count,
            if self.count.get() == 1 { "request" } else { "requests" },
            humantime::format_duration(self.period),
            self.role.name,
            humantime::format_duration(Duration::from_secs(seconds.into()))
        );
        Problem::too_many_requests(detail, seconds)
    }
}

impl Limiter {
    /// The number of requests after which buckets that are full again are removed.
    const CLEAN_EVERY: usize = 4096;

    /// Takes a request from the bucket of the account. If there is none, the error is the time until there is one.
    fn count(&self, account: &AccountId, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock();
        buckets.requests += 1;
        if buckets.requests >= Self::CLEAN_EVERY {
            buckets.requests = 0;
            buckets.full_at.retain(|_, full_at| *full_at > now);
        }
        let full_at = buckets.full_at.get(account).map_or(now, |full_at| now.max(*full_at)) + self.limit.interval();
        let wait = (full_at - now).saturating_sub(self.limit.period);
        if wait.is_zero() {
            buckets.full_at.insert(account.clone(), full_at);
            Ok(())
        } else {
            Err(wait)
        }
    }

    /// The item of `RateLimit`: the requests that are left, and the time until the bucket is full, or if none is left, until there
    /// is one.
    fn left(&self, account: &AccountId, now: Instant) -> String {
        let limit = &self.limit;
        let until_full =
            self.buckets.lock().full_at.get(account).map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now));
        let used = until_full.as_nanos().div_ceil(limit.interval().as_nanos());
        let left = u128::from(limit.count.get()).saturating_sub(used);
        let reset = if left == 0 { (until_full + limit.interval()).saturating_sub(limit.period) } else { until_full };
        format!("\"{}\";r={left};t={}", limit.role.name, whole_seconds(reset))
    }
}

/// Rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests;
