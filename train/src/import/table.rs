//! A table of files and labels, CSV or TSV, with a line of names at the top.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use csv::StringRecord;

use super::{
    draft::{Draft, Pixels, split_of},
    folders::group_of_name,
    pixels::extension,
    writer::{Writer, chosen},
};
use crate::{TrainError, error::at, pictures::known_fields};

/// Usual names of the columns, in small letters with spaces for all signs.
const FILE: &[&str] = &[
    "file",
    "filename",
    "file name",
    "path",
    "image",
    "image path",
    "image index",
    "image id",
    "img",
];
const LABEL: &[&str] = &[
    "class",
    "label",
    "labels",
    "diagnosis",
    "finding labels",
    "target",
    "category",
    "dx",
];
const GROUP: &[&str] = &[
    "group",
    "patient",
    "patient id",
    "patientid",
    "subject",
    "subject id",
    "case",
    "case id",
    "study",
];
const SPLIT: &[&str] = &["split", "set", "subset", "partition"];
/// Ends that names without one are tried with.
const ENDS: [&str; 4] = ["png", "jpg", "jpeg", "dcm"];
/// Labels that mean that nothing was found.
const NOTHING: [&str; 4] = ["no finding", "normal", "none", "healthy"];

/// Columns by what they hold.
struct Columns {
    file: usize,
    label: Option<usize>,
    group: Option<usize>,
    split: Option<usize>,
    /// Fields of the index that a column has the name of.
    fields: Vec<(usize, String)>,
    /// Findings that a column has the name of.
    findings: Vec<(usize, String)>,
}

/// A line, read.
struct Row {
    draft: Draft,
    file: PathBuf,
    labels: Vec<String>,
}

/// Imports a table.
pub(super) fn import(writer: &mut Writer<'_>) -> Result<(), TrainError> {
    let path = writer.settings.from.clone();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if extension(&path) == "tsv" {
            b'\t'
        } else {
            b','
        })
        .trim(csv::Trim::All)
        .from_path(&path)
        .map_err(|error| unreadable(&path, &error))?;
    let names = reader
        .headers()
        .map_err(|error| unreadable(&path, &error))?
        .clone();
    let columns = columns(writer, &names)?;
    let (mut rows, mut seen) = (Vec::new(), BTreeMap::new());
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&path, &error))?;
        let row = row(writer, &columns, &record)?;
        if let Some(first) = seen.insert(row.file.clone(), row.draft.at.clone()) {
            let found = row.draft.origin.clone();
            return Err(row
                .draft
                .wrong("file", found, format!("another than in {first}")));
        }
        rows.push(row);
    }
    label(&mut rows);
    let parts: Vec<(String, String)> = rows
        .iter()
        .map(|row| {
            let split = row
                .draft
                .split
                .map_or("", crate::pictures::PictureSplit::key);
            let class = row.draft.class.as_deref().unwrap_or_default();
            (format!("{split}/{class}"), row.draft.origin.clone())
        })
        .collect();
    let taken = chosen(&parts, writer.settings.at_most);
    for (row, _) in rows.into_iter().zip(taken).filter(|(_, taken)| *taken) {
        let bytes = fs::read(&row.file).map_err(at(&row.file))?;
        writer.add(row.draft, Pixels::File(bytes))?;
    }
    Ok(())
}

fn unreadable(path: &Path, error: &csv::Error) -> TrainError {
    let line = error.position().map(csv::Position::line);
    TrainError::Import {
        at: line.map_or_else(|| path.display().to_string(), |line| place(path, line)),
        field: "the table".into(),
        found: error.to_string(),
        expected: "CSV (or TSV, in a file so named) in UTF-8 with names of columns at the top"
            .into(),
    }
}

fn place(path: &Path, line: u64) -> String {
    format!("{}, line {line}", path.display())
}

/// A name in small letters, with a space for each other sign.
fn plain(name: &str) -> String {
    let spaced = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' });
    let spaced: String = spaced.collect();
    spaced
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn columns(writer: &mut Writer<'_>, names: &StringRecord) -> Result<Columns, TrainError> {
    let settings = writer.settings;
    let wrong = |field: &str, found: String, expected: String| TrainError::Import {
        at: place(&settings.from, 1),
        field: field.into(),
        found,
        expected,
    };
    let list = || names.iter().collect::<Vec<_>>().join(", ");
    let find = |what: &str, told: &Option<String>, usual: &[&str]| match told {
        Some(name) => {
            let at = names.iter().position(|own| own == name);
            at.map(Some).ok_or_else(|| {
                wrong(
                    &format!("the column of the {what}"),
                    name.clone(),
                    format!("one of {}", list()),
                )
            })
        }
        None => Ok(usual
            .iter()
            .find_map(|usual| names.iter().position(|own| plain(own) == *usual))),
    };
    let told = &settings.columns;
    let file = find("file", &told.file, FILE)?.ok_or_else(|| {
        wrong(
            "the column of the file",
            format!("none of {}", list()),
            format!("one called {}, or --file-column", FILE.join(", ")),
        )
    })?;
    let label = find("label", &told.label, LABEL)?;
    let group = find("group", &told.group, GROUP)?;
    let split = find("split", &told.split, SPLIT)?;
    let mut used: BTreeSet<usize> = [Some(file), label, group, split]
        .into_iter()
        .flatten()
        .collect();
    let mut findings = Vec::new();
    for name in &settings.findings {
        if let Some(at) = names.iter().position(|own| plain(own) == plain(name)) {
            findings.push((at, name.clone()));
            used.insert(at);
        }
    }
    let known = known_fields();
    let of_files = [
        "file", "width", "height", "mask", "mask_of", "group", "split", "class",
    ];
    let fields: Vec<(usize, String)> = names
        .iter()
        .enumerate()
        .filter(|(at, name)| !used.contains(at) && known.contains(name) && !of_files.contains(name))
        .map(|(at, name)| (at, name.to_owned()))
        .collect();
    used.extend(fields.iter().map(|(at, _)| *at));
    let unread: Vec<&str> = names
        .iter()
        .enumerate()
        .filter(|(at, _)| !used.contains(at))
        .map(|(_, name)| name)
        .collect();
    if !unread.is_empty() {
        writer.note(&format!("columns that are not read: {}", unread.join(", ")));
    }
    Ok(Columns {
        file,
        label,
        group,
        split,
        fields,
        findings,
    })
}

fn row(writer: &Writer<'_>, columns: &Columns, record: &StringRecord) -> Result<Row, TrainError> {
    let settings = writer.settings;
    let line = record.position().map_or(0, csv::Position::line);
    let cell = |at: usize| record.get(at).unwrap_or_default();
    let name = cell(columns.file);
    let mut draft = Draft::new(place(&settings.from, line), name);
    if name.is_empty() {
        return Err(draft.wrong("file", "empty", "the file of the picture"));
    }
    let folder = match &settings.images {
        Some(folder) => folder.clone(),
        None => settings.from.parent().unwrap_or(Path::new("")).to_owned(),
    };
    let file = existing(&folder.join(name)).ok_or_else(|| {
        draft.wrong(
            "file",
            name,
            format!("a file in {}; --images names the folder", folder.display()),
        )
    })?;
    let labels: Vec<String> = columns
        .label
        .map(|at| {
            cell(at)
                .split('|')
                .map(|label| label.trim().to_owned())
                .collect()
        })
        .unwrap_or_default();
    if labels.iter().any(String::is_empty) {
        return Err(draft.wrong(
            "the label",
            "empty",
            "a class, or labels with | between them",
        ));
    }
    let own = columns.group.map(cell).filter(|group| !group.is_empty());
    let base = Path::new(name)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    draft.group = own
        .map(str::to_owned)
        .or_else(|| group_of_name(&base, settings.group_until.as_deref()));
    if let Some(at) = columns.split {
        let split = split_of(cell(at));
        draft.split = Some(
            split.ok_or_else(|| draft.wrong("split", cell(at), "train, val or test (board)"))?,
        );
    }
    for (at, field) in columns
        .fields
        .iter()
        .filter(|(at, _)| !cell(*at).is_empty())
    {
        let value = match cell(*at) {
            "true" | "True" => true.into(),
            "false" | "False" => false.into(),
            word => serde_json::Value::from(word),
        };
        draft.set(field, value);
    }
    for (at, finding) in &columns.findings {
        match cell(*at).to_ascii_lowercase().as_str() {
            "1" | "1.0" | "true" | "yes" => draft.find(finding, true),
            "0" | "0.0" | "false" | "no" => draft.find(finding, false),
            // Not told, or told to be uncertain.
            "" | "-1" | "-1.0" => {}
            other => {
                return Err(draft.wrong(
                    finding,
                    other,
                    "1 or 0, true or false, yes or no, or nothing",
                ));
            }
        }
    }
    Ok(Row {
        draft,
        file,
        labels,
    })
}

/// The file of a name, which may lack its end.
fn existing(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path.to_owned());
    }
    let with = |end: &&str| PathBuf::from(format!("{}.{end}", path.display()));
    ENDS.iter().map(with).find(|path| path.is_file())
}

/// One label a picture is its class. Where some picture has several, each label is a finding that every picture has or has
/// not.
fn label(rows: &mut [Row]) {
    let several = rows.iter().any(|row| row.labels.len() > 1);
    let nothing = |label: &String| NOTHING.contains(&label.to_lowercase().as_str());
    let all: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| row.labels.iter())
        .filter(|label| !nothing(label))
        .cloned()
        .collect();
    for row in rows.iter_mut().filter(|row| !row.labels.is_empty()) {
        if several {
            for name in &all {
                row.draft
                    .find(&name.to_lowercase(), row.labels.contains(name));
            }
        } else {
            row.draft.class = row.labels.first().cloned();
        }
    }
}
