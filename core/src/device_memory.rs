//! What is held on a device, counted by the allocator that holds it: weights, contexts, and what a kernel reads and
//! writes.

use burn::tensor::Device;
use serde::Serialize;

/// Bytes on a device at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DeviceMemory {
    /// Bytes of all tensors that live.
    pub used: u64,
    /// Bytes of all buffers: also what is kept to be used again, and what a buffer is larger than its tensor.
    pub reserved: u64,
}

/// What a device holds now; `None` on the CPU, whose memory is the program's own.
#[must_use]
pub fn device_memory(device: &Device) -> Option<DeviceMemory> {
    let usage = device.memory_pool_usage()?;
    Some(DeviceMemory {
        used: usage.bytes_in_use,
        reserved: usage.bytes_reserved,
    })
}

#[cfg(feature = "gpu")]
pub use watch::PeakMemory;

#[cfg(feature = "gpu")]
mod watch {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use burn::tensor::Device;
    use cubecl::logging::{LaunchObservation, LaunchObserver};

    use super::{DeviceMemory, device_memory};

    /// Looks at the device when kernels are launched, from when it is made until it is dropped. Only then is everything
    /// there that a kernel needs. There is one such watch in a process at a time.
    #[derive(Debug)]
    pub struct PeakMemory {
        seen: Arc<Seen>,
        _observation: LaunchObservation,
    }

    impl PeakMemory {
        /// Looks at every launch whose number is a multiple of `every`. A look costs as much as encoding a launch or two;
        /// a number that has no divisor in common with the launches of a layer sees each of a layer's launches in
        /// some layer.
        #[must_use]
        pub fn new(device: &Device, every: u64) -> Self {
            let seen = Arc::new(Seen {
                device: device.clone(),
                every: every.max(1),
                launches: AtomicU64::new(0),
                used: AtomicU64::new(0),
                reserved: AtomicU64::new(0),
            });
            Self {
                _observation: LaunchObservation::new(Arc::clone(&seen) as Arc<dyn LaunchObserver>),
                seen,
            }
        }

        /// Kernels launched until now.
        #[must_use]
        pub fn launches(&self) -> u64 {
            self.seen.launches.load(Ordering::Relaxed)
        }

        /// The most of either that was seen.
        #[must_use]
        pub fn peak(&self) -> DeviceMemory {
            DeviceMemory {
                used: self.seen.used.load(Ordering::Relaxed),
                reserved: self.seen.reserved.load(Ordering::Relaxed),
            }
        }
    }

    #[derive(Debug)]
    struct Seen {
        device: Device,
        every: u64,
        launches: AtomicU64,
        used: AtomicU64,
        reserved: AtomicU64,
    }

    impl LaunchObserver for Seen {
        fn launched(&self, _: &'static str) {
            let number = self.launches.fetch_add(1, Ordering::Relaxed);
            if number.is_multiple_of(self.every)
                && let Some(now) = device_memory(&self.device)
            {
                self.used.fetch_max(now.used, Ordering::Relaxed);
                self.reserved.fetch_max(now.reserved, Ordering::Relaxed);
            }
        }
    }
}
