//! Attributes that table E.1-1 does not have.
//!
//! It lacks some that lead to a person or to the original all the same, such as SOP Instance UID of Concatenation Source
//! (0020,0242) and Retrieve URL (0008,1190). Their kind of value tells them: names of people, dates, addresses, and identifiers
//! that DICOM does not define. What is encrypted may be the original.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::action::{Action, Row};
use super::option::ProfileOption;

/// Identifiers of classes, encodings and coding schemes, which are the same for all; also private ones.
const CLASSES: [Tag; 13] = [
    tags::SOP_CLASS_UID,
    tags::RELATED_GENERAL_SOP_CLASS_UID,
    tags::ORIGINAL_SPECIALIZED_SOP_CLASS_UID,
    tags::SOP_CLASSES_IN_STUDY,
    tags::CODING_SCHEME_UID,
    tags::CONTEXT_UID,
    tags::MAPPING_RESOURCE_UID,
    tags::REFERENCED_SOP_CLASS_UID,
    tags::SOP_CLASSES_SUPPORTED,
    tags::AVAILABLE_TRANSFER_SYNTAX_UID,
    tags::ENCRYPTED_CONTENT_TRANSFER_SYNTAX_UID,
    tags::MAC_CALCULATION_TRANSFER_SYNTAX_UID,
    tags::STORED_INSTANCE_TRANSFER_SYNTAX_UID,
];
/// Addresses that name a coding scheme or a code.
const NAMES: [Tag; 2] = [tags::CODING_SCHEME_URL, tags::URN_CODE_VALUE];

/// A row for what is not in the table; `None` where it stays.
pub(super) fn row(tag: Tag, vr: VR) -> Option<Row> {
    let (basic, options) = match vr {
        VR::SQ if tag == tags::ENCRYPTED_ATTRIBUTES_SEQUENCE => (Action::Remove, Vec::new()),
        VR::PN => (Action::Empty, Vec::new()),
        VR::DA | VR::DT | VR::TM => (
            Action::Empty,
            vec![
                (ProfileOption::RetainFullDates, Action::Keep),
                (ProfileOption::RetainModifiedDates, Action::Clean),
            ],
        ),
        VR::UR if !NAMES.contains(&tag) => (Action::Remove, Vec::new()),
        VR::UI if !CLASSES.contains(&tag) => {
            (Action::Uid, vec![(ProfileOption::RetainUids, Action::Keep)])
        }
        _ => return None,
    };
    Some(Row { basic, options })
}
