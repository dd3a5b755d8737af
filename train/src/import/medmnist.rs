//! MedMNIST archives: arrays `train_images`, `train_labels` and the same for `val` and `test`.

use std::io::Read;

use unimed_imaging::{RgbImage, gray_to_rgb};

use super::{
    draft::{Draft, Pixels, split_of},
    npy::{Arrays, Layout},
    sets,
    writer::{Writer, chosen},
};
use crate::TrainError;

/// Splits of an archive.
const SPLITS: [&str; 3] = ["train", "val", "test"];
/// Largest side of a picture that is taken for one.
const LARGEST: usize = 4096;

/// What the labels of an archive mean.
struct Meaning {
    fields: &'static [(&'static str, &'static str)],
    classes: Vec<String>,
    finding: Option<&'static str>,
}

/// Imports an archive.
pub(super) fn import(writer: &mut Writer<'_>) -> Result<(), TrainError> {
    let path = writer.settings.from.clone();
    let mut arrays = Arrays::open(&path)?;
    let names = arrays.names();
    let present: Vec<&str> = SPLITS
        .into_iter()
        .filter(|split| names.contains(&format!("{split}_images")))
        .collect();
    if present.is_empty() {
        return Err(TrainError::Import {
            at: path.display().to_string(),
            field: "the arrays".into(),
            found: if names.is_empty() {
                "none".into()
            } else {
                names.join(", ")
            },
            expected: "train_images, train_labels and the same for val and test".into(),
        });
    }
    let meaning = meaning(writer)?;
    // Labels are small: all of them are checked before the first picture is read.
    let mut labelled = Vec::new();
    for &split in &present {
        labelled.push((split, labels(&mut arrays, split, &meaning)?));
    }
    for (split, labels) in labelled {
        pictures(writer, &mut arrays, split, &labels, &meaning)?;
    }
    Ok(())
}

/// The meaning of the labels: as the person says, else as the table of public sets says.
fn meaning(writer: &Writer<'_>) -> Result<Meaning, TrainError> {
    let settings = writer.settings;
    let stem = settings
        .from
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let set = sets::known(&stem);
    let classes = match set {
        _ if !settings.classes.is_empty() => settings.classes.clone(),
        Some(set) => set.classes.iter().map(|&name| name.to_owned()).collect(),
        None => {
            let known: Vec<&str> = sets::SETS.iter().map(|set| set.name).collect();
            return Err(TrainError::Import {
                at: settings.from.display().to_string(),
                field: "the names of the classes".into(),
                found: format!("unknown for {stem}"),
                expected: format!(
                    "--classes with the names of 0, 1, ... separated by commas, or a file of {}",
                    known.join(", ")
                ),
            });
        }
    };
    Ok(Meaning {
        fields: set.map_or(&[], |set| set.fields),
        finding: set
            .filter(|_| settings.classes.is_empty())
            .and_then(|set| set.finding),
        classes,
    })
}

/// One class a picture, or for each class whether it is there.
enum Label {
    Class(usize),
    Several(Vec<bool>),
}

/// The labels of a split, row by row.
fn labels(arrays: &mut Arrays, split: &str, meaning: &Meaning) -> Result<Vec<Label>, TrainError> {
    let array = format!("{split}_labels");
    let (layout, numbers) = arrays.whole_numbers(&array)?;
    let at = arrays.at(&array);
    let wrong = |row: Option<usize>, found: String, expected: String| TrainError::Import {
        at: row.map_or(at.clone(), |row| format!("{at}, row {row}")),
        field: "the label".into(),
        found,
        expected,
    };
    let columns = layout.row();
    if layout.shape.is_empty() || layout.shape.len() > 2 || columns == 0 {
        return Err(wrong(None, layout.words(), "a row for each picture".into()));
    }
    if columns > 1 && columns != meaning.classes.len() {
        let expected = format!("a column for each of {} classes", meaning.classes.len());
        return Err(wrong(None, layout.words(), expected));
    }
    let rows = numbers.chunks_exact(columns).enumerate();
    rows.map(|(row, numbers)| {
        if columns == 1 {
            let class = usize::try_from(numbers[0]).ok();
            let class = class.filter(|&class| class < meaning.classes.len());
            return class.map(Label::Class).ok_or_else(|| {
                let expected =
                    format!("0 to {}, as there are names for", meaning.classes.len() - 1);
                wrong(Some(row), numbers[0].to_string(), expected)
            });
        }
        let there = numbers.iter().map(|number| match number {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(wrong(
                Some(row),
                other.to_string(),
                "0 or 1 in each column".into(),
            )),
        });
        Ok(Label::Several(there.collect::<Result<_, _>>()?))
    })
    .collect()
}

/// Height, width and channels of the pictures of an array.
fn size(
    arrays: &Arrays,
    array: &str,
    layout: &Layout,
) -> Result<(usize, usize, usize), TrainError> {
    let wrong = |expected: &str| TrainError::Import {
        at: arrays.at(array),
        field: "the array".into(),
        found: layout.words(),
        expected: expected.into(),
    };
    if !layout.is_bytes() {
        return Err(wrong("bytes, 0 to 255 (|u1)"));
    }
    let (height, width, channels) = match *layout.shape.as_slice() {
        [_, height, width] => (height, width, 1),
        [_, height, width, channels @ (1 | 3)] => (height, width, channels),
        _ => {
            return Err(wrong(
                "pictures x height x width, grey, or the same x 3, colour; volumes are not read",
            ));
        }
    };
    if height == 0 || width == 0 || height > LARGEST || width > LARGEST {
        return Err(wrong("pictures of 1 to 4096 pixels a side"));
    }
    Ok((height, width, channels))
}

fn pictures(
    writer: &mut Writer<'_>,
    arrays: &mut Arrays,
    split: &str,
    labels: &[Label],
    meaning: &Meaning,
) -> Result<(), TrainError> {
    let array = format!("{split}_images");
    let at = arrays.at(&array);
    let layout = arrays.array(&array)?.0;
    let (height, width, channels) = size(arrays, &array, &layout)?;
    if layout.shape[0] != labels.len() {
        return Err(TrainError::Import {
            at,
            field: "the number of pictures".into(),
            found: layout.shape[0].to_string(),
            expected: format!("{}, as {split}_labels has rows", labels.len()),
        });
    }
    let class = |label: &Label| match label {
        Label::Class(class) => Some(meaning.classes[*class].clone()),
        Label::Several(_) => None,
    };
    let parts: Vec<(String, String)> = labels
        .iter()
        .enumerate()
        .map(|(row, label)| (class(label).unwrap_or_default(), format!("{split}/{row}")))
        .collect();
    let taken = chosen(&parts, writer.settings.at_most);
    let (_, mut reader) = arrays.array(&array)?;
    let mut bytes = vec![0; height * width * channels];
    for (row, label) in labels.iter().enumerate() {
        let mut draft = Draft::new(format!("{at}, picture {row}"), format!("{split}/{row}"));
        reader.read_exact(&mut bytes).map_err(|error| {
            draft.wrong(
                "the picture",
                format!("cut off ({error})"),
                "all of its pixels",
            )
        })?;
        if !taken[row] {
            continue;
        }
        for (field, value) in meaning.fields {
            draft.set(field, *value);
        }
        draft.class = class(label);
        match label {
            Label::Several(there) => {
                for (name, &there) in meaning.classes.iter().zip(there) {
                    draft.find(name, there);
                }
            }
            Label::Class(own) => {
                if let Some(finding) = meaning.finding {
                    draft.find(finding, meaning.classes[*own] == finding);
                }
            }
        }
        draft.split = split_of(split);
        let image = if channels == 1 {
            gray_to_rgb(width, height, &bytes)
        } else {
            RgbImage::new(width, height, bytes.clone())
        };
        let image =
            image.map_err(|error| draft.wrong("the picture", error.to_string(), "its pixels"))?;
        writer.add(draft, Pixels::Image(image))?;
    }
    Ok(())
}
