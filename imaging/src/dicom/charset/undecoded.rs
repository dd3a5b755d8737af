//! A parser that leaves text as it is written.

use std::io::{Read, Seek, Write};

use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;
use dicom_parser::stateful::decode::{DynStatefulDecoder, Result, StatefulDecode};
use dicom_transfer_syntax_registry::TransferSyntax;

use super::undecoded;

/// dicom-rs' decoder of elements, which never learns that the data set names a character set: until it does, it makes
/// one character of each byte, so that the bytes can be had back.
pub(in crate::dicom) struct Undecoded<'a>(DynStatefulDecoder<&'a [u8]>);

impl<'a> Undecoded<'a> {
    /// Reads a data set in a transfer syntax.
    pub(in crate::dicom) fn new(bytes: &'a [u8], syntax: &TransferSyntax) -> Result<Self> {
        DynStatefulDecoder::new_with_ts(bytes, syntax, 0).map(Self)
    }

    /// The terms of a Specific Character Set, which the decoder would follow if it read them itself.
    fn terms(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        let value = self.0.read_value_bytes(header)?;
        let text = undecoded(&value.to_bytes());
        Ok(PrimitiveValue::Strs(
            text.split('\\').map(str::to_owned).collect(),
        ))
    }
}

impl<'a> StatefulDecode for Undecoded<'a> {
    type Reader = &'a [u8];

    fn decode_header(&mut self) -> Result<DataElementHeader> {
        self.0.decode_header()
    }

    fn decode_item_header(&mut self) -> Result<SequenceItemHeader> {
        self.0.decode_item_header()
    }

    fn read_value(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        if header.tag == tags::SPECIFIC_CHARACTER_SET {
            return self.terms(header);
        }
        self.0.read_value(header)
    }

    fn read_value_preserved(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        if header.tag == tags::SPECIFIC_CHARACTER_SET {
            return self.terms(header);
        }
        self.0.read_value_preserved(header)
    }

    fn read_value_bytes(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        self.0.read_value_bytes(header)
    }

    fn read_to_vec(&mut self, length: u32, vec: &mut Vec<u8>) -> Result<()> {
        self.0.read_to_vec(length, vec)
    }

    fn read_u32_to_vec(&mut self, length: u32, vec: &mut Vec<u32>) -> Result<()> {
        self.0.read_u32_to_vec(length, vec)
    }

    fn read_to<W: Write>(&mut self, length: u32, out: W) -> Result<()> {
        self.0.read_to(length, out)
    }

    fn skip_bytes(&mut self, length: u32) -> Result<()> {
        self.0.skip_bytes(length)
    }

    fn seek(&mut self, position: u64) -> Result<()>
    where
        Self::Reader: Read + Seek,
    {
        self.0.seek(position)
    }

    fn position(&self) -> u64 {
        self.0.position()
    }
}
