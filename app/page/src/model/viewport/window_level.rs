//! Window and level: how a drag changes them, what the number keys choose, how they are said.

use crate::language::{say, tr};
use unimed_imaging::{SampleKind, SeriesInfo, Voi, VoiFunction, VoiWindow};

/// Movement of the pointer, in screen pixels, that goes once through the whole range of the values.
const RANGE_PX: f64 = 768.0;

/// The narrowest window, as a share of the range.
const NARROWEST: f64 = 1e-4;

/// How stored numbers are turned into what a screen shows: a window or a VOI LUT, and inversion.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct WindowLevel {
    /// The window or table that the person chose for all frames; without one, each is shown through its own.
    pub(crate) chosen: Option<Voi>,
    /// Whether the person swapped black and white; a frame that the file itself inverts is swapped once more.
    pub(crate) invert: bool,
}

impl WindowLevel {
    /// The window or table that a frame is shown through.
    pub(crate) fn voi(&self, info: &SeriesInfo, frame: usize) -> Voi {
        let chosen = self.chosen.clone();
        chosen.unwrap_or_else(|| info.first_voi(frame))
    }

    /// The window after a drag of (`dx`, `dy`) screen pixels on a frame: to the right widens the window, down raises its
    /// center.
    pub(crate) fn dragged(&self, (dx, dy): (f64, f64), info: &SeriesInfo, frame: usize) -> Self {
        let window = self.voi(info, frame).to_window();
        let (low, high) = info.range;
        let range = if high > low { high - low } else { 1.0 };
        let step = range / RANGE_PX;
        let narrowest = match info.kind {
            SampleKind::F32 | SampleKind::F64 => range * NARROWEST,
            _ => 1.0_f64.min(range),
        };
        Self {
            chosen: Some(Voi::Window(VoiWindow {
                name: String::new(),
                center: (window.center + dy * step).clamp(low - range, high + range),
                width: (window.width + dx * step).clamp(narrowest, range * 4.0),
                function: window.function,
            })),
            ..*self
        }
    }

    /// What the numbers on the screen say: "W 80 L 40", or contrast and brightness for colour.
    pub(crate) fn words(&self, info: &SeriesInfo, frame: usize) -> String {
        let voi = self.voi(info, frame);
        let window = voi.to_window();
        if info.kind == SampleKind::Rgb8 {
            let contrast = 100.0 * 255.0 / window.width.max(1.0);
            let brightness = 127.5 - window.center;
            return say(
                "contrast {} %, brightness {}",
                &[&format!("{contrast:.0}"), &format!("{brightness:+.0}")],
            );
        }
        if let Voi::Table(table) = &voi {
            let name = if table.name.is_empty() {
                tr("table")
            } else {
                &table.name
            };
            return format!("W/L: {name}");
        }
        format!("W {} L {}", number(window.width), number(window.center))
    }
}

/// A number with as many digits as mean something on a screen.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 || (value.fract() == 0.0 && size < 1e9) {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 0.01 {
        format!("{value:.2}")
    } else {
        format!("{value:.1e}")
    }
}

/// A window that a number key chooses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Preset {
    /// What it is for.
    pub(crate) name: String,
    /// What it sets.
    pub(crate) voi: Voi,
}

/// Windows of the keys 1 to 5: those that readers know for Hounsfield units (name, width, center).
const HOUNSFIELD: [(&str, f64, f64); 5] = [
    ("soft tissue", 400.0, 40.0),
    ("lung", 1500.0, -600.0),
    ("liver", 150.0, 90.0),
    ("bone", 2500.0, 480.0),
    ("brain", 80.0, 40.0),
];

/// The presets of a frame, five at most: CT has the usual five; everything else its file's own windows and the whole
/// range.
pub(crate) fn presets(info: &SeriesInfo, frame: usize) -> Vec<Preset> {
    if info.unit == "HU" {
        return HOUNSFIELD
            .iter()
            .map(|&(name, width, center)| Preset {
                name: name.to_owned(),
                voi: Voi::Window(VoiWindow {
                    name: name.to_owned(),
                    center,
                    width,
                    function: VoiFunction::Linear,
                }),
            })
            .collect();
    }
    let of_frame = info.frames.get(frame).map(|frame| &frame.voi);
    let own = of_frame.filter(|own| !own.is_empty()).unwrap_or(&info.voi);
    let own = own.iter().enumerate().map(|(place, voi)| Preset {
        name: match voi.name() {
            "" => format!("window {} of the file", place + 1),
            name => name.to_owned(),
        },
        voi: voi.clone(),
    });
    own.take(4)
        .chain([Preset {
            name: "whole range".to_owned(),
            voi: info.full_range(),
        }])
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use unimed_imaging::{Format, FrameInfo, Rescale};

    /// A series of one frame without any extras.
    pub(crate) fn plain(kind: SampleKind, range: (f64, f64)) -> SeriesInfo {
        SeriesInfo {
            name: "test".into(),
            format: Format::Png,
            modality: String::new(),
            width: 4,
            height: 2,
            kind,
            slices: 1,
            times: 1,
            rescale: Rescale::IDENTITY,
            unit: String::new(),
            voi: Vec::new(),
            range,
            volume: None,
            frame_time_ms: None,
            frames: vec![FrameInfo::default()],
            notes: Vec::new(),
            metadata: Vec::new(),
        }
    }

    #[test]
    fn right_widens_and_down_raises_the_center() {
        let info = plain(SampleKind::I16, (-1024.0, 2048.0));
        // 3072 / 768 = 4 a pixel.
        let window_level = WindowLevel {
            chosen: Some(Voi::Window(VoiWindow::new(40.0, 400.0))),
            invert: false,
        };
        let moved = window_level.dragged((10.0, -5.0), &info, 0);
        assert_eq!(
            moved.voi(&info, 0),
            Voi::Window(VoiWindow::new(20.0, 440.0))
        );
        assert_eq!(moved.words(&info, 0), "W 440 L 20");
        let narrow = window_level.dragged((-1000.0, 0.0), &info, 0);
        assert_eq!(narrow.voi(&info, 0).to_window().width, 1.0);
    }

    #[test]
    fn colour_says_contrast_and_brightness() {
        let info = plain(SampleKind::Rgb8, (0.0, 255.0));
        let window_level = WindowLevel::default();
        assert_eq!(
            window_level.words(&info, 0),
            "contrast 100 %, brightness +0"
        );
        let brighter = window_level.dragged((0.0, -30.117_647), &info, 0);
        assert_eq!(brighter.words(&info, 0), "contrast 100 %, brightness +10");
    }

    #[test]
    fn each_frame_has_its_own_window_until_one_is_chosen() {
        let mut info = plain(SampleKind::I16, (0.0, 100.0));
        let window = |center| Voi::Window(VoiWindow::new(center, 10.0));
        info.voi = vec![window(50.0)];
        info.frames = vec![FrameInfo::default(); 2];
        info.frames[1].voi = vec![window(7.0), window(8.0)];
        let mut window_level = WindowLevel::default();
        assert_eq!(window_level.words(&info, 0), "W 10 L 50");
        assert_eq!(window_level.words(&info, 1), "W 10 L 7");
        // A drag on the second frame starts from that one's window and then holds for all.
        let dragged = window_level.dragged((0.0, 768.0 / 100.0), &info, 1);
        assert_eq!(
            [0, 1].map(|frame| dragged.words(&info, frame)),
            ["W 10 L 8"; 2]
        );
        assert_eq!(presets(&info, 1)[1].voi, window(8.0));
        assert_eq!(presets(&info, 0)[0].voi, window(50.0));
        window_level.chosen = Some(window(1.0));
        assert_eq!(window_level.words(&info, 1), "W 10 L 1");
    }

    #[test]
    fn hounsfield_units_have_the_known_five_and_other_values_their_own() {
        let mut info = plain(SampleKind::I16, (0.0, 9.0));
        assert_eq!(presets(&info, 0).len(), 1);
        info.voi.push(Voi::Window(VoiWindow::new(5.0, 3.0)));
        let own = presets(&info, 0);
        assert_eq!(own[0].name, "window 1 of the file");
        assert_eq!(own[1].voi, info.full_range());
        info.unit = "HU".into();
        let brain = presets(&info, 0)[4].voi.to_window();
        assert_eq!((brain.width, brain.center), (80.0, 40.0));
    }

    #[test]
    fn numbers_show_what_can_be_told_apart() {
        let shown = [1234.5, -80.0, 12.34, 0.123, 0.000_12, 0.0].map(number);
        assert_eq!(shown, ["1234", "-80", "12.3", "0.12", "1.2e-4", "0"]);
    }
}
