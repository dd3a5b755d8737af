//! The findings of this modality.

use crate::finding::{Kind, kind};

/// The findings that this simulator can draw.
pub(crate) static KINDS: [Kind; 6] = [
    kind!(
        "oct",
        "intraretinal-fluid",
        "intraretinal fluid",
        "intraretinal fluid",
        "",
        false,
        None,
        "There is no intraretinal fluid.",
        &["Are there cysts in the retina?", "Is there macular edema?"]
    ),
    kind!(
        "oct",
        "subretinal-fluid",
        "subretinal fluid",
        "subretinal fluid",
        "",
        false,
        None,
        "There is no subretinal fluid.",
        &["Is there fluid under the retina?"]
    ),
    kind!(
        "oct",
        "pigment-epithelial-detachment",
        "pigment epithelial detachment",
        "pigment epithelial detachments",
        "a",
        false,
        None,
        "There is no pigment epithelial detachment.",
        &["Is the pigment epithelium detached?"]
    ),
    kind!(
        "oct",
        "macular-drusen",
        "drusen",
        "drusen",
        "",
        true,
        None,
        "There are no drusen.",
        &["Are there drusen under the retina?"]
    ),
    kind!(
        "oct",
        "epiretinal-membrane",
        "epiretinal membrane",
        "epiretinal membranes",
        "an",
        false,
        None,
        "There is no epiretinal membrane.",
        &["Is there a membrane on the retina?"]
    ),
    kind!(
        "oct",
        "macular-hole",
        "macular hole",
        "macular holes",
        "a",
        false,
        None,
        "There is no macular hole.",
        &["Is there a hole in the retina?"]
    ),
];

pub(crate) const INTRARETINAL: usize = 0;
pub(crate) const SUBRETINAL: usize = 1;
pub(crate) const DETACHMENT: usize = 2;
pub(crate) const DRUSEN: usize = 3;
pub(crate) const MEMBRANE: usize = 4;
pub(crate) const HOLE: usize = 5;
