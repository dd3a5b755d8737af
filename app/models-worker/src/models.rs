//! The models that this browser knows and keeps.

use crate::{
    entry::{Kind, Known, Model, Task},
    no_room::no_room,
    plan,
    rate::Rate,
    signed::Signed,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use unimed_model_store::{
    host::{Stops, WorkerHost},
    kept,
    opfs::{self, Refusal},
    source::{self, AnySource},
    trust,
};
use unimed_package::{
    Cache, FetchError, Manifest, Package, PackageError, SignedManifest, plan::Limits,
};
use unimed_protocol::{
    JobId, ModelAction, ModelList, ModelSource, Remedy, RequestKind, Sentence, ToModels, UserError,
};
use unimed_web::{
    amounts::bytes,
    browser,
    message::Message,
    requests,
    worker::{tell, tell_requests},
};
use wasm_bindgen_futures::spawn_local;

/// Least time between two reports of a download, in ms.
const REPORT_EVERY_MS: f64 = 250.0;

/// The models of one worker.
#[derive(Clone)]
pub(crate) struct Models(Rc<Inner>);

struct Inner {
    all: RefCell<Vec<Model>>,
    stops: Stops,
    limits: Cell<Limits>,
    space: Cell<Option<(f64, f64)>>,
    page_url: RefCell<String>,
    last_number: Cell<u32>,
    told_ms: Cell<f64>,
    /// Whether a report waits until it is time for one.
    report_waits: Cell<bool>,
}

impl Models {
    /// No models yet.
    pub(crate) fn new() -> Self {
        Self(Rc::new(Inner {
            all: RefCell::default(),
            stops: Stops::default(),
            limits: Cell::new(Limits::webgpu()),
            space: Cell::new(None),
            page_url: RefCell::default(),
            last_number: Cell::new(0),
            told_ms: Cell::new(0.0),
            report_waits: Cell::new(false),
        }))
    }

    /// Hears the page. What takes time goes on by itself.
    pub(crate) fn hear(&self, request: ToModels, message: &Message) {
        match request {
            ToModels::Open { default, page_url } => {
                count_requests(&page_url);
                self.0.page_url.replace(page_url);
                let source = source::of_place(&default, message);
                let this = self.clone();
                spawn_local(async move {
                    this.0.limits.set(plan::limits().await);
                    this.add(default, source);
                    this.add_kept().await;
                });
            }
            ToModels::Add(place) => {
                let place = match place {
                    ModelSource::Url(url) => ModelSource::Url(folder_of(&url)),
                    other => other,
                };
                let source = source::of_place(&place, message);
                self.add(place, source);
            }
            ToModels::Do { key, action } => self.act(key, action),
        }
    }

    fn number(&self) -> u32 {
        let number = self.0.last_number.get() + 1;
        self.0.last_number.set(number);
        number
    }

    /// Adds a model, or reads it again when it is there already.
    fn add(&self, place: ModelSource, source: AnySource) {
        let known = |model: &&mut Model| model.place == place;
        let mut all = self.0.all.borrow_mut();
        let key = match all.iter_mut().find(known) {
            Some(model) => {
                model.source = source;
                model.user_error = None;
                model.key
            }
            None => {
                let key = self.number();
                all.push(Model {
                    key,
                    place,
                    source,
                    known: None,
                    task: None,
                    checked: None,
                    user_error: None,
                });
                key
            }
        };
        drop(all);
        self.tell();
        let this = self.clone();
        spawn_local(async move { this.read(key).await });
    }

    /// Adds what is kept of earlier visits.
    async fn add_kept(&self) {
        for kept in kept::list().await {
            let place = source::place_of_kept(&kept.id, &kept.origin);
            // Before the list is looked at: it may grow meanwhile.
            let known = Known {
                kept: kept.bytes,
                ..known_of(&kept.signed).await
            };
            let listed = |model: &Model| model.place == place;
            if self.0.all.borrow().iter().any(listed) {
                continue;
            }
            self.0.all.borrow_mut().push(Model {
                key: self.number(),
                source: source::of_place(&place, &Message::empty()),
                place,
                known: Some(known),
                task: None,
                checked: None,
                user_error: None,
            });
        }
        self.refresh().await;
    }

    /// Reads what a model is.
    async fn read(&self, key: u32) {
        let Some((place, source)) =
            self.with(key, |model| (model.place.clone(), Rc::clone(&model.source)))
        else {
            return;
        };
        match SignedManifest::read(&*source).await {
            Ok(signed) => {
                let known = known_of(&signed).await;
                self.change(key, |model| model.known = Some(known));
                self.refresh().await;
            }
            Err(error) => {
                let user_error = self.unreadable(&place, &error);
                self.change(key, |model| {
                    // What is kept can be used all the same, unless somebody has changed what is on the server.
                    if model.known.is_none() || matches!(error, PackageError::Signature { .. }) {
                        model.user_error = Some(user_error);
                    }
                });
                self.tell();
            }
        }
    }

    /// Looks at the store again: what is kept of each, and how much space there is.
    async fn refresh(&self) {
        let kept = kept::list().await;
        self.0.space.set(kept::space().await);
        for model in self.0.all.borrow_mut().iter_mut() {
            if let Some(known) = &mut model.known {
                let found = kept.iter().find(|kept| kept.id == known.id);
                known.kept = found.map_or(0, |kept| kept.bytes);
            }
        }
        self.tell();
    }

    fn act(&self, key: u32, action: ModelAction) {
        match action {
            ModelAction::Keep => self.start(key, Kind::Keep),
            ModelAction::Verify => self.start(key, Kind::Verify),
            ModelAction::Delete => self.start(key, Kind::Delete),
            ModelAction::Pause => {
                let job = self.with(key, |model| model.task.as_ref().map(|task| task.job));
                if let Some(job) = job.flatten() {
                    self.0.stops.want(job);
                }
            }
            ModelAction::Forget => {
                self.0
                    .all
                    .borrow_mut()
                    .retain(|model| model.key != key || model.task.is_some());
                self.tell();
            }
            // The page starts the engine anew by itself.
            ModelAction::Use => {}
        }
    }

    fn start(&self, key: u32, kind: Kind) {
        if self.with(key, |model| model.task.is_some()) != Some(false) {
            return;
        }
        let job = JobId(self.number());
        self.change(key, |model| {
            model.user_error = None;
            model.checked = None;
            model.task = Some(Task {
                job,
                kind,
                bytes: None,
                rate: Rate::default(),
            });
        });
        self.tell();
        let this = self.clone();
        spawn_local(async move {
            let host = WorkerHost::new(this.0.stops.clone());
            host.begin(job);
            let ended = match kind {
                Kind::Keep | Kind::Verify => this.work(key, kind, &host).await,
                Kind::Delete => this.delete(key).await,
            };
            host.end(job);
            this.change(key, |model| {
                model.task = None;
                match ended {
                    Ok(said) => model.checked = said,
                    Err(user_error) => model.user_error = user_error,
                }
            });
            this.refresh().await;
        });
    }

    /// Fetches or checks a model; says what came of a check. No error means that the person stopped it.
    async fn work(
        &self,
        key: u32,
        kind: Kind,
        host: &WorkerHost,
    ) -> Result<Option<Sentence>, Option<UserError>> {
        let parts = |model: &Model| {
            let kept = model.known.as_ref().is_some_and(|known| known.kept > 0);
            (model.place.clone(), Rc::clone(&model.source), kept)
        };
        let (place, source, kept) = self.with(key, parts).ok_or(None)?;
        // A folder that was never copied is checked where it is.
        let in_place = kind == Kind::Verify && matches!(place, ModelSource::Folder(_)) && !kept;
        let cache = source::cache_for(&place).await;
        let keeping = (!in_place).then_some(&cache as &dyn Cache);
        let ended = async {
            let package = Package::open_with(&*source, keeping).await?;
            if let Some(refusal) = cache.refusal() {
                return Ok(Err(no_room(refusal)));
            }
            let mut progress = |done, total| self.progress(key, done, total);
            if kind == Kind::Keep {
                package.fetch(host, &mut progress).await?;
                return Ok(all_kept(package.manifest()).await.map(|()| None));
            }
            let mended = package.verify(host, &mut progress).await?;
            Ok(Ok(Some(match mended {
                0 => Sentence::new("Checked: every piece is whole", []),
                _ => Sentence::new(
                    "Checked: {} damaged pieces were fetched again",
                    [mended.to_string()],
                ),
            })))
        };
        let ended: Option<Result<Result<_, UserError>, FetchError>> =
            host.unless_stopped(ended).await;
        cache.close();
        match ended {
            Some(Ok(ended)) => ended.map_err(Some),
            Some(Err(FetchError::Package(error))) => Err(Some(self.unreadable(&place, &error))),
            Some(Err(_)) | None => Err(None),
        }
    }

    async fn delete(&self, key: u32) -> Result<Option<Sentence>, Option<UserError>> {
        let id = self.with(key, |model| {
            model.known.as_ref().map(|known| known.id.clone())
        });
        if let Some(id) = id.flatten()
            && !kept::remove(&id).await
        {
            return Err(Some(UserError::new(
                "The model cannot be removed while it is being loaded here or in another tab.",
                "Wait until it is loaded, or close the other tabs of this page, and delete it then.",
                Remedy::None,
            )));
        }
        // What was only here is gone.
        self.0
            .all
            .borrow_mut()
            .retain(|model| model.key != key || !matches!(model.place, ModelSource::Kept(_)));
        Ok(None)
    }

    fn progress(&self, key: u32, done: u64, total: u64) {
        let now_ms = browser::now_ms();
        self.change(key, |model| {
            if let Some(task) = &mut model.task {
                task.bytes = Some((done, total));
                task.rate.note(now_ms, done);
            }
        });
        let wait_ms = self.0.told_ms.get() + REPORT_EVERY_MS - now_ms;
        if wait_ms <= 0.0 || done == total {
            self.tell();
        } else if !self.0.report_waits.replace(true) {
            // The next piece may be long in coming; the page should not wait for it to learn of this one.
            let this = self.clone();
            spawn_local(async move {
                browser::sleep(wait_ms).await;
                this.0.report_waits.set(false);
                this.tell();
            });
        }
    }

    fn with<T>(&self, key: u32, look: impl FnOnce(&Model) -> T) -> Option<T> {
        let all = self.0.all.borrow();
        all.iter().find(|model| model.key == key).map(look)
    }

    fn change(&self, key: u32, change: impl FnOnce(&mut Model)) {
        let mut all = self.0.all.borrow_mut();
        if let Some(model) = all.iter_mut().find(|model| model.key == key) {
            change(model);
        }
    }

    /// Sends the page all that there is to show.
    fn tell(&self) {
        self.0.told_ms.set(browser::now_ms());
        let limits = self.0.limits.get();
        let all = self.0.all.borrow();
        let storage = match self.0.space.get() {
            Some((used, quota)) => Sentence::new(
                "This page keeps {} on this device; the browser allows it {}.",
                [bytes(used), bytes(quota)],
            ),
            None => Sentence::new("This browser does not say how much space there is.", []),
        };
        let list = ModelList {
            entries: all
                .iter()
                .map(|model| model.entry(&limits, self.0.space.get()))
                .collect(),
            storage,
        };
        tell(&list, &[]);
    }

    /// Why a package cannot be read. A host that the page may not reach looks like one that does not answer.
    fn unreadable(&self, place: &ModelSource, error: &PackageError) -> UserError {
        let mut user_error = UserError::from_message(&error.to_string(), Remedy::None);
        let strange = match place {
            ModelSource::Url(url) => !url.starts_with(&origin_of(&self.0.page_url.borrow())),
            ModelSource::Folder(_) | ModelSource::Kept(_) => false,
        };
        if strange && matches!(error, PackageError::Source(_)) {
            "This page may reach its own address and the hosts that its maker listed, and no others: for a model from \
             elsewhere, download its folder and choose it here."
                .clone_into(&mut user_error.advice);
        }
        user_error
    }
}

/// What a manifest says, who signed it, and how that stands to what this browser has seen.
async fn known_of(signed: &SignedManifest) -> Known {
    let standing = trust::judge(signed).await;
    Known {
        manifest: Rc::new(signed.manifest().clone()),
        signed: Signed::new(signed.signature(), standing),
        id: opfs::folder_name(signed.manifest()),
        kept: 0,
    }
}

/// Whether a fetched model is kept to its last byte. Browsers may promise space that they do not give; what could not be
/// written is then missing.
async fn all_kept(manifest: &Manifest) -> Result<(), UserError> {
    let id = opfs::folder_name(manifest);
    let kept = kept::list().await.into_iter().find(|kept| kept.id == id);
    let missing = manifest
        .total_bytes()
        .saturating_sub(kept.map_or(0, |kept| kept.bytes));
    if missing == 0 {
        return Ok(());
    }
    Err(no_room(Refusal::Space {
        needed: missing as f64,
        free: 0.0,
    }))
}

/// The folder of a package, whichever address of it a person typed.
fn folder_of(url: &str) -> String {
    let url = url.trim().split(['?', '#']).next().unwrap_or_default();
    let url = url.strip_suffix("manifest.json").unwrap_or(url);
    if url.ends_with('/') {
        url.to_owned()
    } else {
        format!("{url}/")
    }
}

/// Scheme and host of an address, with a slash at the end.
fn origin_of(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/") + "/"
}

/// Counts the requests of this worker; whatever it fetches elsewhere are models.
fn count_requests(page_url: &str) {
    let model_url = format!("{page_url}model/");
    requests::observe(page_url, &model_url, |mut records| {
        for record in &mut records {
            if record.kind == RequestKind::Other {
                record.kind = RequestKind::Model;
            }
        }
        tell_requests(records);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_package_means_its_folder() {
        for typed in [
            "https://x/m",
            "https://x/m/",
            " https://x/m/manifest.json?a=1#b ",
        ] {
            assert_eq!(folder_of(typed), "https://x/m/");
        }
        assert_eq!(
            origin_of("http://127.0.0.1:8080/a/b/"),
            "http://127.0.0.1:8080/"
        );
    }
}
