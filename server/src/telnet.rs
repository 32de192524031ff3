//! Strips and answers telnet's IAC sequences, safe at any split. A filter over bytes, no lines.

/// What is known of one conn's telnet. Small while no IAC has come.
#[derive(Default, Debug)]
pub struct Telnet {}

impl Telnet {
    /// Move what is text to the front of `bytes` and return its length; append to `replies` what
    /// the peer has to be told.
    pub fn filter(&mut self, bytes: &mut [u8], replies: &mut Vec<u8>) -> usize {
        todo!("{bytes:?}{replies:?}")
    }
}
