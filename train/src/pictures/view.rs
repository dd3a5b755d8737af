//! A picture as the vision tower reads it: at its plain size, or cut, turned, mirrored and changed in its look at random.

use unimed_core::paint::Mt19937;
use unimed_imaging::{ImagingError, ResizeRule, RgbImage, resize};
use unimed_phantom::Modality;

use super::{
    Frame, Picture,
    canvas::{Canvas, between},
    looks::Strength,
    warp::{Edge, Warp},
};
use crate::data::below;

/// Longest sides that pictures are read at in training, in pixels. The page reads the longest; smaller ones cost less and
/// teach that size means little.
const SIDES: [usize; 4] = [128, 192, 256, 256];
/// How often a picture keeps its plain shape and cut.
const PLAIN: f64 = 0.25;
/// Squares of a picture that are tried until one holds its finding.
const TRIES: usize = 4;

/// Pixels for the tower.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Values of -1 to 1, `[3, height, width]`.
    pub pixels: Vec<f32>,
    /// Width in pixels, a multiple of the patch.
    pub width: usize,
    /// Height in pixels, a multiple of the patch.
    pub height: usize,
    /// Which pixels lie in the mask.
    pub mask: Option<Vec<bool>>,
    /// Where the finding lies now; `None` also where too little of it is left.
    pub frame: Option<Frame>,
    /// Whether left and right changed places.
    pub mirrored: bool,
}

/// What may be done to the pictures of a modality.
#[derive(Debug, Clone, Copy)]
struct Allowed {
    /// Left and right may change places.
    mirror: bool,
    /// Every direction is as good as any other.
    turn: bool,
    /// Largest slant in radians.
    slant: f32,
    /// How much of the picture is seen at least and at most, along each side.
    reach: (f32, f32),
    /// What lies beyond its edges.
    edge: Edge,
    /// Logarithm of the largest change of gamma.
    gamma: f32,
    colour: bool,
    /// Whether stains become stronger and weaker.
    stains: bool,
    calipers: f64,
}

fn allowed(modality: Option<Modality>) -> Allowed {
    let plain = Allowed {
        mirror: false,
        turn: false,
        slant: 0.1,
        reach: (0.82, 1.04),
        edge: Edge::Held,
        gamma: 0.45,
        colour: false,
        stains: false,
        calipers: 0.05,
    };
    match modality {
        // The heart is on the left.
        Some(Modality::ChestXray | Modality::Ct) => plain,
        // Scanners choose the field of view and the scale of grey; air around the head is black.
        Some(Modality::BrainMri) => Allowed {
            mirror: true,
            slant: 0.2,
            reach: (0.75, 1.35),
            edge: Edge::Black,
            gamma: 0.8,
            ..plain
        },
        Some(Modality::Ultrasound) => Allowed {
            mirror: true,
            calipers: 0.4,
            ..plain
        },
        Some(Modality::Oct) => Allowed {
            mirror: true,
            ..plain
        },
        Some(Modality::Fundus) => Allowed {
            mirror: true,
            slant: 0.2,
            colour: true,
            ..plain
        },
        // A section is stained more or less, and looked at from near and far.
        Some(Modality::Histopathology) => Allowed {
            mirror: true,
            turn: true,
            slant: 0.2,
            reach: (0.6, 2.0),
            edge: Edge::Mirrored,
            colour: true,
            stains: true,
            ..plain
        },
        Some(Modality::Endoscopy) => Allowed {
            mirror: true,
            turn: true,
            slant: 0.2,
            colour: true,
            ..plain
        },
        _ => Allowed {
            mirror: true,
            colour: true,
            ..plain
        },
    }
}

impl View {
    /// The picture as the page shows it to the model.
    ///
    /// # Errors
    ///
    /// [`ImagingError`] of the rule.
    pub fn plain(picture: &Picture, rule: &ResizeRule) -> Result<Self, ImagingError> {
        let image = rule.apply(&picture.image)?;
        let mask = picture.mask.as_ref().map(|mask| {
            nearest(
                mask,
                (picture.image.width, picture.image.height),
                (image.width, image.height),
            )
        });
        Ok(Self {
            pixels: Canvas::of(&image).planes(),
            width: image.width,
            height: image.height,
            mask,
            frame: picture.record.frame,
            mirrored: false,
        })
    }

    /// The picture, changed at random; sides are multiples of `patch`.
    #[must_use]
    pub fn changed(picture: &Picture, patch: usize, rng: &mut Mt19937) -> Self {
        let (image, allowed) = (&picture.image, allowed(picture.record.modality));
        let longest = SIDES[below(rng, SIDES.len())];
        let (w, h) = (image.width as f32, image.height as f32);
        let plain = rng.uniform() < PLAIN;
        let turned = allowed.turn && !plain && below(rng, 2) == 0;
        // How much of the picture is seen, along the axes of the view.
        let part = if plain {
            1.0
        } else {
            let (least, most) = allowed.reach;
            between(rng, least, most)
        };
        let squeeze = if plain { 1.0 } else { between(rng, 0.92, 1.08) };
        let (across, along) = if turned { (h, w) } else { (w, h) };
        let (across, along) = (across * part * squeeze, along * part / squeeze);
        let scale = longest as f32 / across.max(along);
        let side = |length: f32| {
            ((length * scale / patch as f32).round().max(1.0) as usize * patch).min(longest)
        };
        let (width, height) = (side(across), side(along));
        let quarter = if turned {
            std::f32::consts::FRAC_PI_2
        } else {
            0.0
        };
        let slant = if plain {
            0.0
        } else {
            between(rng, -allowed.slant, allowed.slant)
        };
        let (sin, cos) = (quarter + slant).sin_cos();
        let mirrored = allowed.mirror && below(rng, 2) == 0;
        let upside_down = allowed.turn && below(rng, 2) == 0;
        let (mut sx, mut sy) = (across / width as f32, along / height as f32);
        if mirrored {
            sx = -sx;
        }
        if upside_down {
            sy = -sy;
        }
        let play = |size: f32, rng: &mut Mt19937| {
            if plain {
                0.0
            } else {
                size * between(rng, -0.08, 0.08)
            }
        };
        let warp = Warp {
            middle: (w / 2.0 + play(w, rng), h / 2.0 + play(h, rng)),
            right: (cos * sx, sin * sx),
            down: (-sin * sy, cos * sy),
            edge: allowed.edge,
        };
        let mut canvas = warp.draw(image, width, height);
        let strength = Strength {
            look: 1.0,
            gamma: allowed.gamma,
            colour: allowed.colour,
            stains: allowed.stains,
            calipers: allowed.calipers,
        };
        canvas.change(strength, rng);
        let still = plain && !mirrored && !upside_down;
        let (mask, frame) = moved(picture, &warp, (width, height), still);
        Self {
            pixels: canvas.planes(),
            width,
            height,
            mask,
            frame,
            mirrored,
        }
    }

    /// A square of the picture as it is to be made: its look unchanged, its shorter side whole or nearly so, mirrored and turned
    /// upside down as far as the modality allows. Of a few squares the first that holds most of the finding.
    #[must_use]
    pub(crate) fn painted(picture: &Picture, side: usize, rng: &mut Mt19937) -> Self {
        let mut view = Self::painted_once(picture, side, rng);
        for _ in 1..TRIES {
            if picture.record.frame.is_none() || picture.mask.is_none() || view.frame.is_some() {
                break;
            }
            view = Self::painted_once(picture, side, rng);
        }
        view
    }

    fn painted_once(picture: &Picture, side: usize, rng: &mut Mt19937) -> Self {
        let (image, allowed) = (&picture.image, allowed(picture.record.modality));
        let (w, h) = (image.width as f32, image.height as f32);
        let whole = below(rng, 2) == 0;
        let length = w.min(h) * if whole { 1.0 } else { between(rng, 0.88, 1.0) };
        let mirrored = allowed.mirror && below(rng, 2) == 0;
        let upside_down = allowed.turn && below(rng, 2) == 0;
        let step = length / side as f32;
        let sign = |turned: bool| if turned { -1.0 } else { 1.0 };
        // The middle of a square that lies in the picture, more often near its middle.
        let place = |size: f32, rng: &mut Mt19937| {
            let room = (size - length) / 2.0;
            size / 2.0 + room * (between(rng, -0.5, 0.5) + between(rng, -0.5, 0.5))
        };
        let warp = Warp {
            middle: (place(w, rng), place(h, rng)),
            right: (step * sign(mirrored), 0.0),
            down: (0.0, step * sign(upside_down)),
            edge: Edge::Held,
        };
        let still = whole && image.width == image.height && !mirrored && !upside_down;
        let (mask, frame) = moved(picture, &warp, (side, side), still);
        Self {
            pixels: warp.draw(image, side, side).planes(),
            width: side,
            height: side,
            mask,
            frame,
            mirrored,
        }
    }

    /// The view in 8 bit.
    #[must_use]
    pub(crate) fn image(&self) -> RgbImage {
        let plane = self.width * self.height;
        let byte = |value: f32| ((value + 1.0) * 127.5 + 0.5).clamp(0.0, 255.0) as u8;
        let pixels = (0..plane).flat_map(|at| [0, 1, 2].map(|c| byte(self.pixels[c * plane + at])));
        RgbImage {
            width: self.width,
            height: self.height,
            pixels: pixels.collect(),
        }
    }

    /// Another picture, a simulated one, with its look changed a little; `longest` is the side it is brought to.
    ///
    /// # Errors
    ///
    /// [`ImagingError`] of resizing.
    pub(crate) fn simulated(
        image: &RgbImage,
        longest: usize,
        rng: &mut Mt19937,
    ) -> Result<Vec<f32>, ImagingError> {
        let mut canvas = Canvas::of(&resize(image, longest, longest)?);
        let strength = Strength {
            look: 0.35,
            gamma: 0.45,
            colour: false,
            stains: false,
            calipers: 0.05,
        };
        canvas.change(strength, rng);
        Ok(canvas.planes())
    }
}

/// Mask and frame of a picture in a view of it. Less than half of a finding is not framed; without a mask only a frame that stayed
/// where it was (`still`) is right.
fn moved(
    picture: &Picture,
    warp: &Warp,
    (width, height): (usize, usize),
    still: bool,
) -> (Option<Vec<bool>>, Option<Frame>) {
    let image = &picture.image;
    let frame = picture.record.frame;
    let Some(before) = &picture.mask else {
        return (None, frame.filter(|_| still));
    };
    let now = warp.carry(before, image, width, height);
    let seen = warp.area() * (width * height) as f32 / (image.width * image.height) as f32;
    let left = share(&now) * seen / share(before).max(1e-6);
    let frame = frame
        .filter(|_| left > 0.5)
        .and_then(|_| bounds(&now, width));
    (Some(now), frame)
}

impl Canvas {
    pub(super) fn of(image: &RgbImage) -> Self {
        Self {
            width: image.width,
            height: image.height,
            values: image
                .pixels
                .iter()
                .map(|&byte| f32::from(byte) / 255.0)
                .collect(),
        }
    }
}

/// A mask at another size.
fn nearest(mask: &[bool], from: (usize, usize), to: (usize, usize)) -> Vec<bool> {
    (0..to.0 * to.1)
        .map(|at| {
            let (x, y) = ((at % to.0) * from.0 / to.0, (at / to.0) * from.1 / to.1);
            mask[y * from.0 + x]
        })
        .collect()
}

/// The part of a mask that is set.
fn share(mask: &[bool]) -> f32 {
    mask.iter().filter(|&&inside| inside).count() as f32 / mask.len().max(1) as f32
}

/// The frame around what is set.
fn bounds(mask: &[bool], width: usize) -> Option<Frame> {
    let set = || {
        mask.iter()
            .enumerate()
            .filter(|(_, inside)| **inside)
            .map(|(at, _)| (at % width, at / width))
    };
    let height = mask.len() / width;
    let (x0, x1) = (set().map(|p| p.0).min()?, set().map(|p| p.0).max()? + 1);
    let (y0, y1) = (set().map(|p| p.1).min()?, set().map(|p| p.1).max()? + 1);
    let part = |v: usize, size: usize| v as f64 / size as f64;
    Some(Frame {
        x0: part(x0, width),
        y0: part(y0, height),
        x1: part(x1, width),
        y1: part(y1, height),
    })
}
