//! One picture out of a file: which frame or slice, in which window, and which part of it.

use crate::{Crop, ImagingError, Orientation, PlaneKind, RgbImage, Series, Voi, VoiWindow, open};

/// A window in real values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DisplayWindow {
    /// The value in the middle of the greys.
    pub center: f64,
    /// From black to white.
    pub width: f64,
}

/// What to show of a file. By default its first frame, whole, as the file itself wants to be shown.
///
/// ```
/// use unimed_imaging::{Crop, Excerpt, RgbImage, encode_png};
///
/// let file = encode_png(&RgbImage::filled(4, 3, [7, 8, 9]), &[])?;
/// let crop = Crop { left: 1, top: 1, width: 2, height: 1 };
/// let excerpt = Excerpt { crop: Some(crop), ..Excerpt::default() };
/// assert_eq!(excerpt.read("plain.png", &file)?.pixels, [7, 8, 9, 7, 8, 9]);
/// # Ok::<(), unimed_imaging::ImagingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Excerpt {
    /// The frame, from 0; with a plane: its slice, from 0.
    pub frame: usize,
    /// Cut through the volume in this plane, as readers are used to see it.
    pub plane: Option<PlaneKind>,
    /// The window; without one, the file's own.
    pub window: Option<DisplayWindow>,
    /// The part that is kept; without one, all of it.
    pub crop: Option<Crop>,
    /// Exif orientation mark (1 to 8) that turns the part upright; without one, nothing is turned.
    pub orientation: Option<u8>,
}

impl Excerpt {
    /// Reads the picture from a file's bytes. Of several series in the file the first counts.
    ///
    /// # Errors
    /// Why the file could not be opened; [`ImagingError::NoSuchFrame`] for a frame or slice outside of the series,
    /// [`ImagingError::NoVolume`] for a plane through what is no volume, [`ImagingError::Outside`] for a crop that the
    /// picture does not hold.
    pub fn read(&self, name: &str, bytes: &[u8]) -> Result<RgbImage, ImagingError> {
        let series = open(name, bytes)?;
        // `open` never gives an empty list.
        self.show(&series[0])
    }

    /// The picture from an opened series.
    ///
    /// # Errors
    /// As [`Excerpt::read`], less those of opening.
    pub fn show(&self, series: &Series) -> Result<RgbImage, ImagingError> {
        let info = &series.info;
        let voi = match self.window {
            Some(DisplayWindow { center, width }) => Voi::Window(VoiWindow::new(center, width)),
            None => info.first_voi(self.frame.min(info.frames.len().saturating_sub(1))),
        };
        let whole = match self.plane {
            None => series.rgb(self.frame, &voi)?,
            Some(kind) => {
                let planes = series.planes().ok_or(ImagingError::NoVolume)?;
                let plane = planes.into_iter().find(|plane| plane.kind == kind);
                let plane = plane.expect("invariant: there is one plane of each kind");
                let samples = series.reslice(&plane, self.frame, 0)?;
                info.voi_lut(&voi, info.is_inverted(0))
                    .rgb(plane.width, plane.height, &samples)?
            }
        };
        let part = match self.crop {
            Some(crop) => whole.cropped(crop)?,
            None => whole,
        };
        Ok(match self.orientation {
            Some(mark) => part.oriented(Orientation::from_exif(mark)),
            None => part,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::tests::small;

    fn crop(left: usize, top: usize, width: usize, height: usize) -> Crop {
        Crop {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn window_slice_crop_and_turn_act_in_this_order() {
        let excerpt = Excerpt {
            frame: 2,
            plane: Some(PlaneKind::Coronal),
            // Linear as DICOM has it: black at 30, white at 236.
            window: Some(DisplayWindow {
                center: 133.5,
                width: 207.0,
            }),
            crop: Some(crop(1, 0, 3, 2)),
            orientation: Some(4),
        };
        // The slice is 230 232 234 236 over 30 32 34 36; cut, and turned upside down.
        let picture = excerpt.show(&small()).unwrap();
        assert_eq!((picture.width, picture.height), (3, 2));
        let grey: Vec<u8> = picture.pixels.iter().step_by(3).copied().collect();
        assert_eq!(grey, [2, 5, 7, 250, 253, 255]);
    }

    #[test]
    fn what_the_file_does_not_hold_is_refused() {
        let series = small();
        let error = |excerpt: Excerpt| excerpt.show(&series).unwrap_err().to_string();
        let beyond = Excerpt {
            frame: 2,
            ..Excerpt::default()
        };
        assert!(error(beyond).contains("There is no frame 2: the series has 2"));
        let wide = Excerpt {
            crop: Some(crop(2, 0, 3, 3)),
            ..Excerpt::default()
        };
        assert_eq!(
            error(wide),
            "A part of 3 x 3 pixels from column 2 and row 0 does not lie inside of a picture of 4 x 3. Choose a part that does."
        );
        let empty = Excerpt {
            crop: Some(crop(0, 0, 0, 3)),
            ..Excerpt::default()
        };
        assert!(error(empty).contains("at least one pixel"));
        let mut flat = small();
        flat.info.volume = None;
        let plane = Excerpt {
            plane: Some(PlaneKind::Axial),
            ..Excerpt::default()
        };
        assert_eq!(plane.show(&flat), Err(ImagingError::NoVolume));
    }
}
