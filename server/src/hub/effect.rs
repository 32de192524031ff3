//! What the hub answers with: orders to the server, in the order in which they take effect.

use std::rc::Rc;

use super::absent::letters::Errand;
use super::absent::sent::LastLine;
use super::accounts::question::Question;
use super::archive::entry::LineId;
use super::directs::ToDirect;
use super::id::Id;
use super::notice::{Gone, Notice};
use super::operators::{Ban, Manage, Order, Target};
use super::pages::Zoning;
use super::recall::Recall;
use super::tags::Ids;
use crate::hub::lang::Lang;
use crate::hub::name::Name;

/// A room's key: handed out from 0, used again when a room is gone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RoomId(pub u32);

/// How the lines of a room are shown to one of its readers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Lines {
    /// As they are: the reader speaks in this room. At most one room of a reader is shown so.
    #[default]
    Bare,
    /// With `#ROOM ` before each: the reader speaks in another room.
    Marked,
}

/// One thing the server has to do.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Effect {
    /// Tell one conn.
    Tell { to: Id, notice: Notice },
    /// Tell this line of the room to everybody who reads it, except these (in no particular order, each reads the room).
    Room {
        room: RoomId,
        id: LineId,
        notice: Notice,
        except: Vec<Id>,
    },
    /// `who` has a name now; from here on they are a user. Comes once and at once, the first `Attach`
    /// perhaps only at the end of the turn.
    BecomeUser { who: Id },
    /// `who` reads this room from here on, beside those that they read already.
    Attach {
        who: Id,
        room: RoomId,
        /// What the room is called; its lines are marked with that.
        name: Name,
        lines: Lines,
    },
    /// `who` is about to read these rooms no more and has left the place of this number: find out how far they have
    /// reached it, and tell [`super::Hub::reached`].
    AskReached {
        who: Id,
        number: u64,
        rooms: Vec<RoomId>,
    },
    /// `who` reads this room no more.
    Detach { who: Id, room: RoomId },
    /// `who` is spoken to in this language from here on.
    SetLang { who: Id, lang: Lang },
    /// Draw a random key for `who`, hand it to [`super::Hub::take_key`], and tell what that returns.
    DrawKey { who: Id },
    /// The lines of `who` begin so from here on.
    SetIds { who: Id, ids: Ids },
    /// Tell `who` in which time zone it is, after a change if it wants one.
    Zone { who: Id, what: Zoning },
    /// What `who` types next is a password (on), or is none any more (off). Off comes once after
    /// each on, at the latest before `Close`.
    MaskInput { who: Id, on: bool },
    /// Find out or do this about a name, and answer with [`super::Hub::verdict`], which names `who`: exactly once,
    /// and never while these effects are being done. Until then requests of a
    /// conn without a name are ignored, except its leave.
    Account {
        who: Id,
        name: Name,
        question: Question,
    },
    /// Keep this ban over a restart; it holds already. `by` is none for the console.
    PersistBan { by: Option<Id>, ban: Ban },
    /// Keep a ban no more; it is lifted already.
    ForgetBan { by: Option<Id>, whom: Target },
    /// Ask or change something about accounts for an operator, none is the console, and answer with
    /// [`super::Hub::managed`].
    Manage { by: Option<Id>, what: Manage },
    /// Ask the archive, and answer with [`super::Hub::recalled`]: exactly once, and never while these effects are
    /// being done.
    Recall(Recall),
    /// Do this about people who are not here, and private lines for them.
    Letters(Errand),
    /// This order was done, by the console if by nobody: for the log.
    LogOrder { by: Option<Name>, order: Order },
    /// Tell `who` which of the readers of its room have been sent this line of theirs.
    TellSent { who: Id, line: LastLine },
    /// Tell `who` how long its queue is and how busy the server.
    TellLag { who: Id },
    /// This direct user is out and is told to nobody as there, until it logs in again.
    EndDirect { email: Rc<str> },
    /// A direct user who is online gets this in the window that they have for this user.
    Direct {
        to: Rc<str>,
        from: Name,
        what: ToDirect,
    },
    /// Nothing further is heard from `who`; what it is owed is flushed, then it is closed.
    Close {
        who: Id,
        /// Its name, when it had one.
        name: Option<Name>,
        why: Gone,
    },
}
