//! `unimed import`: what people have, as a folder that training and evaluation read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use unimed_phantom::Modality;
use unimed_train::import::{Columns, ImportForm, ImportSettings, import};

use super::{CommandResult, print_json, print_line};
use crate::open::note;

/// Make a folder with an index.jsonl (docs/reference/pictures.md) of a MedMNIST file, a folder for each class, a table of files
/// and labels, or DICOM files.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// An .npz file, a .csv or .tsv file, or a folder.
    from: PathBuf,
    /// Folder to make; it must not be there.
    #[arg(long)]
    out: PathBuf,
    /// What it is; seen from its name and content by default.
    #[arg(long, value_enum)]
    form: Option<Form>,
    /// Name of the source; the file's or folder's by default.
    #[arg(long)]
    source: Option<String>,
    /// Kind of image of all pictures; see `unimed phantom --help` for the names.
    #[arg(long, value_parser = super::phantom::modality)]
    modality: Option<Modality>,
    /// A field of all pictures, `organ=breast`; goes before what the files say. May be given several times.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Names of the classes 0, 1, ... of an .npz file that is not of MedMNIST.
    #[arg(long, value_delimiter = ',')]
    classes: Vec<String>,
    /// A class, or a column of a table, that is a finding: there or not. May be given several times.
    #[arg(long = "finding", value_name = "NAME")]
    findings: Vec<String>,
    /// The part of a file's name before the first SIGN is the patient; by default each picture is its own.
    #[arg(long, value_name = "SIGN")]
    group_until: Option<String>,
    /// Share of the patients of each class that are kept for evaluation, where the source has no splits.
    #[arg(long, default_value_t = 0.2)]
    board: f64,
    /// Longest side that pictures are kept at, in pixels.
    #[arg(long, default_value_t = 320)]
    side: usize,
    /// Take at most so many pictures of each class and split.
    #[arg(long)]
    at_most: Option<usize>,
    /// Folder of the files that a table names; the table's own by default.
    #[arg(long)]
    images: Option<PathBuf>,
    /// Column of a table with the file.
    #[arg(long)]
    file_column: Option<String>,
    /// Column of a table with the class, or with labels and | between them.
    #[arg(long)]
    label_column: Option<String>,
    /// Column of a table with the patient.
    #[arg(long)]
    group_column: Option<String>,
    /// Column of a table with train, val or test.
    #[arg(long)]
    split_column: Option<String>,
    /// Of DICOM: the first folder below is the class.
    #[arg(long)]
    folder_is_class: bool,
    /// Of DICOM: slices of each series, at most.
    #[arg(long, default_value_t = 4, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    slices: usize,
    /// Of DICOM: windows of CT slices (soft tissue, lung, bone, brain, abdomen); by the part of the body by default.
    #[arg(long, value_delimiter = ',')]
    windows: Vec<String>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Forms by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Arrays of pictures and labels.
    Medmnist,
    /// A folder for each class.
    Folders,
    /// CSV or TSV.
    Table,
    /// DICOM files.
    Dicom,
}

impl From<Form> for ImportForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Medmnist => Self::Medmnist,
            Form::Folders => Self::Folders,
            Form::Table => Self::Table,
            Form::Dicom => Self::Dicom,
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, value) = text
        .split_once('=')
        .ok_or_else(|| format!("{text} has no =; write FIELD=VALUE, as organ=breast"))?;
    Ok((field.trim().to_owned(), value.trim().to_owned()))
}

pub(crate) fn run(args: &ImportArgs) -> CommandResult {
    let mut set = args.set.clone();
    set.extend(
        args.modality
            .map(|modality| ("modality".to_owned(), modality.key().to_owned())),
    );
    let settings = ImportSettings {
        form: args.form.map(ImportForm::from),
        source: args.source.clone(),
        set,
        classes: args.classes.clone(),
        findings: args.findings.clone(),
        images: args.images.clone(),
        group_until: args.group_until.clone(),
        folder_is_class: args.folder_is_class,
        board: args.board,
        side: args.side,
        at_most: args.at_most,
        columns: Columns {
            file: args.file_column.clone(),
            label: args.label_column.clone(),
            group: args.group_column.clone(),
            split: args.split_column.clone(),
        },
        slices: args.slices,
        windows: args.windows.clone(),
        ..ImportSettings::new(args.from.clone(), args.out.clone())
    };
    let imported = import(&settings, &mut note)?;
    if args.json {
        return print_json(&json!({
            "out": args.out, "train": imported.train, "board": imported.board, "groups": imported.groups,
            "classes": imported.classes,
        }));
    }
    print_line(&format!(
        "{}: {} pictures to train on, {} for the board, of {} patients or other groups",
        args.out.display(),
        imported.train,
        imported.board,
        imported.groups
    ))?;
    for (class, count) in &imported.classes {
        print_line(&format!("  {class}: {count}"))?;
    }
    Ok(())
}
