//! Returns freed memory to the operating system.
//!
//! glibc returns only the end of its heap, so that one small allocation there retains all freed memory below it, such as that of
//! 2,000 connections that were open at the same time. [The decision](../docs/decisions/memory-allocator.md) has the alternatives.

use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(5);

/// Starts a thread that returns freed memory every five seconds. Does nothing if the C library is not glibc.
pub fn start() {
    if cfg!(target_env = "gnu") {
        let run = || {
            loop {
                std::thread::sleep(INTERVAL);
                trim();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("memory".to_owned()).spawn(run) {
            tracing::warn!(%error, "freed memory is not returned");
        }
    }
}

#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the C library has no safe interface")]
fn trim() {
    // SAFETY: malloc_trim(3) has no preconditions, and can be called by any thread.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn trim() {}
