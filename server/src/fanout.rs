//! One rendered line reaches all its readers: the ring of a room (`feed`), the table of rings (`feeds`), what
//! still has to be sent to one reader from one ring (`track`) and from all of its rings (`reader`). Nothing
//! here knows sockets or words.

pub mod feed;
pub mod feeds;
pub mod ids;
pub mod reader;
pub mod sent;
pub mod track;
