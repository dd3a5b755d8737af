//! A parser that leaves text as it is written.

use std::io::{Read, Seek, Write};

use dicom_core::Tag;
use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;
use dicom_parser::stateful::decode::{DynStatefulDecoder, Error, Result, StatefulDecode};
use dicom_transfer_syntax_registry::TransferSyntax;

use super::undecoded;
use crate::dicom::walk::DEEPEST;

/// Item Delimitation Item, which is no data element (PS3.5, 7.5).
const ITEM_END: Tag = Tag(0xfffe, 0xe00d);

/// The length in an error that stands for items in items, deeper than any are read.
pub(crate) const NESTED: u32 = u32::MAX;

/// dicom-rs' decoder of elements, which never learns that the data set names a character set: until it does, it makes
/// one character of each byte, so that the bytes can be had back.
///
/// It also compares every length with what is left of the bytes, because dicom-rs asks for memory first, and counts items
/// in items, because it opens them by recursion. A walk has checked both before; where the two read damaged bytes in two
/// ways, this is what counts.
pub(crate) struct Undecoded<'a> {
    inner: DynStatefulDecoder<&'a [u8]>,
    /// How many bytes there are.
    length: u64,
    /// Where the items end that are open; the highest number for those with an end mark.
    open: Vec<u64>,
}

impl<'a> Undecoded<'a> {
    /// Reads a data set in a transfer syntax.
    pub(crate) fn new(bytes: &'a [u8], syntax: &TransferSyntax) -> Result<Self> {
        Ok(Self {
            inner: DynStatefulDecoder::new_with_ts(bytes, syntax, 0)?,
            length: bytes.len() as u64,
            open: Vec::new(),
        })
    }

    /// Fails when there are not so many bytes left.
    fn has(&self, length: u32) -> Result<()> {
        let end = self.inner.position().checked_add(length.into());
        match end {
            Some(end) if end <= self.length => Ok(()),
            _ => Err(Error::AllocateValueData { len: length }),
        }
    }

    fn has_value(&self, header: &DataElementHeader) -> Result<()> {
        // What has no length is refused by the decoder.
        self.has(header.len.get().unwrap_or(0))
    }

    /// The terms of a Specific Character Set, which the decoder would follow if it read them itself.
    fn terms(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        self.has_value(header)?;
        let value = self.inner.read_value_bytes(header)?;
        let text = undecoded(&value.to_bytes());
        Ok(PrimitiveValue::Strs(
            text.split('\\').map(str::to_owned).collect(),
        ))
    }
}

impl<'a> StatefulDecode for Undecoded<'a> {
    type Reader = &'a [u8];

    fn decode_header(&mut self) -> Result<DataElementHeader> {
        let header = self.inner.decode_header()?;
        if header.tag == ITEM_END {
            self.open.pop();
        }
        Ok(header)
    }

    fn decode_item_header(&mut self) -> Result<SequenceItemHeader> {
        let header = self.inner.decode_item_header()?;
        let position = self.inner.position();
        match header {
            SequenceItemHeader::Item { len } => {
                while self.open.pop_if(|end| *end <= position).is_some() {}
                let end = len.get().map(|len| position.saturating_add(len.into()));
                self.open.push(end.unwrap_or(u64::MAX));
                if self.open.len() > DEEPEST + 1 {
                    return Err(Error::AllocateValueData { len: NESTED });
                }
            }
            SequenceItemHeader::ItemDelimiter => {
                self.open.pop();
            }
            SequenceItemHeader::SequenceDelimiter => {}
        }
        Ok(header)
    }

    fn read_value(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        if header.tag == tags::SPECIFIC_CHARACTER_SET {
            return self.terms(header);
        }
        self.has_value(header)?;
        self.inner.read_value(header)
    }

    fn read_value_preserved(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        if header.tag == tags::SPECIFIC_CHARACTER_SET {
            return self.terms(header);
        }
        self.has_value(header)?;
        self.inner.read_value_preserved(header)
    }

    fn read_value_bytes(&mut self, header: &DataElementHeader) -> Result<PrimitiveValue> {
        self.has_value(header)?;
        self.inner.read_value_bytes(header)
    }

    fn read_to_vec(&mut self, length: u32, vec: &mut Vec<u8>) -> Result<()> {
        self.has(length)?;
        self.inner.read_to_vec(length, vec)
    }

    fn read_u32_to_vec(&mut self, length: u32, vec: &mut Vec<u32>) -> Result<()> {
        self.has(length)?;
        self.inner.read_u32_to_vec(length, vec)
    }

    fn read_to<W: Write>(&mut self, length: u32, out: W) -> Result<()> {
        self.has(length)?;
        self.inner.read_to(length, out)
    }

    fn skip_bytes(&mut self, length: u32) -> Result<()> {
        self.inner.skip_bytes(length)
    }

    fn seek(&mut self, position: u64) -> Result<()>
    where
        Self::Reader: Read + Seek,
    {
        self.inner.seek(position)
    }

    fn position(&self) -> u64 {
        self.inner.position()
    }
}
