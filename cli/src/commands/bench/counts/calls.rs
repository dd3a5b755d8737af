//! What wgpu is asked to do, counted where wgpu itself does it: wgpu-core says every call in the log at its lowest level.

use std::{
    fmt::Write,
    sync::{Mutex, OnceLock},
};

use log::{LevelFilter, Log, Metadata, Record};
use serde::Serialize;

/// Calls since counting began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct Calls {
    pub(super) dispatches: u64,
    pub(super) buffers: u64,
    pub(super) bind_groups: u64,
    pub(super) pipelines: u64,
    pub(super) submits: u64,
    pub(super) readback_bytes: u64,
}

impl Calls {
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            dispatches: self.dispatches - earlier.dispatches,
            buffers: self.buffers - earlier.buffers,
            bind_groups: self.bind_groups - earlier.bind_groups,
            pipelines: self.pipelines - earlier.pipelines,
            submits: self.submits - earlier.submits,
            readback_bytes: self.readback_bytes - earlier.readback_bytes,
        }
    }
}

/// The one counter of this process.
#[derive(Debug, Default)]
pub(super) struct Counter {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: Calls,
    /// Copies whose target nobody has mapped yet: its id, and the bytes.
    copies: Vec<(String, u64)>,
    words: String,
}

impl Counter {
    /// Counts from now on.
    pub(super) fn start() -> &'static Self {
        static COUNTER: OnceLock<Counter> = OnceLock::new();
        let counter = COUNTER.get_or_init(Self::default);
        // Refused when it is the logger already.
        let _ = log::set_logger(counter);
        log::set_max_level(LevelFilter::Trace);
        counter
    }

    pub(super) fn calls(&self) -> Calls {
        self.state
            .lock()
            .expect("invariant: nothing panics in here")
            .calls
    }
}

impl Log for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wgpu_core")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut state = self
            .state
            .lock()
            .expect("invariant: nothing panics in here");
        let mut words = std::mem::take(&mut state.words);
        words.clear();
        // A string takes everything.
        let _ = write!(words, "{}", record.args());
        state.hear(&words);
        state.words = words;
    }

    fn flush(&self) {}
}

impl State {
    fn hear(&mut self, words: &str) {
        let calls = &mut self.calls;
        let is = |call: &str| words.starts_with(call);
        if is("ComputePass::dispatch") {
            calls.dispatches += 1;
        } else if is("Device::create_bind_group ") {
            calls.bind_groups += 1;
        } else if is("Device::create_buffer(") {
            calls.buffers += 1;
        } else if is("Device::create_compute_pipeline") {
            calls.pipelines += 1;
        } else if words == "Queue::submit" {
            calls.submits += 1;
        } else if let Some(rest) = words.strip_prefix("CommandEncoder::copy_buffer_to_buffer ") {
            self.copies.extend(copy(rest));
        } else if let Some(rest) = words.strip_prefix("Buffer::map_async ") {
            let mapped = rest.split(" offset").next().unwrap_or_default();
            let mut bytes = 0;
            self.copies.retain(|(target, size)| {
                let there = target == mapped;
                bytes += if there { *size } else { 0 };
                !there
            });
            self.calls.readback_bytes += bytes;
        }
    }
}

/// Target and size of `SOURCE -> TARGET Some(SIZE)bytes`.
fn copy(words: &str) -> Option<(String, u64)> {
    let (_, rest) = words.split_once(" -> ")?;
    let (target, size) = rest.rsplit_once(" Some(")?;
    let size = size.strip_suffix(")bytes")?.parse().ok()?;
    Some((target.to_owned(), size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_a_readback_once_its_target_is_mapped() {
        let mut state = State::default();
        let all = [
            "ComputePass::dispatch [1, 1, 1]",
            "ComputePass::dispatch_indirect",
            "Device::create_bind_group_layout -> Id(1,1)",
            "Device::create_bind_group -> Id(2,1)",
            "Device::create_buffer(\"\") -> Id(3,1)",
            "CommandEncoder::copy_buffer_to_buffer Id(3,1) -> Id(4,1) Some(64)bytes",
            "CommandEncoder::copy_buffer_to_buffer Id(3,1) -> Id(5,1) Some(7)bytes",
            "Buffer::map_async Id(4,1) offset 0 size Some(128) op: BufferMapOperation { .. }",
            "Queue::submit",
            "Queue::submit returned submit index 4",
        ];
        for words in all {
            state.hear(words);
        }
        let expected = Calls {
            dispatches: 2,
            buffers: 1,
            bind_groups: 1,
            pipelines: 0,
            submits: 1,
            readback_bytes: 64,
        };
        assert_eq!(state.calls, expected);
    }
}
