//! Transfer syntaxes (DICOM PS3.6, table A-1): what is read, and the names of those that are not.

use dicom_dictionary_std::uids;
use dicom_transfer_syntax_registry::TransferSyntax;
use dicom_transfer_syntax_registry::entries as known;

use super::walk::Encoding;

pub(super) const IMPLICIT_LITTLE: &str = known::IMPLICIT_VR_LITTLE_ENDIAN.uid();
pub(super) const EXPLICIT_LITTLE: &str = known::EXPLICIT_VR_LITTLE_ENDIAN.uid();
pub(super) const EXPLICIT_BIG: &str = known::EXPLICIT_VR_BIG_ENDIAN.uid();

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
    /// JPEG 2000.
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
    /// Whether pixels that were stored may come back a little different.
    pub(super) lossy: bool,
}

/// UID and name from dicom-rs, which also knows what it cannot decode.
const fn from_registry<D, R, W>(
    known: &TransferSyntax<D, R, W>,
    codec: Codec,
    lossy: bool,
) -> Syntax {
    Syntax {
        uid: known.uid(),
        name: known.name(),
        codec,
        lossy,
    }
}

const fn lossless<D, R, W>(known: &TransferSyntax<D, R, W>, codec: Codec) -> Syntax {
    from_registry(known, codec, false)
}

const fn lossy<D, R, W>(known: &TransferSyntax<D, R, W>, codec: Codec) -> Syntax {
    from_registry(known, codec, true)
}

/// One that is named and not read, so that it does not matter whether it is lossy.
const fn unread<D, R, W>(known: &TransferSyntax<D, R, W>) -> Syntax {
    from_registry(known, Codec::Unknown, false)
}

const fn retired_jpeg(uid: &'static str, name: &'static str) -> Syntax {
    Syntax {
        uid,
        name,
        codec: Codec::Jpeg,
        lossy: true,
    }
}

/// The registry is not asked because it builds a map of 46 codecs before it answers, and lacks the two retired ones.
#[expect(
    deprecated,
    reason = "archives hold files in retired transfer syntaxes, and they are read"
)]
static SYNTAXES: [Syntax; 48] = [
    lossless(&known::IMPLICIT_VR_LITTLE_ENDIAN, Codec::None),
    lossless(&known::EXPLICIT_VR_LITTLE_ENDIAN, Codec::None),
    lossless(&known::EXPLICIT_VR_BIG_ENDIAN, Codec::None),
    lossless(&known::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, Codec::Deflate),
    lossless(&known::RLE_LOSSLESS, Codec::Rle),
    lossy(&known::JPEG_BASELINE, Codec::Jpeg),
    lossy(&known::JPEG_EXTENDED, Codec::Jpeg),
    retired_jpeg(
        uids::JPEG_SPECTRAL_SELECTION_NON_HIERARCHICAL68,
        "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)",
    ),
    retired_jpeg(
        uids::JPEG_FULL_PROGRESSION_NON_HIERARCHICAL1012,
        "JPEG Full Progression, Non-Hierarchical (Process 10 & 12)",
    ),
    lossless(&known::JPEG_LOSSLESS_NON_HIERARCHICAL, Codec::Jpeg),
    lossless(
        &known::JPEG_LOSSLESS_NON_HIERARCHICAL_FIRST_ORDER_PREDICTION,
        Codec::Jpeg,
    ),
    lossless(&known::JPEG_LS_LOSSLESS_IMAGE_COMPRESSION, Codec::JpegLs),
    lossy(&known::JPEG_LS_LOSSY_IMAGE_COMPRESSION, Codec::JpegLs),
    lossless(
        &known::JPEG_2000_IMAGE_COMPRESSION_LOSSLESS_ONLY,
        Codec::Jpeg2000,
    ),
    lossy(&known::JPEG_2000_IMAGE_COMPRESSION, Codec::Jpeg2000),
    unread(&known::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN),
    unread(&known::DEFLATED_IMAGE_FRAME_COMPRESSION),
    unread(&known::JPEG_2000_PART2_MULTI_COMPONENT_IMAGE_COMPRESSION_LOSSLESS_ONLY),
    unread(&known::JPEG_2000_PART2_MULTI_COMPONENT_IMAGE_COMPRESSION),
    unread(&known::HIGH_THROUGHPUT_JPEG_2000_IMAGE_COMPRESSION_LOSSLESS_ONLY),
    unread(&known::HIGH_THROUGHPUT_JPEG_2000_WITH_RPCL_OPTIONS_IMAGE_COMPRESSION_LOSSLESS_ONLY),
    unread(&known::HIGH_THROUGHPUT_JPEG_2000_IMAGE_COMPRESSION),
    unread(&known::JPEG_XL_LOSSLESS),
    unread(&known::JPEG_XL_RECOMPRESSION),
    unread(&known::JPEG_XL),
    unread(&known::JPIP_REFERENCED),
    unread(&known::JPIP_REFERENCED_DEFLATE),
    unread(&known::JPIP_HTJ2K_REFERENCED),
    unread(&known::JPIP_HTJ2K_REFERENCED_DEFLATE),
    unread(&known::MPEG2_MAIN_PROFILE_MAIN_LEVEL),
    unread(&known::FRAGMENTABLE_MPEG2_MAIN_PROFILE_MAIN_LEVEL),
    unread(&known::MPEG2_MAIN_PROFILE_HIGH_LEVEL),
    unread(&known::FRAGMENTABLE_MPEG2_MAIN_PROFILE_HIGH_LEVEL),
    unread(&known::MPEG4_AVC_H264_HIGH_PROFILE),
    unread(&known::FRAGMENTABLE_MPEG4_AVC_H264_HIGH_PROFILE),
    unread(&known::MPEG4_AVC_H264_BD_COMPATIBLE_HIGH_PROFILE),
    unread(&known::FRAGMENTABLE_MPEG4_AVC_H264_BD_COMPATIBLE_HIGH_PROFILE),
    unread(&known::MPEG4_AVC_H264_HIGH_PROFILE_FOR_2D_VIDEO),
    unread(&known::FRAGMENTABLE_MPEG4_AVC_H264_HIGH_PROFILE_FOR_2D_VIDEO),
    unread(&known::MPEG4_AVC_H264_HIGH_PROFILE_FOR_3D_VIDEO),
    unread(&known::FRAGMENTABLE_MPEG4_AVC_H264_HIGH_PROFILE_FOR_3D_VIDEO),
    unread(&known::MPEG4_AVC_H264_STEREO_HIGH_PROFILE),
    unread(&known::FRAGMENTABLE_MPEG4_AVC_H264_STEREO_HIGH_PROFILE),
    unread(&known::HEVC_H265_MAIN_PROFILE),
    unread(&known::HEVC_H265_MAIN_10_PROFILE),
    unread(&known::SMPTE_ST_2110_20_UNCOMPRESSED_PROGRESSIVE),
    unread(&known::SMPTE_ST_2110_20_UNCOMPRESSED_INTERLACED),
    unread(&known::SMPTE_ST_2110_30_PCM),
];

/// The syntax with a UID. What its name says in parentheses is left out: errors put what is unusual about a file there.
pub(super) fn find(uid: &str) -> Option<Syntax> {
    let syntax = SYNTAXES.iter().find(|s| s.uid == uid)?;
    let name = syntax.name.split(" (").next().unwrap_or(syntax.name);
    Some(Syntax { name, ..*syntax })
}

/// How the elements of a data set in this syntax are written; everything unknown is explicit little endian, as every
/// compressed syntax is (PS3.5, A.4).
pub(super) fn encoding(uid: &str) -> Encoding {
    match uid {
        IMPLICIT_LITTLE => Encoding::ImplicitLittle,
        EXPLICIT_BIG => Encoding::ExplicitBig,
        _ => Encoding::ExplicitLittle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syntax_stands_once_and_has_a_name() {
        for (at, syntax) in SYNTAXES.iter().enumerate() {
            assert!(syntax.uid.starts_with("1.2.840.10008.1.2"), "{syntax:?}");
            let same = SYNTAXES.iter().position(|s| s.uid == syntax.uid);
            assert_eq!(same, Some(at), "{syntax:?}");
        }
        assert_eq!(
            find("1.2.840.10008.1.2.4.51").unwrap().name,
            "JPEG Extended"
        );
        assert_eq!(find("1.2.840.10008.1.2.4.70").unwrap().codec, Codec::Jpeg);
        assert!(find("1.2.840.10008.1.2.4.81").unwrap().lossy);
        assert!(find("1.2.3").is_none());
    }
}
