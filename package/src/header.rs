//! The header of a safetensors file: eight bytes of length, then JSON with every tensor's type,
//! shape and place. It is read without the data, which a browser never has as a whole.

use std::{collections::BTreeMap, ops::Range};

use serde::Deserialize;

use super::{DType, PackageError, TensorMeta};

/// Bytes of the length in front of the header.
pub(super) const LENGTH_BYTES: u64 = 8;
/// The largest header that is read. The 14B model's has 0.2 MB.
const MAX_HEADER_BYTES: u64 = 64 << 20;

/// A tensor's place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) meta: TensorMeta,
    /// Bytes in the file, from its beginning.
    pub(super) range: Range<u64>,
}

/// As it stands in the file.
#[derive(Deserialize)]
struct Raw {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// Reads the length of the header from the first eight bytes.
pub(super) fn header_len(file: &str, start: &[u8], file_size: u64) -> Result<u64, PackageError> {
    let why = |why: String| PackageError::Header {
        file: file.to_owned(),
        why,
    };
    let Ok(bytes) = <[u8; 8]>::try_from(start) else {
        return Err(why(format!(
            "it has {} bytes, at least 8 are needed",
            start.len()
        )));
    };
    let length = u64::from_le_bytes(bytes);
    let most = file_size.saturating_sub(LENGTH_BYTES).min(MAX_HEADER_BYTES);
    if length > most {
        return Err(why(format!(
            "its header claims {length} bytes, at most {most} are possible"
        )));
    }
    Ok(length)
}

/// Reads the header's JSON: the tensors in the order of their data, which must lie one after the
/// other without a gap. `renamed` gives the name under which a tensor is known.
pub(super) fn parse(
    file: &str,
    json: &[u8],
    renamed: impl Fn(&str) -> String,
) -> Result<Vec<Entry>, PackageError> {
    let bad = |why: String| PackageError::Header {
        file: file.to_owned(),
        why,
    };
    let mut raw: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
    raw.remove("__metadata__");
    let data_start = LENGTH_BYTES + json.len() as u64;
    let mut entries = Vec::with_capacity(raw.len());
    for (name, value) in raw {
        let wrong = |why: String| PackageError::Entry {
            name: name.clone(),
            file: file.to_owned(),
            why,
        };
        let raw: Raw = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        let dtype = DType::from_name(&raw.dtype).ok_or_else(|| {
            wrong(format!(
                "type {}, expected F32, F16, BF16, U32, I32 or U8",
                raw.dtype
            ))
        })?;
        let shape = raw
            .shape
            .iter()
            .map(|&side| usize::try_from(side))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| wrong(format!("shape {:?} is too large", raw.shape)))?;
        let meta = TensorMeta { dtype, shape };
        let (start, end) = raw.data_offsets;
        let found = end.checked_sub(start);
        let expected = meta.byte_len();
        if expected.is_none() || found != expected {
            return Err(wrong(format!(
                "bytes {start} to {end} do not hold {} values of shape {:?}",
                raw.dtype, raw.shape
            )));
        }
        let place = |offset: u64| {
            offset
                .checked_add(data_start)
                .ok_or_else(|| wrong(format!("byte {offset} is beyond any file")))
        };
        let range = place(start)?..place(end)?;
        entries.push(Entry {
            name: renamed(&name),
            meta,
            range,
        });
    }
    entries.sort_by_key(|entry| (entry.range.start, entry.range.end));
    let mut next = data_start;
    for entry in &entries {
        if entry.range.start != next {
            return Err(PackageError::Entry {
                name: entry.name.clone(),
                file: file.to_owned(),
                why: format!(
                    "its data starts at byte {}, expected {}",
                    entry.range.start - data_start,
                    next - data_start
                ),
            });
        }
        next = entry.range.end;
    }
    Ok(entries)
}

/// Checks that a file is as long as its header says.
pub(super) fn check_extent(
    file: &str,
    entries: &[Entry],
    header: u64,
    size: u64,
) -> Result<(), PackageError> {
    let expected = entries
        .last()
        .map_or(LENGTH_BYTES + header, |entry| entry.range.end);
    if size == expected {
        return Ok(());
    }
    match entries.iter().find(|entry| entry.range.end > size) {
        Some(entry) => Err(PackageError::Truncated {
            file: file.to_owned(),
            name: entry.name.clone(),
            expected,
            found: size,
        }),
        None => Err(PackageError::Size {
            file: file.to_owned(),
            expected,
            found: size,
        }),
    }
}

/// The first bytes of a safetensors file that holds these tensors in this order: length and
/// header, padded so that the data starts at a multiple of eight.
#[must_use]
pub fn write_header<'a>(tensors: impl Iterator<Item = (&'a str, &'a TensorMeta, u64)>) -> Vec<u8> {
    // By hand, because the order of the entries is the order of the data, and a JSON map has none.
    let mut json = String::from("{\"__metadata__\":{\"format\":\"pt\"}");
    let mut start = 0;
    for (name, meta, length) in tensors {
        let name = serde_json::Value::from(name);
        let shape = serde_json::Value::from(meta.shape.clone());
        let (dtype, end) = (meta.dtype.name(), start + length);
        json.push_str(&format!(
            ",{name}:{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{start},{end}]}}"
        ));
        start = end;
    }
    json.push('}');
    while json.len() % 8 != 0 {
        json.push(' ');
    }
    let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(json.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(json: &str) -> Result<Vec<Entry>, PackageError> {
        parse("f", json.as_bytes(), str::to_owned)
    }

    #[test]
    fn tensors_come_in_the_order_of_their_data() {
        let got = entries(
            r#"{"__metadata__":{"a":"b"},
                "a":{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]},
                "z":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
        )
        .unwrap();
        let names: Vec<_> = got.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["z", "a"]);
        assert_eq!(got[1].range.end - got[0].range.start, 16);
        assert_eq!(
            got[1].meta,
            TensorMeta {
                dtype: DType::F16,
                shape: vec![2, 3]
            }
        );
    }

    #[test]
    fn wrong_entries_are_named() {
        let text = |json: &str| entries(json).unwrap_err().to_string();
        let gap = text(r#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}"#);
        assert!(
            gap.contains("tensor x in f") && gap.contains("byte 3, expected 0"),
            "{gap}"
        );
        let size = text(r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#);
        assert!(size.contains("[2]"), "{size}");
        let back = text(r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#);
        assert!(back.contains("bytes 8 to 0"), "{back}");
        let dtype = text(r#"{"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#);
        assert!(dtype.contains("F8_E4M3"), "{dtype}");
        let huge = 1_u64 << 40;
        let huge = text(&format!(
            r#"{{"x":{{"dtype":"U8","shape":[{huge},{huge}],"data_offsets":[0,1]}}}}"#
        ));
        assert!(huge.contains("tensor x"), "{huge}");
        assert!(text("[]").contains("not a valid safetensors file"));
        let twice = r#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
                        "y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
        assert!(text(twice).contains("expected 1"));
    }

    #[test]
    fn absurd_lengths_are_refused_before_anything_is_read() {
        assert_eq!(header_len("f", &100_u64.to_le_bytes(), 108), Ok(100));
        for length in [101, u64::MAX, u64::MAX - 8] {
            let error = header_len("f", &length.to_le_bytes(), 108)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(&length.to_string()) && error.contains("100"),
                "{error}"
            );
        }
        assert!(header_len("f", &(65_u64 << 20).to_le_bytes(), u64::MAX).is_err());
        assert!(header_len("f", &[1, 2], 2).is_err());
    }

    #[test]
    fn what_is_written_can_be_read_by_the_library() {
        let one = TensorMeta {
            dtype: DType::F32,
            shape: vec![2],
        };
        let two = TensorMeta {
            dtype: DType::U8,
            shape: vec![3],
        };
        let mut file = write_header([("b\"q", &one, 8), ("a", &two, 3)].into_iter());
        assert_eq!(file.len() % 8, 0);
        let header = file.len() as u64 - LENGTH_BYTES;
        let parsed = parse("f", &file[8..], str::to_owned).unwrap();
        assert_eq!(parsed[0].name, "b\"q");
        assert_eq!(parsed[1].range, header + 16..header + 19);
        file.extend([0, 0, 128, 63, 0, 0, 0, 64, 7, 8, 9]);
        let library = safetensors::SafeTensors::deserialize(&file).unwrap();
        assert_eq!(library.tensor("a").unwrap().data(), [7, 8, 9]);
        assert_eq!(library.tensor("b\"q").unwrap().shape(), [2]);
        let size = file.len() as u64;
        assert_eq!(check_extent("f", &parsed, header, size), Ok(()));
        let cut = check_extent("f", &parsed, header, size - 4).unwrap_err();
        assert!(matches!(cut, PackageError::Truncated { ref name, .. } if name == "b\"q"));
        let long = check_extent("f", &parsed, header, size + 1);
        assert!(matches!(long, Err(PackageError::Size { .. })));
    }
}
