//! Frames and planes as raw numbers, for other programs to compare with.

use crate::{Excerpt, ImagingError, Series};

use super::plane_name;

/// One file of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// What to call it: `SERIES-FRAME.f64`, `SERIES-FRAME.rgb` or `SERIES-PLANE.rgb`, numbers from 0.
    pub name: String,
    /// Its content: little-endian doubles, or red, green and blue of each pixel; row by row.
    pub bytes: Vec<u8>,
}

/// What is dumped of one series: each frame's values after rescale (not for colour), each frame as it is shown with its first
/// window, and the middle slice of each plane as it is shown.
///
/// # Errors
/// What `sink` says, or that a frame cannot be drawn.
pub fn dumps<E: From<ImagingError>>(
    number: usize,
    series: &Series,
    mut sink: impl FnMut(Dump) -> Result<(), E>,
) -> Result<(), E> {
    for (frame, samples) in series.frames.iter().enumerate() {
        let values = (0..samples.pixels())
            .filter_map(|pixel| samples.value(pixel))
            .map(|stored| series.info.rescale.value(stored));
        let bytes: Vec<u8> = values.flat_map(f64::to_le_bytes).collect();
        if !bytes.is_empty() {
            let name = format!("{number}-{frame}.f64");
            sink(Dump { name, bytes })?;
        }
        let shown = series.rgb(frame, &series.info.first_voi(frame))?;
        let name = format!("{number}-{frame}.rgb");
        sink(Dump {
            name,
            bytes: shown.pixels,
        })?;
    }
    for plane in series.planes().into_iter().flatten() {
        let excerpt = Excerpt {
            frame: plane.slices / 2,
            plane: Some(plane.kind),
            ..Excerpt::default()
        };
        let name = format!("{number}-{}.rgb", plane_name(plane.kind));
        sink(Dump {
            name,
            bytes: excerpt.show(series)?.pixels,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::tests::small;

    #[test]
    fn a_volume_gives_values_pictures_and_three_planes() {
        let mut found = Vec::new();
        dumps(3, &small(), |dump| {
            found.push(dump);
            Ok::<(), ImagingError>(())
        })
        .unwrap();
        let names: Vec<&str> = found.iter().map(|dump| dump.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "3-0.f64",
                "3-0.rgb",
                "3-1.f64",
                "3-1.rgb",
                "3-axial.rgb",
                "3-coronal.rgb",
                "3-sagittal.rgb"
            ]
        );
        // Stored 1 is the value -8.
        assert_eq!(found[0].bytes[8..16], (-8.0_f64).to_le_bytes());
        assert_eq!(found[0].bytes.len(), 12 * 8);
        assert_eq!(found[5].bytes.len(), 4 * 2 * 3);
    }
}
