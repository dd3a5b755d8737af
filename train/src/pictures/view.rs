//! A picture as the vision tower reads it: at its plain size, or cut, turned, mirrored and changed in its look at random.

use unimed_core::paint::Mt19937;
use unimed_imaging::{ImagingError, ResizeRule, RgbImage, resize};
use unimed_phantom::Modality;

use super::{
    Frame, Picture,
    looks::{Canvas, Strength, between},
};
use crate::data::below;

/// Longest sides that pictures are read at in training, in pixels. The page reads the longest; smaller ones cost less and
/// teach that size means little.
const SIDES: [usize; 4] = [128, 192, 256, 256];
/// How often a picture keeps its plain shape and cut.
const PLAIN: f64 = 0.25;

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

/// From pixels of a view to places in the picture.
#[derive(Debug, Clone, Copy)]
struct Warp {
    /// Middle in the picture.
    middle: (f32, f32),
    /// A step to the right in the view.
    right: (f32, f32),
    /// A step down in the view.
    down: (f32, f32),
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
    colour: bool,
    calipers: f64,
}

fn allowed(modality: Option<Modality>) -> Allowed {
    let plain = Allowed {
        mirror: false,
        turn: false,
        slant: 0.1,
        colour: false,
        calipers: 0.05,
    };
    match modality {
        // The heart is on the left.
        Some(Modality::ChestXray | Modality::Ct) => plain,
        Some(Modality::BrainMri) => Allowed {
            mirror: true,
            slant: 0.2,
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
        Some(Modality::Histopathology | Modality::Endoscopy) => Allowed {
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
        let part = if plain { 1.0 } else { between(rng, 0.82, 1.04) };
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
        };
        let mut canvas = warp.draw(image, width, height);
        let strength = Strength {
            look: 1.0,
            colour: allowed.colour,
            calipers: allowed.calipers,
        };
        canvas.change(strength, rng);
        let mask = picture
            .mask
            .as_ref()
            .map(|mask| warp.carry(mask, image, width, height));
        let frame = match &mask {
            Some(now) => {
                let before = share(picture.mask.as_deref().unwrap_or_default());
                let left = share(now) * part * part / before.max(1e-6);
                picture
                    .record
                    .frame
                    .filter(|_| left > 0.5)
                    .and_then(|_| bounds(now, width))
            }
            // Without a mask only an unmoved frame stays right.
            None => picture
                .record
                .frame
                .filter(|_| plain && !mirrored && !upside_down),
        };
        Self {
            pixels: canvas.planes(),
            width,
            height,
            mask,
            frame,
            mirrored,
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
            colour: false,
            calipers: 0.05,
        };
        canvas.change(strength, rng);
        Ok(canvas.planes())
    }
}

impl Canvas {
    fn of(image: &RgbImage) -> Self {
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

impl Warp {
    /// Where the middle of a pixel of a view of this size comes from.
    fn source(&self, x: f32, y: f32, width: usize, height: usize) -> (f32, f32) {
        let (x, y) = (x - width as f32 / 2.0, y - height as f32 / 2.0);
        (
            self.middle.0 + x * self.right.0 + y * self.down.0,
            self.middle.1 + x * self.right.1 + y * self.down.1,
        )
    }

    /// Bilinear, the mean of four points where the view is much smaller; edges go on outside of the picture.
    fn draw(&self, image: &RgbImage, width: usize, height: usize) -> Canvas {
        let shrinks = self.right.0.hypot(self.right.1) > 1.3;
        let points: &[(f32, f32)] = if shrinks {
            &[(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
        } else {
            &[(0.5, 0.5)]
        };
        let share = 1.0 / (255.0 * points.len() as f32);
        let mut values = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            for x in 0..width {
                let mut sum = [0.0_f32; 3];
                for (dx, dy) in points {
                    let (u, v) = self.source(x as f32 + dx, y as f32 + dy, width, height);
                    add_sample(image, u - 0.5, v - 0.5, &mut sum);
                }
                values.extend(sum.map(|value| value * share));
            }
        }
        Canvas {
            width,
            height,
            values,
        }
    }

    /// A mask of the picture as a mask of the view; outside of the picture nothing is masked.
    fn carry(&self, mask: &[bool], image: &RgbImage, width: usize, height: usize) -> Vec<bool> {
        (0..width * height)
            .map(|at| {
                let (x, y) = ((at % width) as f32 + 0.5, (at / width) as f32 + 0.5);
                let (u, v) = self.source(x, y, width, height);
                let inside =
                    u >= 0.0 && v >= 0.0 && u < image.width as f32 && v < image.height as f32;
                inside && mask[v as usize * image.width + u as usize]
            })
            .collect()
    }
}

/// Adds the value between four pixels.
fn add_sample(image: &RgbImage, u: f32, v: f32, sum: &mut [f32; 3]) {
    let u = u.clamp(0.0, image.width as f32 - 1.0);
    let v = v.clamp(0.0, image.height as f32 - 1.0);
    let (x, y) = (u as usize, v as usize);
    let (right, down) = ((x + 1).min(image.width - 1), (y + 1).min(image.height - 1));
    let (a, b) = (u - x as f32, v - y as f32);
    let corners = [
        (x, y, (1.0 - a) * (1.0 - b)),
        (right, y, a * (1.0 - b)),
        (x, down, (1.0 - a) * b),
        (right, down, a * b),
    ];
    for (x, y, weight) in corners {
        let at = 3 * (y * image.width + x);
        for (value, &byte) in sum.iter_mut().zip(&image.pixels[at..at + 3]) {
            *value += f32::from(byte) * weight;
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
