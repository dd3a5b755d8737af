//! Tiles of whole-slide images.

use unimed_imaging::Series;

use super::support::dicom::Set;
use super::{object, one, says};

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
