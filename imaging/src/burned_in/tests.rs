//! Names drawn with a small font into pictures made here.

use super::*;

/// Capital letters and digits, five columns by seven rows, a row each, the leftmost column the highest bit.
const FONT: [(char, [u8; 7]); 18] = [
    ('A', [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    ('D', [0x1e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1e]),
    ('E', [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f]),
    ('H', [0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    ('I', [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('J', [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c]),
    ('M', [0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11]),
    ('N', [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11]),
    ('O', [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e]),
    ('S', [0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e]),
    ('T', [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    ('0', [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e]),
    ('1', [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('6', [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e]),
    ('9', [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c]),
    ('4', [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02]),
    ('-', [0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00]),
    (' ', [0x00; 7]),
];

/// A picture to draw on, and which pixels were drawn.
struct Drawn {
    image: RgbImage,
    letters: Vec<(usize, usize)>,
}

impl Drawn {
    fn on(width: usize, height: usize, shade: impl Fn(usize, usize) -> [u8; 3]) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let pixels = pixels.flat_map(|(x, y)| shade(x, y)).collect();
        Self {
            image: RgbImage::new(width, height, pixels).unwrap(),
            letters: Vec::new(),
        }
    }

    /// Writes words, each dot of the font `scale` pixels wide and high.
    fn write(
        mut self,
        words: &str,
        (left, top): (usize, usize),
        scale: usize,
        color: [u8; 3],
    ) -> Self {
        for (place, letter) in words.chars().enumerate() {
            let rows = FONT.iter().find(|(known, _)| *known == letter).unwrap().1;
            for (row, bits) in rows.into_iter().enumerate() {
                for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                    let (x, y) = (left + (6 * place + column) * scale, top + row * scale);
                    for at in 0..scale * scale {
                        self.dot(x + at % scale, y + at / scale, color);
                    }
                }
            }
        }
        self
    }

    fn dot(&mut self, x: usize, y: usize, color: [u8; 3]) {
        let at = 3 * (y * self.image.width + x);
        self.image.pixels[at..at + 3].copy_from_slice(&color);
        self.letters.push((x, y));
    }

    /// How many of the drawn pixels lie in no rectangle that was found, and how many there are.
    fn uncovered(&self) -> (usize, usize) {
        let found = burned_in_words(&self.image);
        let inside = |&&(x, y): &&(usize, usize)| {
            let holds = |one: &Crop| {
                (one.left..one.right()).contains(&x) && (one.top..one.bottom()).contains(&y)
            };
            !found.iter().any(holds)
        };
        (
            self.letters.iter().filter(inside).count(),
            self.letters.len(),
        )
    }
}

/// A round, uneven body on black, with a gradient and a texture.
fn body(x: usize, y: usize) -> [u8; 3] {
    let (dx, dy) = (x as f64 - 256.0, y as f64 - 192.0);
    let inside = dx * dx / 40_000.0 + dy * dy / 22_500.0 < 1.0;
    let texture = (x * 7 + y * 13) % 11;
    [if inside {
        (70 + x / 8 + texture) as u8
    } else {
        0
    }; 3]
}

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
fn noise() -> impl FnMut() -> u8 {
    let mut state = 20_u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    }
}

#[test]
fn a_name_in_any_corner_is_covered_whole_at_several_sizes_and_in_several_colours() {
    let words = "DOE JANE 1964-01-09";
    let long = words.len() * 6;
    for scale in [1, 2, 3] {
        let (right, bottom) = (512 - long * scale - 4, 384 - 7 * scale - 4);
        for corner in [(4, 4), (right, 4), (4, bottom), (right, bottom)] {
            for (ground, color) in [
                (body as fn(usize, usize) -> [u8; 3], [255; 3]),
                (body, [255, 255, 0]),
                (body, [0, 255, 0]),
                (|_, _| [236; 3], [0; 3]),
                (|_, _| [255; 3], [200, 0, 0]),
                (|x, y| [(90 + x / 16 + y / 16) as u8; 3], [255; 3]),
            ] {
                let drawn = Drawn::on(512, 384, ground).write(words, corner, scale, color);
                let (left_over, all) = drawn.uncovered();
                assert_eq!(
                    left_over, 0,
                    "of {all}, {color:?} at {corner:?}, scale {scale}"
                );
            }
        }
    }
}

#[test]
fn rectangles_are_tight_and_lie_within_the_picture() {
    let drawn = Drawn::on(512, 384, body).write("HOMES", (0, 0), 2, [255; 3]);
    let found = burned_in_words(&drawn.image);
    // 58 by 14 pixels of letters, and a margin of a third of their height.
    assert_eq!(
        found,
        [Crop {
            left: 0,
            top: 0,
            width: 62,
            height: 18
        }]
    );
}

#[test]
fn what_is_too_short_for_a_word_is_covered_with_the_word_beside_it() {
    let drawn = Drawn::on(512, 384, body).write("M 6 JANE T", (300, 360), 2, [255; 3]);
    assert_eq!(drawn.uncovered().0, 0);
}

#[test]
fn pictures_without_letters_have_none() {
    let mut random = noise();
    let noise: Vec<u8> = (0..3 * 512 * 384).map(|_| random()).collect();
    let ruler = |x: usize, y: usize| {
        let long = if y % 50 < 2 { 12 } else { 6 };
        [if x < long && y % 10 < 2 { 255 } else { 0 }; 3]
    };
    for (what, image) in [
        ("one shade", RgbImage::filled(512, 384, [40; 3])),
        ("a body", Drawn::on(512, 384, body).image),
        (
            "a gradient",
            Drawn::on(512, 384, |x, _| [(x / 2) as u8; 3]).image,
        ),
        ("noise", RgbImage::new(512, 384, noise).unwrap()),
        ("a ruler at the side", Drawn::on(512, 384, ruler).image),
        (
            "a ruler below",
            Drawn::on(384, 512, |x, y| ruler(511 - y, x)).image,
        ),
        (
            "a checkerboard",
            Drawn::on(512, 384, |x, y| {
                [if (x / 8 + y / 8) % 2 == 0 { 255 } else { 0 }; 3]
            })
            .image,
        ),
        ("hardly any pixels", RgbImage::filled(19, 19, [40; 3])),
    ] {
        assert_eq!(burned_in_words(&image), [], "{what}");
    }
}

/// What the documentation and the page say that it does not see.
#[test]
fn limits_are_as_they_are_told() {
    let nothing = |words: &str, at, scale, color| {
        let drawn = Drawn::on(512, 384, |_, _| [100; 3]).write(words, at, scale, color);
        burned_in_words(&drawn.image).is_empty()
    };
    assert!(!nothing("JANE", (4, 4), 2, [255; 3]), "seen");
    assert!(nothing("JAN", (4, 4), 2, [255; 3]), "three letters");
    assert!(nothing("JANE", (230, 180), 2, [255; 3]), "in the middle");
    assert!(nothing("JANE", (4, 4), 2, [150; 3]), "faint");
    assert!(
        nothing("JANE", (4, 4), 5, [255; 3]),
        "larger than a twelfth"
    );
}
