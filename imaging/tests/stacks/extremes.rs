//! Numbers that no scanner writes.

use super::support::dicom::Set;
use super::{object, open, slice};

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
