//! The XMP packet of a picture (ISO 16684-1), and whether it says that a model made the picture.

use crate::Format;

/// What Digital Source Type (IPTC Photo Metadata Standard) says of pictures that a trained model made or changed:
/// `trainedAlgorithmicMedia` and `compositeWithTrainedAlgorithmicMedia` end alike.
const BY_A_MODEL: &[u8] = b"rainedAlgorithmicMedia";

/// Whether the file says so.
pub(super) fn made_by_a_model(bytes: &[u8], format: Format) -> bool {
    let packet = match format {
        Format::Png => in_png(bytes),
        Format::Jpeg => in_jpeg(bytes),
        _ => None,
    };
    packet.is_some_and(|packet| {
        packet
            .windows(BY_A_MODEL.len())
            .any(|part| part == BY_A_MODEL)
    })
}

/// The international text of a PNG file with the keyword for XMP, which is not compressed (XMP specification, part 3, 1.1.5).
fn in_png(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let content = after.get(..length)?;
        if kind == b"iTXt"
            && let Some(packet) = content.strip_prefix(b"XML:com.adobe.xmp\0\0")
        {
            return Some(packet);
        }
        // Past the checksum.
        rest = after.get(length..)?.get(4..)?;
    }
}

/// The segment of a JPEG file with the name for XMP (XMP specification, part 3, 1.1.3); extended packets hold what is large.
fn in_jpeg(bytes: &[u8]) -> Option<&[u8]> {
    const APP1: u8 = 0xe1;
    let mut rest = bytes.get(2..)?;
    loop {
        let (head, after) = rest.split_first_chunk::<4>()?;
        let [0xff, marker, high, low] = *head else {
            return None;
        };
        // Pixels follow.
        if marker == 0xda {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2)?;
        let segment = after.get(..length)?;
        if marker == APP1
            && let Some(packet) = segment.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0")
        {
            return Some(packet);
        }
        rest = after.get(length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAYS: &[u8] = b"<x:xmpmeta>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</x:xmpmeta>";

    fn png(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, content) in [(b"IHDR", &[0; 13][..]), (kind, content), (b"IEND", &[])] {
            file.extend(u32::try_from(content.len()).expect("short").to_be_bytes());
            file.extend(kind);
            file.extend(content);
            file.extend([0; 4]);
        }
        file
    }

    fn jpeg(marker: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).expect("short");
        let mut file = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, marker];
        file.extend(length.to_be_bytes());
        file.extend(content);
        file.extend([0xff, 0xda, 0, 2]);
        file
    }

    #[test]
    fn a_packet_is_found_where_the_format_keeps_it() {
        let text = [b"XML:com.adobe.xmp\0\0\0\0\0", SAYS].concat();
        assert!(made_by_a_model(&png(b"iTXt", &text), Format::Png));
        let segment = [b"http://ns.adobe.com/xap/1.0/\0", SAYS].concat();
        assert!(made_by_a_model(&jpeg(0xe1, &segment), Format::Jpeg));
    }

    #[test]
    fn other_texts_and_packets_that_say_something_else_are_not() {
        let comment = [b"Comment\0\0\0\0\0", SAYS].concat();
        assert!(!made_by_a_model(&png(b"iTXt", &comment), Format::Png));
        let camera = b"XML:com.adobe.xmp\0\0\0\0\0digitalsourcetype/digitalCapture";
        assert!(!made_by_a_model(&png(b"iTXt", camera), Format::Png));
        assert!(!made_by_a_model(&jpeg(0xe1, SAYS), Format::Jpeg));
        assert!(!made_by_a_model(&jpeg(0xda, SAYS), Format::Jpeg));
    }

    #[test]
    fn a_file_that_ends_anywhere_says_nothing() {
        let file = png(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", SAYS].concat());
        let end = file.len() - 20;
        for cut in 0..end {
            assert!(!made_by_a_model(&file[..cut], Format::Png), "{cut}");
        }
        assert!(!made_by_a_model(
            &[0xff, 0xd8, 0xff, 0xe1, 0, 1],
            Format::Jpeg
        ));
    }
}
