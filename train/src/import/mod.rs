//! What people have, made into a folder that training and evaluation read (docs/reference/pictures.md): MedMNIST
//! archives, a folder for each class, tables of files and labels, DICOM.
//!
//! Each form is a file here that finds pictures and what is known about them and hands them, one by one, to the
//! [`Writer`]. It writes into a folder beside the wanted one and renames that at the end, so that whatever is wrong,
//! nothing is half there.

mod dicom;
mod draft;
mod folders;
mod medmnist;
mod npy;
mod options;
mod pixels;
mod sets;
mod splits;
mod table;
#[cfg(test)]
mod tests;
mod writer;

use std::{fs, path::Path};

pub use options::{Columns, ImportForm, ImportSettings, Imported};

use self::writer::Writer;
use crate::TrainError;

/// Makes a folder of pictures with an index.
///
/// # Errors
///
/// [`TrainError::Import`] names the file, the line or row, and the field of the first fault; [`TrainError::File`] when
/// something cannot be read or written. Then there is no folder.
pub fn import(
    settings: &ImportSettings,
    note: &mut dyn FnMut(&str),
) -> Result<Imported, TrainError> {
    let form = match settings.form {
        Some(form) => form,
        None => detected(&settings.from)?,
    };
    let mut writer = Writer::new(settings, note)?;
    match form {
        ImportForm::Medmnist => medmnist::import(&mut writer)?,
        ImportForm::Folders => folders::import(&mut writer)?,
        ImportForm::Table => table::import(&mut writer)?,
        ImportForm::Dicom => dicom::import(&mut writer)?,
    }
    writer.finish()
}

/// What something looks like: by its name, and a folder by the first file in it.
fn detected(from: &Path) -> Result<ImportForm, TrainError> {
    let wrong = |found: &str| TrainError::Import {
        at: from.display().to_string(),
        field: "what to import".into(),
        found: found.into(),
        expected: "an .npz file, a .csv or .tsv file, or a folder; --form says which".into(),
    };
    let kind = fs::metadata(from).map_err(crate::error::at(from))?;
    if kind.is_dir() {
        let files = folders::files_in(from)?;
        let dicom = files.iter().any(|file| pixels::is_dicom_file(file));
        return Ok(if dicom {
            ImportForm::Dicom
        } else {
            ImportForm::Folders
        });
    }
    match pixels::extension(from).as_str() {
        "npz" => Ok(ImportForm::Medmnist),
        "csv" | "tsv" => Ok(ImportForm::Table),
        _ => Err(wrong("a file of another kind")),
    }
}
