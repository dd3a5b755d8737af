//! What long work asks of the program that runs it: a clock, cooperative yielding, cancellation.

use std::{cell::Cell, future::Future, pin::Pin};

/// A boxed future that stays on its thread; browsers have no other kind.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The longest time in milliseconds that the engine works without letting others run.
const YIELD_AFTER_MS: f64 = 40.0;

/// What runs the engine: a browser worker, a command line, a test.
pub trait Host {
    /// Milliseconds on a clock that never goes backwards.
    fn now_ms(&self) -> f64;

    /// Lets other tasks of this thread run. In a worker: the messages that wait.
    fn yield_now(&self) -> LocalFuture<'_, ()>;

    /// True once the job should stop.
    fn cancelled(&self) -> bool;
}

/// A host that nobody watches: never yields, never cancels. For the command line and for tests.
#[derive(Debug)]
pub struct NoopHost {
    #[cfg(not(target_arch = "wasm32"))]
    start: std::time::Instant,
}

impl NoopHost {
    /// Starts its clock.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a clock that starts is not a default value"
    )]
    pub fn new() -> Self {
        Self {
            #[cfg(not(target_arch = "wasm32"))]
            start: std::time::Instant::now(),
        }
    }
}

impl Host for NoopHost {
    #[cfg(not(target_arch = "wasm32"))]
    fn now_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1e3
    }

    /// wasm32-unknown-unknown has no clock of its own; nothing ever yields, so none is needed.
    #[cfg(target_arch = "wasm32")]
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn yield_now(&self) -> LocalFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// The job was stopped by its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work was stopped")]
pub struct Stopped;

/// Lets a long computation yield and be cancelled: called between layers, it yields to the host when it is time.
#[derive(Debug)]
pub struct Yielder<'a> {
    host: Option<&'a dyn Host>,
    last_ms: Cell<f64>,
}

impl std::fmt::Debug for dyn Host + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

impl<'a> Yielder<'a> {
    /// Yields to `host`.
    #[must_use]
    pub fn new(host: &'a dyn Host) -> Self {
        Self {
            host: Some(host),
            last_ms: Cell::new(host.now_ms()),
        }
    }

    /// Never yields and is never cancelled: training, tests.
    #[must_use]
    pub fn never() -> Self {
        Self {
            host: None,
            last_ms: Cell::new(0.0),
        }
    }

    /// Yields when it last did so 40 ms ago or more.
    ///
    /// # Errors
    ///
    /// [`Stopped`] once the host wants the job to end.
    pub async fn tick(&self) -> Result<(), Stopped> {
        let Some(host) = self.host else { return Ok(()) };
        if host.now_ms() - self.last_ms.get() >= YIELD_AFTER_MS {
            return self.yield_now().await;
        }
        if host.cancelled() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    /// Yields now, whatever the time: between tokens and between steps.
    ///
    /// # Errors
    ///
    /// [`Stopped`] once the host wants the job to end.
    pub async fn yield_now(&self) -> Result<(), Stopped> {
        let Some(host) = self.host else { return Ok(()) };
        host.yield_now().await;
        self.last_ms.set(host.now_ms());
        if host.cancelled() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }
}
