#!/usr/bin/env bash
# Table E.1-1 of DICOM PS3.15 (2026c, as dicom-anonymizer 2.1.0 has it) does not name SOP Instance UID of Concatenation Source.
#
# Why it surprises: a de-identifier that follows the table replaces SOP Instance UID (0008,0018), Concatenation UID (0020,9161) and
# every Referenced SOP Instance UID (0008,1155). A multi-frame object that was split states in (0020,0242), which is required there
# (PS3.3, C.7.6.16.2.2.4), the SOP Instance UID of the object that it was split from: the original's identifier survives the basic
# profile, in each part. Retrieve URL (0008,1190), which may name host and study, is not in the table either.
# Seen on 2026-11-30: (0008,0018) and (0020,9161) are new, (0020,0242) still is "1.2.3.4", and the address stands as it stood.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install dicom-anonymizer==2.1.0 pydicom==3.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import pydicom
from dicomanonymizer import anonymize_dataset
from dicomanonymizer.simpledicomanonymizer import initialize_actions

data = pydicom.Dataset()
data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
data.SOPInstanceUID = data.SOPInstanceUIDOfConcatenationSource = "1.2.3.4"
data.ConcatenationUID = "1.2.3.5"
data.RetrieveURL = "http://archive.example/patients/doe"
anonymize_dataset(data, base_rules_gen=lambda: initialize_actions("dicomfields_2026c"))
print("pydicom", pydicom.__version__)
print(data)
assert data.SOPInstanceUID != "1.2.3.4" and data.ConcatenationUID != "1.2.3.5"
assert data.SOPInstanceUIDOfConcatenationSource == "1.2.3.4", "the identifier of the source is replaced now"
assert data.RetrieveURL == "http://archive.example/patients/doe", "the address is removed now"
PYTHON
