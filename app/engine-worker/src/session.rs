//! The life of an engine: started once, then one job after the other. What makes images comes in between.

use crate::{
    device::{self, Wish},
    jobs, loading, verification,
};
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use std::cell::Cell;
use unimed_core::{
    device_memory::device_memory,
    engine::{ComputeDevice, Engine, EngineError, GenerationParts},
};
use unimed_model_store::{host::WorkerHost, source, trust};
use unimed_package::{Cache, Package, host::LocalFuture};
use unimed_protocol::{
    Compute, DeviceCard, FromEngine, JobId, MemoryCard, ModelSource, Remedy, ToEngine, UserError,
};
use unimed_web::{adapter, message::Message, worker::tell};

/// Opens a device, loads the model, says that it is ready, and works through the jobs.
///
/// # Errors
///
/// Why there is no engine; what happens to a job later is told where it happens.
pub(crate) async fn run(
    model: &ModelSource,
    message: &Message,
    wish: &Wish,
    inbox: &mut UnboundedReceiver<(ToEngine, Message)>,
    host: &WorkerHost,
) -> Result<(), UserError> {
    let offer = adapter::look().await;
    let (device, card) = device::open(wish, &offer, host).await?;
    tell(&FromEngine::Device(card.clone()), &[]);
    let source = source::of_place(model, message);
    // A folder that the person picked is on this device already.
    let cache = match model {
        ModelSource::Folder(_) => None,
        ModelSource::Url(_) | ModelSource::Kept(_) => Some(source::cache_for(model).await),
    };
    let opened = async {
        let kept = cache.as_ref().map(|cache| cache as &dyn Cache);
        let package = Package::open_with(&*source, kept).await?;
        let (engine, model) = loading::answering(&package, &device, host).await?;
        Ok::<_, EngineError>((package, engine, model))
    };
    let (package, engine, model) = match opened.await {
        Ok(opened) => opened,
        Err(error) => {
            if let Some(cache) = &cache {
                cache.close();
            }
            return Err(not_loaded(&error, card.compute));
        }
    };
    tell(&FromEngine::Ready(Box::new(model)), &[]);
    // The model manager tells later of an older version; here it is noted that this one was in use.
    trust::judge(package.signed()).await;
    let session = Session {
        package: &package,
        device: &device,
        card,
        host,
        // Once everything was read, or could not be, nothing is to be kept any more.
        close: &|| {
            if let Some(cache) = &cache {
                cache.close();
            }
        },
        share: Cell::new(None),
        memory: Cell::new(None),
    };
    session.tell_device(&engine);
    session.serve(engine, inbox).await;
    Ok(())
}

fn not_loaded(error: &EngineError, compute: Compute) -> UserError {
    let remedy = match (error, compute) {
        // The same package would not come to the CPU either.
        (EngineError::Package(_), _) | (_, Compute::Cpu) => Remedy::Restart,
        (_, Compute::Gpu) => Remedy::UseCpu,
    };
    let mut user_error = UserError::from_message(&error.to_string(), remedy);
    user_error.what = format!("The model could not be loaded: {}", user_error.what);
    user_error
}

struct Session<'a> {
    package: &'a Package<'a>,
    device: &'a ComputeDevice,
    card: DeviceCard,
    host: &'a WorkerHost,
    close: &'a dyn Fn(),
    /// How much of what makes images is there, while it comes.
    share: Cell<Option<f64>>,
    memory: Cell<Option<MemoryCard>>,
}

/// What makes images, on its way.
type Coming<'a> = LocalFuture<'a, Result<GenerationParts, EngineError>>;

impl Session<'_> {
    async fn serve(&self, mut engine: Engine, inbox: &mut UnboundedReceiver<(ToEngine, Message)>) {
        let mut coming = self.fetch_making(&engine);
        loop {
            // It stands still while a job runs. What fails here is tried again when an image is to be made.
            let next = match coming.take() {
                Some(loading) => match select(inbox.next(), loading).await {
                    Either::Left((next, loading)) => {
                        coming = Some(loading);
                        next
                    }
                    Either::Right((made, _)) => {
                        // What is wrong is told when an image is to be made.
                        if let Ok(side) = made {
                            let _ = self.add(&mut engine, side).await;
                        }
                        // Other tabs may have the files, whatever came of it.
                        (self.close)();
                        continue;
                    }
                },
                None => inbox.next().await,
            };
            let Some((request, message)) = next else {
                return;
            };
            self.job(&mut engine, &mut coming, request, &message).await;
        }
    }

    async fn job<'s>(
        &'s self,
        engine: &mut Engine,
        coming: &mut Option<Coming<'s>>,
        request: ToEngine,
        message: &Message,
    ) {
        match request {
            ToEngine::Ask {
                job,
                parts,
                settings,
            } => {
                self.host.begin(job);
                jobs::ask(engine, self.host, job, &parts, message, &settings).await;
                self.host.end(job);
                self.tell_device(engine);
            }
            ToEngine::Paint {
                job,
                images,
                prompt,
                settings,
            } => {
                self.host.begin(job);
                if self.ready_to_make(engine, coming, job).await {
                    jobs::paint(engine, self.host, job, &images, message, &prompt, &settings).await;
                }
                self.host.end(job);
                self.tell_device(engine);
            }
            ToEngine::Verify { job, files, form } => {
                self.host.begin(job);
                verification::verify(self.device, self.host, job, &files, form, message).await;
                self.host.end(job);
            }
            // An engine is started once; a Stop is heard by the listener, also while a job runs.
            ToEngine::Start { .. } | ToEngine::Cancel { .. } => {}
        }
    }

    /// Begins to read what makes images; nothing where that is there.
    fn fetch_making<'s>(&'s self, engine: &Engine) -> Option<Coming<'s>> {
        let needed = engine.needed_for_making(self.device).ok()??;
        Some(Box::pin(async move {
            let progress = |share: f64| {
                self.share.set(Some(share));
                self.tell();
            };
            loading::generation(needed, self.package, self.device, self.host, &progress).await
        }))
    }

    /// Waits for what makes images; false when the job is over without it.
    async fn ready_to_make<'s>(
        &'s self,
        engine: &mut Engine,
        coming: &mut Option<Coming<'s>>,
        job: JobId,
    ) -> bool {
        let coming = match coming.take() {
            Some(coming) => Some(coming),
            None => self.fetch_making(engine),
        };
        let Some(loading) = coming else {
            return true;
        };
        let result = match loading.await {
            Ok(side) => self.add(engine, side).await,
            Err(error) => Err(error),
        };
        (self.close)();
        if let Err(error) = &result {
            jobs::fail(job, error);
        }
        result.is_ok()
    }

    async fn add(&self, engine: &mut Engine, side: GenerationParts) -> Result<(), EngineError> {
        let added = engine.add_generation(side, self.device, self.host).await;
        self.share.set(None);
        self.tell_device(engine);
        added
    }

    /// The device panel says what the engine has on the device, and what was planned; on the CPU nothing is counted.
    fn tell_device(&self, engine: &Engine) {
        let card = device_memory(&self.device.device).and_then(|held| {
            // A plan that fails is told by the job that needs it.
            let planned_bytes = engine.ordinary_peak_bytes(self.device).ok()?;
            Some(MemoryCard {
                held_bytes: held.used,
                planned_bytes,
            })
        });
        self.memory.set(card);
        self.tell();
    }

    fn tell(&self) {
        let mut card = self.card.clone();
        card.memory = self.memory.get();
        if let Some(share) = self.share.get() {
            let percent = 100.0 * share;
            card.kernels = if card.kernels.is_empty() {
                format!("What makes images is being loaded: {percent:.0} %.")
            } else {
                format!(
                    "What makes images is being loaded: {percent:.0} %. {}",
                    card.kernels
                )
            };
        }
        tell(&FromEngine::Device(card), &[]);
    }
}
