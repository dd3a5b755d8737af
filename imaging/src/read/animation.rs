//! How many pictures an animated file holds.

use crate::Format;

/// The pictures of an animated PNG (acTL) or WebP (ANMF); `None` for files that are no animation.
pub(super) fn pictures(bytes: &[u8], format: Format) -> Option<usize> {
    match format {
        Format::Png => png(bytes),
        Format::WebP => webp(bytes),
        _ => None,
    }
}

fn png(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    let mut frames = None;
    // Without a frame control chunk before its pixels the first picture is no part of the animation.
    let mut apart = 1;
    loop {
        let head = bytes.get(at..at + 8)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        match &head[4..8] {
            b"acTL" => {
                let count = bytes.get(at + 8..at + 12)?;
                let count = u32::from_be_bytes([count[0], count[1], count[2], count[3]]);
                frames = usize::try_from(count).ok();
            }
            b"fcTL" => apart = 0,
            // The control chunk stands before the pixels.
            b"IDAT" => return frames?.checked_add(apart),
            _ => {}
        }
        at = at.checked_add(length)?.checked_add(12)?;
    }
}

fn webp(bytes: &[u8]) -> Option<usize> {
    let mut at = 12;
    let mut count = 0;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        count += usize::from(&head[..4] == b"ANMF");
        let padded = length.checked_add(length % 2)?;
        at = at.checked_add(8)?.checked_add(padded)?;
    }
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_animations_are_counted() {
        let chunk = |name: &[u8; 4], value: &[u8]| {
            let mut bytes = (value.len() as u32).to_be_bytes().to_vec();
            bytes.extend(name);
            bytes.extend(value);
            bytes.extend([0; 4]);
            bytes
        };
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        file.extend(chunk(b"IHDR", &[0; 13]));
        let mut still = file.clone();
        file.extend(chunk(b"acTL", &[0, 0, 0, 3, 0, 0, 0, 0]));
        // A first picture that is not one of the animation's three counts as well.
        let apart = [&file[..], &chunk(b"IDAT", &[0; 4])].concat();
        assert_eq!(pictures(&apart, Format::Png), Some(4));
        file.extend(chunk(b"fcTL", &[0; 26]));
        file.extend(chunk(b"IDAT", &[0; 4]));
        assert_eq!(pictures(&file, Format::Png), Some(3));
        still.extend(chunk(b"IDAT", &[0; 4]));
        still.extend(chunk(b"acTL", &[0, 0, 0, 3, 0, 0, 0, 0]));
        assert_eq!(pictures(&still, Format::Png), None);
        let webp = b"RIFF\0\0\0\0WEBPANMF\x01\0\0\0\0\0ANMF\x02\0\0\0\0\0";
        assert_eq!(pictures(webp, Format::WebP), Some(2));
        assert_eq!(pictures(b"RIFF\0\0\0\0WEBPVP8 ", Format::WebP), None);
    }
}
