//! What a call takes: memory by an allocator that counts, and time on the processor rather than on the clock, which other
//! programs would share.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    /// Bytes that this thread holds now, and most that it has held. Tests run beside each other.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
#[derive(Debug)]
pub(crate) struct Counting;

impl Counting {
    fn count(bytes: isize) {
        // A thread that ends has no counters any more.
        let held = HELD.try_with(|held| {
            held.set(held.get() + bytes);
            held.get()
        });
        let _ = held.map(|held| MOST.try_with(|most| most.set(most.get().max(held))));
    }
}

// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size().cast_signed());
        // SAFETY: the caller's promises are those of this call.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        Self::count(-layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both may be there while one is copied to the other.
        Self::count(size.cast_signed());
        // SAFETY: as above.
        let moved = unsafe { System.realloc(place, layout, size) };
        Self::count(-layout.size().cast_signed());
        moved
    }
}

/// What a call took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Most bytes that were held at a time, beyond those before.
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
}

/// Time that this thread has had on a processor; on the clock where the system does not say.
fn now(started: Instant) -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = said.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| started.elapsed(), Duration::from_nanos)
}

/// Calls, and tells what that took.
pub(crate) fn measured<T>(call: impl FnOnce() -> T) -> (T, Taken) {
    let started = Instant::now();
    let before = HELD.get();
    MOST.set(before);
    let begin = now(started);
    let made = call();
    let time = now(started).saturating_sub(begin);
    let bytes = (MOST.get() - before).max(0).cast_unsigned() as u64;
    (made, Taken { bytes, time })
}
