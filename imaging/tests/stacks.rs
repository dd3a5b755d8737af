//! How DICOM frames share space and time, and what is told about those that do not: files that the test writes.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use support::dicom::Set;
use unimed_imaging::{Limits, Opener, Samples, Series};

const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const FEET_FIRST: [f64; 6] = [-1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const SAGITTAL: [f64; 6] = [0.0, 1.0, 0.0, 0.0, 0.0, -1.0];

fn object(modality: &str, number: u32, pixels: &[u16]) -> Set {
    Set::new()
        .text((0x0008, 0x0018), "UI", &format!("1.2.{number}"))
        .text((0x0008, 0x0060), "CS", modality)
        .text((0x0008, 0x103e), "LO", "head")
        .text((0x0020, 0x000e), "UI", "1.2")
        .text((0x0020, 0x0013), "IS", &number.to_string())
        .grey(2, 2, pixels)
}

/// Its first pixel is its number.
fn slice(number: u32, z: f64) -> Set {
    object("MR", number, &[number as u16, 0, 0, 0])
        .ds((0x0020, 0x0032), &[0.0, 0.0, z])
        .ds((0x0020, 0x0037), &AXIAL)
        .ds((0x0028, 0x0030), &[0.5, 0.5])
}

fn open(sets: &[Set]) -> Vec<Series> {
    let mut opener = Opener::new(Limits::default());
    for (i, set) in sets.iter().enumerate() {
        opener.add(&format!("{i:03}.dcm"), set.file());
    }
    let opened = opener.finish();
    assert_eq!(opened.problems, []);
    opened.series
}

fn one(sets: &[Set]) -> Series {
    let mut series = open(sets);
    assert_eq!(series.len(), 1);
    series.remove(0)
}

fn firsts(series: &Series) -> Vec<f64> {
    let first = |f: &Samples| f.value(0).expect("grey");
    series.frames.iter().map(first).collect()
}

fn depths(series: &Series) -> Vec<f64> {
    let depth = |f: &unimed_imaging::FrameInfo| f.place.expect("a position").origin[2];
    series.info.frames.iter().map(depth).collect()
}

fn says(series: &Series, part: &str) -> bool {
    series.info.notes.iter().any(|note| note.contains(part))
}

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
}

#[test]
fn missing_and_repeated_slices_are_counted() {
    let gap = one(&[0, 1, 2, 3, 6, 7].map(|k| slice(k + 1, 2.5 * f64::from(k))));
    assert_eq!(
        gap.info.notes,
        [
            "2 slices are missing: the gap between slices 4 and 5 is 7.5 mm instead of 2.5 mm. The other planes are not offered."
        ]
    );
    let mut sets: Vec<Set> = (0..5).map(|k| slice(k + 1, 2.5 * f64::from(k))).collect();
    sets.push(slice(9, 5.0));
    let repeated = one(&sets);
    assert_eq!((repeated.info.slices, repeated.info.times), (6, 1));
    assert!(says(
        &repeated,
        "1 of 5 slice positions hold another number of frames than 1;"
    ));
    // 10 µm slices, numbered from the head down.
    let thin = one(&[0, 1, 2, 3].map(|k| slice(k + 1, 1.0 - 0.01 * f64::from(k))));
    assert_eq!((thin.info.slices, thin.info.times), (4, 1));
    assert_eq!(firsts(&thin), [4.0, 3.0, 2.0, 1.0]);
    assert!(thin.info.volume.is_some());
}

#[test]
fn localizers_are_a_stack_of_their_own() {
    let scout = slice(9, 0.0).ds((0x0020, 0x0037), &SAGITTAL).text(
        (0x0008, 0x0008),
        "CS",
        "ORIGINAL\\PRIMARY\\LOCALIZER",
    );
    let slices = [0.0, 1.0, 2.0, 3.0].map(|z| slice(z as u32 + 1, z));
    let mut sets = slices.to_vec();
    sets.insert(0, scout.clone());
    let series = open(&sets);
    assert_eq!(series.len(), 2);
    assert_eq!(series[0].info.name, "head (LOCALIZER)");
    assert!(series[1].info.volume.is_some() && says(&series[1], "localizers of this series"));
    // The same without being called a localizer.
    sets[0] = slice(9, 0.0).ds((0x0020, 0x0037), &SAGITTAL);
    let series = open(&sets);
    assert_eq!(series.len(), 2);
    assert_eq!((series[0].frames.len(), series[1].frames.len()), (4, 1));
    assert!(series[0].info.volume.is_some() && says(&series[1], "lie across the others"));
}

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
fn doses_lie_at_offsets_or_at_coordinates() {
    let dose = |orientation: &[f64], z: f64, offsets: &[f64]| {
        object("RTDOSE", 1, &[0; 12])
            .ds((0x0020, 0x0032), &[0.0, 0.0, z])
            .ds((0x0020, 0x0037), orientation)
            .ds((0x0028, 0x0030), &[2.0, 2.0])
            .ds((0x3004, 0x000c), offsets)
    };
    let z = |set: Set| {
        let series = one(&[set]);
        assert!(series.info.volume.is_some());
        depths(&series)
    };
    assert_eq!(z(dose(&AXIAL, 10.0, &[0.0, 3.0, 6.0])), [10.0, 13.0, 16.0]);
    assert_eq!(
        z(dose(&AXIAL, 10.0, &[10.0, 13.0, 16.0])),
        [10.0, 13.0, 16.0]
    );
    // Against the normal: shown the other way round.
    assert_eq!(z(dose(&AXIAL, 10.0, &[0.0, -3.0, -6.0])), [4.0, 7.0, 10.0]);
    // The normal points to the feet: offsets follow it, coordinates do not.
    assert_eq!(
        z(dose(&FEET_FIRST, 10.0, &[0.0, 3.0, 6.0])),
        [10.0, 7.0, 4.0]
    );
    assert_eq!(
        z(dose(&FEET_FIRST, 10.0, &[10.0, 13.0, 16.0])),
        [16.0, 13.0, 10.0]
    );
}

#[test]
fn reconstructions_of_nuclear_medicine_lie_where_the_detector_says() {
    let slices = |step: f64| {
        let detector = Set::new()
            .ds((0x0020, 0x0032), &[1.0, 2.0, 30.0])
            .ds((0x0020, 0x0037), &AXIAL);
        let mut set = object("NM", 1, &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
            .items((0x0054, 0x0022), &[detector])
            .us((0x0054, 0x0080), &[1, 2, 3])
            .ds((0x0028, 0x0030), &[4.0, 4.0]);
        if step != 0.0 {
            set = set.ds((0x0018, 0x0088), &[step]);
        }
        one(&[set.ds((0x0018, 0x0050), &[4.5])])
    };
    let behind = slices(4.0);
    assert_eq!((behind.info.slices, behind.info.times), (3, 1));
    assert_eq!(depths(&behind), [30.0, 34.0, 38.0]);
    assert_eq!(firsts(&behind), [1.0, 2.0, 3.0]);
    let before = slices(-4.0);
    assert_eq!(depths(&before), [22.0, 26.0, 30.0]);
    assert_eq!(firsts(&before), [3.0, 2.0, 1.0]);
    assert_eq!(depths(&slices(0.0)), [30.0, 34.5, 39.0]);
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

fn slide(columns: u32, rows: u32, tiles: &[u16]) -> Set {
    let pixels: Vec<u16> = tiles.iter().flat_map(|v| [*v; 4]).collect();
    object("SM", 1, &pixels)
        .ul((0x0048, 0x0006), &[columns])
        .ul((0x0048, 0x0007), &[rows])
}

fn pixels(series: &Series, frame: usize) -> Vec<f64> {
    let info = &series.info;
    let all = 0..info.width * info.height;
    all.map(|i| series.frames[frame].value(i).expect("grey"))
        .collect()
}

#[test]
fn tiles_become_the_picture() {
    let full = |set: Set| set.text((0x0020, 0x9311), "CS", "TILED_FULL");
    // 3 x 3 pixels in tiles of 2 x 2: what hangs over is cut off.
    let series = one(&[full(slide(3, 3, &[1, 2, 3, 4]))]);
    assert_eq!((series.info.width, series.info.height), (3, 3));
    assert_eq!(series.frames.len(), 1);
    assert_eq!(
        pixels(&series, 0),
        [1.0, 1.0, 2.0, 1.0, 1.0, 2.0, 3.0, 3.0, 4.0]
    );
    // Two focal planes.
    let planes = one(&[full(slide(4, 2, &[1, 2, 3, 4]))]);
    assert_eq!((planes.info.slices, planes.info.times), (2, 1));
    assert_eq!(pixels(&planes, 1)[1..3], [3.0, 4.0]);
    assert!(says(&planes, "has 2 focal planes"));
    // Sparse: two of four tiles, the last one first.
    let tile = |column: i32, row: i32| {
        Set::new().items(
            (0x0048, 0x021a),
            &[Set::new()
                .sl((0x0048, 0x021e), &[column])
                .sl((0x0048, 0x021f), &[row])],
        )
    };
    let sparse = |set: Set, tiles: &[Set]| set.items((0x5200, 0x9230), tiles);
    let series = one(&[sparse(slide(4, 4, &[7, 8]), &[tile(3, 3), tile(1, 1)])]);
    let shown = pixels(&series, 0);
    assert_eq!(
        (shown[0], shown[2], shown[8], shown[15]),
        (8.0, 0.0, 0.0, 7.0)
    );
    assert!(says(&series, "2 tiles of this image are not in the file"));
    // Too large to be put together: no film, and said.
    let large = one(&[sparse(
        slide(50_000, 50_000, &[7, 8]),
        &[tile(1, 1), tile(3, 1)],
    )]);
    assert_eq!((large.info.slices, large.info.times), (2, 1));
    assert!(says(
        &large,
        "has 50000 x 50000 pixels, more than can be put together"
    ));
    let lost = one(&[full(slide(4, 4, &[1, 2, 3]))]);
    assert_eq!((lost.info.slices, lost.info.times), (3, 1));
    assert!(says(&lost, "where they belong cannot be read"));
}

#[test]
fn what_keeps_a_series_from_being_a_volume_is_said() {
    let nowhere = object("MR", 3, &[3, 0, 0, 0]).ds((0x0028, 0x0030), &[0.5, 0.5]);
    let series = one(&[slice(1, 0.0), slice(2, 2.0), nowhere]);
    assert_eq!((series.info.slices, series.info.times), (3, 1));
    assert!(says(&series, "1 of 3 frames do not say where they lie"));
    let unsized_slice = |number, z| slice(number, z).ds((0x0028, 0x0030), &[0.0, 0.0]);
    let series = one(&[unsized_slice(1, 0.0), unsized_slice(2, 2.0)]);
    assert_eq!((series.info.slices, series.info.volume), (2, None));
    assert!(says(&series, "does not say how large a pixel is"));
    // Directions that are not perpendicular are none.
    let skew = |number, z| slice(number, z).ds((0x0020, 0x0037), &[1.0, 0.0, 0.0, 0.5, 0.8, 0.0]);
    let series = one(&[skew(1, 0.0), skew(2, 2.0)]);
    assert_eq!(series.info.frames[0].place, None);
    assert_eq!((series.info.slices, series.info.times), (2, 1));
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

/// Numbers that no scanner writes: whatever they are, there is an answer.
#[test]
fn extreme_numbers_never_panic() {
    let numbers = [
        "1e308",
        "-1e308",
        "0",
        "9223372036854775807",
        "-9223372036854775808",
    ];
    for number in numbers {
        let two = format!("{number}\\{number}");
        let three = format!("{two}\\{number}");
        let place = |set: Set| {
            set.text((0x0020, 0x0032), "DS", &three)
                .text((0x0028, 0x0030), "DS", &two)
                .text((0x0018, 0x0088), "DS", number)
                .text((0x0028, 0x0034), "IS", &two)
                .text((0x0020, 0x0013), "IS", number)
                .text((0x0020, 0x9163), "IS", number)
        };
        let wild = [
            place(slice(1, 0.0)),
            place(slice(2, 1.0)),
            slice(3, 2.0),
            place(object("NM", 4, &[0; 12]))
                .text((0x0054, 0x0080), "IS", &three)
                .text((0x0054, 0x0020), "IS", &three)
                .items((0x0054, 0x0022), &[slice(1, 0.0)]),
            place(object("RTDOSE", 5, &[0; 12])).text((0x3004, 0x000c), "DS", &three),
            place(object("US", 6, &[0; 12]))
                .text((0x0018, 0x1065), "DS", &three)
                .items(
                    (0x0018, 0x6011),
                    &[Set::new()
                        .text((0x0018, 0x6018), "IS", number)
                        .text((0x0018, 0x601a), "IS", number)
                        .text((0x0018, 0x601c), "IS", number)
                        .text((0x0018, 0x601e), "IS", number)],
                ),
            place(object("SM", 7, &[0; 8]))
                .ul((0x0048, 0x0006), &[4])
                .ul((0x0048, 0x0007), &[4])
                .items(
                    (0x5200, 0x9230),
                    &[0, 1].map(|_| {
                        Set::new().items(
                            (0x0048, 0x021a),
                            &[Set::new()
                                .text((0x0048, 0x021e), "IS", number)
                                .text((0x0048, 0x021f), "IS", number)
                                .text((0x0040, 0x074a), "DS", number)],
                        )
                    }),
                ),
            place(object("SM", 8, &[0; 8]))
                .text((0x0048, 0x0006), "IS", number)
                .text((0x0048, 0x0007), "IS", number),
        ];
        for series in open(&wild) {
            assert_eq!(series.frames.len(), series.info.frames.len());
            let frames = series.frames.len();
            assert_eq!(series.info.slices * series.info.times, frames);
        }
    }
}
