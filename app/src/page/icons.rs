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
