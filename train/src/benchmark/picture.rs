//! Pictures of questions: files, bytes from a table, folders of frames.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use unimed_imaging::RgbImage;

use super::BenchmarkError;

/// Endings of the files in a folder that are frames.
const ENDINGS: [&str; 7] = ["png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff"];

/// Where a picture lies.
#[derive(Clone, PartialEq, Eq)]
pub enum Picture {
    /// A file; or a folder of frames, which is a video.
    Path(PathBuf),
    /// The bytes of a file.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Picture {
    /// Without the bytes: a picture may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => write!(f, "Picture({})", path.display()),
            Self::Bytes(bytes) => write!(f, "Picture({} bytes)", bytes.len()),
        }
    }
}

impl Picture {
    /// A path as a benchmark writes it, inside of `folder`.
    pub(super) fn inside(folder: &Path, name: &str, id: &str) -> Result<Self, BenchmarkError> {
        // Some benchmarks were written on Windows.
        let name = name.trim().replace('\\', "/");
        let plain = Path::new(&name)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if name.is_empty() || !plain {
            return Err(BenchmarkError::Outside {
                id: id.to_owned(),
                name,
            });
        }
        Ok(Self::Path(folder.join(name)))
    }

    /// The picture; of a folder of frames, at most `frames` of them, evenly spread over its length.
    ///
    /// # Errors
    ///
    /// [`BenchmarkError::Picture`] names the question and the file.
    pub fn load(&self, id: &str, frames: usize) -> Result<Vec<RgbImage>, BenchmarkError> {
        let decode = |bytes: &[u8], name: &str| {
            unimed_imaging::decode(bytes)
                .map(|decoded| decoded.image)
                .map_err(|error| refused(id, name, &error))
        };
        match self {
            Self::Bytes(bytes) => Ok(vec![decode(bytes, "in the table")?]),
            Self::Path(path) => {
                let files = if path.is_dir() {
                    spread(&frames_of(path, id)?, frames)
                } else {
                    vec![path.clone()]
                };
                files
                    .iter()
                    .map(|file| {
                        let name = file.display().to_string();
                        let bytes = fs::read(file).map_err(|error| refused(id, &name, &error))?;
                        decode(&bytes, &name)
                    })
                    .collect()
            }
        }
    }
}

fn refused(id: &str, name: &str, why: &dyn std::fmt::Display) -> BenchmarkError {
    BenchmarkError::Picture {
        id: id.to_owned(),
        name: name.to_owned(),
        why: why.to_string(),
    }
}

/// Whether a file has the ending of a picture.
pub(super) fn is_picture(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// The pictures of a folder in the order of their names, numbers by their value.
fn frames_of(folder: &Path, id: &str) -> Result<Vec<PathBuf>, BenchmarkError> {
    let name = folder.display().to_string();
    let entries = fs::read_dir(folder).map_err(|error| refused(id, &name, &error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_picture(path))
        .collect();
    if files.is_empty() {
        return Err(refused(id, &name, &"the folder has no pictures"));
    }
    files.sort_by_cached_key(|path| natural(path));
    Ok(files)
}

/// A key that sorts frame2 before frame10.
fn natural(path: &Path) -> Vec<(u64, String)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (mut parts, mut rest) = (Vec::new(), &name[..]);
    while !rest.is_empty() {
        let word = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (text, tail) = rest.split_at(word);
        let digits = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (number, tail) = tail.split_at(digits);
        // The text stands before its number, so it is compared by the entry before.
        parts.push((0, text.to_owned()));
        parts.push((number.parse().unwrap_or(u64::MAX), number.to_owned()));
        rest = tail;
    }
    parts
}

/// At most `count` of the items, the first and the last among them.
fn spread<T: Clone>(items: &[T], count: usize) -> Vec<T> {
    let count = count.max(1);
    if items.len() <= count {
        return items.to_vec();
    }
    let last = items.len() - 1;
    let steps = (count - 1).max(1);
    (0..count)
        .map(|i| items[i * last / steps].clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_from_the_first_to_the_last() {
        let items: Vec<usize> = (0..10).collect();
        assert_eq!(spread(&items, 4), [0, 3, 6, 9]);
        assert_eq!(spread(&items, 1), [0]);
        assert_eq!(spread(&items[..3], 8), [0, 1, 2]);
    }

    #[test]
    fn numbers_in_names_count_by_their_value() {
        let mut names = ["f10.png", "f9.png", "a.png", "f009b.png", "f1.png"].map(PathBuf::from);
        names.sort_by_cached_key(|path| natural(path));
        let wanted = ["a.png", "f1.png", "f9.png", "f009b.png", "f10.png"];
        // f9 and f009 have one value; the shorter way of writing it is not earlier by the text.
        let found: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
        assert_eq!(found[0], wanted[0]);
        assert_eq!(found[1], wanted[1]);
        assert_eq!(found[4], wanted[4]);
    }

    #[test]
    fn a_path_that_leads_out_is_refused() {
        let folder = Path::new("data");
        for name in ["../a.png", "/a.png", "a/../../b.png", ""] {
            let refused = Picture::inside(folder, name, "7");
            assert!(
                matches!(refused, Err(BenchmarkError::Outside { .. })),
                "{name}"
            );
        }
        let kept = Picture::inside(folder, "Images\\a.png", "7").unwrap();
        assert_eq!(kept, Picture::Path("data/Images/a.png".into()));
    }
}
