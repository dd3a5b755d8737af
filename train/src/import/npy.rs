//! Arrays in an .npz archive (numpy.lib.format), read row by row: a whole set of pictures need not fit into memory.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use npyz::{DType, NpyHeader, Order};
use zip::ZipArchive;

use crate::{TrainError, error::at};

/// Shape, numbers and order of an array.
pub(super) struct Layout {
    /// Rows, columns, ...
    pub(super) shape: Vec<usize>,
    /// numpy's name of its numbers: `|u1`, `<i8`.
    numbers: String,
    /// Bytes of a number.
    bytes: usize,
}

impl Layout {
    /// Whether its numbers are bytes, 0 to 255.
    pub(super) fn is_bytes(&self) -> bool {
        self.numbers.ends_with("u1")
    }

    /// Shape and numbers in words.
    pub(super) fn words(&self) -> String {
        let shape: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        format!("{} of {}", shape.join(" x "), self.numbers)
    }

    /// Numbers in a row, which is everything behind the first axis; a shape that no memory holds ends at the largest
    /// number.
    pub(super) fn row(&self) -> usize {
        let sizes = self.shape.iter().skip(1);
        sizes.fold(1, |product: usize, &size| product.saturating_mul(size))
    }
}

/// An archive of arrays.
pub(super) struct Arrays {
    name: String,
    archive: ZipArchive<BufReader<File>>,
}

impl Arrays {
    /// Opens an archive.
    pub(super) fn open(path: &Path) -> Result<Self, TrainError> {
        let file = File::open(path).map_err(at(path))?;
        let name = path.display().to_string();
        let archive =
            ZipArchive::new(BufReader::new(file)).map_err(|error| TrainError::Import {
                at: name.clone(),
                field: "the file".into(),
                found: format!("no archive ({error})"),
                expected: "an .npz archive, as numpy.savez and MedMNIST write them".into(),
            })?;
        Ok(Self { name, archive })
    }

    /// Names of the arrays.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok);
        let arrays = names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned));
        arrays.collect()
    }

    /// Where an array stands, for errors.
    pub(super) fn at(&self, array: &str) -> String {
        format!("{}, {array}", self.name)
    }

    /// Opens an array; its numbers follow from the reader, in C order.
    pub(super) fn array(&mut self, array: &str) -> Result<(Layout, impl Read), TrainError> {
        let at = self.at(array);
        let wrong = |found: String, expected: &str| TrainError::Import {
            at: at.clone(),
            field: "the array".into(),
            found,
            expected: expected.into(),
        };
        let entry = self.archive.by_name(&format!("{array}.npy"));
        let mut entry =
            entry.map_err(|error| wrong(error.to_string(), "an array of the archive"))?;
        let header = NpyHeader::from_reader(&mut entry)
            .map_err(|error| wrong(error.to_string(), "an array as numpy.save writes it"))?;
        let DType::Plain(numbers) = header.dtype() else {
            return Err(wrong(header.dtype().descr(), "plain numbers"));
        };
        let bytes = numbers
            .num_bytes()
            .filter(|_| !numbers.uses_pickled_array());
        let bytes = bytes.ok_or_else(|| wrong(numbers.to_string(), "plain numbers"))?;
        let shape = header
            .shape()
            .iter()
            .map(|&n| usize::try_from(n))
            .collect::<Result<_, _>>();
        let layout = Layout {
            shape: shape.map_err(|error| wrong(error.to_string(), "a shape"))?,
            numbers: numbers.to_string(),
            bytes,
        };
        if header.order() == Order::Fortran && layout.shape.len() > 1 {
            return Err(wrong("in Fortran's order".into(), "C order, numpy's own"));
        }
        Ok((layout, BufReader::new(entry)))
    }

    /// All rows of whole numbers, such as labels.
    pub(super) fn whole_numbers(&mut self, array: &str) -> Result<(Layout, Vec<i64>), TrainError> {
        let at = self.at(array);
        let wrong = |found: String, expected: &str| TrainError::Import {
            at: at.clone(),
            field: "the labels".into(),
            found,
            expected: expected.into(),
        };
        let (layout, mut reader) = self.array(array)?;
        let count = layout
            .row()
            .saturating_mul(layout.shape.first().copied().unwrap_or(1));
        let mut numbers = Vec::new();
        let mut value = vec![0; layout.bytes];
        for row in 0..count {
            reader.read_exact(&mut value).map_err(|error| {
                wrong(format!("cut off at number {row} ({error})"), "all of them")
            })?;
            let number = whole(&layout.numbers, &value);
            numbers.push(number.ok_or_else(|| wrong(layout.words(), "whole numbers"))?);
        }
        Ok((layout, numbers))
    }
}

/// A whole number of numpy's types.
fn whole(numbers: &str, bytes: &[u8]) -> Option<i64> {
    let (order, kind) = (numbers.chars().next()?, numbers.chars().nth(1)?);
    let mut little = bytes.to_vec();
    if order == '>' {
        little.reverse();
    }
    let negative = kind == 'i' && little.last().is_some_and(|&byte| byte >= 128);
    let mut wide = [if negative { 255 } else { 0 }; 8];
    wide.get_mut(..little.len())?.copy_from_slice(&little);
    matches!(kind, 'i' | 'u' | 'b').then(|| i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_all_sizes_and_orders() {
        assert_eq!(whole("|u1", &[200]), Some(200));
        assert_eq!(whole("|i1", &[200]), Some(-56));
        assert_eq!(whole("<i8", &[2, 1, 0, 0, 0, 0, 0, 0]), Some(258));
        assert_eq!(whole(">i4", &[255, 255, 255, 254]), Some(-2));
        assert_eq!(whole("|b1", &[1]), Some(1));
        assert_eq!(whole("<f4", &[0, 0, 0, 0]), None);
    }
}
