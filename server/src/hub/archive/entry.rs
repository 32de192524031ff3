//! One entry of the archive: a line of a room, as bytes and from bytes. Nothing here decides which lines
//! there are.
//!
//! Invariant: what was written is read again as it was, one entry after the other.

use super::record::skip;

/// The id of a line of a room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineId {
    /// A new one begins where it is not certain which numbers were given before.
    pub epoch: u64,
    /// In its epoch: 1, 2, 3 ...
    pub number: u64,
}

impl LineId {
    /// The id of the line after this one.
    pub fn next(self) -> LineId {
        let number = self.number + 1;
        LineId { number, ..self }
    }
}

/// What a line is; the numbers are those in the database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// A public line.
    Line = 1,
    /// An action.
    Action = 2,
    /// A topic that was set, or removed if the text is empty.
    Topic = 3,
    /// Who came.
    Joined = 4,
    /// Who left papo; the text says why.
    Left = 5,
    /// Who went to the room in the text.
    Went = 6,
    /// Who is called like the text now.
    Renamed = 7,
    /// A line of the operator's, from nobody.
    Announced = 8,
    /// Here lines are missing: `more` of them, or an unknown number.
    Hole = 9,
    /// Another line has this text from here on.
    Edited = 10,
    /// Another line was deleted.
    Deleted = 11,
    /// Somebody's word about another line.
    Reacted = 12,
    /// Another line was pinned.
    Pinned = 13,
    /// Another line is pinned no more.
    Unpinned = 14,
    /// Who is back after a short drop.
    Back = 15,
}

impl Kind {
    /// All of them, by number.
    pub const ALL: [Kind; 15] = [
        Kind::Line,
        Kind::Action,
        Kind::Topic,
        Kind::Joined,
        Kind::Left,
        Kind::Went,
        Kind::Renamed,
        Kind::Announced,
        Kind::Hole,
        Kind::Edited,
        Kind::Deleted,
        Kind::Reacted,
        Kind::Pinned,
        Kind::Unpinned,
        Kind::Back,
    ];

    /// The kind of this number.
    pub fn of(number: i64) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *kind as i64 == number)
    }

    /// What it is called in an export.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Line => "line",
            Kind::Action => "action",
            Kind::Topic => "topic",
            Kind::Joined => "joined",
            Kind::Left => "left",
            Kind::Went => "went",
            Kind::Renamed => "renamed",
            Kind::Announced => "announced",
            Kind::Hole => "hole",
            Kind::Edited => "edited",
            Kind::Deleted => "deleted",
            Kind::Reacted => "reacted",
            Kind::Pinned => "pinned",
            Kind::Unpinned => "unpinned",
            Kind::Back => "back",
        }
    }
}

/// See the top of this file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'a> {
    /// What it is.
    pub kind: Kind,
    /// The room's name, as shown; empty for a hole in no particular room.
    pub room: &'a str,
    /// The line's id; of a hole, that of the first missing line.
    pub id: LineId,
    /// Who: a name, several with commas, or nobody.
    pub from: &'a str,
    /// What was said, or what the kind says.
    pub text: &'a str,
    /// How many more than those in `from`; of a hole how many lines are missing.
    pub more: u64,
    /// The line that it is about, if it is about another line.
    pub refers: Option<LineId>,
    /// Whether who said it had proved that the name is theirs.
    pub is_proved: bool,
}

impl Entry<'_> {
    /// Appends its bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.kind as u8, self.is_proved.into()]);
        // No line has the number 0.
        let none = LineId {
            epoch: 0,
            number: 0,
        };
        let refers = self.refers.unwrap_or(none);
        let LineId { epoch, number } = self.id;
        for number in [epoch, number, self.more, refers.epoch, refers.number] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for text in [self.room, self.from, self.text] {
            // A line has 3 KiB at most once it is clean.
            debug_assert!(text.len() <= usize::from(u16::MAX));
            out.extend_from_slice(&(text.len() as u16).to_le_bytes());
        }
        for text in [self.room, self.from, self.text] {
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// The entries in these bytes, in their order, past all records. Ends where the bytes are no entry.
pub fn entries(mut bytes: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    std::iter::from_fn(move || {
        skip(&mut bytes);
        read(&mut bytes)
    })
}

/// The entry at the beginning of these bytes, which are then those behind it.
pub(in crate::hub) fn read<'a>(bytes: &mut &'a [u8]) -> Option<Entry<'a>> {
    let kind = Kind::of(bytes.split_off_first().copied()?.into())?;
    let is_proved = *bytes.split_off_first()? != 0;
    let mut number = || {
        let number = bytes.split_off(..8)?;
        Some(u64::from_le_bytes(number.try_into().ok()?))
    };
    let (epoch, own, more) = (number()?, number()?, number()?);
    let refers = LineId {
        epoch: number()?,
        number: number()?,
    };
    let mut length = || {
        let length = bytes.split_off(..2)?;
        Some(usize::from(u16::from_le_bytes(length.try_into().ok()?)))
    };
    let (room, from, text) = (length()?, length()?, length()?);
    let mut text_of = |length: usize| std::str::from_utf8(bytes.split_off(..length)?).ok();
    Some(Entry {
        kind,
        id: LineId { epoch, number: own },
        more,
        refers: (refers.number > 0).then_some(refers),
        is_proved,
        room: text_of(room)?,
        from: text_of(from)?,
        text: text_of(text)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_torn_bytes_are_no_entry() {
        let mut bytes = Vec::new();
        let id = LineId {
            epoch: u64::MAX,
            number: 3,
        };
        let all = Kind::ALL.map(|kind| Entry {
            kind,
            room: "cozinha",
            id,
            from: "ana, joão",
            text: "\u{1f600} hello",
            more: 810,
            refers: (kind as u8).is_multiple_of(2).then_some(id.next()),
            is_proved: (kind as u8).is_multiple_of(3),
        });
        for entry in &all {
            entry.write(&mut bytes);
        }
        assert!(entries(&bytes).eq(all));
        let one = bytes.len() / all.len();
        for len in 0..bytes.len() {
            assert_eq!(entries(&bytes[..len]).count(), len / one);
        }
    }
}
