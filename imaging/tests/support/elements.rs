//! Small DICOM files written element by element: explicit, little endian.

/// An element; odd values are padded with a space.
pub(crate) fn element(group: u16, number: u16, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = [group.to_le_bytes(), number.to_le_bytes()].concat();
    bytes.extend(vr);
    let length = value.len().next_multiple_of(2);
    if matches!(vr, b"OB" | b"OD" | b"OW" | b"SQ" | b"UN" | b"UT" | b"UC") {
        bytes.extend([0, 0]);
        bytes.extend((length as u32).to_le_bytes());
    } else {
        bytes.extend((length as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes.resize(bytes.len() + length - value.len(), b' ');
    bytes
}

/// A file of 2 x 2 pixels, 0 to 3, and what else it says, in the order of tags (groups 0008 to 0028).
pub(crate) fn small(more: &[Vec<u8>]) -> Vec<u8> {
    let us = |number, value: u16| element(0x0028, number, b"US", &value.to_le_bytes());
    let mut elements = vec![
        element(0x0008, 0x0016, b"UI", b"1.2.840.10008.5.1.4.1.1.7\0"),
        element(0x0008, 0x0018, b"UI", b"1.2.3.4\0"),
        element(0x0028, 0x0004, b"CS", b"MONOCHROME2"),
        us(0x0002, 1),
        us(0x0010, 2),
        us(0x0011, 2),
        us(0x0100, 8),
        us(0x0101, 8),
        us(0x0102, 7),
        us(0x0103, 0),
        element(0x7fe0, 0x0010, b"OW", &[0, 1, 2, 3]),
    ];
    elements.extend_from_slice(more);
    file(b"1.2.840.10008.1.2.1\0", elements)
}

/// A file of these elements in the order of their tags. The transfer syntax is padded to an even length.
pub(crate) fn file(syntax: &[u8], mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort_by_key(|bytes| [bytes[1], bytes[0], bytes[3], bytes[2]]);
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    file.extend(element(0x0002, 0x0010, b"UI", syntax));
    file.extend(elements.concat());
    file
}

/// An item of a sequence.
pub(crate) fn item(elements: &[Vec<u8>]) -> Vec<u8> {
    let value = elements.concat();
    let mut bytes = vec![0xfe, 0xff, 0x00, 0xe0];
    bytes.extend((value.len() as u32).to_le_bytes());
    bytes.extend(value);
    bytes
}
