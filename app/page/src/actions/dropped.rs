//! What is dropped or pasted: files, and folders with all that is in them.

use crate::{
    actions::decoder::{DecoderLink, Named, path_of},
    model::file::shown_name,
};
use js_sys::{Array, Promise};
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

/// Files of a drop at most; a study has a few thousand.
const MOST_FILES: usize = 20_000;

/// The files of a drop or paste, without what is in folders.
pub(crate) fn files_of(data: &DataTransfer) -> Vec<Named> {
    let Some(files) = data.files() else {
        return Vec::new();
    };
    (0..files.length())
        .filter_map(|place| files.get(place))
        .map(|file| (path_of(&file), file))
        .collect()
}

/// Opens what was dropped, folders and all.
pub(crate) fn open(decoder: DecoderLink, data: &DataTransfer) {
    // The browser empties the list when the event is over, so all of it is taken now.
    let items = data.items();
    let entries: Vec<FileSystemEntry> = (0..items.length())
        .filter_map(|place| items.get(place))
        .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
        .collect();
    let plain = files_of(data);
    if !entries.iter().any(FileSystemEntry::is_directory) {
        if !plain.is_empty() {
            decoder.open_files(plain);
        }
        return;
    }
    // What is asked from now on is about what is in the folder, however long it takes to look through it.
    let name = entries.iter().find(|entry| entry.is_directory());
    let name = shown_name(&name.map(FileSystemEntry::name).unwrap_or_default());
    let batch = decoder.expect(name, None);
    spawn_local(async move {
        let mut files = Vec::new();
        let mut waiting = entries;
        waiting.reverse();
        while let Some(entry) = waiting.pop() {
            if files.len() >= MOST_FILES {
                break;
            }
            // A file or folder that cannot be read any more is left out; the rest opens.
            if entry.is_directory() {
                let mut found = children(entry.unchecked_into()).await.unwrap_or_default();
                found.reverse();
                waiting.append(&mut found);
            } else if let Ok(file) = file_of(entry.clone().unchecked_into()).await {
                let path = entry.full_path();
                files.push((shown_name(path.trim_start_matches('/')), file));
            }
        }
        decoder.open_in(batch, files);
    });
}

async fn file_of(entry: FileSystemFileEntry) -> Result<File, JsValue> {
    let promise = Promise::new(&mut |done, failed| {
        entry.file_with_callback_and_callback(done.unchecked_ref(), failed.unchecked_ref());
    });
    JsFuture::from(promise).await?.dyn_into()
}

/// Everything in a folder; browsers hand it out in parts.
async fn children(folder: FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, JsValue> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let promise = Promise::new(&mut |done, failed| {
            let asked = reader.read_entries_with_callback_and_callback(
                done.unchecked_ref(),
                failed.unchecked_ref(),
            );
            if let Err(refusal) = asked {
                let _ = failed.call1(&JsValue::NULL, &refusal);
            }
        });
        let part: Array = JsFuture::from(promise).await?.dyn_into()?;
        if part.length() == 0 {
            return Ok(all);
        }
        all.extend(part.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}
