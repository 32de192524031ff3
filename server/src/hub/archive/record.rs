//! One record of a place that somebody may come back to, as bytes and from bytes; it stands among the entries
//! of its turn, so that both are kept or neither. What is in a place is not known here.
//!
//! Invariant: what was written is read again as it was. Whoever reads entries does not see records, and the
//! other way round.

use std::time::Duration;

use super::entry::read;

/// The first byte of a record; no entry begins with it.
const RECORD: u8 = 0;

/// See the top of this file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a> {
    /// The number of the place; a later record of the same number replaces this one.
    pub number: u64,
    /// How long ago it was left; none while somebody has it.
    pub ago: Option<Duration>,
    /// What is in it. If this is empty, it is kept no more.
    pub data: &'a str,
}

/// A place as it was kept before the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// See [`Record`].
    pub number: u64,
    /// How long ago it was left; none if somebody had it when the server ended.
    pub ago: Option<Duration>,
    /// What is in it.
    pub data: Box<str>,
}

impl Record<'_> {
    /// Appends its bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(RECORD);
        out.extend_from_slice(&self.number.to_le_bytes());
        let ago = self.ago.map_or(u64::MAX, |ago| ago.as_millis() as u64);
        out.extend_from_slice(&ago.to_le_bytes());
        out.extend_from_slice(&(self.data.len() as u32).to_le_bytes());
        out.extend_from_slice(self.data.as_bytes());
    }
}

/// The records in these bytes, in their order. Ends where the bytes are neither a record nor an entry.
pub fn records(mut bytes: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        loop {
            match bytes.first()? {
                &RECORD => return take(&mut bytes),
                _ => read(&mut bytes)?,
            };
        }
    })
}

/// Passes the records at the beginning of these bytes.
pub(super) fn skip(bytes: &mut &[u8]) {
    while bytes.first() == Some(&RECORD) && take(bytes).is_some() {}
}

/// The record at the beginning of these bytes, which are then those behind it.
fn take<'a>(bytes: &mut &'a [u8]) -> Option<Record<'a>> {
    bytes.split_off_first()?;
    let mut number = || {
        let number = bytes.split_off(..8)?;
        Some(u64::from_le_bytes(number.try_into().ok()?))
    };
    let (number, ago) = (number()?, number()?);
    let length = u32::from_le_bytes(bytes.split_off(..4)?.try_into().ok()?);
    let data = bytes.split_off(..length as usize)?;
    Some(Record {
        number,
        ago: (ago != u64::MAX).then(|| Duration::from_millis(ago)),
        data: std::str::from_utf8(data).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::archive::entry::{Entry, Kind, LineId, entries};

    #[test]
    fn records_and_entries_are_read_past_each_other_and_torn_bytes_are_neither() {
        let mut bytes = Vec::new();
        let entry = Entry {
            kind: Kind::Line,
            room: "lobby",
            id: LineId {
                epoch: 1,
                number: 2,
            },
            from: "ana",
            text: "hello",
            more: 0,
            refers: None,
            is_proved: false,
        };
        let record = |number, ago, data| Record { number, ago, data };
        let all = [
            record(1, None, "{}"),
            record(u64::MAX, Some(Duration::from_millis(5)), ""),
            record(3, Some(Duration::ZERO), "{\"name\":\"joão\"}"),
        ];
        for (n, record) in all.iter().enumerate() {
            for _ in 0..n {
                entry.write(&mut bytes);
            }
            record.write(&mut bytes);
        }
        assert!(records(&bytes).eq(all));
        assert!(entries(&bytes).eq([entry; 3]));
        for len in 0..bytes.len() {
            let (all, lines) = (records(&bytes[..len]), entries(&bytes[..len]));
            assert!(all.count() < 3 && lines.count() <= 3);
        }
    }
}
