use super::*;
use crate::series::tests::small;

#[test]
fn planes_are_seen_as_readers_are_used_to() {
    let series = small();
    let [axial, coronal, sagittal] = series.planes().unwrap();
    assert_eq!(axial.edges, ["R", "L", "A", "P"]);
    assert_eq!(coronal.edges, ["R", "L", "S", "I"]);
    assert_eq!(sagittal.edges, ["A", "P", "S", "I"]);
    assert_eq!((axial.width, axial.height, axial.slices), (4, 3, 2));
    assert_eq!((coronal.width, coronal.height, coronal.slices), (4, 2, 3));
    assert_eq!(sagittal.pixel_mm(), (2.0, 5.0));
    assert_eq!(sagittal.through_mm(), 1.0);
    assert_eq!(series.reslice(&axial, 1, 0).unwrap(), series.frames[1]);
    // The head, slice 1, is on top.
    assert_eq!(
        series.reslice(&coronal, 2, 0).unwrap(),
        Samples::I16(vec![120, 121, 122, 123, 20, 21, 22, 23])
    );
    assert_eq!(
        series.reslice(&sagittal, 3, 0).unwrap(),
        Samples::I16(vec![103, 113, 123, 3, 13, 23])
    );
    assert!(series.reslice(&sagittal, 4, 0).is_err());
    assert!(series.reslice(&sagittal, 0, 1).is_err());
}
