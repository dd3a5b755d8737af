//! A folder for each class, perhaps below folders for splits: `train/polyp/patient 3/a.jpg`.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use super::{
    draft::{Draft, Pixels, split_of},
    pixels::{is_dicom_file, is_picture_name},
    writer::{Writer, chosen},
};
use crate::{TrainError, error::at};

/// All files below a folder, in the order of their names; hidden ones are left out.
pub(super) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let mut files = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect()
        })
        .map_err(at(folder))?;
    entries.sort();
    for path in entries {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// The folders of a file below a root, and its name.
pub(super) fn steps(root: &Path, file: &Path) -> Vec<String> {
    let inner = file.strip_prefix(root).unwrap_or(file);
    let parts = inner.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    parts.collect()
}

/// The group that a file's name tells of: what stands before the first of some signs.
pub(super) fn group_of_name(name: &str, until: Option<&str>) -> Option<String> {
    let until = until.filter(|until| !until.is_empty())?;
    let (group, _) = name.split_once(until)?;
    (!group.is_empty()).then(|| group.to_owned())
}

/// Imports a folder of folders.
pub(super) fn import(writer: &mut Writer<'_>) -> Result<(), TrainError> {
    let settings = writer.settings;
    let root = &settings.from;
    let all = files_in(root)?;
    let (files, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|file| is_picture_name(file) || is_dicom_file(file));
    if !others.is_empty() {
        let first = others[0].display();
        writer.note(&format!(
            "{} files that are no pictures are left out, the first is {first}",
            others.len()
        ));
    }
    let split_folders = !files.is_empty()
        && files
            .iter()
            .all(|file| split_of(&steps(root, file)[0]).is_some());
    let mut drafts = Vec::new();
    for file in files {
        let mut steps = steps(root, &file);
        let mut draft = Draft::new(file.display().to_string(), steps.join("/"));
        let name = steps.pop().unwrap_or_default();
        if split_folders {
            draft.split = split_of(&steps.remove(0));
        }
        if steps.is_empty() {
            return Err(draft.wrong("the folder", "that of all", "a folder for each class"));
        }
        draft.class = Some(steps.remove(0));
        draft.group = group_of_name(&name, settings.group_until.as_deref())
            .or_else(|| steps.into_iter().next());
        drafts.push((draft, file));
    }
    let parts: Vec<(String, String)> = drafts
        .iter()
        .map(|(draft, _)| {
            let split = draft.split.map_or("", crate::pictures::PictureSplit::key);
            let class = draft.class.as_deref().unwrap_or_default();
            (format!("{split}/{class}"), draft.origin.clone())
        })
        .collect();
    let taken = chosen(&parts, settings.at_most);
    for ((draft, file), _) in drafts.into_iter().zip(taken).filter(|(_, taken)| *taken) {
        let bytes = fs::read(&file).map_err(at(&file))?;
        writer.add(draft, Pixels::File(bytes))?;
    }
    Ok(())
}
