//! A series that is open: its description here, its numbers in buffers of the browser, one slice at a time in this program's
//! memory, which never shrinks.

use crate::{language::say, model::viewport::camera::Pair};
use js_sys::{ArrayBuffer, Uint8Array, Uint16Array, Uint32Array};
use unimed_imaging::{
    Format, FrameInfo, Part, Plane, PlaneKind, Rescale, SampleKind, Samples, SeriesInfo,
    meeting_point,
};

/// A way through a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ViewPlane {
    /// The frames as they are.
    Stack,
    /// Axial, coronal or sagittal (0, 1, 2).
    Plane(usize),
}

impl ViewPlane {
    /// Number in a list of all four.
    pub(crate) const fn number(self) -> usize {
        match self {
            Self::Stack => 0,
            Self::Plane(plane) => 1 + plane,
        }
    }
}

/// Where the numbers are.
#[derive(Debug)]
enum Frames {
    /// One buffer a frame: the stored numbers, little-endian.
    Stored(Vec<ArrayBuffer>),
    /// One picture, as a canvas has it.
    Rgba(ArrayBuffer),
}

/// A series, a picture or a result.
#[derive(Debug)]
pub(crate) struct Series {
    /// Everything but the numbers.
    pub(crate) info: SeriesInfo,
    frames: Frames,
    planes: Option<[Plane; 3]>,
}

/// The description of a picture that says nothing of itself.
fn picture_info(width: usize, height: usize) -> SeriesInfo {
    SeriesInfo {
        name: String::new(),
        format: Format::Png,
        modality: String::new(),
        width,
        height,
        kind: SampleKind::Rgb8,
        slices: 1,
        times: 1,
        rescale: Rescale::IDENTITY,
        unit: String::new(),
        voi: Vec::new(),
        range: (0.0, 255.0),
        volume: None,
        frame_time_ms: None,
        frames: vec![FrameInfo::default()],
        notes: Vec::new(),
        metadata: Vec::new(),
    }
}

impl Series {
    /// A series by its frames: one buffer each, the stored numbers, little-endian.
    pub(crate) fn of_frames(info: SeriesInfo, frames: Vec<ArrayBuffer>) -> Self {
        Self::new(info, Frames::Stored(frames))
    }

    /// A picture that was opened, and what its file says.
    pub(crate) fn of_picture(info: SeriesInfo, rgba: ArrayBuffer) -> Self {
        Self::new(info, Frames::Rgba(rgba))
    }

    /// A picture that says nothing of itself, such as one that the model made.
    pub(crate) fn of_rgba(width: u32, height: u32, rgba: ArrayBuffer) -> Self {
        Self::of_picture(picture_info(width as usize, height as usize), rgba)
    }

    fn new(info: SeriesInfo, frames: Frames) -> Self {
        let planes = info.planes().filter(|_| info.slices > 1);
        Self {
            info,
            frames,
            planes,
        }
    }

    /// A series without pixels.
    #[cfg(test)]
    pub(crate) fn bare(info: SeriesInfo) -> Self {
        Self::new(info, Frames::Stored(Vec::new()))
    }

    /// Bytes of its numbers.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.frames {
            Frames::Stored(buffers) => buffers.iter().map(|b| u64::from(b.byte_length())).sum(),
            Frames::Rgba(rgba) => u64::from(rgba.byte_length()),
        }
    }

    /// Whether it can be seen in three planes.
    pub(crate) const fn is_volume(&self) -> bool {
        self.planes.is_some()
    }

    pub(crate) fn plane(&self, cut: ViewPlane) -> Option<&Plane> {
        match cut {
            ViewPlane::Stack => None,
            ViewPlane::Plane(number) => self.planes.as_ref()?.get(number),
        }
    }

    /// How many slices or frames there are this way.
    pub(crate) fn count(&self, cut: ViewPlane) -> usize {
        self.plane(cut)
            .map_or(self.info.frames.len().max(1), |plane| plane.slices)
    }

    /// Columns and rows of a slice.
    pub(crate) fn size(&self, cut: ViewPlane) -> (usize, usize) {
        self.plane(cut)
            .map_or((self.info.width, self.info.height), |plane| {
                (plane.width, plane.height)
            })
    }

    /// The patient's sides at the left, right, top and bottom edge; empty words where they are not known.
    pub(crate) fn edges(&self, cut: ViewPlane, slice: usize) -> [String; 4] {
        if let Some(plane) = self.plane(cut) {
            return plane.edges.clone();
        }
        self.info
            .frames
            .get(slice)
            .and_then(|frame| frame.place)
            .map(|place| place.edges())
            .unwrap_or_default()
    }

    /// What the plane is called.
    pub(crate) fn plane_name(&self, cut: ViewPlane) -> &'static str {
        self.plane(cut).map_or("", |plane| match plane.kind {
            PlaneKind::Axial => "axial",
            PlaneKind::Coronal => "coronal",
            PlaneKind::Sagittal => "sagittal",
        })
    }

    /// "slice 12/40", or "frame" for what is no volume; empty for a single picture.
    pub(crate) fn slice_words(&self, cut: ViewPlane, slice: usize) -> String {
        let count = self.count(cut);
        if count < 2 {
            return String::new();
        }
        if cut == ViewPlane::Stack && self.info.times > 1 && self.info.slices > 1 {
            let slices = self.info.slices;
            return say(
                "slice {}/{}, time {}/{}",
                &[
                    slice % slices + 1,
                    slices,
                    slice / slices + 1,
                    self.info.times,
                ]
                .map(|number| number.to_string())
                .each_ref()
                .map(String::as_str),
            );
        }
        let volume = cut != ViewPlane::Stack || self.info.slices > 1;
        let sentence = if volume { "slice {}/{}" } else { "frame {}/{}" };
        say(sentence, &[&(slice + 1).to_string(), &count.to_string()])
    }

    /// The slice of each plane in which a pixel of a slice lies; `None` for what is no volume.
    pub(crate) fn crossing(
        &self,
        cut: ViewPlane,
        slice: usize,
        pixel: (usize, usize),
    ) -> Option<[usize; 3]> {
        let planes = self.planes.as_ref()?;
        let (x, y) = (pixel.0 as f64, pixel.1 as f64);
        let point = match self.plane(cut) {
            Some(plane) => plane.point(slice, x + 0.5, y + 0.5),
            None => {
                let k = slice % self.info.slices.max(1);
                self.info.volume?.point([x, y, k as f64])
            }
        };
        Some(planes.each_ref().map(|plane| plane.slice_at(point)))
    }

    /// Where the other planes cut a plane that shows one slice of each: column and row, in pixels.
    pub(crate) fn cross(&self, cut: ViewPlane, slices: [usize; 3]) -> Option<Pair> {
        let ViewPlane::Plane(number) = cut else {
            return None;
        };
        let planes = self.planes.as_ref()?;
        let point = meeting_point(planes, slices)?;
        Some(planes.get(number)?.pixel_at(slices[number], point))
    }

    /// The stored numbers of a slice. `time` chooses the moment for planes.
    pub(crate) fn samples(&self, cut: ViewPlane, slice: usize, time: usize) -> Samples {
        let buffers = match &self.frames {
            Frames::Rgba(rgba) => {
                let bytes = Uint8Array::new(rgba).to_vec();
                return Samples::Rgb8(unimed_protocol::rgba_to_rgb(&bytes));
            }
            Frames::Stored(buffers) => buffers,
        };
        let kind = self.info.kind;
        let bytes = kind.bytes_per_pixel();
        let Some(plane) = self.plane(cut) else {
            let whole = buffers.get(slice).map(|b| Uint8Array::new(b).to_vec());
            return Samples::from_le_bytes(kind, &whole.unwrap_or_default());
        };
        let width = self.info.width;
        let found = self.info.reslice(plane, slice, time, |frame, part| {
            let read = |buffer| read(buffer, part, width, bytes);
            Samples::from_le_bytes(kind, &buffers.get(frame).map(read).unwrap_or_default())
        });
        found.unwrap_or_else(|_| Samples::from_le_bytes(kind, &[]))
    }
}

/// So few columns are read number by number; more come with all rows between them, which is one call.
const FEW_COLUMNS: usize = 2;

/// The bytes of a part of a frame of `width` columns; nothing where the frame ends early.
fn read(buffer: &ArrayBuffer, part: &Part, width: usize, bytes: usize) -> Vec<u8> {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let Part { columns, rows } = part.clone();
    if rows.end * width * bytes > buffer.byte_length() as usize {
        return Vec::new();
    }
    if columns.len() > FEW_COLUMNS || columns.len() == width {
        let (start, length) = (rows.start * width * bytes, rows.len() * width * bytes);
        let lines =
            Uint8Array::new_with_byte_offset_and_length(buffer, place(start), place(length))
                .to_vec();
        if columns.len() == width {
            return lines;
        }
        let lines = lines.chunks_exact(width * bytes);
        return lines
            .flat_map(|line| &line[columns.start * bytes..columns.end * bytes])
            .copied()
            .collect();
    }
    let at = rows.flat_map(|row| columns.clone().map(move |column| row * width + column));
    match bytes {
        2 => {
            let view = Uint16Array::new(buffer);
            at.flat_map(|at| view.get_index(place(at)).to_le_bytes())
                .collect()
        }
        4 => {
            let view = Uint32Array::new(buffer);
            at.flat_map(|at| view.get_index(place(at)).to_le_bytes())
                .collect()
        }
        _ => {
            let view = Uint8Array::new(buffer);
            at.flat_map(|at| (0..bytes).map(move |channel| at * bytes + channel))
                .map(|at| view.get_index(place(at)))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::viewport::window_level::tests::plain;
    use unimed_imaging::{Affine, SpacingKind};

    fn volume() -> Series {
        let mut info = plain(SampleKind::I16, (0.0, 1.0));
        info.slices = 3;
        info.frames = vec![FrameInfo::default(); 3];
        info.volume = Some(Affine {
            axes: [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 5.0]],
            origin: [0.0; 3],
        });
        Series::bare(info)
    }

    #[test]
    fn a_volume_has_planes_with_their_own_size_and_spacing() {
        let series = volume();
        assert!(series.is_volume());
        assert_eq!(series.count(ViewPlane::Stack), 3);
        assert_eq!(series.size(ViewPlane::Plane(1)), (4, 3));
        assert_eq!(
            series.pixel_mm(ViewPlane::Plane(1), 0),
            Some(((0.5, 5.0), SpacingKind::Patient))
        );
        assert_eq!(series.stretch(ViewPlane::Plane(1), 0), (1.0, 10.0));
        assert_eq!(
            series.edges(ViewPlane::Plane(1), 0),
            ["R", "L", "S", "I"].map(str::to_owned)
        );
        assert_eq!(series.slice_words(ViewPlane::Plane(1), 0), "slice 1/2");
    }

    #[test]
    fn a_point_of_a_plane_lies_in_a_slice_of_the_others() {
        // Axial slice 2, column 3, row 1: voxel (3, 1, 2).
        let series = volume();
        assert_eq!(
            series.crossing(ViewPlane::Plane(0), 2, (3, 1)),
            Some([2, 1, 3])
        );
        assert_eq!(
            series.crossing(ViewPlane::Stack, 2, (3, 1)),
            Some([2, 1, 3])
        );
        // Coronal slice 1, column 3, top row: the head is the last slice.
        assert_eq!(
            series.crossing(ViewPlane::Plane(1), 1, (3, 0)),
            Some([2, 1, 3])
        );
        // And back: slices 2, 1, 3 meet there in the coronal plane.
        assert_eq!(
            series.cross(ViewPlane::Plane(1), [2, 1, 3]),
            Some((3.5, 0.5))
        );
        assert_eq!(series.cross(ViewPlane::Stack, [2, 1, 3]), None);
    }
}
