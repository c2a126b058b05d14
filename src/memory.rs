//! Returns freed memory to the operating system.
//!
//! glibc returns only the end of its heap, so that one small allocation there retains all freed memory below it, such as that of
//! 2,000 connections that were open at the same time. [The decision](../docs/decisions/memory-allocator.md) has the alternatives.

use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(5);

/// The size in bytes from which a buffer is allocated with `mmap`, such as that of a large body. Its pages are returned
/// when it is freed. By default glibc raises this threshold to the size of the largest buffer that was freed, up to 32 MiB.
#[cfg(target_env = "gnu")]
const LARGE: libc::c_int = 1024 * 1024;

/// Starts a thread that returns freed memory every five seconds; large buffers are returned at once. Does nothing if the C library is
/// not glibc.
pub fn start() {
    if cfg!(target_env = "gnu") {
        return_large_buffers();
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

#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the C library has no safe interface")]
fn return_large_buffers() {
    // The trim threshold is twice the mmap threshold, which is also glibc's ratio.
    for (parameter, value) in [(libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, 2 * LARGE)] {
        // SAFETY: mallopt(3) can be called at any time, and ignores values that are out of range.
        unsafe { libc::mallopt(parameter, value) };
    }
}

#[cfg(not(target_env = "gnu"))]
fn trim() {}

#[cfg(not(target_env = "gnu"))]
fn return_large_buffers() {}
