//! Transfer syntaxes: what is read, and the names of those that are not.

use super::walk::Encoding;

/// How pixel data is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// Not at all.
    None,
    /// The whole data set is deflated.
    Deflate,
    /// Run lengths of byte planes.
    Rle,
    /// JPEG: baseline, extended, lossless.
    Jpeg,
    /// JPEG-LS.
    JpegLs,
    /// JPEG 2000 and its high-throughput form.
    Jpeg2000,
    /// None that is read here.
    Unknown,
}

/// A transfer syntax.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    pub(super) uid: &'static str,
    pub(super) name: &'static str,
    pub(super) codec: Codec,
}

impl Syntax {
    /// Whether pixels that were stored may come back a little different.
    pub(super) fn is_lossy(&self) -> bool {
        let number = self.uid.rsplit('.').next().unwrap_or_default();
        match self.codec {
            Codec::Jpeg => !matches!(number, "57" | "70"),
            Codec::JpegLs => number == "81",
            Codec::Jpeg2000 => !matches!(number, "90" | "92" | "201" | "202"),
            _ => false,
        }
    }
}

const fn syntax(uid: &'static str, name: &'static str, codec: Codec) -> Syntax {
    Syntax { uid, name, codec }
}

/// PS3.6, table A-1.
const SYNTAXES: [Syntax; 38] = [
    syntax(
        "1.2.840.10008.1.2",
        "Implicit VR Little Endian",
        Codec::None,
    ),
    syntax(
        "1.2.840.10008.1.2.1",
        "Explicit VR Little Endian",
        Codec::None,
    ),
    syntax(
        "1.2.840.10008.1.2.1.98",
        "Encapsulated Uncompressed",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.1.99",
        "Deflated Explicit VR Little Endian",
        Codec::Deflate,
    ),
    syntax("1.2.840.10008.1.2.2", "Explicit VR Big Endian", Codec::None),
    syntax("1.2.840.10008.1.2.4.50", "JPEG Baseline", Codec::Jpeg),
    syntax("1.2.840.10008.1.2.4.51", "JPEG Extended", Codec::Jpeg),
    syntax(
        "1.2.840.10008.1.2.4.53",
        "JPEG Spectral Selection",
        Codec::Jpeg,
    ),
    syntax(
        "1.2.840.10008.1.2.4.55",
        "JPEG Full Progression",
        Codec::Jpeg,
    ),
    syntax("1.2.840.10008.1.2.4.57", "JPEG Lossless", Codec::Jpeg),
    syntax("1.2.840.10008.1.2.4.70", "JPEG Lossless SV1", Codec::Jpeg),
    syntax("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", Codec::JpegLs),
    syntax(
        "1.2.840.10008.1.2.4.81",
        "JPEG-LS Near-lossless",
        Codec::JpegLs,
    ),
    syntax(
        "1.2.840.10008.1.2.4.90",
        "JPEG 2000 Lossless",
        Codec::Jpeg2000,
    ),
    syntax("1.2.840.10008.1.2.4.91", "JPEG 2000", Codec::Jpeg2000),
    syntax(
        "1.2.840.10008.1.2.4.92",
        "JPEG 2000 Multi-component Lossless",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.93",
        "JPEG 2000 Multi-component",
        Codec::Unknown,
    ),
    syntax("1.2.840.10008.1.2.4.94", "JPIP Referenced", Codec::Unknown),
    syntax(
        "1.2.840.10008.1.2.4.95",
        "JPIP Referenced Deflate",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.100",
        "MPEG-2 Main Profile / Main Level video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.101",
        "MPEG-2 Main Profile / High Level video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.102",
        "MPEG-4 AVC/H.264 High Profile video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.103",
        "MPEG-4 AVC/H.264 BD-compatible video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.104",
        "MPEG-4 AVC/H.264 High Profile 2D video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.105",
        "MPEG-4 AVC/H.264 High Profile 3D video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.106",
        "MPEG-4 AVC/H.264 Stereo High Profile video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.107",
        "HEVC/H.265 Main Profile video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.108",
        "HEVC/H.265 Main 10 Profile video",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.110",
        "JPEG XL Lossless",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.111",
        "JPEG XL JPEG Recompression",
        Codec::Unknown,
    ),
    syntax("1.2.840.10008.1.2.4.112", "JPEG XL", Codec::Unknown),
    syntax(
        "1.2.840.10008.1.2.4.201",
        "High-Throughput JPEG 2000 Lossless",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.202",
        "High-Throughput JPEG 2000 RPCL Lossless",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.203",
        "High-Throughput JPEG 2000",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.204",
        "JPIP HTJ2K Referenced",
        Codec::Unknown,
    ),
    syntax(
        "1.2.840.10008.1.2.4.205",
        "JPIP HTJ2K Referenced Deflate",
        Codec::Unknown,
    ),
    syntax("1.2.840.10008.1.2.5", "RLE Lossless", Codec::Rle),
    syntax(
        "1.2.840.10008.1.2.8.1",
        "Deflated Image Frame Compression",
        Codec::Unknown,
    ),
];

/// The syntax with a UID.
pub(super) fn find(uid: &str) -> Option<&'static Syntax> {
    SYNTAXES.iter().find(|s| s.uid == uid)
}

/// How the elements of a data set in this syntax are written; everything unknown is explicit little endian, as every
/// compressed syntax is (PS3.5, A.4).
pub(super) fn encoding(uid: &str) -> Encoding {
    match uid {
        "1.2.840.10008.1.2" => Encoding::ImplicitLittle,
        "1.2.840.10008.1.2.2" => Encoding::ExplicitBig,
        _ => Encoding::ExplicitLittle,
    }
}
