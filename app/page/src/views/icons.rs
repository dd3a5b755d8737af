//! The page's icons: one set, 18 px, drawn with strokes in the colour of the text beside them.

use leptos::prelude::*;

/// Every icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    /// Open a file.
    Open,
    /// Choose a sample.
    Samples,
    /// The model.
    Model,
    /// The device.
    Device,
    /// Switch to the light look.
    Sun,
    /// Switch to the dark look.
    Moon,
    /// About.
    Info,
    /// Send.
    Send,
    /// Stop.
    Stop,
    /// Close.
    Close,
    /// Fit into the viewer.
    Fit,
    /// Larger.
    Plus,
    /// Smaller.
    Minus,
    /// One image pixel = one screen pixel.
    Actual,
    /// Settings.
    Sliders,
    /// Copy.
    Copy,
    /// Again.
    Again,
    /// Download.
    Download,
    /// Show in the viewer.
    Eye,
    /// Privacy.
    Shield,
    /// Something went wrong.
    Warning,
    /// Window and level.
    Contrast,
    /// Zoom.
    Zoom,
    /// Move.
    Hand,
    /// Length.
    Ruler,
    /// Angle.
    Angle,
    /// Ellipse.
    Ellipse,
    /// Remove.
    Bin,
    /// Swap black and white.
    Invert,
    /// A quarter turn to the left.
    TurnLeft,
    /// A quarter turn to the right.
    TurnRight,
    /// Mirror left to right.
    FlipHorizontal,
    /// Mirror top to bottom.
    FlipVertical,
    /// Play.
    Play,
    /// Three planes.
    Planes,
    /// Two beside each other.
    Beside,
    /// Two over each other.
    Slider,
    /// A table.
    Table,
    /// As it was in the beginning.
    Reset,
    /// A line under words.
    Underline,
    /// Where something looked.
    Target,
    /// Change words.
    Pencil,
    /// What is different.
    Difference,
    /// Ask.
    Question,
    /// Make.
    Brush,
    /// Save.
    Save,
}

impl Icon {
    /// Path data in a square of 24 x 24.
    const fn path(self) -> &'static str {
        match self {
            Self::Open => {
                "M3 7a2 2 0 0 1 2-2h4l2 3h8a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z"
            }
            Self::Samples => "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
            Self::Model => "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
            Self::Device => "M6 6h12v12H6zM9 2v4M15 2v4M9 18v4M15 18v4M2 9h4M2 15h4M18 9h4M18 15h4",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4A8.5 8.5 0 1 0 20 14.5z",
            Self::Info => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v6M12 7.5v.01",
            Self::Send => "M12 20V5M5.5 11.5L12 5l6.5 6.5",
            Self::Stop => "M7 7h10v10H7z",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Fit => "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Minus => "M5 12h14",
            Self::Actual => "M5 8l3-2v12M16 8l3-2v12M12 9v.01M12 15v.01",
            Self::Sliders => {
                "M4 7h9M17 7h3M4 17h3M11 17h9M15 5a2 2 0 1 0 0 4a2 2 0 1 0 0-4M9 15a2 2 0 1 0 0 4a2 2 0 1 0 0-4"
            }
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
            Self::Again => "M20 11A8 8 0 1 0 18 17M20 5v6h-6",
            Self::Download => "M12 4v11M7 10.5l5 5l5-5M5 20h14",
            Self::Eye => {
                "M2.5 12S6 5.5 12 5.5S21.5 12 21.5 12S18 18.5 12 18.5S2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6"
            }
            Self::Shield => {
                "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5c-4.5-1.5-7.5-5-7.5-9.5V6zM8.5 12l2.5 2.5l4.5-5"
            }
            Self::Warning => "M12 4l9.5 16h-19zM12 10v4.5M12 17.5v.01",
            Self::Contrast => {
                "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 3v18M12 7h6M12 11h8.5M12 15h7.5M12 19h4"
            }
            Self::Zoom => {
                "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L21 21M10.5 7.5v6M7.5 10.5h6"
            }
            Self::Hand => {
                "M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3"
            }
            Self::Ruler => "M3 16L16 3l5 5L8 21zM7 12l2 2M10 9l3 3M13 6l2 2",
            Self::Angle => "M20 20H4L17 5M10.5 20a9 9 0 0 0-1.8-5.4",
            Self::Ellipse => "M12 6.5c5 0 9 2.5 9 5.5s-4 5.5-9 5.5s-9-2.5-9-5.5s4-5.5 9-5.5z",
            Self::Bin => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
            Self::Invert => "M4 4h16v16H4zM4 20L20 4M8 20L20 8M12 20l8-8M16 20l4-4",
            Self::TurnLeft => "M4 5v6h6M4 11a8 8 0 1 1 2.5 6.5",
            Self::TurnRight => "M20 5v6h-6M20 11a8 8 0 1 0-2.5 6.5",
            Self::FlipHorizontal => "M12 3v2M12 8v2M12 13v2M12 18v3M9 6L3 18h6zM15 6l6 12h-6z",
            Self::FlipVertical => "M3 12h2M8 12h2M13 12h2M18 12h3M6 9l12-6v6zM6 15l12 6v-6z",
            Self::Play => "M7 4l13 8l-13 8z",
            Self::Planes => "M3 4h8v7H3zM13 4h8v7h-8zM3 13h8v7H3zM15 16.5h4M17 14.5v4",
            Self::Beside => "M3 5h7.5v14H3zM13.5 5H21v14h-7.5z",
            Self::Slider => "M3 5h18v14H3zM12 2v20M9.5 10L7.5 12l2 2M14.5 10l2 2l-2 2",
            Self::Reset => "M4 12a8 8 0 1 0 2.6-5.9M4 3.5v4h4M12 8v4.5l3 2",
            Self::Underline => "M7 4v7a5 5 0 0 0 10 0V4M5 20h14",
            Self::Target => {
                "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6M12 1v4M12 19v4M1 12h4M19 12h4"
            }
            Self::Pencil => "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19zM14 6.5l3.5 3.5",
            Self::Difference => {
                "M9 4a6 6 0 1 0 0 12a6 6 0 1 0 0-12M15 8a6 6 0 1 0 0 12a6 6 0 1 0 0-12"
            }
            Self::Question => {
                "M4 5h16v11H10l-5 4v-4H4zM10 9.2a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6.9M12 13.7v.01"
            }
            Self::Brush => {
                "M14.5 4.5L20 10L11 16.5L7.5 13zM7.5 13C4.5 13.5 5 17 3 19.5c3.5 1 7.5 0 8-3"
            }
            Self::Save => "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6",
            Self::Table => "M3 5h18v14H3zM3 10h18M3 14.5h18M9.5 5v14",
        }
    }
}

/// An icon; it is decoration, so its button carries the name.
#[component]
pub(crate) fn Glyph(
    /// Which one.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <path d=icon.path() />
        </svg>
    }
}
