//! Files of one series: copies, concatenations, frames beyond those that are announced.

use super::{firsts, object, one, open, says, slice};

#[test]
fn one_instance_uid_does_not_make_a_copy() {
    let uid = (0x0008, 0x0018);
    let same = |number, z| slice(number, z).text(uid, "UI", "1.2.1");
    let series = one(&[same(1, 0.0), same(2, 1.0), same(3, 2.0), same(1, 0.0)]);
    assert_eq!(firsts(&series), [1.0, 2.0, 3.0]);
    assert!(says(&series, "One file came twice"));
    assert!(says(
        &series,
        "3 files have the instance UID of another one and differ from it; all are shown."
    ));
    // What is said about the same pixels counts as well: time, window, shape of the pixels, padding.
    let plain = || object("OT", 1, &[1, 2, 3, 4]);
    let others = [
        plain().text((0x0020, 0x0013), "IS", "2"),
        plain()
            .ds((0x0028, 0x1050), &[2.0])
            .ds((0x0028, 0x1051), &[4.0]),
        plain().text((0x0028, 0x0034), "IS", "2\\1"),
        plain().us((0x0028, 0x0120), &[1]),
    ];
    for other in others {
        let series = one(&[plain(), other, plain()]);
        assert_eq!(series.frames.len(), 2);
        assert!(says(&series, "One file came twice"));
        assert!(says(&series, "2 files have the instance UID"));
    }
    // A file of many frames and its copy.
    let film = object("US", 1, &[0; 12]);
    let series = one(&[film.clone(), film]);
    assert_eq!(series.frames.len(), 3);
    assert!(says(&series, "One file came twice"));
}

#[test]
fn frames_beyond_those_that_are_announced_are_told() {
    let three = || object("OT", 1, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    let series = one(&[three().text((0x0028, 0x0008), "IS", "2")]);
    assert_eq!(series.frames.len(), 2);
    assert!(says(
        &series,
        "as long as 3 frames, but the file announces 2"
    ));
    assert!(!says(&one(&[three()]), "as long as"));
}

#[test]
fn concatenations_are_one_image() {
    let part = |number: u32, pixels: &[u16]| {
        object("CT", number, pixels)
            .text((0x0020, 0x9161), "UI", "1.2.3")
            .us((0x0020, 0x9162), &[number as u16])
            .us((0x0020, 0x9163), &[3])
    };
    let two = one(&[part(2, &[5, 0, 0, 0]), part(1, &[1, 0, 0, 0, 2, 0, 0, 0])]);
    assert_eq!(firsts(&two), [1.0, 2.0, 5.0]);
    assert!(says(&two, "Only 2 of the 3 files of this image are here"));
    // Files of many frames in one series are told apart by their numbers.
    let series = open(&[
        object("US", 4, &[0; 8]),
        object("US", 7, &[0; 12]),
        object("US", 8, &[0; 4]),
    ]);
    let names: Vec<&str> = series.iter().map(|s| s.info.name.as_str()).collect();
    assert_eq!(names, ["head (4)", "head (7)", "head (2 x 2)"]);
    assert!(says(&series[0], "several files of many frames"));
}
