//! Measurements drawn over a slice, and the lines in which the other planes cut it.

use crate::model::viewport::{
    camera::{Camera, Pair, ViewTransform},
    measure::{Measurement, Shape},
};
use leptos::prelude::*;

/// The measurements of a slice.
#[component]
pub(crate) fn Marks(
    /// What is measured on this slice, what is just being drawn last.
    measurements: Signal<Vec<Measurement>>,
    /// From the slice to the screen.
    transform: Memo<ViewTransform>,
    /// Where one looks.
    camera: Memo<Camera>,
    /// Where the other planes cross, in the slice's pixels.
    cross: Signal<Option<Pair>>,
) -> impl IntoView {
    let to_screen = move |point: Pair| transform.get().to_screen(camera.get(), point);
    let lines = move || {
        cross.get().map(|point| {
            let (x, y) = to_screen(point);
            let (width, height) = transform.get().pane;
            view! {
                <g class="cross">
                    <line x1=x y1="0" x2=x y2=height />
                    <line x1="0" y1=y x2=width y2=y />
                </g>
            }
        })
    };
    let marks = move || {
        let room = transform.get().pane;
        measurements
            .get()
            .into_iter()
            .map(|measure| {
                let points: Vec<Pair> = measure
                    .shape
                    .points()
                    .iter()
                    .map(|point| to_screen(*point))
                    .collect();
                let path = path(measure.shape, &points);
                let broken = broken(&measure.words, ((room.0 - 16.0) / LETTER_PX) as usize);
                let (x, y) = label_at(&points, &broken, room);
                let label = broken.into_iter().enumerate().map(|(place, line)| {
                    let dy = if place == 0 { 0.0 } else { LINE_PX };
                    view! { <tspan x=x dy=dy>{line}</tspan> }
                });
                view! {
                    <g class="mark">
                        <path class="mark-back" d=path.clone() />
                        <path class="mark-line" d=path />
                        {points.iter().map(|&(x, y)| view! { <circle cx=x cy=y r="3" /> }).collect_view()}
                        <text x=x y=y data-testid="measure">{label.collect_view()}</text>
                    </g>
                }
            })
            .collect_view()
    };
    view! { <svg class="marks" aria-hidden="true">{lines}{marks}</svg> }
}

/// The outline of a shape whose points are on the screen.
fn path(shape: Shape, points: &[Pair]) -> String {
    match (shape, points) {
        (Shape::Ellipse(_), [a, b]) => {
            let (rx, ry) = ((b.0 - a.0).abs() / 2.0, (b.1 - a.1).abs() / 2.0);
            let (left, middle) = (a.0.min(b.0), (a.1 + b.1) / 2.0);
            format!(
                "M{left:.1} {middle:.1}a{rx:.1} {ry:.1} 0 1 0 {w:.1} 0a{rx:.1} {ry:.1} 0 1 0 {back:.1} 0",
                w = 2.0 * rx,
                back = -2.0 * rx,
            )
        }
        _ => points
            .iter()
            .enumerate()
            .map(|(place, (x, y))| format!("{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' }))
            .collect(),
    }
}

/// Width of a letter of a label, at most, in screen pixels.
const LETTER_PX: f64 = 7.8;

/// From a line of a label to the next one, in screen pixels.
const LINE_PX: f64 = 17.0;

/// The longest line of a label, in letters: a result is shorter, only a reason is not.
const LONGEST: usize = 48;

/// Width of a word in letters; those of Chinese are as wide as two.
fn letters(word: &str) -> usize {
    let width = |letter: char| {
        if letter.is_ascii() {
            1
        } else {
            1 + usize::from(letter > '\u{2e80}')
        }
    };
    word.chars().map(width).sum()
}

/// A label in lines of at most `most` letters, broken at spaces and Chinese commas where there are some.
fn broken(words: &str, most: usize) -> Vec<String> {
    let most = most.clamp(12, LONGEST);
    let mut lines = vec![String::new()];
    for word in words.split_inclusive([' ', '：', '，', '。']) {
        if let Some(line) = lines.last_mut() {
            if line.is_empty() || letters(line) + letters(word.trim_end()) <= most {
                line.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
    }
    lines
}

/// Where a label starts: beside the last point, but inside of the pane.
fn label_at(points: &[Pair], lines: &[String], room: Pair) -> Pair {
    let (x, y) = points.last().copied().unwrap_or_default();
    let longest = lines.iter().map(|line| letters(line)).max().unwrap_or(0);
    let width = longest as f64 * LETTER_PX;
    let below = LINE_PX * lines.len().saturating_sub(1) as f64;
    (
        (x + 8.0).min(room.0 - width - 8.0).max(8.0),
        // Above the words at the pane's lower edge.
        (y - 8.0).min(room.1 - 28.0 - below).max(16.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_go_through_their_points() {
        let length = Shape::Length([(0.0, 0.0); 2]);
        assert_eq!(path(length, &[(1.0, 2.0), (3.0, 4.5)]), "M1.0 2.0L3.0 4.5");
        let ellipse = Shape::Ellipse([(0.0, 0.0); 2]);
        assert_eq!(
            path(ellipse, &[(10.0, 0.0), (0.0, 6.0)]),
            "M0.0 3.0a5.0 3.0 0 1 0 10.0 0a5.0 3.0 0 1 0 -10.0 0"
        );
    }

    #[test]
    fn labels_stay_in_the_pane() {
        let at = |point, lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
            label_at(&[point], &lines, (300.0, 200.0))
        };
        assert_eq!(at((10.0, 50.0), &["25 mm"]), (18.0, 42.0));
        assert_eq!(at((290.0, 1.0), &["25.0123 mm"]), (214.0, 16.0));
        assert_eq!(at((10.0, 190.0), &["a", "b", "c"]), (18.0, 138.0));
    }

    #[test]
    fn long_labels_are_broken_and_nothing_is_lost() {
        let words = "There is no length here: a point lies outside of the calibrated regions.";
        let parts = broken(words, 40);
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|line| letters(line.trim_end()) <= 40));
        assert_eq!(parts.concat(), words);
        assert_eq!(broken("25.0 mm", 400), ["25.0 mm"]);
        let chinese = "此处无法给出长度：各点位于不同的标定区域。";
        assert_eq!(broken(chinese, 40).concat(), chinese);
        assert_eq!(broken(chinese, 40).len(), 2);
    }
}
