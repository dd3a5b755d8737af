//! The directories of a TIFF file (TIFF 6.0, section 2; BigTIFF): one a picture, read without touching a pixel.

use std::cell::Cell;
use std::collections::HashSet;

use crate::{Format, ImagingError};

/// More directories than any real file has.
const MOST: usize = 100_000;
/// More values of one entry than are looked at.
const MOST_VALUES: u64 = 1 << 20;
/// Entries of directories and values of entries that are looked at in any file, beside those that its bytes can hold: a few
/// directories may share some.
const FREE_ENTRIES: usize = 4096;
const FREE_VALUES: u64 = 1 << 22;
/// How often each byte of a file may be looked at as a value: each strip's place is asked for several times.
const VALUES_FOR_BYTE: u64 = 64;

/// The bytes of a file and how its numbers are written.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    /// Big endian.
    pub(super) big: bool,
    /// BigTIFF, with 64-bit offsets.
    wide: bool,
    /// Entries that may still be read. Directories may lie over each other, and a few bytes would be read as thousands of
    /// directories of thousands of entries.
    entries_left: Cell<usize>,
    /// Values that may still be read; entries may share theirs.
    values_left: Cell<u64>,
}

/// One value, or a list of them.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// Where the entry itself lies in the file.
    place: usize,
    /// Where its first value lies.
    at: usize,
}

/// Bytes that shall stand elsewhere than the file has them: a position and what to read there.
pub(super) type Patch = (u64, Vec<u8>);

/// A directory.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    /// Where it lies in the file.
    at: u64,
    entries: Vec<Entry>,
}

/// The directories of a file, in its order.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) directories: Vec<Directory>,
    /// The list ends in something that is no directory.
    pub(super) broken: bool,
}

pub(super) fn corrupt(reason: &str) -> ImagingError {
    ImagingError::Corrupt {
        format: Format::Tiff,
        reason: reason.to_owned(),
    }
}

pub(super) const TRUNCATED: ImagingError = ImagingError::Truncated {
    format: Format::Tiff,
};

impl<'a> File<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, ImagingError> {
        let big = match bytes.get(..2) {
            Some(b"II") => false,
            Some(b"MM") => true,
            _ => return Err(corrupt("it begins neither with II nor with MM")),
        };
        let mut file = Self {
            bytes,
            big,
            wide: false,
            entries_left: Cell::new(0),
            values_left: Cell::new(
                (bytes.len() as u64).saturating_mul(VALUES_FOR_BYTE) + FREE_VALUES,
            ),
        };
        file.wide = match file.number(2, 2).ok_or(TRUNCATED)? {
            42 => false,
            43 => true,
            version => return Err(corrupt(&format!("version {version} instead of 42 or 43"))),
        };
        let (_, entry, _) = file.sizes();
        file.entries_left.set(bytes.len() / entry + FREE_ENTRIES);
        Ok(file)
    }

    /// Where the header says the first directory is: position and size of that number.
    fn first_pointer(&self) -> (usize, usize) {
        if self.wide { (8, 8) } else { (4, 4) }
    }

    /// Makes a directory the first one.
    pub(super) fn leading(&self, directory: &Directory) -> Patch {
        let (at, size) = self.first_pointer();
        (at as u64, self.written(directory.at, size))
    }

    /// Gives an entry one value; nothing when it is absent.
    pub(super) fn set(&self, directory: &Directory, tag: u16, value: u64) -> Vec<Patch> {
        let Some(entry) = directory.entry(tag) else {
            return Vec::new();
        };
        let word = self.word();
        let size = (size_of(entry.kind) as usize).min(word);
        let place = entry.place as u64;
        vec![
            (place + 4, self.written(1, word)),
            (place + 4 + word as u64, self.written(value, size)),
        ]
    }

    /// Takes an entry for one that nobody knows.
    pub(super) fn hide(&self, directory: &Directory, tag: u16) -> Option<Patch> {
        let entry = directory.entry(tag)?;
        Some((entry.place as u64, self.written(0xfffe, 2)))
    }

    /// Leaves an entry some of its values, from one on.
    pub(super) fn part(
        &self,
        directory: &Directory,
        tag: u16,
        from: usize,
        n: usize,
    ) -> Vec<Patch> {
        let Some(entry) = directory.entry(tag) else {
            return Vec::new();
        };
        let (word, size) = (self.word(), size_of(entry.kind) as usize);
        let start = entry.at.saturating_add(from.saturating_mul(size));
        let length = n.saturating_mul(size);
        let value = if length <= word {
            let values = self.bytes.get(start..start.saturating_add(length));
            values.unwrap_or_default().to_vec()
        } else {
            self.written(start as u64, word)
        };
        let place = entry.place as u64;
        vec![
            (place + 4, self.written(n as u64, word)),
            (place + 4 + word as u64, value),
        ]
    }

    /// Bytes of an offset.
    fn word(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// An unsigned number of some bytes.
    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        let fold = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
        Some(if self.big {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        })
    }

    /// A number's bytes as this file writes them.
    fn written(&self, value: u64, size: usize) -> Vec<u8> {
        let bytes = value.to_le_bytes();
        let mut bytes = bytes[..size.min(8)].to_vec();
        if self.big {
            bytes.reverse();
        }
        bytes
    }

    /// The directories that hang together from the first one on.
    pub(super) fn chain(&self) -> Result<Chain, ImagingError> {
        let (at, size) = self.first_pointer();
        let mut next = self.number(at, size).ok_or(TRUNCATED)?;
        let mut seen = HashSet::new();
        let mut chain = Chain {
            directories: Vec::new(),
            broken: false,
        };
        while next != 0 {
            let read = self.directory(next);
            let Some((directory, following)) = read.filter(|_| seen.insert(next)) else {
                chain.broken = true;
                break;
            };
            chain.directories.push(directory);
            if chain.directories.len() >= MOST {
                chain.broken = true;
                break;
            }
            next = following;
        }
        if chain.directories.is_empty() {
            return Err(TRUNCATED);
        }
        Ok(chain)
    }

    /// Bytes of the number of entries, of an entry, and of an offset.
    fn sizes(&self) -> (usize, usize, usize) {
        if self.wide { (8, 20, 8) } else { (2, 12, 4) }
    }

    /// A directory and where the next one is; `None` outside of the file, and where directories lie over each other so
    /// often that they have more entries than the file has room for.
    fn directory(&self, at: u64) -> Option<(Directory, u64)> {
        let start = usize::try_from(at).ok()?;
        let (head, entry, word) = self.sizes();
        let count = usize::try_from(self.number(start, head)?).ok()?;
        let first = start.checked_add(head)?;
        let end = first.checked_add(count.checked_mul(entry)?)?;
        if end > self.bytes.len() {
            return None;
        }
        // One without entries is a directory all the same.
        let left = self.entries_left.get().checked_sub(count + 1)?;
        self.entries_left.set(left);
        let entries = (0..count)
            .filter_map(|i| self.entry(first + i * entry, word))
            .collect();
        // A list that ends with the file has no next one.
        let next = self.number(end, word).unwrap_or(0);
        Some((Directory { at, entries }, next))
    }

    fn entry(&self, at: usize, word: usize) -> Option<Entry> {
        let kind = self.number(at + 2, 2)? as u16;
        let count = self.number(at + 4, word)?;
        let value = at + 4 + word;
        let bytes = count.checked_mul(size_of(kind))?;
        let at_value = if bytes <= word as u64 {
            value
        } else {
            usize::try_from(self.number(value, word)?).ok()?
        };
        Some(Entry {
            tag: self.number(at, 2)? as u16,
            kind,
            count,
            place: at,
            at: at_value,
        })
    }

    /// The unsigned whole numbers of an entry; empty when it is absent or lies outside of the file, and where entries
    /// share their values so often that it would take minutes.
    pub(super) fn numbers(&self, directory: &Directory, tag: u16) -> Vec<u64> {
        let Some(entry) = directory.entry(tag).filter(Entry::is_whole) else {
            return Vec::new();
        };
        let count = entry.count.min(MOST_VALUES);
        let Some(left) = self.values_left.get().checked_sub(count) else {
            return Vec::new();
        };
        self.values_left.set(left);
        let size = size_of(entry.kind) as usize;
        (0..count as usize)
            .map_while(|i| self.number(entry.at.checked_add(i.checked_mul(size)?)?, size))
            .collect()
    }

    /// The bytes of an entry of single bytes; empty when it is absent or lies outside of the file.
    pub(super) fn bytes_of(&self, directory: &Directory, tag: u16) -> &'a [u8] {
        let bytes = directory.entry(tag).and_then(|entry| {
            let length = usize::try_from(entry.count).ok()?;
            let end = entry.at.checked_add(length)?;
            self.bytes
                .get(entry.at..end)
                .filter(|_| size_of(entry.kind) == 1)
        });
        bytes.unwrap_or_default()
    }

    /// Whether the values of an entry lie inside of the file, as many as it says; true where it is absent.
    pub(super) fn is_inside(&self, directory: &Directory, tag: u16) -> bool {
        let Some(entry) = directory.entry(tag) else {
            return true;
        };
        let left = self.bytes.len().saturating_sub(entry.at) as u64;
        let needed = entry.count.checked_mul(size_of(entry.kind));
        needed.is_some_and(|needed| needed <= left)
    }

    /// The first of the numbers of an entry.
    pub(super) fn first(&self, directory: &Directory, tag: u16) -> Option<u64> {
        let entry = directory.entry(tag).filter(Entry::is_whole)?;
        let size = size_of(entry.kind) as usize;
        self.number(entry.at, size).filter(|_| entry.count > 0)
    }

    /// Unsigned rationals as quotients.
    pub(super) fn rationals(&self, directory: &Directory, tag: u16) -> Vec<f64> {
        let Some(entry) = directory.entry(tag).filter(|entry| entry.kind == 5) else {
            return Vec::new();
        };
        (0..entry.count.min(16) as usize)
            .map_while(|i| {
                let at = entry.at.checked_add(8 * i)?;
                Some(self.number(at, 4)? as f64 / self.number(at + 4, 4)? as f64)
            })
            .collect()
    }

    /// A text, up to its first zero.
    pub(super) fn text(&self, directory: &Directory, tag: u16) -> Option<String> {
        let entry = directory.entry(tag).filter(|entry| entry.kind == 2)?;
        let length = usize::try_from(entry.count.min(MOST_VALUES)).ok()?;
        let bytes = self.bytes.get(entry.at..entry.at.checked_add(length)?)?;
        let text = bytes.split(|b| *b == 0).next()?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// The directories that an entry of a directory points to (SubIFDs).
    pub(super) fn inner(&self, directory: &Directory, tag: u16) -> Vec<Directory> {
        self.numbers(directory, tag)
            .into_iter()
            .take(1000)
            .filter_map(|at| self.directory(at))
            .map(|(directory, _)| directory)
            .collect()
    }
}

impl Entry {
    /// Whether its values are unsigned whole numbers.
    fn is_whole(&self) -> bool {
        matches!(self.kind, 1 | 3 | 4 | 13 | 16 | 18)
    }
}

impl Directory {
    fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }
}

/// Bytes that a value of a field type takes.
fn size_of(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}
