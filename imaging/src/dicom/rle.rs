//! RLE Lossless (DICOM PS3.5, annex G): each byte of each sample in a segment of its own, packed by run lengths.

use crate::{Format, ImagingError};

/// The most bytes that a run stands for.
const LONGEST_RUN: usize = 128;

/// Decodes a frame to little-endian samples, pixel by pixel.
///
/// `pixels` is rows times columns, `samples` the samples a pixel, `bytes` the bytes a sample.
pub(super) fn decode(
    data: &[u8],
    pixels: usize,
    samples: usize,
    bytes: usize,
) -> Result<Vec<u8>, ImagingError> {
    let corrupt = |reason: &str| ImagingError::Corrupt {
        format: Format::Dicom,
        reason: format!("RLE: {reason}"),
    };
    let word = |i: usize| {
        let bytes = data.get(4 * i..4 * i + 4)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
    };
    let segments = samples * bytes;
    let said = word(0).ok_or_else(|| corrupt("no header"))?;
    if said != segments || segments > 15 {
        return Err(corrupt(&format!(
            "{said} segments where {segments} are needed"
        )));
    }
    // Two bytes stand for 128 at most (G.3.1), so what is shorter cannot hold the frame.
    let least = pixels.div_ceil(LONGEST_RUN).saturating_mul(2 * segments);
    if data.len() < least {
        return Err(ImagingError::Truncated {
            format: Format::Dicom,
        });
    }
    let pixel_bytes = segments;
    let mut out = vec![0; pixels * pixel_bytes];
    for segment in 0..segments {
        let start = word(1 + segment).unwrap_or(usize::MAX);
        let end = if segment + 1 < segments {
            word(2 + segment).unwrap_or(0)
        } else {
            data.len()
        };
        let packed = data
            .get(start..end)
            .ok_or_else(|| corrupt("segments out of order"))?;
        // The highest byte of a sample comes first.
        let (sample, byte) = (segment / bytes, bytes - 1 - segment % bytes);
        let places = out
            .iter_mut()
            .skip(sample * bytes + byte)
            .step_by(pixel_bytes);
        if unpack(packed, places) < pixels {
            return Err(ImagingError::Truncated {
                format: Format::Dicom,
            });
        }
    }
    Ok(out)
}

/// PackBits: gives the number of bytes that were written.
fn unpack<'a>(packed: &[u8], mut places: impl Iterator<Item = &'a mut u8>) -> usize {
    let mut written = 0;
    let mut at = 0;
    while let Some(&control) = packed.get(at) {
        at += 1;
        let (run, step): (&[u8], usize) = match control {
            0..=127 => {
                let end = (at + usize::from(control) + 1).min(packed.len());
                (&packed[at..end], 1)
            }
            128 => continue,
            129..=255 => (
                &packed[at..(at + 1).min(packed.len())],
                257 - usize::from(control),
            ),
        };
        at += run.len();
        for &value in run {
            for _ in 0..step {
                let Some(place) = places.next() else {
                    return written;
                };
                *place = value;
                written += 1;
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(segments: &[&[u8]]) -> Vec<u8> {
        let mut header = vec![segments.len() as u32];
        let mut at = 64;
        for segment in segments {
            header.push(at);
            at += segment.len() as u32;
        }
        header.resize(16, 0);
        let mut bytes: Vec<u8> = header.iter().flat_map(|w| w.to_le_bytes()).collect();
        segments.iter().for_each(|s| bytes.extend_from_slice(s));
        bytes
    }

    #[test]
    fn planes_of_bytes_become_samples() {
        // High bytes: 1 1 1 2; low bytes: 9 8 7 7. 254 repeats three times.
        let data = frame(&[&[254, 1, 0, 2], &[1, 9, 8, 255, 7]]);
        assert_eq!(decode(&data, 4, 1, 2).unwrap(), [9, 1, 8, 1, 7, 1, 7, 2]);
    }

    #[test]
    fn what_is_missing_is_said() {
        let short = frame(&[&[254, 1]]);
        assert!(matches!(
            decode(&short, 4, 1, 1),
            Err(ImagingError::Truncated { .. })
        ));
        assert!(decode(&short, 3, 1, 1).is_ok());
        assert!(
            decode(&short, 3, 3, 1)
                .unwrap_err()
                .to_string()
                .contains("3 are needed")
        );
        assert!(decode(&[1, 0], 3, 1, 1).is_err());
        let mut wild = short.clone();
        wild[4] = 0xff;
        assert!(decode(&wild, 3, 1, 1).is_err());
    }
}
