//! How many pictures a JPEG file holds: cameras put further views, previews and depth maps behind the first one (CIPA DC-007,
//! Multi-Picture Format).

/// The number of pictures that a file's index states; `None` without an index.
pub(super) fn pictures(bytes: &[u8]) -> Option<usize> {
    const INDEX: u8 = 0xe2; // APP2
    let mut at = 2;
    loop {
        let head = bytes.get(at..at + 4)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        match head {
            // Pixels follow.
            [0xff, 0xda, ..] => return None,
            [0xff, INDEX, ..] => {
                let segment = bytes.get(at + 4..at + 2 + length)?;
                if let Some(index) = segment.strip_prefix(b"MPF\0") {
                    return images(index);
                }
            }
            [0xff, ..] => {}
            _ => return None,
        }
        at += 2 + length.max(2);
    }
}

/// The number of images (tag B001) in an index, which has the form of a TIFF file.
fn images(index: &[u8]) -> Option<usize> {
    let big = index.starts_with(b"MM");
    let word = |at: usize| {
        let bytes = <[u8; 4]>::try_from(index.get(at..at.checked_add(4)?)?).ok()?;
        Some(if big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    };
    let half = |at: usize| {
        let bytes = <[u8; 2]>::try_from(index.get(at..at.checked_add(2)?)?).ok()?;
        Some(if big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    };
    let directory = usize::try_from(word(4)?).ok()?;
    let entries = usize::from(half(directory)?);
    // Positions are those of 32 bits, and so may be the machine's.
    let mut entries = (0..entries).map_while(|entry| directory.checked_add(2 + 12 * entry));
    let count = entries.find(|at| half(*at) == Some(0xb001))?;
    usize::try_from(word(count.checked_add(8)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_camera_says_how_many_there_are() {
        let entry = |tag: u16, count: u8| {
            [&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1, 0, 0, 0, count]].concat()
        };
        let index = [
            b"MPF\0MM\0*\0\0\0\x08\0\x02".to_vec(),
            entry(0xb000, 9),
            entry(0xb001, 2),
        ]
        .concat();
        let segment = |marker: u8, value: &[u8]| {
            [&[0xff, marker, 0, value.len() as u8 + 2][..], value].concat()
        };
        let start = [0xff, 0xd8].to_vec();
        let other = segment(0xe2, b"ICC_PROFILE\0");
        let scan = segment(0xda, &[0; 6]);
        let file = [
            start.clone(),
            other.clone(),
            segment(0xe2, &index),
            scan.clone(),
        ]
        .concat();
        assert_eq!(pictures(&file), Some(2));
        assert_eq!(pictures(&[start, other, scan.clone()].concat()), None);
        for end in 0..file.len() - scan.len() {
            assert_eq!(pictures(&file[..end]), None, "{end}");
        }
    }
}
