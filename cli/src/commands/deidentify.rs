//! `unimed deidentify`: copies of DICOM files without what tells who the patient is.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use unimed_imaging::deidentify::{Change, Deidentified, Deidentifier, Picture, ProfileOption};

use super::{CommandError, CommandResult, print_json, print_line};
use crate::open::{files, note, read};

/// What the search for letters does not see.
const BLIND: &str = "Look at every picture before you pass it on: the search for letters does not see fewer than four side by side, small, \
    large, faint, slanted or vertical ones, those in the middle of a picture, handwriting, or faces.";

/// Write copies of DICOM files without what tells who the patient is (PS3.15, Basic Application Level Confidentiality Profile).
///
/// Copies are named by their new SOP Instance UIDs. Which file became which is written nowhere.
#[derive(Debug, Args)]
pub(crate) struct DeidentifyArgs {
    /// DICOM files, and folders with everything in them. What belongs together goes through one run: UIDs are replaced alike in it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Folder for the copies; no file in it is overwritten.
    #[arg(long)]
    out: PathBuf,
    /// Keep UIDs (Retain UIDs Option).
    #[arg(long)]
    retain_uids: bool,
    /// Keep what identifies the device (Retain Device Identity Option).
    #[arg(long)]
    retain_device: bool,
    /// Keep what identifies the institution (Retain Institution Identity Option).
    #[arg(long)]
    retain_institution: bool,
    /// Keep sex, age, size, weight and the like (Retain Patient Characteristics Option).
    #[arg(long)]
    retain_patient: bool,
    /// Keep dates and times (Retain Longitudinal Temporal Information Full Dates Option).
    #[arg(long, conflicts_with = "shift_dates")]
    keep_dates: bool,
    /// Keep times, and make all dates of a patient as many days earlier (... Modified Dates Option).
    #[arg(long)]
    shift_dates: bool,
    /// Keep words of descriptions that name parts of the body, directions and sequences (Clean Descriptors Option).
    #[arg(long)]
    clean_descriptors: bool,
    /// Paint over letters that are found near the edges of pictures.
    #[arg(long)]
    cover_burned_in: bool,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

impl DeidentifyArgs {
    fn options(&self) -> Vec<ProfileOption> {
        [
            (self.retain_uids, ProfileOption::RetainUids),
            (self.retain_device, ProfileOption::RetainDevice),
            (self.retain_institution, ProfileOption::RetainInstitution),
            (self.retain_patient, ProfileOption::RetainPatient),
            (self.keep_dates, ProfileOption::RetainFullDates),
            (self.shift_dates, ProfileOption::RetainModifiedDates),
            (self.clean_descriptors, ProfileOption::CleanDescriptors),
        ]
        .into_iter()
        .filter_map(|(chosen, option)| chosen.then_some(option))
        .collect()
    }
}

pub(crate) fn run(args: &DeidentifyArgs) -> CommandResult {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| format!("the system gives no random numbers ({error}); try again"))?;
    let deidentifier = Deidentifier::new(args.options(), args.cover_burned_in, secret)?;
    fs::create_dir_all(&args.out).map_err(|error| unwritable(&args.out, &error))?;
    let files = files(&args.files)?;
    let (mut written, mut failed) = (Vec::new(), 0_usize);
    let mut totals: BTreeMap<Row, usize> = BTreeMap::new();
    for file in &files {
        match copy(&deidentifier, file, &args.out) {
            Ok((name, new)) => {
                warn(&name, &new);
                for change in &new.changes {
                    *totals.entry(row(change)).or_default() += change.count;
                }
                written.push(described(&name, &new));
            }
            Err(error) => {
                note(&format!("{}: {error}", file.display()));
                failed += 1;
            }
        }
    }
    if !written.is_empty() {
        note(BLIND);
    }
    if args.json {
        let changes: Vec<Value> = totals.iter().map(as_json).collect();
        print_json(
            &json!({ "out": args.out, "files": written, "failed": failed, "changes": changes }),
        )?;
    } else if !written.is_empty() {
        table(&totals)?;
        print_line(&format!(
            "{} files written to {}",
            written.len(),
            args.out.display()
        ))?;
    }
    match (files.len(), failed) {
        (0, _) => {
            Err("there is no file to de-identify; name files, or folders that hold some".into())
        }
        (_, 0) => Ok(()),
        (all, failed) => {
            Err(format!("{failed} of {all} files were not written; why is said above").into())
        }
    }
}

/// Writes a copy; gives its name.
fn copy(
    deidentifier: &Deidentifier,
    file: &Path,
    folder: &Path,
) -> Result<(String, Deidentified), CommandError> {
    let new = deidentifier.file(&read(file)?)?;
    let name = format!("{}.dcm", new.instance);
    let path = folder.join(&name);
    let opened = OpenOptions::new().write(true).create_new(true).open(&path);
    let mut out = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!(
            "{} is there already and is not overwritten; two files have one SOP Instance UID, or --out is not empty",
            path.display()
        )
        .into(),
        _ => unwritable(&path, &error),
    })?;
    out.write_all(&new.bytes)
        .map_err(|error| unwritable(&path, &error))?;
    Ok((name, new))
}

fn unwritable(path: &Path, error: &std::io::Error) -> CommandError {
    format!(
        "{} cannot be written ({error}); choose another folder for --out",
        path.display()
    )
    .into()
}

/// Tells what a person has to look at.
fn warn(name: &str, new: &Deidentified) {
    for line in &new.notes {
        note(&format!("{name}: {line}"));
    }
    match &new.picture {
        Picture::Searched {
            places, covered, ..
        } if *places > 0 => note(&format!(
            "{name}: letters were found in {places} places of the picture and {}",
            if *covered {
                "are covered"
            } else {
                "are still there; --cover-burned-in paints over them"
            }
        )),
        Picture::Unread { reason } => note(&format!(
            "{name}: the picture could not be searched for letters ({reason})"
        )),
        Picture::Searched { .. } | Picture::None => {}
    }
}

fn described(name: &str, new: &Deidentified) -> Value {
    let picture = match &new.picture {
        Picture::None => Value::Null,
        Picture::Unread { reason } => json!({ "unread": reason }),
        Picture::Searched {
            frames,
            places,
            covered,
        } => json!({ "frames": frames, "places": places, "covered": covered }),
    };
    json!({ "file": name, "picture": picture, "notes": new.notes })
}

/// Tag, name, what was done, and why.
type Row = [String; 4];

fn row(change: &Change) -> Row {
    let done = change.done.word().to_owned();
    [
        change.tag.clone(),
        change.name.clone(),
        done,
        change.rule.clone(),
    ]
}

fn as_json(([tag, name, done, rule], count): (&Row, &usize)) -> Value {
    json!({ "tag": tag, "name": name, "done": done, "rule": rule, "count": count })
}

fn table(totals: &BTreeMap<Row, usize>) -> CommandResult {
    let widest = |column: usize| {
        let widths = totals.keys().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let (name, done) = (widest(1), widest(2));
    for ([tag, attribute, what, rule], count) in totals {
        print_line(&format!(
            "{tag}  {attribute:name$}  {what:done$}  {count:>6}  {rule}"
        ))?;
    }
    Ok(())
}
