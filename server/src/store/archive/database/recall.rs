//! Looks up what was said, page by page, beside the writer. Changes nothing.
//!
//! Invariant: no read lasts longer than a call, which looks at [`RECALL_VISITS`] lines at most.

use std::path::{Path, PathBuf};

use super::batch::line_of;
use super::changes::place_of;
use super::index::Hits;
use super::{
    Connection, Fault, OpenFlags, OptionalExtension, SqlResult, SqlRow, check_kind, corrupt,
    explain, identity, params, refers,
};
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::recall::{Found, Past, Place, Recall, State, Wish};
use crate::limits::{ACCOUNTS_LOCKED, QUOTE_BYTES, RECALL_BYTES, RECALL_VISITS};

/// See the top of this file.
pub(in crate::store::archive) struct Lookup {
    pub(super) file: PathBuf,
    /// Device and number of the file that was opened.
    opened: Option<(u64, u64)>,
    pub(super) connection: Connection,
}

/// The columns of a line, for `past`.
pub(super) const PAST: &str =
    "id, at, kind, sender, text, more, epoch, number, refers_epoch, refers_number, state,
    proved, room";

/// The row of a room, and what it is called.
pub(in crate::store::archive) type Room = (i64, Box<str>);

/// A page that is being filled.
struct Page {
    lines: Vec<Past>,
    most: usize,
    bytes: usize,
}

impl Lookup {
    /// The database, if its file is still the one that was opened; else it is opened again.
    pub(in crate::store::archive) fn open<'a>(
        file: &Path,
        opened: &'a mut Option<Lookup>,
    ) -> Result<&'a mut Lookup, Fault> {
        *opened = opened
            .take()
            .filter(|lookup| lookup.opened == identity(file));
        match opened {
            Some(lookup) => Ok(lookup),
            none => Ok(none.insert(Lookup::new(file)?)),
        }
    }

    fn new(file: &Path) -> Result<Lookup, Fault> {
        let explain = |error| explain(file, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = identity(file);
        let connection = Connection::open_with_flags(file, flags).map_err(explain)?;
        connection.busy_timeout(ACCOUNTS_LOCKED).map_err(explain)?;
        check_kind(file, &connection)?;
        Ok(Lookup {
            file: file.to_owned(),
            opened,
            connection,
        })
    }

    /// The answer to a question.
    pub(in crate::store::archive) fn find(&mut self, recall: &Recall) -> Result<Found, Fault> {
        let found = self.try_find(recall);
        found.map_err(|error| explain(&self.file, &error))
    }

    fn try_find(&mut self, recall: &Recall) -> SqlResult<Found> {
        // One transaction, so that all of an answer is of one moment.
        let read = self.connection.transaction()?;
        let page = Page::new(recall.most);
        let room = match recall.rooms.first() {
            Some(key) => room(&read, key)?,
            None => None,
        };
        let Some(room) = room else {
            let is_whole = !matches!(recall.wish, Wish::After { .. });
            return Ok(Found {
                is_whole,
                ..Found::default()
            });
        };
        let mut found = match &recall.wish {
            Wish::After { after, upto } => missed(&read, &room, (*after, *upto), page),
            Wish::Since { at, after } => since(&read, &room, (*at, *after), page),
            Wish::Last { before } => last(&read, &room, *before, page),
            Wish::Before { line } => match end_before(&read, room.0, *line)? {
                Some(end) => last(&read, &room, Some(Place(end)), page),
                None => Ok(page.backward(None)),
            },
            // Those are answered from the index of words.
            Wish::From { .. } | Wish::Search { .. } => Ok(Found::default()),
        }?;
        for past in &mut found.lines {
            past.re = answered(&read, room.0, past)?;
        }
        Ok(found)
    }

    /// The rows of these rooms and what they are called, as far as they are known.
    pub(in crate::store::archive) fn rooms(&self, keys: &[Box<str>]) -> Result<Vec<Room>, Fault> {
        let rooms = keys
            .iter()
            .filter_map(|key| room(&self.connection, key).transpose());
        let rooms: SqlResult<Vec<Room>> = rooms.collect();
        rooms.map_err(|error| explain(&self.file, &error))
    }

    /// The lines at these places, as far as they are there.
    pub(in crate::store::archive) fn told(
        &self,
        (rooms, most): (&[Room], usize),
        hits: &Hits,
    ) -> Result<Found, Fault> {
        let told = self.try_told((rooms, most), hits);
        told.map_err(|error| explain(&self.file, &error))
    }

    fn try_told(&self, (rooms, most): (&[Room], usize), hits: &Hits) -> SqlResult<Found> {
        let sql = format!("SELECT {PAST} FROM lines WHERE id = ?1");
        let mut query = self.connection.prepare(&sql)?;
        let mut page = Page::new(most);
        let mut next = None;
        for place in &hits.places {
            let of = |row: &SqlRow<'_>| {
                let of: Option<i64> = row.get(12)?;
                let room = rooms.iter().find(|(room, _)| of == Some(*room));
                let found = room.map(|(room, shown)| Ok((*room, past(row, shown)?)));
                found.transpose()
            };
            let found = query.query_row([place], of).optional()?.flatten();
            if let Some((room, mut past)) = found.filter(|(_, past)| past.is_said()) {
                past.re = answered(&self.connection, room, &past)?;
                if !page.add(past) {
                    return Ok(page.backward(next));
                }
            }
            next = Some(Place(*place));
        }
        Ok(page.backward(hits.more))
    }
}

/// The row of the room with this key.
fn room(read: &Connection, key: &str) -> SqlResult<Option<Room>> {
    let mut query = read.prepare("SELECT id, shown FROM rooms WHERE key = ?1")?;
    let room = query.query_row([key], |row| Ok((row.get(0)?, row.get(1)?)));
    room.optional()
}

impl Page {
    fn new(most: usize) -> Page {
        Page {
            lines: Vec::new(),
            most: most.max(1),
            bytes: 0,
        }
    }

    /// Adds a line, unless the page is full; whether it did.
    fn add(&mut self, past: Past) -> bool {
        let bytes = past.text.len() + past.from.len();
        let is_full = self.lines.len() >= self.most || self.bytes + bytes > RECALL_BYTES;
        if is_full && !self.lines.is_empty() {
            return false;
        }
        self.bytes += bytes;
        self.lines.push(past);
        true
    }

    /// The page, which was filled from its end, and goes on before this place.
    fn backward(mut self, more: Option<Place>) -> Found {
        self.lines.reverse();
        Found {
            lines: self.lines,
            more,
            is_whole: true,
        }
    }
}

/// The line that this one of a room answers, unless it was deleted; its beginning is enough.
fn answered(read: &Connection, room: i64, past: &Past) -> SqlResult<Option<Box<Past>>> {
    let Some(line) = past.refers.filter(|_| past.is_said()) else {
        return Ok(None);
    };
    let found = line_of(read, room, line)?.filter(Past::is_said);
    Ok(found.map(|found| {
        let end = found.text.floor_char_boundary(2 * QUOTE_BYTES);
        let text = found.text[..end].into();
        Box::new(Past { text, ..found })
    }))
}

/// The entries of a room after an id, up to another one.
fn missed(
    read: &Connection,
    room: &Room,
    (after, upto): (LineId, LineId),
    mut page: Page,
) -> SqlResult<Found> {
    let Some(start) = place_of(read, room.0, after)? else {
        return Ok(Found::default());
    };
    let mut query = read.prepare(&format!(
        "SELECT {PAST} FROM lines
        WHERE room = ?1 AND id > ?2 ORDER BY id"
    ))?;
    let mut rows = query.query([room.0, start])?;
    let (mut last, mut is_whole, mut more) = (after, true, None);
    while last != upto
        && let Some(row) = rows.next()?
    {
        let past = past(row, &room.1)?;
        let id = past.id;
        if !page.add(past) {
            more = page.lines.last().map(|last| last.place);
            break;
        }
        is_whole &= id == last.next();
        last = id;
    }
    is_whole &= more.is_some() || last == upto;
    Ok(Found {
        lines: page.lines,
        more,
        is_whole,
    })
}

/// The place after all lines of a room before this one, which may not be there itself; none if there are none.
fn end_before(read: &Connection, room: i64, line: LineId) -> SqlResult<Option<i64>> {
    /// A server counts its epochs up from a random one.
    const EPOCHS: i64 = 1 << 32;
    let (epoch, number) = (line.epoch as i64, line.number as i64);
    if let Some(place) = place_of(read, room, line)? {
        let sql = "SELECT 1 FROM lines WHERE id = ?1 AND epoch = ?2 AND number = ?3";
        let is_it = read.prepare(sql)?.exists([place, epoch, number])?;
        return Ok(Some(if is_it { place } else { place + 1 }));
    }
    // No line of its epoch is there. Those of the same server's next epochs come after it.
    let sql =
        "SELECT min(id) FROM lines WHERE room = ?1 AND number = 1 AND epoch > ?2 AND epoch < ?3";
    let values = [room, epoch, epoch.saturating_add(EPOCHS)];
    let next: Option<i64> = read.query_row(sql, values, |row| row.get(0))?;
    let sql = "SELECT epoch FROM lines WHERE room = ?1 ORDER BY id DESC LIMIT 1";
    let newest: Option<i64> = read.query_row(sql, [room], |row| row.get(0)).optional()?;
    let is_after = newest.is_some_and(|newest| newest < epoch && epoch - newest < EPOCHS);
    Ok(next.or(is_after.then_some(i64::MAX)))
}

/// The last lines said in a room before a place.
fn last(read: &Connection, room: &Room, before: Option<Place>, mut page: Page) -> SqlResult<Found> {
    let mut query = read.prepare(&format!(
        "SELECT {PAST} FROM lines
        WHERE room = ?1 AND id < ?2 ORDER BY id DESC"
    ))?;
    let before = before.map_or(i64::MAX, |before| before.0);
    let mut rows = query.query(params![room.0, before])?;
    let mut next = Place(before);
    for _ in 0..RECALL_VISITS {
        let Some(row) = rows.next()? else {
            return Ok(page.backward(None));
        };
        let past = past(row, &room.1)?;
        let place = past.place;
        if past.is_said() && !page.add(past) {
            break;
        }
        next = place;
    }
    Ok(page.backward(Some(next)))
}

/// The lines said in a room from a time on.
fn since(
    read: &Connection,
    room: &Room,
    (at, after): (i64, Option<Place>),
    mut page: Page,
) -> SqlResult<Found> {
    let start = match after {
        Some(after) => after.0 + 1,
        None => first_at(read, at)?,
    };
    let mut query = read.prepare(&format!(
        "SELECT {PAST} FROM lines
        WHERE room = ?1 AND id >= ?2 ORDER BY id"
    ))?;
    let mut rows = query.query(params![room.0, start])?;
    let mut more = Some(Place(start - 1));
    for _ in 0..RECALL_VISITS {
        let Some(row) = rows.next()? else {
            more = None;
            break;
        };
        let past = past(row, &room.1)?;
        let place = past.place;
        if past.is_said() && past.at >= at && !page.add(past) {
            break;
        }
        more = Some(place);
    }
    Ok(Found {
        lines: page.lines,
        more,
        is_whole: true,
    })
}

/// The first place at or after this time. Places are in the order of their times, but for a clock that was
/// set back; then it is one of those between which the time lies.
fn first_at(read: &Connection, at: i64) -> SqlResult<i64> {
    let sql = "SELECT id, at FROM lines WHERE id >= ?1 ORDER BY id LIMIT 1";
    let mut next = read.prepare(sql)?;
    // Both at once would be looked for in all rows.
    let sql = "SELECT ifnull((SELECT min(id) FROM lines), 0),
        ifnull((SELECT max(id) FROM lines), 0) + 1";
    let both = |row: &SqlRow<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let (mut low, mut high) = read.query_row(sql, [], both)?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found = next.query_row([middle], both).optional()?;
        match found {
            Some((place, time)) if time < at => low = place + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

pub(super) fn past(row: &SqlRow<'_>, room: &str) -> SqlResult<Past> {
    Ok(Past {
        room: room.into(),
        place: Place(row.get(0)?),
        at: row.get(1)?,
        kind: Kind::of(row.get(2)?).ok_or_else(|| corrupt("a line of no kind".to_owned()))?,
        from: row.get(3)?,
        text: row.get(4)?,
        more: row.get::<_, i64>(5)? as u64,
        id: LineId {
            epoch: row.get::<_, i64>(6)? as u64,
            number: row.get::<_, i64>(7)? as u64,
        },
        refers: refers(row.get(8)?, row.get(9)?),
        state: State::of(row.get(10)?).ok_or_else(|| corrupt("a line in no state".to_owned()))?,
        is_proved: row.get(11)?,
        re: None,
    })
}
