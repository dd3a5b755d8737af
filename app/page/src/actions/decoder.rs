//! The page's end of the decoding worker: opens files without making the page wait.

use crate::{
    actions::{
        changed::changed,
        rendered::{as_shown, too_large},
    },
    language::{say, tr},
    model::{
        batch::{Batch, LOOK_SECONDS},
        file::{FileError, Reading, shown_name},
        image::{OpenImage, Origin},
        modality::Modality,
        notes::ordered,
        samples::Sample,
    },
    state::{pixels, session::Session},
};
use js_sys::{ArrayBuffer, Function, Promise, Uint32Array};
use leptos::{prelude::*, reactive::owner::LocalStorage, task::spawn_local};
use std::{cell::RefCell, time::Duration};
use unimed_imaging::SeriesInfo;
use unimed_protocol::{FileId, FromDecoder, FromWorker, Picture, Remedy, ToDecoder, UserError};
use unimed_web::{
    message::Message,
    worker_handle::{NoWorkers, WorkerHandle},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Response};

/// File that starts the decoding worker, beside the page.
const WORKER_FILE: &str = "decoder_loader.js";

/// Largest file that is read, in bytes; it is in memory once more while it is decoded.
const MAX_FILE_BYTES: f64 = 512.0 * 1024.0 * 1024.0;

/// A worker that has decoded so many bytes of pixels at once is replaced when they are closed: a program's memory never
/// shrinks, so it would hold them until the page is left.
const SWOLLEN_BYTES: u64 = 64 << 20;

/// Longest that a look for words in pictures is waited for: the worker may read files until then.
const CHECK_WITHIN: Duration = Duration::from_secs(30);

/// A worker and the number by which its words are known.
type Numbered = (u32, WorkerHandle<ToDecoder, FromDecoder>);

/// A file and its name, with its folders.
pub(crate) type Named = (String, File);

/// Handle on the decoding worker. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DecoderLink {
    session: Session,
    /// The worker that listens.
    worker: StoredValue<Option<Numbered>, LocalStorage>,
    /// One that was started and has not said yet that it listens. It takes over when it does.
    next: StoredValue<Option<Numbered>, LocalStorage>,
    /// What the worker has or is to get, in the order in which it gets it.
    batches: StoredValue<Vec<Batch<JsValue>>, LocalStorage>,
    /// Whether no worker may start yet.
    held: StoredValue<bool>,
    /// Whether the worker's memory has grown.
    swollen: StoredValue<bool>,
    /// The batch of which something is shown.
    shown: StoredValue<Option<FileId>>,
    /// Called with a saved conversation that was opened as a file.
    on_saved: StoredValue<Option<Callback<File>>, LocalStorage>,
}

thread_local! {
    /// The look for words in pictures that is under way, and what is called with what it found.
    static LOOK: RefCell<Option<(FileId, Function)>> = const { RefCell::new(None) };
}

impl DecoderLink {
    /// Starts the worker at once, or with [`DecoderLink::release`]; what is opened until then waits.
    pub(crate) fn start(session: Session, at_once: bool) -> Self {
        let decoder = Self {
            session,
            worker: StoredValue::new_local(None),
            next: StoredValue::new_local(None),
            batches: StoredValue::new_local(Vec::new()),
            held: StoredValue::new(!at_once),
            swollen: StoredValue::new(false),
            shown: StoredValue::new(None),
            on_saved: StoredValue::new_local(None),
        };
        decoder.spawn();
        Effect::new(move |_| {
            session.images.open.track();
            let idle = session.images.reading.with(Vec::is_empty);
            if idle && decoder.swollen.get_value() && pixels::open_bytes() < SWOLLEN_BYTES {
                decoder.swollen.set_value(false);
                decoder.spawn();
            }
        });
        set_interval(
            move || decoder.look(),
            Duration::from_secs(LOOK_SECONDS.into()),
        );
        decoder
    }

    /// Starts the worker that was held back, and gives it what waits.
    pub(crate) fn release(self) {
        if self.held.get_value() {
            self.held.set_value(false);
            self.replace();
        }
    }

    /// Says what to do with a saved conversation.
    pub(crate) fn on_saved(self, open: Callback<File>) {
        self.on_saved.set_value(Some(open));
    }

    /// Opens files that were dropped, pasted or picked: those of one call may belong to one series. Saved conversations
    /// are no images and go their own way.
    pub(crate) fn open_files(self, files: Vec<Named>) {
        let name = match files.as_slice() {
            [(name, _)] => name.clone(),
            several => say("{} files", &[&several.len().to_string()]),
        };
        let batch = self.expect(name, None);
        self.open_in(batch, files);
    }

    /// Opens the files of a batch that was told of by [`DecoderLink::expect`].
    pub(crate) fn open_in(self, batch: FileId, files: Vec<Named>) {
        if files.is_empty() {
            self.tell(UserError::new(
                "There is no file in what was chosen.",
                "Open a folder or an archive with images in it.",
                Remedy::ChooseFile,
            ));
        }
        let (saved, files): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|(name, _)| name.to_ascii_lowercase().ends_with(".json"));
        let only_saved = files.is_empty() && !saved.is_empty();
        if let Some(open) = self.on_saved.get_value() {
            for (_, file) in saved {
                open.run(file);
            }
        }
        let (mut names, mut beside) = (Vec::new(), Vec::new());
        for (name, file) in files {
            match size_error(&name, file.size()) {
                Some(user_error) => self.tell(user_error),
                None => {
                    names.push(name);
                    beside.push(file.into());
                }
            }
        }
        if names.is_empty() {
            self.session.end_reading(batch);
            if only_saved {
                // No image was to come of a conversation, so none was lost.
                self.session.images.lost.set(None);
            }
        } else {
            self.decode(batch, names, beside);
        }
    }

    /// Opens a sample of the page; gives the batch that it comes in.
    pub(crate) fn open_sample(self, sample: &'static Sample) -> FileId {
        let batch = self.expect(tr(sample.name).to_owned(), Some(sample));
        spawn_local(async move {
            match fetch_bytes(&format!("samples/{}", sample.file)).await {
                Ok(buffer) => self.decode(batch, vec![sample.file.to_owned()], vec![buffer.into()]),
                Err(_) => {
                    self.session.end_reading(batch);
                    self.tell(UserError::new(
                        format!("The sample {} could not be loaded.", tr(sample.name)),
                        "Check the connection and try again, or open an image of your own.",
                        Remedy::ChooseFile,
                    ));
                }
            }
        });
        batch
    }

    /// From now on new words are about files that are about to be opened, and wait for them.
    pub(crate) fn expect(self, name: String, sample: Option<&'static Sample>) -> FileId {
        self.session.images.file_errors.set(Vec::new());
        self.session.images.lost.set(None);
        let id = FileId(self.session.next_number());
        self.session.images.reading.update(|reading| {
            reading.push(Reading {
                id,
                name,
                sample,
                passed_over: false,
            });
        });
        id
    }

    /// Reads files no further, because the person has waited enough for them.
    pub(crate) fn cancel(self, batch: FileId) {
        let session = self.session;
        session.end_reading(batch);
        session.images.lost.set(None);
        self.drop_batch(batch);
        // The worker has it or will come to it; the others are read by another one.
        self.replace();
    }

    /// Looks for words that are written into pictures: rectangles as [`FromDecoder::BurnedIn`] has them; `None` when the worker did
    /// not come to it.
    pub(crate) async fn burned_in(
        self,
        pictures: Vec<Picture>,
        pixels: Vec<ArrayBuffer>,
    ) -> Option<Vec<u32>> {
        let check = FileId(self.session.next_number());
        looked(None, &JsValue::NULL);
        let found = Promise::new(&mut |resolve, _| {
            LOOK.set(Some((check, resolve)));
            set_timeout(move || looked(Some(check), &JsValue::NULL), CHECK_WITHIN);
        });
        if self.worker.with_value(Option::is_none) && self.next.with_value(Option::is_none) {
            self.spawn();
        }
        self.with_worker(|worker| worker.post(&ToDecoder::BurnedIn { check, pictures }, &pixels));
        let found = JsFuture::from(found).await.ok()?;
        found.dyn_ref().map(Uint32Array::to_vec)
    }

    fn decode(self, batch: FileId, names: Vec<String>, files: Vec<JsValue>) {
        // The person may have had enough while they were fetched.
        if !self.session.images.is_reading(batch) {
            return;
        }
        let mut place = 0;
        self.batches.update_value(|batches| {
            place = batches.len();
            batches.push(Batch::new(batch, names, files));
        });
        // The worker before may have failed to start, for instance without a connection.
        if self.worker.with_value(Option::is_none) && self.next.with_value(Option::is_none) {
            self.spawn();
        }
        self.post(place);
    }

    /// Gives the worker its batches from one on. Files are read by the worker itself; buffers are copied.
    fn post(self, first: usize) {
        self.with_worker(|worker| {
            self.batches.with_value(|batches| {
                for batch in batches.iter().skip(first) {
                    worker.post(&batch.request, &batch.files);
                }
            });
        });
    }

    /// The worker that listens, or the one that will, if there is one.
    fn with_worker(self, give: impl FnOnce(&WorkerHandle<ToDecoder, FromDecoder>)) {
        let listens = self.worker.with_value(Option::is_some);
        let worker = if listens { self.worker } else { self.next };
        worker.with_value(|worker| {
            if let Some((_, worker)) = worker {
                give(worker);
            }
        });
    }

    /// Ends the worker; a fresh one gets all that it had.
    fn replace(self) {
        looked(None, &JsValue::NULL);
        self.worker.set_value(None);
        self.next.set_value(None);
        self.spawn();
        self.post(0);
    }

    fn drop_batch(self, id: FileId) {
        self.batches
            .update_value(|batches| batches.retain(|batch| batch.id != id));
    }

    /// Sees whether the worker is still heard.
    fn look(self) {
        if self.held.get_value() {
            return;
        }
        let mut stuck = false;
        self.batches.update_value(|batches| {
            stuck = batches.first_mut().is_some_and(Batch::look);
        });
        if stuck {
            self.died(true);
        }
    }

    /// Starts a worker. It takes over when it listens; until then the one that there is goes on, for good if the new one
    /// cannot be loaded.
    fn spawn(self) {
        if self.held.get_value() {
            return;
        }
        let (session, number) = (self.session, self.session.next_number());
        let hear = move |heard, message: &Message| match heard {
            FromWorker::Ready => self.take_over(),
            FromWorker::Failed { detail } => {
                if let Some(user_error) = changed(&detail) {
                    self.tell(user_error);
                }
                self.failed(number);
            }
            FromWorker::Requests(records) => {
                session
                    .engine
                    .requests
                    .update(|requests| requests.extend(records));
            }
            FromWorker::Event(event) => self.hear(event, message),
        };
        match WorkerHandle::start(WORKER_FILE, "", hear) {
            Ok(worker) => self.next.set_value(Some((number, worker))),
            Err(NoWorkers) => self.died(false),
        }
    }

    /// Gives the files that come from now on to the worker that has begun to listen, unless the old one has work.
    fn take_over(self) {
        let works = self.worker.with_value(Option::is_some)
            && self
                .session
                .images
                .reading
                .with_untracked(|reading| !reading.is_empty());
        let mut fresh = None;
        self.next.update_value(|next| fresh = next.take());
        if works {
            self.swollen.set_value(true);
        } else {
            self.worker.set_value(fresh);
        }
    }

    /// A worker failed. Where that is the next one, the old one stays.
    fn failed(self, number: u32) {
        let is_next = self
            .next
            .with_value(|next| next.as_ref().is_some_and(|(own, _)| *own == number));
        if is_next && self.worker.with_value(Option::is_some) {
            self.next.set_value(None);
        } else {
            self.died(false);
        }
    }

    /// The worker died over a file, was silent over it for too long, or did not even start. Of those that it had, only
    /// that file fails when there is another worker to read them.
    fn died(self, silent: bool) {
        let woke = self.worker.with_value(Option::is_some);
        let (mut file, mut lost) = (None, Vec::new());
        self.batches.update_value(|batches| {
            if !woke {
                lost.append(batches);
            } else if let Some(batch) = batches.first_mut() {
                file = batch.lose_decoder(silent);
                if batch.is_hopeless() {
                    lost.push(batches.remove(0));
                }
            }
        });
        if let Some(user_error) = file {
            self.tell(user_error);
        }
        for batch in lost {
            let name = untrack(|| self.session.images.reading_name(batch.id)).unwrap_or_default();
            self.session.end_reading(batch.id);
            let (what, advice) = if woke {
                (
                    format!("Not all of {name} could be opened: the decoder did not finish."),
                    "Open fewer files at once, or a smaller version of the image.",
                )
            } else {
                (
                    format!("{name} could not be opened: the decoder did not start."),
                    "Check the connection and open it again.",
                )
            };
            self.tell(UserError::new(what, advice, Remedy::ChooseFile));
        }
        if woke {
            self.replace();
        } else {
            looked(None, &JsValue::NULL);
            // A worker that never woke up would only die again; the next files try another one.
            self.next.set_value(None);
        }
    }

    fn hear(self, event: FromDecoder, message: &Message) {
        self.batches.update_value(|batches| {
            if let Some(batch) = batches.first_mut() {
                batch.hear();
            }
        });
        match event {
            FromDecoder::Reading {
                file, name, bytes, ..
            } => self.begin(Some((file, name)), bytes),
            FromDecoder::Assembling { bytes, .. } => self.begin(None, bytes),
            FromDecoder::Series {
                batch,
                info,
                shown,
                frames,
            } => {
                let buffers: Option<Vec<_>> =
                    (0..=frames).map(|place| message.buffer(place)).collect();
                match (unimed_protocol::decode(&info), buffers) {
                    (Ok(info), Some(buffers)) => self.opened(batch, info, shown, buffers),
                    // Page and worker of one build never come here, unless numbers in the file were not finite.
                    _ => self.tell(UserError::new(
                        "A series could not be shown: its description holds numbers that are none.",
                        "Open another file.",
                        Remedy::ChooseFile,
                    )),
                }
            }
            FromDecoder::Failed { user_error, .. } => self.tell(user_error),
            FromDecoder::Done { batch } => {
                self.drop_batch(batch);
                self.session.end_reading(batch);
            }
            FromDecoder::BurnedIn { check, words } => {
                looked(Some(check), &Uint32Array::from(words.as_slice()));
            }
        }
    }

    /// The worker begins with a file of its first batch, or with what comes after the last one.
    fn begin(self, file: Option<(u32, String)>, bytes: f64) {
        self.batches.update_value(|batches| {
            if let Some(batch) = batches.first_mut() {
                batch.begin(file, bytes);
            }
        });
    }

    /// A series is there: its picture first, then its frames.
    fn opened(
        self,
        batch: FileId,
        info: SeriesInfo,
        shown: Picture,
        mut buffers: Vec<ArrayBuffer>,
    ) {
        let session = self.session;
        let reading = session
            .images
            .reading
            .with_untracked(|reading| reading.iter().find(|r| r.id == batch).cloned());
        let Some(reading) = reading else { return };
        let id = FileId(session.next_number());
        let name = reading
            .sample
            .map_or_else(|| info.name.clone(), |sample| tr(sample.name).to_owned());
        if pixels::keep(id, shown.width, shown.height, buffers.remove(0)).is_err() {
            self.tell(too_large(&name, shown.width, shown.height));
            return;
        }
        session.images.opened_at_ms.update(|at| {
            at.get_or_insert_with(js_sys::Date::now);
        });
        let bytes: u64 = buffers.iter().map(|b| u64::from(b.byte_length())).sum();
        if bytes >= SWOLLEN_BYTES {
            self.swollen.set_value(true);
        }
        let format = info.format.to_string();
        let modality = Modality::of_series(&info);
        let notes = ordered(&info.notes);
        pixels::keep_series(id, info, buffers);
        let image = OpenImage {
            id,
            opened: id,
            name,
            width: shown.width,
            height: shown.height,
            origin: reading
                .sample
                .map_or(Origin::File(format), |sample| Origin::Sample(sample.credit)),
            modality: reading.sample.map_or(modality, |sample| sample.modality),
            notes,
        };
        // Of several series the first one is looked at first.
        if self.shown.get_value() == Some(batch) {
            session.images.open.update(|images| images.push(image));
        } else {
            self.shown.set_value(Some(batch));
            session.images.show(image.clone());
            if session.conversation.is_awaited(batch) {
                // As it is first shown. Where that cannot be had, the words end with the batch.
                if let Ok(image) = untrack(|| as_shown(session, image)) {
                    session.conversation.settle(batch, Some(&image));
                }
            }
            session.images.pass_over(Some(batch));
        }
    }

    /// Says beside the viewer what went wrong with a file.
    pub(crate) fn tell(self, user_error: UserError) {
        let id = FileId(self.session.next_number());
        self.session.images.file_errors.update(|told| {
            // The same once more says nothing new.
            if told.iter().all(|error| error.user_error != user_error) {
                told.push(FileError { id, user_error });
            }
        });
    }
}

/// Whoever waits for words in pictures goes on with what was found: of this look, or of any.
fn looked(of: Option<FileId>, found: &JsValue) {
    let ended =
        LOOK.with_borrow_mut(|look| look.take_if(|(check, _)| of.is_none_or(|of| of == *check)));
    if let Some((_, resolve)) = ended {
        // Calling a promise's own function is never refused.
        let _ = resolve.call1(&JsValue::NULL, found);
    }
}

/// A file's path inside of the chosen folder, or its name.
pub(crate) fn path_of(file: &File) -> String {
    let path = js_sys::Reflect::get(file, &"webkitRelativePath".into())
        .ok()
        .and_then(|path| path.as_string())
        .unwrap_or_default();
    shown_name(&if path.is_empty() { file.name() } else { path })
}

/// What is wrong with the size of a file, before it is read at all.
fn size_error(name: &str, size: f64) -> Option<UserError> {
    if size == 0.0 {
        return Some(UserError::new(
            format!("{name} is empty: it has 0 bytes."),
            "Copy or download it again, then open it here.",
            Remedy::ChooseFile,
        ));
    }
    (size > MAX_FILE_BYTES).then(|| {
        UserError::new(
            format!(
                "{name} is too large: {}, at most 512 MiB can be opened.",
                crate::model::progress::bytes(size)
            ),
            "Open a smaller version of the image.",
            Remedy::ChooseFile,
        )
    })
}

async fn fetch_bytes(url: &str) -> Result<ArrayBuffer, JsValue> {
    let response: Response = JsFuture::from(window().fetch_with_str(url))
        .await?
        .dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from(response.status()));
    }
    JsFuture::from(response.array_buffer()?).await?.dyn_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_huge_files_are_refused_by_name_before_they_are_read() {
        assert_eq!(size_error("a.png", 1.0), None);
        let empty = size_error("a.png", 0.0).expect("an empty file is an error");
        assert_eq!(empty.what, "a.png is empty: it has 0 bytes.");
        let huge = size_error("b.tif", 600.0 * 1024.0 * 1024.0).expect("a huge file is an error");
        assert_eq!(
            huge.what,
            "b.tif is too large: 629.1 MB, at most 512 MiB can be opened."
        );
    }
}
