//! From a package to an engine: first what answers questions, then, while nothing else is to be done, what makes images.

use crate::cards;
use std::cell::Cell;
use unimed_core::engine::{
    ComputeDevice, Engine, EngineError, GenerationParts, LoadProgress, PartsToRead,
};
use unimed_model_store::{host::WorkerHost, opfs};
use unimed_package::{Package, host::Host};
use unimed_protocol::{FromEngine, ModelCard};
use unimed_web::worker::tell;

/// Least time between two reports of the loading, in ms.
const REPORT_EVERY_MS: f64 = 60.0;

/// A model of at most so many bytes is fetched whole before it answers: the other half takes seconds, and nothing is fetched
/// then when an image is open.
const WHOLE_BYTES: u64 = 64 << 20;

/// Lets through a report now and then, and the last one.
#[derive(Debug)]
pub(crate) struct Reports<'a> {
    host: &'a WorkerHost,
    last_ms: Cell<f64>,
}

impl<'a> Reports<'a> {
    pub(crate) fn new(host: &'a WorkerHost) -> Self {
        Self {
            host,
            last_ms: Cell::new(f64::NEG_INFINITY),
        }
    }

    fn due(&self, done: u64, total: u64) -> bool {
        let now_ms = self.host.now_ms();
        let due = now_ms - self.last_ms.get() >= REPORT_EVERY_MS || done == total;
        if due {
            self.last_ms.set(now_ms);
        }
        due
    }
}

/// Fetches what this browser does not have yet of what answers questions, and puts it on the device.
pub(crate) async fn answering(
    package: &Package<'_>,
    device: &ComputeDevice,
    host: &WorkerHost,
) -> Result<(Engine, ModelCard), EngineError> {
    let reports = Reports::new(host);
    let report = |done_bytes, total_bytes, phase: &str| {
        if reports.due(done_bytes, total_bytes) {
            let loading = FromEngine::Loading {
                done_bytes,
                total_bytes,
                phase: phase.to_owned(),
            };
            tell(&loading, &[]);
        }
    };
    let needed = PartsToRead::for_answers(package, device)?;
    let whole = package.manifest().total_bytes() <= WHOLE_BYTES;
    package
        .fetch_tensors(
            &|name| whole || needed.has(name),
            host,
            &mut |done, total| {
                report(done, total, "fetching");
            },
        )
        .await?;
    let engine = Engine::load_understanding(package, device, host, &mut |progress| {
        report(progress.done_bytes, progress.total_bytes, progress.phase);
    })
    .await?;
    let card = cards::model_card(engine.info(), opfs::digest(package.manifest()));
    Ok((engine, card))
}

/// The same for what makes images; the engine answers meanwhile. `progress` hears what was fetched, then what was loaded, as
/// shares of one whole.
pub(crate) async fn generation(
    needed: PartsToRead,
    package: &Package<'_>,
    device: &ComputeDevice,
    host: &WorkerHost,
    progress: &dyn Fn(f64),
) -> Result<GenerationParts, EngineError> {
    let reports = Reports::new(host);
    let report = |done: u64, total: u64, first: f64| {
        if reports.due(done, total) {
            progress(first + 0.5 * done as f64 / total.max(1) as f64);
        }
    };
    package
        .fetch_tensors(&|name| needed.has(name), host, &mut |done, total| {
            report(done, total, 0.0);
        })
        .await?;
    let mut loaded = |at: LoadProgress| report(at.done_bytes, at.total_bytes, 0.5);
    GenerationParts::read(needed, package, device, host, &mut loaded).await
}
