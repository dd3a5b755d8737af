//! Several frames at one position, and films.

use super::support::dicom::Set;
use super::{AXIAL, firsts, object, one, says, slice};

#[test]
fn times_do_not_mix_where_positions_were_rounded() {
    // Three times at three positions 3 mm apart, which differ by a thousandth; numbered slice by slice, backwards.
    let mut sets = Vec::new();
    for (s, z) in [6.0, 3.0, 0.0].into_iter().enumerate() {
        for t in 0..3_u32 {
            let z = z + [0.0, 0.001, -0.0007][(s + t as usize) % 3];
            let number = 1 + 3 * s as u32 + t;
            // The clock, not the number, says what came first.
            let clock = format!("1200{:02}.{s}", 30 - 10 * t);
            sets.push(slice(number, z).text((0x0008, 0x0032), "TM", &clock));
        }
    }
    let series = one(&sets);
    assert_eq!((series.info.slices, series.info.times), (3, 3));
    assert_eq!(
        firsts(&series),
        [9.0, 6.0, 3.0, 8.0, 5.0, 2.0, 7.0, 4.0, 1.0]
    );
    let step = series.info.volume.unwrap().axes[2];
    assert!((step[2] - 3.0).abs() < 0.002);
    assert_eq!(series.info.frame_time_ms, None);
}

#[test]
fn frames_of_a_position_are_named_by_what_they_differ_in() {
    let weighted = |number: u32, z: f64, b: f64| slice(number, z).fd((0x0018, 0x9087), &[b]);
    // The order of b-values changes from slice to slice.
    let diffusion = one(&[
        weighted(1, 0.0, 1000.0),
        weighted(2, 0.0, 0.0),
        weighted(3, 4.0, 0.0),
        weighted(4, 4.0, 1000.0),
    ]);
    assert_eq!((diffusion.info.slices, diffusion.info.times), (2, 2));
    assert_eq!(firsts(&diffusion), [2.0, 3.0, 1.0, 4.0]);
    assert!(says(&diffusion, "differ in diffusion weighting"));
    let echo = |number: u32, z: f64, te: f64| slice(number, z).ds((0x0018, 0x0081), &[te]);
    let echoes = one(&[
        echo(1, 0.0, 80.0),
        echo(2, 2.0, 80.0),
        echo(3, 0.0, 20.0),
        echo(4, 2.0, 20.0),
    ]);
    assert_eq!(firsts(&echoes), [3.0, 4.0, 1.0, 2.0]);
    assert!(says(&echoes, "differ in echo time"));
    let inverted = |number: u32, z: f64, ti: f64| slice(number, z).ds((0x0018, 0x0082), &[ti]);
    let inversions = one(&[
        inverted(1, 0.0, 900.0),
        inverted(2, 2.0, 900.0),
        inverted(3, 0.0, 100.0),
        inverted(4, 2.0, 100.0),
    ]);
    assert_eq!(firsts(&inversions), [3.0, 4.0, 1.0, 2.0]);
    assert!(says(&inversions, "differ in inversion time"));
    let tipped = |number: u32, z: f64, angle: f64| slice(number, z).ds((0x0018, 0x1314), &[angle]);
    // In the order of their numbers, which is that of time.
    let angles = one(&[
        tipped(1, 0.0, 20.0),
        tipped(2, 2.0, 20.0),
        tipped(3, 0.0, 5.0),
        tipped(4, 2.0, 5.0),
    ]);
    assert_eq!(firsts(&angles), [1.0, 2.0, 3.0, 4.0]);
    assert!(says(&angles, "differ in flip angle"));
    let detector = Set::new()
        .ds((0x0020, 0x0032), &[0.0, 0.0, 30.0])
        .ds((0x0020, 0x0037), &AXIAL);
    let windows = object("NM", 1, &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
        .us((0x0054, 0x0010), &[2, 1, 2, 1])
        .items((0x0054, 0x0022), &[detector])
        .us((0x0054, 0x0080), &[1, 1, 2, 2])
        .ds((0x0018, 0x0088), &[4.0])
        .ds((0x0028, 0x0030), &[4.0, 4.0]);
    let windows = one(&[windows]);
    assert_eq!((windows.info.slices, windows.info.times), (2, 2));
    assert_eq!(firsts(&windows), [2.0, 4.0, 1.0, 3.0]);
    assert!(says(&windows, "differ in their energy window"));
}

#[test]
fn segments_are_told_from_times() {
    let frame = |segment: u16, z: f64| {
        Set::new()
            .items(
                (0x0020, 0x9113),
                &[Set::new().ds((0x0020, 0x0032), &[0.0, 0.0, z])],
            )
            .items(
                (0x0062, 0x000a),
                &[Set::new().us((0x0062, 0x000b), &[segment])],
            )
    };
    let groups = [frame(2, 0.0), frame(2, 3.0), frame(1, 3.0), frame(1, 0.0)];
    let pixels: Vec<u16> = (0..16).map(|i| i / 4).collect();
    let series = one(&[object("SEG", 1, &pixels)
        .ds((0x0020, 0x0037), &AXIAL)
        .ds((0x0028, 0x0030), &[1.0, 1.0])
        .items((0x5200, 0x9230), &groups)]);
    assert_eq!((series.info.slices, series.info.times), (2, 2));
    assert_eq!(firsts(&series), [3.0, 2.0, 0.0, 1.0]);
    assert!(says(&series, "show different segments"));
}

#[test]
fn a_frame_time_is_that_of_a_film() {
    let film = |set: Set| one(&[set]).info.frame_time_ms;
    let frames = || object("XA", 1, &[0; 12]);
    let time = |set: Set| set.ds((0x0018, 0x1063), &[40.0]);
    assert_eq!(film(time(frames())), Some(40.0));
    let vector = frames().ds((0x0018, 0x1065), &[0.0, 30.0, 50.0]);
    let series = one(&[vector]);
    assert_eq!(series.info.frame_time_ms, Some(40.0));
    assert!(says(&series, "time between frames changes"));
    assert_eq!(
        film(frames().text((0x0018, 0x0040), "IS", "25")),
        Some(40.0)
    );
    // Pages are leafed through.
    let pages = one(&[time(frames()).at((0x0028, 0x0009), &[(0x0018, 0x2001)])]);
    assert_eq!(
        (
            pages.info.slices,
            pages.info.times,
            pages.info.frame_time_ms
        ),
        (3, 1, None)
    );
    let pointed = time(frames()).at((0x0028, 0x0009), &[(0x0018, 0x1063)]);
    assert_eq!(film(pointed), Some(40.0));
    // Planes of an ultrasound volume lie side by side; one place again and again is a film.
    let plane = |z: f64| {
        Set::new().items(
            (0x0020, 0x930e),
            &[Set::new().fd((0x0020, 0x9301), &[0.0, 0.0, z])],
        )
    };
    let planes = |far: f64| {
        let groups = [plane(0.0), plane(far / 2.0), plane(far)];
        one(&[time(frames()).items((0x5200, 0x9230), &groups)]).info
    };
    assert_eq!((planes(2.0).slices, planes(2.0).frame_time_ms), (3, None));
    assert_eq!(
        (planes(0.0).times, planes(0.0).frame_time_ms),
        (3, Some(40.0))
    );
    // A volume is no film.
    let at = |z: f64| {
        Set::new().items(
            (0x0020, 0x9113),
            &[Set::new().ds((0x0020, 0x0032), &[0.0, 0.0, z])],
        )
    };
    let volume = time(frames())
        .ds((0x0020, 0x0037), &AXIAL)
        .items((0x5200, 0x9230), &[at(0.0), at(1.0), at(2.0)]);
    assert_eq!(film(volume), None);
}
